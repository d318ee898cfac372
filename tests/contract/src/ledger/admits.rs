use portolan_core::id::{TenantId, TokenKind};
use portolan_core::tenancy::{PLATFORM, TenantStatus};
use portolan_core::token::CredentialKey;
use portolan_ports::Ledger;
use portolan_ports::ledger::{Admitted, Key, Record};

use super::help::{delete, put};
use crate::Fixture;
use crate::sample::{Credential, head, id, now, scope, tenant, tenant_slug, wiki, wiki_slug};

async fn admit(
    ledger: &dyn Ledger,
    who: &Credential,
    target: Option<&str>,
    wiki: Option<&str>,
) -> Option<Admitted> {
    let (target, wiki) = (target.map(tenant_slug), wiki.map(wiki_slug));
    ledger.admit(&who.bearer.key(), target.as_ref(), wiki.as_ref()).await.unwrap()
}

/// A member of tenant 1, which has the wiki `notes`.
async fn acme(ledger: &dyn Ledger) -> Credential {
    let owner = Credential::owner(id(1), "acme", 1);
    owner.install(ledger).await;
    let scope = owner.system();
    put(ledger, &scope, Key::WikiSlug(wiki_slug("notes")), Record::WikiSlug(id(1))).await;
    put(ledger, &scope, Key::Wiki(id(1)), Record::Wiki(wiki(1, "notes"))).await;
    put(ledger, &scope, Key::Head(id(1)), Record::Head(head(1))).await;
    owner
}

pub(super) async fn a_credential_is_read_with_all_its_records(ledger: Fixture<dyn Ledger>) {
    let owner = Credential::owner(id(1), "acme", 1);
    let versions = owner.install(&*ledger).await;
    // Others of the same tenant and the same ids elsewhere are not mistaken for it.
    Credential::owner(id(2), "other", 1).install(&*ledger).await;
    let admitted = admit(&*ledger, &owner, None, None).await.unwrap();
    let known = admitted.admission;
    assert_eq!(known.token, (owner.token.clone(), versions.token));
    assert_eq!(known.member, (owner.member.clone(), versions.member));
    assert_eq!(known.home, (owner.tenant.clone(), versions.tenant));
    assert_eq!(known.target, None);
    assert!(admitted.wiki.is_none());
}

pub(super) async fn a_credential_with_a_missing_record_is_none(ledger: Fixture<dyn Ledger>) {
    let owner = Credential::owner(id(1), "acme", 1);
    assert!(admit(&*ledger, &owner, None, None).await.is_none());
    for missing in [Key::Token(owner.token.id), Key::Member(owner.member_id()), Key::Tenant] {
        owner.install(&*ledger).await;
        assert!(admit(&*ledger, &owner, None, None).await.is_some());
        delete(&*ledger, &owner.system(), missing.clone()).await;
        assert!(admit(&*ledger, &owner, None, None).await.is_none(), "without {missing:?}");
    }
}

/// A token's text carries the tenant; one that names another tenant finds nothing.
pub(super) async fn a_credential_of_another_tenant_is_none(ledger: Fixture<dyn Ledger>) {
    let owner = acme(&*ledger).await;
    put(&*ledger, &scope(2), Key::Tenant, Record::Tenant(tenant(id(2), "other"))).await;
    put(&*ledger, &scope(2), Key::Member(owner.member.id), Record::Member(owner.member.clone())).await;
    let forged = CredentialKey::<TokenKind> { tenant: id(2), id: owner.token.id };
    assert!(ledger.admit(&forged, None, None).await.unwrap().is_none());
}

pub(super) async fn the_wiki_is_read_with_its_head(ledger: Fixture<dyn Ledger>) {
    let owner = acme(&*ledger).await;
    let version = put(&*ledger, &owner.system(), Key::Head(id(1)), Record::Head(head(2))).await;
    for target in [None, Some("acme")] {
        let admitted = admit(&*ledger, &owner, target, Some("notes")).await.unwrap();
        assert_eq!(admitted.wiki, Some((wiki(1, "notes"), head(2), version)));
    }
    assert!(admit(&*ledger, &owner, None, None).await.unwrap().wiki.is_none(), "none was asked for");
}

pub(super) async fn a_missing_or_deleted_wiki_is_none(ledger: Fixture<dyn Ledger>) {
    let owner = acme(&*ledger).await;
    let asked =
        async |slug| admit(&*ledger, &owner, None, Some(slug)).await.expect("the credential is there").wiki;
    assert!(asked("other").await.is_none());
    let deleted = portolan_core::wiki::Wiki { deleted_at: Some(now()), ..wiki(1, "notes") };
    put(&*ledger, &owner.system(), Key::Wiki(id(1)), Record::Wiki(deleted)).await;
    assert!(asked("notes").await.is_none(), "deleted, although the alias still names it");
    delete(&*ledger, &owner.system(), Key::WikiSlug(wiki_slug("notes"))).await;
    assert!(asked("notes").await.is_none());
}

pub(super) async fn a_suspended_tenant_is_answered(ledger: Fixture<dyn Ledger>) {
    let owner = acme(&*ledger).await;
    for status in [TenantStatus::Suspended { reason: None }, TenantStatus::Deleted { at: now() }] {
        let mut changed = owner.tenant.clone();
        changed.status = status.clone();
        put(&*ledger, &owner.system(), Key::Tenant, Record::Tenant(changed)).await;
        let known =
            admit(&*ledger, &owner, None, Some("notes")).await.expect("whoever asked decides").admission;
        assert_eq!(known.home.0.status, status);
    }
}

pub(super) async fn another_tenant_is_read_for_operators_alone(ledger: Fixture<dyn Ledger>) {
    let (owner, operator) = (acme(&*ledger).await, Credential::operator(9));
    let other = Credential::owner(id(2), "other", 2);
    operator.install(&*ledger).await;
    other.install(&*ledger).await;
    let target = async |who, slug| admit(&*ledger, who, Some(slug), None).await.unwrap().admission.target;
    assert_eq!(target(&operator, "acme").await, Some(owner.tenant.clone()));
    assert_eq!(target(&operator, "other").await, Some(other.tenant.clone()));
    assert_eq!(target(&operator, "nobody").await, None);
    assert_eq!(target(&owner, "other").await, None);
    assert_eq!(target(&owner, "platform").await, None);
    assert_eq!(target(&owner, "nobody").await, None);
}

pub(super) async fn no_wiki_of_another_tenant_is_read(ledger: Fixture<dyn Ledger>) {
    let owner = acme(&*ledger).await;
    let (operator, other) = (Credential::operator(9), Credential::owner(id(2), "other", 2));
    operator.install(&*ledger).await;
    other.install(&*ledger).await;
    let wiki = async |who, target| admit(&*ledger, who, Some(target), Some("notes")).await.unwrap().wiki;
    assert!(wiki(&owner, "acme").await.is_some());
    assert!(wiki(&operator, "acme").await.is_none());
    assert!(wiki(&other, "acme").await.is_none());
    assert!(wiki(&owner, "other").await.is_none(), "the own wiki is not what was asked for");
}

pub(super) async fn the_own_name_as_target_is_home(ledger: Fixture<dyn Ledger>) {
    let operator = Credential::operator(9);
    operator.install(&*ledger).await;
    let home: TenantId = PLATFORM;
    assert_eq!(operator.tenant.id, home);
    let admitted = admit(&*ledger, &operator, Some("platform"), None).await.unwrap();
    assert_eq!(admitted.admission.home.0, operator.tenant);
    assert!(admitted.admission.target.is_none_or(|target| target == operator.tenant));
}

pub(super) async fn a_revocation_is_seen_at_once(ledger: Fixture<dyn Ledger>) {
    let owner = acme(&*ledger).await;
    for _ in 0..20 {
        owner.install(&*ledger).await;
        assert!(admit(&*ledger, &owner, None, Some("notes")).await.is_some());
        delete(&*ledger, &owner.system(), Key::Token(owner.token.id)).await;
        assert!(admit(&*ledger, &owner, None, Some("notes")).await.is_none());
    }
}
