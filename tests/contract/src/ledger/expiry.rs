use portolan_ports::Ledger;
use portolan_ports::ledger::{Batch, Change, Conflict, Expect, Key, Record};

use super::help::{conflict, get, put, receipt, receipt_key, record};
use crate::Fixture;
use crate::sample::{head, hours, id, scope};

pub(super) async fn an_expired_record_counts_as_absent(ledger: Fixture<dyn Ledger>) {
    let (scope, key) = (scope(1), receipt_key("ada", "once"));
    put(&*ledger, &scope, key.clone(), receipt(24)).await;
    // From its end on: also in the very second.
    let mut batch = Batch::new(hours(24));
    batch.put(key.clone(), Expect::Absent, receipt(48));
    let version = ledger.commit(&scope, batch).await.unwrap()[0];
    let stored = get(&*ledger, &scope, key).await.unwrap();
    assert_eq!((stored.version, stored.record), (version, receipt(48)));
}

pub(super) async fn a_record_that_has_not_expired_is_there(ledger: Fixture<dyn Ledger>) {
    let (scope, key) = (scope(1), receipt_key("ada", "once"));
    let version = put(&*ledger, &scope, key.clone(), receipt(24)).await;
    let mut batch = Batch::new(hours(23));
    batch.put(key.clone(), Expect::Absent, receipt(48));
    let failed = conflict(ledger.commit(&scope, batch).await);
    assert_eq!(failed, Conflict { edits: vec![0], ..Conflict::default() });
    let mut batch = Batch::new(hours(23));
    batch.edit(key.clone(), Expect::At(version), Change::Check);
    ledger.commit(&scope, batch).await.unwrap();
    assert_eq!(record(&*ledger, &scope, key).await, Some(receipt(24)));
}

pub(super) async fn the_sweep_deletes_what_expired_and_nothing_else(ledger: Fixture<dyn Ledger>) {
    let scope = scope(1);
    put(&*ledger, &scope, receipt_key("ada", "old"), receipt(1)).await;
    put(&*ledger, &scope, receipt_key("ada", "young"), receipt(3)).await;
    put(&*ledger, &scope, Key::Head(id(1)), Record::Head(head(1))).await;
    // Written again with a later end: the first end no longer counts.
    put(&*ledger, &scope, receipt_key("ada", "again"), receipt(1)).await;
    put(&*ledger, &scope, receipt_key("ada", "again"), receipt(3)).await;
    assert_eq!(ledger.sweep(hours(0), 100).await.unwrap(), 0);
    assert_eq!(ledger.sweep(hours(2), 100).await.unwrap(), 1);
    assert_eq!(ledger.sweep(hours(2), 100).await.unwrap(), 0);
    assert_eq!(get(&*ledger, &scope, receipt_key("ada", "old")).await, None);
    assert_eq!(record(&*ledger, &scope, receipt_key("ada", "young")).await, Some(receipt(3)));
    assert_eq!(record(&*ledger, &scope, receipt_key("ada", "again")).await, Some(receipt(3)));
    assert!(get(&*ledger, &scope, Key::Head(id(1))).await.is_some());
}

pub(super) async fn the_sweep_keeps_to_its_limit_and_covers_all_tenants(ledger: Fixture<dyn Ledger>) {
    for number in 0..10 {
        put(&*ledger, &scope(number), receipt_key("ada", "once"), receipt(1)).await;
    }
    for deleted in [4, 4, 2, 0] {
        assert_eq!(ledger.sweep(hours(2), 4).await.unwrap(), deleted);
    }
    for number in 0..10 {
        assert_eq!(get(&*ledger, &scope(number), receipt_key("ada", "once")).await, None);
    }
}

pub(super) async fn versions_are_unique_also_after_a_sweep(ledger: Fixture<dyn Ledger>) {
    let (scope, key) = (scope(1), receipt_key("ada", "once"));
    let first = put(&*ledger, &scope, key.clone(), receipt(1)).await;
    assert_eq!(ledger.sweep(hours(2), 100).await.unwrap(), 1);
    let second = put(&*ledger, &scope, key.clone(), receipt(1)).await;
    assert_ne!(first, second);
}
