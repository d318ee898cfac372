use portolan_core::access::Scope;
use portolan_core::tenancy::{Invite, PLATFORM, Role};
use portolan_core::token::SecretHash;
use portolan_ports::Ledger;
use portolan_ports::ledger::{Change, Expect, Key, Record};

use super::help::{conflict, delete, edit, get, put, receipt, receipt_key, record};
use super::records::one_of_each;
use crate::Fixture;
use crate::sample::{Credential, email, hours, id, now, scope, tenant_slug};

pub(super) async fn the_same_keys_of_two_tenants_never_meet(ledger: Fixture<dyn Ledger>) {
    let (one, two) = (scope(1), scope(2));
    let own = one_of_each().into_iter().filter(|(key, _)| !matches!(key, Key::TenantSlug(_)));
    for (key, record) in own.clone() {
        let first = put(&*ledger, &one, key.clone(), record.clone()).await;
        assert_eq!(get(&*ledger, &two, key.clone()).await, None, "{key:?}");
        let create = Change::Put(record.clone());
        edit(&*ledger, &two, key.clone(), Expect::Absent, create).await.expect("the other tenant has none");
        assert_eq!(get(&*ledger, &one, key.clone()).await.unwrap().version, first, "{key:?}");
    }
    for (key, record) in own {
        delete(&*ledger, &two, key.clone()).await;
        assert_eq!(super::help::record(&*ledger, &one, key).await, Some(record));
    }
}

pub(super) async fn tenant_aliases_are_kept_with_the_platform(ledger: Fixture<dyn Ledger>) {
    let key = Key::TenantSlug(tenant_slug("acme"));
    put(&*ledger, &scope(1), key.clone(), Record::TenantSlug(id(1))).await;
    for scope in [scope(1), scope(2), Scope::system("contract", PLATFORM)] {
        assert_eq!(record(&*ledger, &scope, key.clone()).await, Some(Record::TenantSlug(id(1))));
        let listed = ledger.list(&scope, key.kind(), None, 10).await.unwrap();
        assert_eq!(listed.len(), 1, "aliases are listed from everywhere");
    }
    let taken = edit(&*ledger, &scope(2), key, Expect::Absent, Change::Put(Record::TenantSlug(id(2)))).await;
    assert_eq!(conflict(taken).edits, [0], "an alias is taken once for all tenants");
}

/// An operator's receipt for what he did to a tenant is found again, whichever tenant he asks about.
pub(super) async fn receipts_are_kept_with_the_principal(ledger: Fixture<dyn Ledger>) {
    let operator = Credential::operator(1);
    let platform = operator.admitted(operator.install(&*ledger).await);
    let over = platform.over(id(1)).expect("an operator reaches every tenant");
    let key = receipt_key(&over.principal().actor.id, "once");
    put(&*ledger, &over, key.clone(), receipt(24)).await;
    for scope in [&platform, &platform.over(id(2)).unwrap(), &Scope::system("contract", PLATFORM)] {
        assert_eq!(record(&*ledger, scope, key.clone()).await, Some(receipt(24)));
    }
    assert_eq!(get(&*ledger, &scope(1), key).await, None, "the tenant itself has no part in it");
}

pub(super) async fn an_invitee_s_receipt_is_kept_with_his_tenant(ledger: Fixture<dyn Ledger>) {
    let invite = Invite {
        id: id(1),
        email: email("ada@example.org"),
        role: Role::Editor,
        hash: SecretHash::of(&[1; 32]),
        created_at: now(),
        expires_at: hours(24),
    };
    let invitee = Scope::invitee(id(1), &invite);
    let key = receipt_key(&invitee.principal().actor.id, "once");
    put(&*ledger, &invitee, key.clone(), receipt(24)).await;
    assert_eq!(record(&*ledger, &scope(1), key.clone()).await, Some(receipt(24)));
    assert_eq!(get(&*ledger, &scope(2), key).await, None);
}
