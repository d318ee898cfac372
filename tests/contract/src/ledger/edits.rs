use std::collections::BTreeSet;

use portolan_core::access::Version;
use portolan_core::audit::Lane;
use portolan_ports::Ledger;
use portolan_ports::ledger::{Batch, Change, Conflict, Expect, Key, Record};

use super::help::{append_segment, conflict, delete, edit, get, put, record, segment};
use crate::Fixture;
use crate::sample::{Credential, head, id, now, scope};

fn heads(time: i64) -> Change {
    Change::Put(Record::Head(head(time)))
}

pub(super) async fn any_expectation_is_judged(ledger: Fixture<dyn Ledger>) {
    let (scope, key) = (scope(1), Key::Head(id(1)));
    let commit = |expect, time| edit(&*ledger, &scope, key.clone(), expect, heads(time));
    assert_eq!(conflict(commit(Expect::At(Version(1)), 1).await).edits, [0]);
    let first = commit(Expect::Absent, 1).await.unwrap()[0];
    assert_eq!(conflict(commit(Expect::Absent, 2).await).edits, [0]);
    let second = commit(Expect::At(first), 2).await.unwrap()[0];
    assert_eq!(conflict(commit(Expect::At(first), 3).await).edits, [0]);
    let third = commit(Expect::Any, 3).await.unwrap()[0];
    assert_eq!(conflict(commit(Expect::At(second), 4).await).edits, [0]);
    let stored = get(&*ledger, &scope, key.clone()).await.unwrap();
    assert_eq!((stored.version, stored.record), (third, Record::Head(head(3))));
}

pub(super) async fn a_check_writes_nothing(ledger: Fixture<dyn Ledger>) {
    let (scope, key) = (scope(1), Key::Head(id(1)));
    let check = |expect| edit(&*ledger, &scope, key.clone(), expect, Change::Check);
    check(Expect::Absent).await.unwrap();
    check(Expect::Any).await.unwrap();
    assert_eq!(get(&*ledger, &scope, key.clone()).await, None);
    let version = put(&*ledger, &scope, key.clone(), Record::Head(head(1))).await;
    check(Expect::At(version)).await.unwrap();
    assert_eq!(get(&*ledger, &scope, key.clone()).await.unwrap().version, version);
    assert_eq!(conflict(check(Expect::Absent).await).edits, [0]);
}

pub(super) async fn deleting_what_is_missing_is_harmless(ledger: Fixture<dyn Ledger>) {
    let (scope, key) = (scope(1), Key::Head(id(1)));
    for expect in [Expect::Any, Expect::Absent] {
        edit(&*ledger, &scope, key.clone(), expect, Change::Delete).await.unwrap();
        assert_eq!(get(&*ledger, &scope, key.clone()).await, None);
    }
    let version = put(&*ledger, &scope, key.clone(), Record::Head(head(1))).await;
    edit(&*ledger, &scope, key.clone(), Expect::At(version), Change::Delete).await.unwrap();
    assert_eq!(get(&*ledger, &scope, key.clone()).await, None);
    let again = edit(&*ledger, &scope, key.clone(), Expect::At(version), Change::Delete).await;
    assert_eq!(conflict(again).edits, [0]);
}

/// Whoever saw a record before it was deleted and made anew must not take the new one for it.
pub(super) async fn versions_are_unique_also_after_a_deletion(ledger: Fixture<dyn Ledger>) {
    let (scope, key) = (scope(1), Key::Head(id(1)));
    let mut seen = BTreeSet::new();
    for round in 0..5 {
        let first = put(&*ledger, &scope, key.clone(), Record::Head(head(1))).await;
        let second = put(&*ledger, &scope, key.clone(), Record::Head(head(1))).await;
        assert!(seen.insert(first) && seen.insert(second), "round {round}: {first:?} {second:?} of {seen:?}");
        delete(&*ledger, &scope, key.clone()).await;
    }
}

pub(super) async fn each_edit_has_its_own_version(ledger: Fixture<dyn Ledger>) {
    let scope = scope(1);
    let mut batch = Batch::new(now());
    batch
        .put(Key::Head(id(1)), Expect::Any, Record::Head(head(1)))
        .edit(Key::Head(id(2)), Expect::Absent, Change::Check)
        .edit(Key::Head(id(3)), Expect::Any, Change::Delete)
        .put(Key::Head(id(4)), Expect::Any, Record::Head(head(4)));
    let versions = ledger.commit(&scope, batch).await.unwrap();
    assert_eq!(versions.len(), 4, "one version for each edit, in order");
    for (number, version) in [(1, versions[0]), (4, versions[3])] {
        assert_eq!(get(&*ledger, &scope, Key::Head(id(number))).await.unwrap().version, version);
    }
}

pub(super) async fn a_batch_with_one_failing_edit_changes_nothing(ledger: Fixture<dyn Ledger>) {
    let scope = scope(1);
    let kept = put(&*ledger, &scope, Key::Head(id(1)), Record::Head(head(1))).await;
    put(&*ledger, &scope, Key::Head(id(2)), Record::Head(head(2))).await;
    let mut batch = Batch::new(now());
    batch
        .put(Key::Head(id(1)), Expect::At(kept), Record::Head(head(10)))
        .edit(Key::Head(id(2)), Expect::Any, Change::Delete)
        .put(Key::Head(id(3)), Expect::Absent, Record::Head(head(30)))
        .put(Key::Head(id(1_000)), Expect::At(kept), Record::Head(head(40)));
    batch.segments.push(segment(Lane::Control, 0, 1));
    let failed = conflict(ledger.commit(&scope, batch).await);
    assert_eq!(failed, Conflict { edits: vec![3], ..Conflict::default() });
    assert_eq!(get(&*ledger, &scope, Key::Head(id(1))).await.unwrap().version, kept);
    assert_eq!(record(&*ledger, &scope, Key::Head(id(2))).await, Some(Record::Head(head(2))));
    assert_eq!(get(&*ledger, &scope, Key::Head(id(3))).await, None);
    append_segment(&*ledger, &scope, segment(Lane::Control, 0, 1)).await.expect("the lane is still empty");
}

pub(super) async fn a_conflict_names_everything_that_failed(ledger: Fixture<dyn Ledger>) {
    let (good, gone) = (Credential::owner(id(1), "acme", 1), Credential::owner(id(1), "acme", 2));
    let (scope, versions) = (good.system(), good.install(&*ledger).await);
    let gone = gone.admitted(versions).authority().unwrap();
    let version = put(&*ledger, &scope, Key::Head(id(1)), Record::Head(head(1))).await;
    let mut batch = Batch::new(now());
    batch
        .put(Key::Head(id(1)), Expect::Absent, Record::Head(head(2)))
        .put(Key::Head(id(2)), Expect::Absent, Record::Head(head(2)))
        .edit(Key::Head(id(3)), Expect::At(version), Change::Check)
        .edit(Key::Head(id(4)), Expect::At(version), Change::Delete);
    batch.checks = vec![good.admitted(versions).authority().unwrap(), gone];
    batch.segments = vec![segment(Lane::Control, 0, 1), segment(Lane::Wiki(id(1)), 7, 2)];
    let failed = conflict(ledger.commit(&scope, batch).await);
    assert_eq!(failed, Conflict { edits: vec![0, 2, 3], checks: vec![1], segments: vec![1] });
    assert_eq!(get(&*ledger, &scope, Key::Head(id(2))).await, None);
}

pub(super) async fn a_batch_sent_twice_conflicts(ledger: Fixture<dyn Ledger>) {
    let scope = scope(1);
    let mut creates = Batch::new(now());
    creates.put(Key::Head(id(1)), Expect::Absent, Record::Head(head(1)));
    let version = ledger.commit(&scope, creates.clone()).await.unwrap()[0];
    assert_eq!(conflict(ledger.commit(&scope, creates).await).edits, [0]);
    let mut changes = Batch::new(now());
    // The record is the same as before; the write is another one all the same.
    changes.put(Key::Head(id(1)), Expect::At(version), Record::Head(head(1)));
    ledger.commit(&scope, changes.clone()).await.unwrap();
    assert_eq!(conflict(ledger.commit(&scope, changes).await).edits, [0]);
}

pub(super) async fn an_empty_batch_is_applied(ledger: Fixture<dyn Ledger>) {
    assert_eq!(ledger.commit(&scope(1), Batch::new(now())).await.unwrap(), []);
}
