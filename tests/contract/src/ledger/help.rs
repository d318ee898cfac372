//! Shorthands of the cases.

use portolan_core::access::{Actor, ActorKind, Scope, Version};
use portolan_core::audit::{Lane, Link, NewEvent, Outcome, Segment, append};
use portolan_core::idempotency::{self, Fingerprint};
use portolan_ports::ledger::{
    Batch, Change, CommitError, Conflict, Effect, Expect, Key, Receipt, Record, Stored,
};
use portolan_ports::{Kind, Ledger};

use crate::sample::{hours, now};

pub(super) type Committed = Result<Vec<Version>, CommitError>;

/// Commits one edit at [`now`].
pub(super) async fn edit(
    ledger: &dyn Ledger,
    scope: &Scope,
    key: Key,
    expect: Expect,
    change: Change,
) -> Committed {
    let mut batch = Batch::new(now());
    batch.edit(key, expect, change);
    ledger.commit(scope, batch).await
}

/// Writes one record, whatever was there.
pub(super) async fn put(ledger: &dyn Ledger, scope: &Scope, key: Key, record: Record) -> Version {
    edit(ledger, scope, key, Expect::Any, Change::Put(record)).await.expect("nothing is expected")[0]
}

pub(super) async fn delete(ledger: &dyn Ledger, scope: &Scope, key: Key) {
    edit(ledger, scope, key, Expect::Any, Change::Delete).await.expect("nothing is expected");
}

pub(super) async fn get(ledger: &dyn Ledger, scope: &Scope, key: Key) -> Option<Stored> {
    let mut answers = ledger.get_many(scope, &[key]).await.expect("reading works");
    assert_eq!(answers.len(), 1, "one key has one answer");
    answers.remove(0)
}

/// The record under `key`, without its version.
pub(super) async fn record(ledger: &dyn Ledger, scope: &Scope, key: Key) -> Option<Record> {
    get(ledger, scope, key).await.map(|stored| stored.record)
}

/// What conflicted; fails on every other result.
pub(super) fn conflict(result: Committed) -> Conflict {
    match result {
        Err(CommitError::Conflict(conflict)) => conflict,
        other => panic!("expected a conflict, got {other:?}"),
    }
}

/// Fails unless the batch was refused with a text for the caller.
pub(super) fn assert_refused(result: Committed) {
    match result {
        Err(CommitError::Failed(error)) => {
            assert_eq!(error.kind, Kind::Refused, "{error}");
            assert!(!error.public.is_empty(), "{error:?} must say what to do");
        }
        other => panic!("expected a refusal, got {other:?}"),
    }
}

/// A receipt that is forgotten after so many hours.
pub(super) fn receipt(expires_after_hours: i64) -> Record {
    let fingerprint = Fingerprint::of(&[b"request"]);
    Record::Receipt(Receipt { fingerprint, effect: Effect::Removed, expires_at: hours(expires_after_hours) })
}

pub(super) fn receipt_key(principal: &str, key: &str) -> Key {
    let key = idempotency::Key::parse(key.as_bytes()).expect("a sample key is printable");
    Key::Receipt { principal: principal.into(), key }
}

/// `count` events that follow the event `after` of `lane`.
pub(super) fn segment(lane: Lane, after: u64, count: u64) -> Segment {
    let event = |number: u64| NewEvent {
        time: now(),
        actor: Actor { kind: ActorKind::System, id: "contract".into(), name: "Portolan".into() },
        operation: "page.write".into(),
        target: format!("notes/{number} “quoted”\n"),
        outcome: Outcome::Done,
        count: 1,
        request_id: format!("request-{number}"),
        revision: None,
        reason: None,
    };
    let events = (1..=count).map(|number| event(after + number)).collect();
    append(lane, Link { sequence: after, ..Link::START }, events).0
}

/// Appends `segment` alone.
pub(super) async fn append_segment(ledger: &dyn Ledger, scope: &Scope, segment: Segment) -> Committed {
    let mut batch = Batch::new(now());
    batch.segments.push(segment);
    ledger.commit(scope, batch).await
}
