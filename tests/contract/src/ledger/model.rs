//! Any calls, driven beside the ledger in memory: the answers must be the same. Versions are opaque, so each is
//! compared with the one that the model gave to the same write.

use std::collections::HashMap;

use portolan_core::access::Version;
use portolan_core::audit::{Lane, Segment};
use portolan_core::id::TenantId;
use portolan_core::tenancy::Role;
use portolan_memory::MemoryLedger;
use portolan_ports::Ledger;
use portolan_ports::ledger::{Batch, Change, CommitError, Expect, Key, Record, RecordKind, Stored, Walk};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};

use super::help::{Committed, receipt, receipt_key, segment};
use crate::Fixture;
use crate::sample::{email, head, hours, id, member, scope, tenant_slug, wiki_slug};

/// A call. Tenants, keys and values are small numbers, so that calls meet.
#[derive(Debug, Clone)]
enum Call {
    Commit { tenant: u64, hour: i64, edits: Vec<(KeyNumber, Wanted, Done)>, append: Option<(u8, u64, u64)> },
    Get { tenant: u64, keys: Vec<KeyNumber> },
    List { tenant: u64, kind: usize, after: Option<KeyNumber>, limit: usize },
    Segments { tenant: u64, lane: u8, walk: Walk, limit: usize },
    Sweep { hour: i64 },
    Reopen,
}

type KeyNumber = (u8, u8);

#[derive(Debug, Clone, Copy)]
enum Wanted {
    Any,
    Absent,
    /// A version that the key had: the last one counted back.
    At(usize),
}

#[derive(Debug, Clone, Copy)]
enum Done {
    Put(u8),
    Delete,
    Check,
}

const LISTED: [RecordKind; 5] =
    [RecordKind::Member, RecordKind::Email, RecordKind::WikiSlug, RecordKind::TenantSlug, RecordKind::Head];

/// As [`Ledger`] promises: for any calls, the answers of the adapter are those of the model.
pub(super) fn any_calls_answer_as_in_memory(open: impl AsyncFn() -> Fixture<dyn Ledger>) {
    let config = Config { cases: 48, failure_persistence: None, max_shrink_iters: 400, ..Config::default() };
    let outcome = TestRunner::new(config).run(&vec(calls(), 1..40), |calls| {
        crate::run(async {
            let mut pair =
                Pair { real: open().await, model: MemoryLedger::new(), versions: HashMap::new(), now: 0 };
            for call in calls {
                pair.compare(call).await?;
            }
            Ok(())
        })
    });
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
}

fn calls() -> impl Strategy<Value = Call> {
    let tenant = 1..3_u64;
    let wanted = prop_oneof![
        3 => Just(Wanted::Any),
        3 => Just(Wanted::Absent),
        4 => (0..2_usize).prop_map(Wanted::At),
    ];
    let done =
        prop_oneof![6 => (0..9_u8).prop_map(Done::Put), 2 => Just(Done::Delete), 1 => Just(Done::Check)];
    let append =
        proptest::option::weighted(0.3, (0..3_u8, prop_oneof![8 => Just(0), 1 => 1..3_u64], 1..4_u64));
    let walk = prop_oneof![(0..12_u64).prop_map(Walk::Up), (0..12_u64).prop_map(Walk::Down)];
    prop_oneof![
        8 => (tenant.clone(), 0..6_i64, vec((keys(), wanted, done), 0..5), append)
            .prop_map(|(tenant, hour, edits, append)| Call::Commit { tenant, hour, edits, append }),
        4 => (tenant.clone(), vec(keys(), 0..6)).prop_map(|(tenant, keys)| Call::Get { tenant, keys }),
        3 => (tenant.clone(), 0..LISTED.len(), proptest::option::of(keys()), 1..4_usize)
            .prop_map(|(tenant, kind, after, limit)| Call::List { tenant, kind, after, limit }),
        2 => (tenant, 0..3_u8, walk, 1..4_usize)
            .prop_map(|(tenant, lane, walk, limit)| Call::Segments { tenant, lane, walk, limit }),
        1 => (0..6_i64).prop_map(|hour| Call::Sweep { hour }),
        1 => Just(Call::Reopen),
    ]
}

fn keys() -> impl Strategy<Value = KeyNumber> + Clone {
    (0..7_u8, 0..3_u8)
}

fn key((kind, number): KeyNumber) -> Key {
    let long = u64::from(number);
    match kind {
        0 => Key::Member(id(long)),
        1 => Key::Email(email(&format!("m{number}@example.org"))),
        2 => Key::WikiSlug(wiki_slug(&format!("w{number}"))),
        3 => Key::TenantSlug(tenant_slug(&format!("tenant{number}"))),
        4 => Key::Head(id(long)),
        5 => Key::Tenant,
        _ => receipt_key("ada", &number.to_string()),
    }
}

/// A record for the key. Receipts end at full hours, and calls come at half past, so that no end is a call's time.
fn value(key: &Key, value: u8) -> Record {
    let long = u64::from(value);
    match key.kind() {
        RecordKind::Member => Record::Member(member(long, Role::Editor)),
        RecordKind::Email => Record::Email(id(long)),
        RecordKind::WikiSlug => Record::WikiSlug(id(long)),
        RecordKind::TenantSlug => Record::TenantSlug(id(long)),
        RecordKind::Tenant => Record::Tenant(crate::sample::tenant(id(long), "acme")),
        RecordKind::Receipt => receipt(i64::from(value)),
        _ => Record::Head(head(i64::from(value))),
    }
}

fn lane(number: u8) -> Lane {
    match number {
        0 => Lane::Control,
        1 => Lane::Wiki(id(1)),
        _ => Lane::Process(id(1)),
    }
}

fn half_past(hour: i64) -> jiff::Timestamp {
    hours(hour) + jiff::SignedDuration::from_mins(30)
}

type Place = (TenantId, RecordKind, String);

struct Pair {
    real: Fixture<dyn Ledger>,
    model: MemoryLedger,
    /// The versions each record had: the adapter's and the model's.
    versions: HashMap<Place, Vec<(Version, Version)>>,
    /// The latest hour of any call: what ended before it may be gone.
    now: i64,
}

type Compared = Result<(), TestCaseError>;

impl Pair {
    async fn compare(&mut self, call: Call) -> Compared {
        match call {
            Call::Commit { tenant, hour, edits, append } => self.commit(tenant, hour, &edits, append).await,
            Call::Get { tenant, keys } => {
                let keys: Vec<Key> = keys.into_iter().map(key).collect();
                let real = self.real.get_many(&scope(tenant), &keys).await.unwrap();
                let model = self.model.get_many(&scope(tenant), &keys).await.unwrap();
                prop_assert_eq!(real.len(), model.len());
                for ((key, real), model) in keys.iter().zip(real).zip(model) {
                    self.same(&(key.partition(&scope(tenant)), key.kind(), key.name()), real, model)?;
                }
                Ok(())
            }
            Call::List { tenant, kind, after, limit } => {
                let (scope, kind) = (scope(tenant), LISTED[kind]);
                let after = after.map(|number| key(number).name());
                let real = self.real.list(&scope, kind, after.as_deref(), limit).await.unwrap();
                let model = self.model.list(&scope, kind, after.as_deref(), limit).await.unwrap();
                prop_assert_eq!(real.len(), model.len());
                for ((name, real), (model_name, model)) in real.into_iter().zip(model) {
                    prop_assert_eq!(&name, &model_name);
                    self.same(&(kind.partition(&scope), kind, name), Some(real), Some(model))?;
                }
                Ok(())
            }
            Call::Segments { tenant, lane: number, walk, limit } => {
                let real = self.real.segments(&scope(tenant), lane(number), walk, limit).await.unwrap();
                let model = self.model.segments(&scope(tenant), lane(number), walk, limit).await.unwrap();
                prop_assert_eq!(real, model);
                Ok(())
            }
            Call::Sweep { hour } => {
                self.now = self.now.max(hour);
                let real = self.real.sweep(half_past(hour), usize::MAX).await.unwrap();
                let model = self.model.sweep(half_past(hour), usize::MAX).await.unwrap();
                prop_assert_eq!(real, model);
                Ok(())
            }
            Call::Reopen => {
                self.real.reopen().await;
                Ok(())
            }
        }
    }

    async fn commit(
        &mut self,
        tenant: u64,
        hour: i64,
        edits: &[(KeyNumber, Wanted, Done)],
        append: Option<(u8, u64, u64)>,
    ) -> Compared {
        let scope = scope(tenant);
        self.now = self.now.max(hour);
        let (mut real, mut model) = (Batch::new(half_past(hour)), Batch::new(half_past(hour)));
        let mut places = Vec::new();
        for (number, wanted, done) in edits {
            let key = key(*number);
            let place = (key.partition(&scope), key.kind(), key.name());
            if places.contains(&place) {
                continue;
            }
            let (real_expect, model_expect) = self.expect(&place, *wanted);
            let change = match done {
                Done::Put(number) => Change::Put(value(&key, *number)),
                Done::Delete => Change::Delete,
                Done::Check => Change::Check,
            };
            real.edit(key.clone(), real_expect, change.clone());
            model.edit(key, model_expect, change);
            places.push(place);
        }
        if let Some((number, gap, count)) = append {
            let last = self.model.segments(&scope, lane(number), Walk::Down(u64::MAX), 1).await.unwrap();
            let segment = segment(lane(number), last.first().map_or(0, Segment::last) + gap, count);
            real.segments.push(segment.clone());
            model.segments.push(segment);
        }
        let puts: Vec<bool> = real.edits.iter().map(|edit| matches!(edit.change, Change::Put(_))).collect();
        let (real, model): (Committed, Committed) =
            (self.real.commit(&scope, real).await, self.model.commit(&scope, model).await);
        match (real, model) {
            (Ok(real), Ok(model)) => {
                prop_assert_eq!(real.len(), model.len());
                let versions = real.into_iter().zip(model);
                for ((place, pair), _) in places.into_iter().zip(versions).zip(puts).filter(|(_, put)| *put) {
                    let known = self.versions.entry(place).or_default();
                    prop_assert!(
                        known.iter().all(|(real, _)| *real != pair.0),
                        "{:?} was given before",
                        pair.0
                    );
                    known.push(pair);
                }
                Ok(())
            }
            (Err(CommitError::Conflict(real)), Err(CommitError::Conflict(model))) => {
                prop_assert_eq!(real, model);
                Ok(())
            }
            (real, model) => Err(TestCaseError::fail(format!("the adapter: {real:?}\nthe model: {model:?}"))),
        }
    }

    fn expect(&self, place: &Place, wanted: Wanted) -> (Expect, Expect) {
        match wanted {
            Wanted::Any => (Expect::Any, Expect::Any),
            Wanted::Absent => (Expect::Absent, Expect::Absent),
            // What becomes of a version once its record has ended is left open.
            Wanted::At(_) if place.1 == RecordKind::Receipt => (Expect::Any, Expect::Any),
            Wanted::At(back) => match self.versions.get(place).and_then(|known| known.iter().rev().nth(back))
            {
                Some((real, model)) => (Expect::At(*real), Expect::At(*model)),
                None => (Expect::Absent, Expect::Absent),
            },
        }
    }

    fn same(&self, place: &Place, real: Option<Stored>, model: Option<Stored>) -> Compared {
        let ended =
            |stored: &Stored| stored.record.expires_at().is_some_and(|end| end <= half_past(self.now));
        match (real, model) {
            (None, None) => Ok(()),
            (None, Some(model)) if ended(&model) => Ok(()),
            (Some(real), Some(model)) => {
                prop_assert_eq!(&real.record, &model.record);
                let pair = (real.version, model.version);
                let known = self.versions.get(place).is_some_and(|known| known.contains(&pair));
                prop_assert!(known, "{:?}: {:?} is not the version of that write", place, real.version);
                Ok(())
            }
            (real, model) => {
                Err(TestCaseError::fail(format!("{place:?}\nthe adapter: {real:?}\nthe model: {model:?}")))
            }
        }
    }
}
