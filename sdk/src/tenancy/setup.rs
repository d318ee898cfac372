//! The first start: the platform, its first operator, and the demonstration.

use jiff::{SignedDuration, Timestamp};
use portolan_core::access::{ActorKind, Scope};
use portolan_core::id::{MemberId, TenantId, WikiId};
use portolan_core::idempotency::Fingerprint;
use portolan_core::tenancy::{DisplayName, Email, Member, PLATFORM, Role, TenantSlug, Tier};
use portolan_core::token::{BearerToken, SecretHash, Token};
use portolan_core::wiki::{Head, Wiki, WikiSlug};
use portolan_ports::ledger::{Edit, Effect, Expect, Key, Record, RecordKind};
use secrecy::SecretString;

use super::NewTenant;
use super::tenants::{put, tenant, unexpected};
use crate::once::{Attempt, Plan, Request};
use crate::{Call, Error, Portolan, Result};

/// The demonstration's tenant.
pub const DEMO_TENANT: &str = "demo";
/// The demonstration's wiki.
const DEMO_WIKI: &str = "notes";

/// How long a local token works.
const LOCAL_TOKEN: SignedDuration = SignedDuration::from_mins(15);

/// What a demonstration starts with. Its tokens are new with every start; earlier ones go on working.
#[derive(Debug)]
pub struct Setup {
    /// The tenant.
    pub tenant: TenantSlug,
    /// The wiki.
    pub wiki: WikiSlug,
    /// A token of the tenant's owner.
    pub owner_token: SecretString,
    /// A token of the platform's operator.
    pub operator_token: SecretString,
    /// Whether the tenant was made just now.
    pub is_new: bool,
}

impl Portolan {
    /// A token of an owner of `tenant` that works for a quarter of an hour: for whoever holds the storage itself, and so
    /// everything in it. What it does is attributed to that owner and audited like everything else.
    pub async fn local_token(&self, tenant: &TenantSlug) -> Result<SecretString> {
        let platform = Scope::system("setup", PLATFORM);
        let known =
            self.inner.ledger.get_many(&platform, &[Key::TenantSlug(tenant.clone())]).await?.pop().flatten();
        let known = known.ok_or_else(|| Error::not_found("tenant"))?;
        let id = known.record.tenant_slug().ok_or_else(unexpected)?;
        let scope = Scope::system("setup", id);
        let members = self.inner.ledger.list(&scope, RecordKind::Member, None, 200).await?;
        let owner = members
            .into_iter()
            .filter_map(|(_, stored)| stored.record.member())
            .find(|it| it.role == Role::Owner);
        let owner = match owner {
            Some(owner) => owner.id,
            None => self.adopt_owner(&scope, &address("owner@portolan.invalid")?).await?,
        };
        self.token_for(id, owner, "local", Some(self.now() + LOCAL_TOKEN)).await
    }

    /// Whether the platform exists.
    pub async fn is_initialised(&self) -> Result<bool> {
        let scope = Scope::system("setup", PLATFORM);
        Ok(self.inner.ledger.get_many(&scope, &[Key::Tenant]).await?[0].is_some())
    }

    /// Makes the platform and its first operator, and answers his token. Refused where there is a platform already.
    pub async fn init(&self, name: DisplayName, email: Email) -> Result<SecretString> {
        if self.is_initialised().await? {
            return Err(Error::SlugTaken("platform".into()));
        }
        let new = NewTenant {
            slug: TenantSlug::platform(),
            display_name: text("Platform")?,
            tier: Tier::Unlimited,
            owner_email: email.clone(),
            monthly_budget: None,
        };
        self.make_tenant(PLATFORM, &new, name, Vec::new()).await?;
        self.owner_token(PLATFORM, &email, "first token").await
    }

    /// Makes what the demonstration needs and is not there yet, and new tokens for it.
    pub async fn demo(&self) -> Result<Setup> {
        let operator = address("operator@portolan.invalid")?;
        if !self.is_initialised().await? {
            self.init(text("Operator")?, operator.clone()).await?;
        }
        let tenant: TenantSlug = DEMO_TENANT.parse().map_err(|bad| Error::invalid("", bad))?;
        let wiki: WikiSlug = DEMO_WIKI.parse().map_err(|bad| Error::invalid("", bad))?;
        let owner = address("owner@demo.invalid")?;
        let platform = Scope::system("setup", PLATFORM);
        let known =
            self.inner.ledger.get_many(&platform, &[Key::TenantSlug(tenant.clone())]).await?.pop().flatten();
        let is_new = known.is_none();
        let id = match known {
            Some(stored) => stored.record.tenant_slug().ok_or_else(unexpected)?,
            None => self.make_demo(&tenant, &wiki, &owner).await?,
        };
        Ok(Setup {
            owner_token: self.owner_token(id, &owner, "demonstration").await?,
            operator_token: self.owner_token(PLATFORM, &operator, "demonstration").await?,
            tenant,
            wiki,
            is_new,
        })
    }

    async fn make_demo(&self, slug: &TenantSlug, wiki: &WikiSlug, owner: &Email) -> Result<TenantId> {
        let id: TenantId = self.new_id();
        let new = NewTenant {
            slug: slug.clone(),
            display_name: text("Demonstration")?,
            tier: Tier::Unlimited,
            owner_email: owner.clone(),
            monthly_budget: None,
        };
        let wiki_id: WikiId = self.new_id();
        let record = Wiki {
            id: wiki_id,
            slug: wiki.clone(),
            display_name: text("Notes")?,
            created_at: self.now(),
            deleted_at: None,
        };
        let edits = vec![
            put(Key::WikiSlug(wiki.clone()), Expect::Absent, Record::WikiSlug(wiki_id)),
            put(Key::Wiki(wiki_id), Expect::Absent, Record::Wiki(record)),
            put(Key::Head(wiki_id), Expect::Absent, Record::Head(Head::new())),
        ];
        self.make_tenant(id, &new, text("Demo Owner")?, edits).await?;
        Ok(id)
    }

    /// Makes a tenant with its owner as a member, at once.
    async fn make_tenant(
        &self,
        id: TenantId,
        new: &NewTenant,
        owner: DisplayName,
        more: Vec<Edit>,
    ) -> Result<()> {
        let member_id: MemberId = self.new_id();
        let plan = || {
            let now = self.now();
            let member = Member {
                id: member_id,
                name: owner.clone(),
                email: new.owner_email.clone(),
                role: Role::Owner,
                created_at: now,
            };
            let record = tenant(id, new, now);
            let mut edits = vec![
                put(Key::TenantSlug(new.slug.clone()), Expect::Absent, Record::TenantSlug(id)),
                put(Key::Tenant, Expect::Absent, Record::Tenant(record.clone())),
                put(Key::Email(new.owner_email.clone()), Expect::Absent, Record::Email(member_id)),
                put(Key::Member(member_id), Expect::Absent, Record::Member(member)),
            ];
            edits.extend(more.clone());
            Plan { edits, effect: Effect::TenantChanged { tenant: record }, target: new.slug.to_string() }
        };
        self.set_up(id, "tenant.create", plan).await
    }

    /// A new token for the owner with this address; the address's member must be there.
    async fn owner_token(&self, tenant: TenantId, email: &Email, name: &str) -> Result<SecretString> {
        let scope = Scope::system("setup", tenant);
        let found = self.inner.ledger.get_many(&scope, &[Key::Email(email.clone())]).await?.pop().flatten();
        let member = match found.and_then(|stored| stored.record.email()) {
            Some(member) => member,
            None => self.adopt_owner(&scope, email).await?,
        };
        self.token_for(tenant, member, name, None).await
    }

    async fn token_for(
        &self,
        tenant: TenantId,
        member: MemberId,
        name: &str,
        expires_at: Option<Timestamp>,
    ) -> Result<SecretString> {
        let bearer = BearerToken::new(tenant, self.new_id(), self.inner.ids.secret());
        let name = text(name)?;
        let plan = || {
            let hash = SecretHash::of(bearer.secret());
            let id = bearer.key().id;
            let token = Token { id, member, name: name.clone(), hash, created_at: self.now(), expires_at };
            Plan {
                edits: vec![put(Key::Token(id), Expect::Absent, Record::Token(token.clone()))],
                effect: Effect::TokenCreated { token },
                target: id.to_string(),
            }
        };
        self.set_up(tenant, "token.create", plan).await?;
        Ok(bearer.text())
    }

    /// Makes a new owner where the demonstration's was removed: whoever starts a server holds its data anyway.
    async fn adopt_owner(&self, scope: &Scope, email: &Email) -> Result<MemberId> {
        let id: MemberId = self.new_id();
        let name = text("Owner")?;
        let plan = || {
            let member = Member {
                id,
                name: name.clone(),
                email: email.clone(),
                role: Role::Owner,
                created_at: self.now(),
            };
            Plan {
                edits: vec![
                    put(Key::Email(email.clone()), Expect::Absent, Record::Email(id)),
                    put(Key::Member(id), Expect::Absent, Record::Member(member.clone())),
                ],
                effect: Effect::MemberChanged { member },
                target: id.to_string(),
            }
        };
        self.set_up(scope.tenant(), "member.create", plan).await?;
        Ok(id)
    }

    async fn set_up(&self, tenant: TenantId, operation: &'static str, plan: impl Fn() -> Plan) -> Result<()> {
        let scope = Scope::system("setup", tenant);
        debug_assert_eq!(scope.principal().actor.kind, ActorKind::System);
        for attempt in 0..16 {
            let call = Call::new("setup");
            let key = self.receipt_key(&call);
            let fingerprint = Fingerprint::of(&[operation.as_bytes()]);
            let request = Request { scope: scope.clone(), call, operation, fingerprint, key };
            match self.attempt(&request, &|_: Scope| std::future::ready(Ok(plan())), None).await {
                Ok(_) => return Ok(()),
                Err(Attempt::Again | Attempt::Readmit) => self.pause(attempt).await,
                Err(Attempt::Failed(error)) => return Err(error),
            }
        }
        Err(Error::Unavailable(
            "the ledger has been set up by somebody else at the same time; start again".into(),
        ))
    }
}

fn text(text: &str) -> Result<DisplayName> {
    DisplayName::parse(text).map_err(|bad| Error::invalid("", bad))
}

fn address(text: &str) -> Result<Email> {
    Email::parse(text).map_err(|bad| Error::invalid("", bad))
}
