use portolan_core::audit::Lane;
use portolan_core::tenancy::Role;
use portolan_ports::Ledger;
use portolan_ports::ledger::{Batch, Caps, Change, Expect, Key, Record};

use super::help::{append_segment, assert_refused, edit, get, segment};
use crate::Fixture;
use crate::sample::{Credential, email, head, id, member, now, scope};

/// The caps, which must be such that they can be reached: what nothing reaches protects nothing.
fn caps(ledger: &dyn Ledger) -> Caps {
    let caps = ledger.caps();
    assert!((20..=100_000).contains(&caps.items), "{caps:?}");
    assert!((100_000..=64 << 20).contains(&caps.bytes), "{caps:?}");
    caps
}

pub(super) async fn two_edits_of_one_key_are_refused(ledger: Fixture<dyn Ledger>) {
    let scope = scope(1);
    let mut batch = Batch::new(now());
    batch
        .put(Key::Head(id(1)), Expect::Any, Record::Head(head(1)))
        .put(Key::Head(id(2)), Expect::Any, Record::Head(head(2)))
        .put(Key::Head(id(1)), Expect::Any, Record::Head(head(3)));
    assert_refused(ledger.commit(&scope, batch).await);
    let mut batch = Batch::new(now());
    batch.put(Key::Head(id(2)), Expect::Any, Record::Head(head(2))).edit(
        Key::Head(id(2)),
        Expect::Any,
        Change::Check,
    );
    assert_refused(ledger.commit(&scope, batch).await);
    let mut batch = Batch::new(now());
    batch.put(Key::Email(email("a@example.org")), Expect::Any, Record::Email(id(1))).put(
        Key::Email(email("A@example.org")),
        Expect::Any,
        Record::Email(id(1)),
    );
    assert_refused(ledger.commit(&scope, batch).await);
    assert_eq!(get(&*ledger, &scope, Key::Head(id(2))).await, None);
}

pub(super) async fn a_record_of_another_kind_than_its_key_is_refused(ledger: Fixture<dyn Ledger>) {
    let (scope, record) = (scope(1), Record::Member(member(1, Role::Viewer)));
    assert_refused(edit(&*ledger, &scope, Key::Head(id(1)), Expect::Any, Change::Put(record)).await);
    assert_eq!(get(&*ledger, &scope, Key::Head(id(1))).await, None);
}

fn of_items(count: usize) -> Batch {
    let mut batch = Batch::new(now());
    for number in 0..count as u64 {
        batch.put(Key::Head(id(number)), Expect::Absent, Record::Head(head(1)));
    }
    batch
}

pub(super) async fn as_many_items_as_the_caps_allow_fit(ledger: Fixture<dyn Ledger>) {
    let (scope, most) = (scope(1), caps(&*ledger).items);
    assert_eq!(ledger.commit(&scope, of_items(most)).await.unwrap().len(), most);
    let last = u64::try_from(most).unwrap() - 1;
    assert!(get(&*ledger, &scope, Key::Head(id(last))).await.is_some());
}

pub(super) async fn too_many_items_are_refused(ledger: Fixture<dyn Ledger>) {
    let scope = scope(1);
    assert_refused(ledger.commit(&scope, of_items(caps(&*ledger).items + 1)).await);
    assert_eq!(get(&*ledger, &scope, Key::Head(id(0))).await, None);
}

pub(super) async fn checks_count_three_times(ledger: Fixture<dyn Ledger>) {
    let owner = Credential::owner(id(1), "acme", 1);
    let versions = owner.install(&*ledger).await;
    let mut batch = of_items(caps(&*ledger).items - 2);
    batch.checks.push(owner.admitted(versions).authority().unwrap());
    assert_refused(ledger.commit(&owner.system(), batch).await);
    let mut batch = of_items(caps(&*ledger).items - 3);
    batch.checks.push(owner.admitted(versions).authority().unwrap());
    ledger.commit(&owner.system(), batch).await.unwrap();
}

pub(super) async fn too_many_bytes_are_refused(ledger: Fixture<dyn Ledger>) {
    let (scope, half) = (scope(1), caps(&*ledger).bytes / 2 + 1);
    let mut batch = Batch::new(now());
    for number in 0..2 {
        let mut large = head(1);
        large.branch = "b".repeat(half);
        batch.put(Key::Head(id(number)), Expect::Any, Record::Head(large));
    }
    assert_refused(ledger.commit(&scope, batch).await);
    assert_eq!(get(&*ledger, &scope, Key::Head(id(0))).await, None);
}

pub(super) async fn too_many_bytes_of_segments_are_refused(ledger: Fixture<dyn Ledger>) {
    let scope = scope(1);
    let mut large = segment(Lane::Control, 0, 1);
    large.events[0].what.target = "t".repeat(caps(&*ledger).bytes);
    assert_refused(append_segment(&*ledger, &scope, large).await);
    append_segment(&*ledger, &scope, segment(Lane::Control, 0, 1)).await.expect("the lane is still empty");
}
