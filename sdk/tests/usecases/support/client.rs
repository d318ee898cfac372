//! Somebody with a token, who calls use cases the way a server does: admitted afresh each time.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use portolan::core::access::Operation;
use portolan::core::git::Oid;
use portolan::core::id::ImportId;
use portolan::core::idempotency;
use portolan::core::tenancy::{DisplayName, Email, Invite, Member, Role, Tenant, Tier};
use portolan::core::token::{BearerToken, InviteCode, Token};
use portolan::core::wiki::ImportState;
use portolan::core::wiki::path::{PathPrefix, Requested};
use portolan::{
    Admitted, AuditEntry, AuditFilter, BlameView, Call, ChangesFilter, Commit, Compare, Condition, Deleted,
    Difference, ImportSource, ImportView, Listed, NewInvite, NewTenant, NewToken, NewWiki, PageItem,
    PageListFilter, PageRead, PageText, PageView, Paging, Place, Portolan, PutPage, Redeem, Redeemed, Result,
    Verified, WikiView, WithSecret, Written, WrittenPage,
};
use secrecy::ExposeSecret;

#[derive(Debug, Clone)]
pub(crate) struct Client {
    pub(crate) portolan: Portolan,
    pub(crate) token: Arc<BearerToken>,
    pub(crate) place: Place,
    key: Option<idempotency::Key>,
}

/// The whole list of something, part by part.
macro_rules! all {
    ($paging:ident => $part:expr) => {{
        let mut $paging = Paging { limit: 3, after: None };
        let mut items = Vec::new();
        loop {
            let part: Listed<_> = $part?;
            items.extend(part.items);
            match part.next {
                Some(next) => $paging.after = Some(next),
                None => break Ok(items),
            }
        }
    }};
}

impl Client {
    pub(crate) fn new(portolan: &Portolan, token: Arc<BearerToken>, place: Place) -> Self {
        Self { portolan: portolan.clone(), token, place, key: None }
    }

    /// The same, with an idempotency key for every write.
    pub(crate) fn key(&self, key: &str) -> Self {
        Self { key: Some(idempotency::Key::parse(key.as_bytes()).unwrap()), ..self.clone() }
    }

    /// The same, elsewhere.
    pub(crate) fn at(&self, tenant: &str, wiki: Option<&str>) -> Self {
        let wiki = wiki.map(|wiki| wiki.parse().unwrap());
        Self { place: Place { tenant: Some(tenant.parse().unwrap()), wiki }, ..self.clone() }
    }

    pub(crate) fn wiki(&self, wiki: &str) -> Self {
        Self { place: Place { wiki: Some(wiki.parse().unwrap()), ..self.place.clone() }, ..self.clone() }
    }

    /// The same in another process.
    pub(crate) fn on(&self, portolan: &Portolan) -> Self {
        Self { portolan: portolan.clone(), ..self.clone() }
    }

    /// Somebody else in the same place.
    pub(crate) fn with(&self, token: Arc<BearerToken>) -> Self {
        Self { token, ..self.clone() }
    }

    pub(crate) fn call(&self) -> Call {
        Call { request_id: "req".into(), key: self.key }
    }

    pub(crate) async fn admit(&self, operation: Operation) -> Result<Admitted> {
        self.portolan.admit(self.token.clone(), operation, self.place.clone(), self.call()).await
    }

    pub(crate) async fn put(
        &self,
        path: &str,
        text: &str,
        condition: Condition,
    ) -> Result<Written<WrittenPage>> {
        self.put_saying(path, text, condition, None).await
    }

    pub(crate) async fn put_saying(
        &self,
        path: &str,
        text: &str,
        condition: Condition,
        message: Option<&str>,
    ) -> Result<Written<WrittenPage>> {
        let admitted = self.admit(Operation::PageWrite).await?;
        let put = PutPage {
            path: Requested::parse(path)?,
            text: PageText::new(text.into(), self.portolan.options().page_bytes)?,
            message: message.map(Into::into),
            condition,
        };
        self.portolan.put_page(&admitted, put).await
    }

    /// Creates a page; answers its version and revision.
    pub(crate) async fn create(&self, path: &str, text: &str) -> (Oid, Oid) {
        let effect = self.put(path, text, Condition::Absent).await.unwrap().value.effect;
        assert!(effect.created && effect.changed && effect.previous.is_none());
        (effect.version, effect.revision)
    }

    pub(crate) async fn delete(&self, path: &str, condition: Condition) -> Result<Written<Deleted>> {
        let admitted = self.admit(Operation::PageDelete).await?;
        self.portolan.delete_page(&admitted, &Requested::parse(path)?, None, condition).await
    }

    pub(crate) async fn read(&self, path: &str) -> Result<PageView> {
        self.read_at(path, None).await
    }

    pub(crate) async fn read_at(&self, path: &str, revision: Option<&str>) -> Result<PageView> {
        let admitted = self.admit(Operation::PageRead).await?;
        let read = PageRead { path: Requested::parse(path)?, revision: revision.map(Into::into) };
        self.portolan.read_page(&admitted, &read).await
    }

    pub(crate) async fn pages(&self, prefix: &str) -> Result<Vec<PageItem>> {
        let filter = PageListFilter { prefix: PathPrefix::parse(prefix)?, ..PageListFilter::default() };
        all!(paging => {
            let admitted = self.admit(Operation::PageList).await?;
            self.portolan.list_pages(&admitted, &filter, &paging).await.map(|list| list.pages)
        })
    }

    pub(crate) async fn history(&self, path: &str) -> Result<Vec<Commit>> {
        let path = Requested::parse(path)?;
        all!(paging => {
            let admitted = self.admit(Operation::HistoryRead).await?;
            self.portolan.page_history(&admitted, &path, &paging).await
        })
    }

    pub(crate) async fn blame(&self, path: &str, revision: Option<&str>) -> Result<BlameView> {
        let admitted = self.admit(Operation::BlameRead).await?;
        let read = PageRead { path: Requested::parse(path)?, revision: revision.map(Into::into) };
        self.portolan.blame(&admitted, &read).await
    }

    pub(crate) async fn diff(
        &self,
        path: Option<&str>,
        from: Option<&str>,
        to: Option<&str>,
    ) -> Result<Difference> {
        let admitted = self.admit(Operation::DiffRead).await?;
        let path = path.map(Requested::parse).transpose()?;
        let compare = Compare { from: from.map(Into::into), to: to.map(Into::into), path };
        self.portolan.compare(&admitted, &compare).await
    }

    pub(crate) async fn changes(&self, filter: &ChangesFilter) -> Result<Vec<Commit>> {
        all!(paging => {
            let admitted = self.admit(Operation::ChangesRead).await?;
            self.portolan.wiki_changes(&admitted, filter, &paging).await
        })
    }

    pub(crate) async fn create_wiki(&self, slug: &str) -> Result<Written<WikiView>> {
        let admitted = self.admit(Operation::WikiCreate).await?;
        let new = NewWiki { slug: slug.parse().unwrap(), display_name: None };
        self.portolan.create_wiki(&admitted, new).await
    }

    pub(crate) async fn delete_wiki(&self) -> Result<Written<()>> {
        self.portolan.delete_wiki(&self.admit(Operation::WikiDelete).await?).await
    }

    pub(crate) async fn head(&self) -> Result<Option<Oid>> {
        Ok(self.portolan.read_wiki(&self.admit(Operation::WikiRead).await?).await?.head)
    }

    pub(crate) async fn wikis(&self) -> Result<Vec<WikiView>> {
        all!(paging => {
            let admitted = self.admit(Operation::WikiList).await?;
            self.portolan.list_wikis(&admitted, &paging).await
        })
    }

    pub(crate) async fn create_tenant(&self, slug: &str) -> Result<Written<WithSecret<(Tenant, Invite)>>> {
        let admitted = self.admit(Operation::TenantCreate).await?;
        let new = NewTenant {
            slug: slug.parse().unwrap(),
            display_name: name(slug),
            tier: Tier::Unlimited,
            owner_email: email(&format!("owner@{slug}.example")),
            monthly_budget: None,
        };
        self.portolan.create_tenant(&admitted, new).await
    }

    pub(crate) async fn tenants(&self) -> Result<Vec<Tenant>> {
        all!(paging => {
            let admitted = self.admit(Operation::TenantList).await?;
            self.portolan.list_tenants(&admitted, &paging).await
        })
    }

    pub(crate) async fn invite(&self, address: &str, role: Role) -> Result<Written<WithSecret<Invite>>> {
        let admitted = self.admit(Operation::InviteCreate).await?;
        self.portolan.create_invite(&admitted, NewInvite { email: email(address), role }).await
    }

    pub(crate) async fn invites(&self) -> Result<Vec<Invite>> {
        all!(paging => {
            let admitted = self.admit(Operation::InviteList).await?;
            self.portolan.list_invites(&admitted, &paging).await
        })
    }

    /// Redeems an invite code; needs no token, so the client's own is not looked at.
    pub(crate) async fn redeem(&self, code: &str, called: &str) -> Result<Written<Redeemed>> {
        let redeem = Redeem { code: InviteCode::parse(code).unwrap(), name: name(called) };
        self.portolan.redeem_invite(redeem, self.call()).await
    }

    /// Invites somebody and lets him redeem; answers him in the same place.
    pub(crate) async fn join(&self, address: &str, role: Role) -> (Self, Member) {
        let code = self.invite(address, role).await.unwrap().value.secret.unwrap();
        let redeemed = self.redeem(code.expose_secret(), address).await.unwrap().value;
        (self.with(super::bearer(&redeemed.secret.unwrap())), redeemed.member)
    }

    pub(crate) async fn members(&self) -> Result<Vec<Member>> {
        all!(paging => {
            let admitted = self.admit(Operation::MemberList).await?;
            self.portolan.list_members(&admitted, &paging).await
        })
    }

    pub(crate) async fn create_token(&self, called: &str) -> Result<Written<WithSecret<Token>>> {
        let admitted = self.admit(Operation::TokenCreate).await?;
        self.portolan.create_token(&admitted, NewToken { name: name(called), expires_at: None }).await
    }

    pub(crate) async fn tokens(&self) -> Result<Vec<Token>> {
        all!(paging => {
            let admitted = self.admit(Operation::TokenList).await?;
            let part = self.portolan.list_tokens(&admitted, &paging).await;
            part.map(|part| part.map(|(token, _)| token))
        })
    }

    pub(crate) async fn audit(&self, filter: &AuditFilter) -> Result<Vec<AuditEntry>> {
        all!(paging => {
            let admitted = self.admit(Operation::AuditRead).await?;
            self.portolan.query_audit(&admitted, filter, &paging).await
        })
    }

    pub(crate) async fn verify(&self) -> Result<Verified> {
        self.portolan.verify_audit(&self.admit(Operation::AuditVerify).await?).await
    }

    pub(crate) async fn start_import(
        &self,
        bundle: PathBuf,
        branch: Option<&str>,
    ) -> Result<Written<ImportId>> {
        let admitted = self.admit(Operation::ImportStart).await?;
        let source = ImportSource { bundle, branch: branch.map(Into::into) };
        self.portolan.start_import(&admitted, source).await
    }

    pub(crate) async fn import_view(&self, id: ImportId) -> Result<ImportView> {
        self.portolan.read_import(&self.admit(Operation::ImportRead).await?, id).await
    }

    /// Waits for an import's end, on the test's own clock where it stands still.
    pub(crate) async fn import_end(&self, id: ImportId) -> Result<ImportView> {
        loop {
            let view = self.import_view(id).await?;
            if view.import.state != ImportState::Running {
                return Ok(view);
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}

pub(crate) fn name(text: &str) -> DisplayName {
    DisplayName::parse(text).unwrap()
}

pub(crate) fn email(text: &str) -> Email {
    Email::parse(text).unwrap()
}
