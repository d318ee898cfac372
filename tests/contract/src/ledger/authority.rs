use portolan_core::access::{Authority, Scope};
use portolan_core::tenancy::Role;
use portolan_ports::Ledger;
use portolan_ports::ledger::{Batch, Conflict, Expect, Key, Record};

use super::help::{Committed, conflict, delete, get, put};
use crate::Fixture;
use crate::sample::{Credential, head, id, now};

/// Writes a head, resting on `authority`.
async fn write(ledger: &dyn Ledger, scope: &Scope, authority: Authority) -> Committed {
    let mut batch = Batch::new(now());
    batch.checks.push(authority);
    batch.put(Key::Head(id(1)), Expect::Any, Record::Head(head(1)));
    ledger.commit(scope, batch).await
}

fn failed_check() -> Conflict {
    Conflict { checks: vec![0], ..Conflict::default() }
}

pub(super) async fn checks_that_hold_let_a_batch_pass(ledger: Fixture<dyn Ledger>) {
    let owner = Credential::owner(id(1), "acme", 1);
    let scope = owner.admitted(owner.install(&*ledger).await);
    let authority = scope.authority().unwrap();
    // Twice: a check changes nothing that it checks.
    write(&*ledger, &scope, authority).await.unwrap();
    write(&*ledger, &scope, authority).await.unwrap();
    let mut batch = Batch::new(now());
    batch.checks = vec![authority, authority];
    ledger.commit(&scope, batch).await.expect("several writes of one principal are folded into one batch");
}

pub(super) async fn a_revoked_token_stops_a_batch(ledger: Fixture<dyn Ledger>) {
    let owner = Credential::owner(id(1), "acme", 1);
    let scope = owner.admitted(owner.install(&*ledger).await);
    let authority = scope.authority().unwrap();
    delete(&*ledger, &scope, Key::Token(owner.token.id)).await;
    assert_eq!(conflict(write(&*ledger, &scope, authority).await), failed_check());
    assert_eq!(get(&*ledger, &scope, Key::Head(id(1))).await, None);
    // Made again it is another token.
    put(&*ledger, &scope, Key::Token(owner.token.id), Record::Token(owner.token.clone())).await;
    assert_eq!(conflict(write(&*ledger, &scope, authority).await), failed_check());
}

pub(super) async fn a_changed_member_or_tenant_stops_a_batch(ledger: Fixture<dyn Ledger>) {
    let owner = Credential::owner(id(1), "acme", 1);
    let mut demoted = owner.member.clone();
    demoted.role = Role::Viewer;
    for (key, record) in [
        (Key::Member(owner.member_id()), Record::Member(demoted)),
        (Key::Tenant, Record::Tenant(owner.tenant.clone())),
        (Key::Token(owner.token.id), Record::Token(owner.token.clone())),
    ] {
        let scope = owner.admitted(owner.install(&*ledger).await);
        let authority = scope.authority().unwrap();
        put(&*ledger, &scope, key.clone(), record).await;
        assert_eq!(conflict(write(&*ledger, &scope, authority).await), failed_check(), "{key:?} was changed");
        delete(&*ledger, &scope, key.clone()).await;
        assert_eq!(conflict(write(&*ledger, &scope, authority).await), failed_check(), "{key:?} was deleted");
    }
}

/// An operator who works on a tenant is checked on the platform.
pub(super) async fn checks_are_of_the_principal_s_home(ledger: Fixture<dyn Ledger>) {
    let operator = Credential::operator(1);
    let platform = operator.admitted(operator.install(&*ledger).await);
    let over = platform.over(id(1)).unwrap();
    let authority = over.authority().unwrap();
    write(&*ledger, &over, authority).await.unwrap();
    delete(&*ledger, &platform, Key::Token(operator.token.id)).await;
    assert_eq!(conflict(write(&*ledger, &over, authority).await), failed_check());
}
