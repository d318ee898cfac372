use std::collections::BTreeSet;

use portolan_core::audit::Lane;
use portolan_ports::Ledger;
use portolan_ports::ledger::{Batch, Expect, Key, Record, Walk};

use super::help::{append_segment, conflict, get, put, receipt, receipt_key, segment};
use super::records::one_of_each;
use crate::Fixture;
use crate::sample::{head, hours, id, now, scope};

pub(super) async fn everything_is_there_after_reopening(mut ledger: Fixture<dyn Ledger>) {
    let scope = scope(1);
    let mut stored = Vec::new();
    for (key, record) in one_of_each() {
        let version = put(&*ledger, &scope, key.clone(), record.clone()).await;
        stored.push((key, version, record));
    }
    append_segment(&*ledger, &scope, segment(Lane::Control, 0, 3)).await.unwrap();
    ledger.reopen().await;
    for (key, version, record) in stored {
        let found = get(&*ledger, &scope, key.clone()).await.unwrap_or_else(|| panic!("{key:?} is lost"));
        assert_eq!((found.version, found.record), (version, record));
    }
    let segments = ledger.segments(&scope, Lane::Control, Walk::Up(0), 10).await.unwrap();
    assert_eq!(segments, [segment(Lane::Control, 0, 3)]);
    append_segment(&*ledger, &scope, segment(Lane::Control, 3, 1))
        .await
        .expect("the lane goes on where it ended");
}

pub(super) async fn versions_are_unique_also_after_reopening(mut ledger: Fixture<dyn Ledger>) {
    let (scope, key) = (scope(1), receipt_key("ada", "once"));
    let mut seen = BTreeSet::new();
    for _ in 0..4 {
        assert!(seen.insert(put(&*ledger, &scope, key.clone(), receipt(1)).await), "{seen:?}");
        assert_eq!(ledger.sweep(hours(2), 10).await.unwrap(), 1);
        ledger.reopen().await;
    }
}

pub(super) async fn nothing_of_a_failed_batch_is_there_after_reopening(mut ledger: Fixture<dyn Ledger>) {
    let scope = scope(1);
    put(&*ledger, &scope, Key::Head(id(1)), Record::Head(head(1))).await;
    let mut batch = Batch::new(now());
    batch.put(Key::Head(id(2)), Expect::Absent, Record::Head(head(2))).put(
        Key::Head(id(1)),
        Expect::Absent,
        Record::Head(head(2)),
    );
    batch.segments.push(segment(Lane::Control, 0, 1));
    assert_eq!(conflict(ledger.commit(&scope, batch).await).edits, [1]);
    put(&*ledger, &scope, Key::Head(id(3)), Record::Head(head(3))).await;
    ledger.reopen().await;
    assert_eq!(get(&*ledger, &scope, Key::Head(id(2))).await, None);
    assert!(get(&*ledger, &scope, Key::Head(id(3))).await.is_some());
    assert_eq!(ledger.segments(&scope, Lane::Control, Walk::Up(0), 10).await.unwrap(), []);
}
