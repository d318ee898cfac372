//! The audit: what is in it, how it is listed, and that nobody changes it unseen.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use parking_lot::Mutex;
use portolan::core::access::{Operation, Scope, Version};
use portolan::core::audit::{Lane, Outcome, Segment};
use portolan::core::id::TokenKind;
use portolan::core::tenancy::{Role, TenantSlug};
use portolan::core::token::CredentialKey;
use portolan::core::wiki::WikiSlug;
use portolan::ports::ledger::{Admitted, Batch, Caps, CommitError, Key, Record, RecordKind, Stored, Walk};
use portolan::ports::{Kind, Ledger, Result};
use portolan::{AuditEntry, AuditFilter, AuditItem, Condition, Error, Verified};
use portolan_memory::MemoryLedger;
use proptest::prelude::*;

use crate::support::{Client, World};

fn only(operation: &str) -> AuditFilter {
    AuditFilter { operation: Some(operation.into()), ..AuditFilter::default() }
}

#[tokio::test(start_paused = true)]
async fn reads_and_refusals_are_grouped_and_writes_are_not() {
    let world = World::new().await;
    let (viewer, member) = world.owner.join("vera@demo.example", Role::Viewer).await;
    world.owner.create("Page", "text\n").await;
    for _ in 0..5 {
        viewer.read("Page").await.unwrap();
        assert!(viewer.put("Page", "x\n", Condition::None).await.is_err());
    }
    assert!(viewer.read("Absent").await.is_err());
    world.stores.clock.advance(SignedDuration::from_secs(1));
    viewer.read("Page").await.unwrap();
    for _ in 0..3 {
        world.owner.key("k").put("Kept", "text\n", Condition::Absent).await.unwrap();
    }

    let told = |entries: Vec<AuditEntry>| -> Vec<(String, Outcome, u64, Option<String>)> {
        let mut told: Vec<_> = entries
            .into_iter()
            .map(|entry| entry.event.what)
            .map(|what| (what.target, what.outcome, what.count, what.reason))
            .collect();
        told.sort();
        told
    };
    let filter = AuditFilter { actor: Some(member.id.to_string()), ..only("page.read") };
    let reads = told(world.owner.audit(&filter).await.unwrap());
    let (done, refused) = (Outcome::Done, Outcome::Refused);
    assert_eq!(
        reads,
        [
            ("notes/Absent".into(), refused, 1, Some("not-found".into())),
            ("notes/Page".into(), done, 1, None),
            ("notes/Page".into(), done, 5, None),
        ]
    );
    let writes = world.owner.audit(&only("page.write")).await.unwrap();
    for entry in &writes {
        let is_commit = entry.event.what.revision.is_some();
        assert_eq!(is_commit, matches!(entry.lane, Lane::Wiki(_)), "{entry:?}");
    }
    assert_eq!(
        told(writes),
        [
            ("demo/notes".into(), refused, 5, Some("forbidden".into())),
            ("notes/Kept".into(), done, 1, None),
            ("notes/Kept".into(), done, 2, Some("replayed".into())),
            ("notes/Page".into(), done, 1, None),
        ]
    );
    let by_name = AuditFilter { actor: Some("vera@demo.example".into()), ..AuditFilter::default() };
    assert!(world.owner.audit(&by_name).await.unwrap().len() >= 4);
    let refusals = AuditFilter { outcome: Some(refused), ..AuditFilter::default() };
    let refusals = world.owner.audit(&refusals).await.unwrap();
    assert_eq!(refusals.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn an_operator_acts_in_the_audit_of_the_tenant_he_acts_on() {
    let world = World::new().await;
    world.operator_in("demo").invite("new@demo.example", Role::Viewer).await.unwrap();
    let events = world.owner.audit(&only("invite.create")).await.unwrap();
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].event.what.actor.kind, portolan::core::access::ActorKind::Operator);
    assert_eq!(events[0].lane, Lane::Control);
}

#[tokio::test(start_paused = true)]
async fn a_checkpoint_is_sealed_over_what_grew_and_named_by_verification() {
    let world = World::new().await;
    let owner = &world.owner;
    owner.create("Page", "1\n").await;
    let Verified::Whole { lanes, events, unsealed } = owner.verify().await.unwrap() else { panic!("broken") };
    assert_eq!((lanes, events, unsealed), (2, 3, 3), "a tenant, a token, a page; nothing sealed yet");
    world.portolan.close().await;
    world.portolan.seal_audit().await.unwrap();
    let Verified::Whole { events, unsealed, .. } = owner.verify().await.unwrap() else { panic!("broken") };
    assert_eq!(unsealed, events - 4, "all but the reads since");
    // After a stop without a seal, the next start's seal covers it.
    owner.create("Later", "2\n").await;
    let again = world.stores.open();
    again.recover().await.unwrap();
    again.seal_audit().await.unwrap();
    let scope = Scope::system("test", world.stores.tenant("demo").await);
    let sealed = world.stores.ledger.list(&scope, RecordKind::Checkpoint, None, 10).await.unwrap();
    let last = sealed.last().unwrap().1.record.clone().checkpoint().unwrap();
    assert!(
        last.seals.iter().any(|seal| matches!(seal.lane, Lane::Wiki(_)) && seal.sequence == 2),
        "{last:?}"
    );
    let before = sealed.len();
    again.seal_audit().await.unwrap();
    let sealed = world.stores.ledger.list(&scope, RecordKind::Checkpoint, None, 10).await.unwrap();
    assert_eq!(sealed.len(), before, "nothing grew, nothing is sealed");
    // Two processes seal one after the other without knowing of each other.
    owner.create("Last", "3\n").await;
    world.portolan.seal_audit().await.unwrap();
    assert!(matches!(owner.verify().await.unwrap(), Verified::Whole { .. }));
}

#[tokio::test(start_paused = true)]
async fn an_export_has_every_event_and_checkpoint_once() {
    let world = World::new().await;
    for n in 0..20 {
        world.owner.create(&format!("Page {n}"), "text\n").await;
    }
    world.portolan.close().await;
    let listed = world.owner.audit(&AuditFilter::default()).await.unwrap();
    let admitted = world.owner.admit(Operation::AuditExport).await.unwrap();
    let mut stream = world.portolan.export_audit(&admitted).await.unwrap();
    let (mut events, mut checkpoints) = (Vec::new(), 0);
    while let Some(item) = stream.recv().await {
        match item.unwrap() {
            AuditItem::Event(lane, event) => events.push(AuditEntry { lane, event }),
            AuditItem::Checkpoint(_) => checkpoints += 1,
        }
    }
    assert_eq!(checkpoints, 1);
    for entry in listed {
        assert_eq!(events.iter().filter(|event| **event == entry).count(), 1, "{entry:?}");
    }
    assert!(events.is_sorted_by_key(|entry| (entry.lane, entry.event.sequence)));
}

/// Many uses of many tokens, and a burst of groups, fit into batches as small as any ledger takes.
#[tokio::test(start_paused = true)]
async fn a_busy_second_is_written_in_batches_that_fit() {
    let world = World::new().await;
    world.owner.create("Page", "text\n").await;
    let mut readers = Vec::new();
    for n in 0..MemoryLedger::CAPS.items + 20 {
        let token = world.owner.create_token(&format!("token {n}")).await.unwrap().value.secret.unwrap();
        readers.push(world.owner.with(crate::support::bearer(&token)));
    }
    for reader in &readers {
        reader.read("Page").await.unwrap();
        world.stores.clock.advance(SignedDuration::from_secs(1));
    }
    world.portolan.flush_reads().await.unwrap();
    let reads = world.owner.audit(&only("page.read")).await.unwrap();
    assert_eq!(reads.iter().map(|entry| entry.event.what.count).sum::<u64>(), readers.len() as u64);
    assert!(matches!(world.owner.verify().await.unwrap(), Verified::Whole { .. }));
}

/// How stored events are changed behind Portolan's back.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Tamper {
    Target,
    Actor,
    Drop,
    CutEnd,
    Swap,
}

/// A ledger whose stored audit somebody edited.
#[derive(Debug)]
pub(crate) struct Tampered {
    inner: Arc<dyn Ledger>,
    how: Mutex<Option<(Lane, u64, Tamper)>>,
    /// Whether the disk is full.
    pub(crate) full: AtomicBool,
    /// How many checkpoints were read.
    checkpoints: AtomicUsize,
}

impl Tampered {
    /// Nothing is edited yet.
    pub(crate) fn new(inner: Arc<dyn Ledger>) -> Arc<Self> {
        let (how, full, checkpoints) = (Mutex::default(), AtomicBool::default(), AtomicUsize::default());
        Arc::new(Self { inner, how, full, checkpoints })
    }

    fn count<'a>(&self, found: impl IntoIterator<Item = &'a Stored>) {
        let checkpoints = found.into_iter().filter(|it| matches!(it.record, Record::Checkpoint(_)));
        self.checkpoints.fetch_add(checkpoints.count(), Ordering::Relaxed);
    }
}

#[async_trait]
impl Ledger for Tampered {
    fn caps(&self) -> Caps {
        self.inner.caps()
    }

    async fn admit(
        &self,
        credential: &CredentialKey<TokenKind>,
        target: Option<&TenantSlug>,
        wiki: Option<&WikiSlug>,
    ) -> Result<Option<Admitted>> {
        self.inner.admit(credential, target, wiki).await
    }

    async fn get_many(&self, scope: &Scope, keys: &[Key]) -> Result<Vec<Option<Stored>>> {
        let found = self.inner.get_many(scope, keys).await?;
        self.count(found.iter().flatten());
        Ok(found)
    }

    async fn list(
        &self,
        scope: &Scope,
        kind: RecordKind,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(String, Stored)>> {
        let mut found = self.inner.list(scope, kind, after, limit).await?;
        self.count(found.iter().map(|(_, stored)| stored));
        if let Some((lane, at, Tamper::CutEnd)) = *self.how.lock() {
            // The record of the lane's end is edited along with the events.
            for (name, stored) in &mut found {
                if *name != lane.to_string() {
                    continue;
                }
                match &mut stored.record {
                    Record::Lane(end) => end.sequence = at - 1,
                    Record::Head(head) => head.audit.sequence = at - 1,
                    _ => {}
                }
            }
        }
        Ok(found)
    }

    async fn segments(&self, scope: &Scope, lane: Lane, walk: Walk, limit: usize) -> Result<Vec<Segment>> {
        let mut found = self.inner.segments(scope, lane, walk, limit).await?;
        let Some((edited, at, how)) = *self.how.lock() else { return Ok(found) };
        if lane != edited {
            return Ok(found);
        }
        for segment in &mut found {
            for event in &mut segment.events {
                match how {
                    Tamper::Target if event.sequence == at => event.what.target.push('x'),
                    Tamper::Actor if event.sequence == at => event.what.actor.name = "Somebody Else".into(),
                    Tamper::Swap if event.sequence == at => event.sequence += 1,
                    Tamper::Swap if event.sequence == at + 1 => event.sequence -= 1,
                    _ => {}
                }
            }
            segment.events.retain(|event| match how {
                Tamper::Drop => event.sequence != at,
                Tamper::CutEnd => event.sequence < at,
                _ => true,
            });
        }
        found.retain(|segment| !segment.events.is_empty());
        Ok(found)
    }

    async fn commit(&self, scope: &Scope, batch: Batch) -> Result<Vec<Version>, CommitError> {
        if self.full.load(Ordering::Relaxed) {
            return Err(portolan::ports::Error::new(Kind::Unavailable, "test", "commit", "no room").into());
        }
        self.inner.commit(scope, batch).await
    }

    async fn sweep(&self, now: Timestamp, limit: usize) -> Result<usize> {
        self.inner.sweep(now, limit).await
    }
}

#[tokio::test(start_paused = true)]
async fn verification_names_the_first_event_that_was_changed() {
    let world = World::new().await;
    for n in 0..8 {
        world.owner.create(&format!("Page {n}"), "text\n").await;
    }
    world.portolan.close().await;
    let wiki = Lane::Wiki(world.stores.repo("notes").await.wiki());
    for (lane, last) in [(wiki, 8), (Lane::Control, 2)] {
        for at in 1..=last {
            for how in [Tamper::Target, Tamper::Actor, Tamper::Drop, Tamper::CutEnd, Tamper::Swap] {
                if matches!(how, Tamper::Swap) && at == last {
                    continue;
                }
                let how = Some((lane, at, how));
                let ledger = Tampered::new(world.stores.ledger.clone());
                *ledger.how.lock() = how;
                let stores = &world.stores;
                let portolan = stores.build(ledger, stores.objects.clone(), stores.index.clone());
                let found = world.owner.on(&portolan).verify().await.unwrap();
                let Verified::Broken(broken) = found else { panic!("{how:?}: {found:?}") };
                // A lane cut before its first event is not even there: its checkpoint knows where it was.
                if at > 1 {
                    let named = (broken.lane.as_str(), broken.sequence);
                    let sealed = if matches!(how, Some((_, _, Tamper::CutEnd))) { last } else { at };
                    assert_eq!(named, (lane.to_string().as_str(), sealed), "{how:?}: {broken}");
                }
            }
        }
    }
    assert!(matches!(world.owner.verify().await.unwrap(), Verified::Whole { .. }));
}

/// After months, as after a day: a start reads no more checkpoints than a window holds and a search needs, and seals what grew.
#[tokio::test(start_paused = true)]
async fn a_start_reads_few_checkpoints_however_many_there_are() {
    const MANY: usize = 300;
    let world = World::new().await;
    let owner = &world.owner;
    owner.create("Rests from now on", "text\n").await;
    let scope = Scope::system("test", world.stores.tenant("demo").await);
    let newest = async |number: usize| {
        let key = Key::Checkpoint(number as u64);
        let found = world.stores.ledger.get_many(&scope, &[key]).await.unwrap();
        found[0].clone().and_then(|stored| stored.record.checkpoint())
    };
    for number in 1..=MANY {
        owner.create_token("grows").await.unwrap();
        world.portolan.seal_audit().await.unwrap();
        assert_eq!(newest(number).await.unwrap().seals[0].lane, Lane::Control);
    }
    for grows in [false, true] {
        let ledger = Tampered::new(world.stores.ledger.clone());
        let stores = &world.stores;
        let portolan = stores.build(ledger.clone(), stores.objects.clone(), stores.index.clone());
        portolan.recover().await.unwrap();
        if grows {
            owner.on(&portolan).create_token("grows").await.unwrap();
        }
        portolan.seal_audit().await.unwrap();
        let read = ledger.checkpoints.load(Ordering::Relaxed);
        assert!(read < 100, "{read} checkpoints were read");
        let next =
            newest(MANY + 1).await.map(|next| next.seals.iter().map(|seal| seal.lane).collect::<Vec<_>>());
        assert_eq!(next, grows.then(|| vec![Lane::Control]), "what rests is known to be sealed");
    }
    let Verified::Whole { unsealed, .. } = owner.verify().await.unwrap() else { panic!("broken") };
    assert_eq!(unsealed, 0);
    // All of them are looked at by whoever verifies: an event that only an old one saw is missed.
    let ledger = Tampered::new(world.stores.ledger.clone());
    *ledger.how.lock() = Some((Lane::Control, 5, Tamper::CutEnd));
    let stores = &world.stores;
    let portolan = stores.build(ledger.clone(), stores.objects.clone(), stores.index.clone());
    let Verified::Broken(broken) = owner.on(&portolan).verify().await.unwrap() else { panic!("whole") };
    assert_eq!((broken.lane.as_str(), broken.sequence), ("control", 5), "{broken}");
}

/// What is answered before the end is in the audit after it: also what was read after the background work had ended, and what a
/// ledger did not take at first.
#[tokio::test(start_paused = true)]
async fn an_orderly_end_loses_no_read() {
    let world = World::new().await;
    world.owner.create("Page", "text\n").await;
    let ledger = Tampered::new(world.stores.ledger.clone());
    let stores = &world.stores;
    let portolan = stores.build(ledger.clone(), stores.objects.clone(), stores.index.clone());
    let reader = world.owner.on(&portolan);
    let (stop, stopped) = tokio::sync::oneshot::channel();
    let running = tokio::spawn({
        let portolan = portolan.clone();
        async move { portolan.run(async move { drop(stopped.await) }).await }
    });
    reader.read("Page").await.unwrap();
    stop.send(()).unwrap();
    reader.read("Page").await.unwrap();
    running.await.unwrap();
    // Requests that were at work when the stop began.
    reader.read("Page").await.unwrap();
    ledger.full.store(true, Ordering::Relaxed);
    assert!(portolan.flush_reads().await.is_err());
    world.stores.clock.advance(SignedDuration::from_secs(1));
    assert!(reader.read("Absent").await.is_err());
    ledger.full.store(false, Ordering::Relaxed);
    portolan.close().await;
    let reads = naive(&world.owner, &only("page.read")).await;
    let count = |outcome| -> u64 {
        let those = reads.iter().map(|entry| &entry.event.what).filter(|what| what.outcome == outcome);
        those.map(|what| what.count).sum()
    };
    assert_eq!((count(Outcome::Done), count(Outcome::Refused)), (3, 1), "{reads:#?}");
    assert!(matches!(world.owner.verify().await.unwrap(), Verified::Whole { .. }));
}

#[derive(Debug, Clone)]
enum Step {
    Write(u8),
    Read(u8),
    Token,
    Tick(i64),
    Elsewhere(u8),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        (0..3_u8).prop_map(Step::Write),
        (0..3_u8).prop_map(Step::Read),
        Just(Step::Token),
        (-2..4_i64).prop_map(Step::Tick),
        (0..3_u8).prop_map(Step::Elsewhere),
    ];
    prop::collection::vec(step, 1..30)
}

/// The list, naively: everything there is, filtered, newest first.
async fn naive(client: &Client, filter: &AuditFilter) -> Vec<AuditEntry> {
    let admitted = client.admit(Operation::AuditExport).await.unwrap();
    let mut stream = client.portolan.export_audit(&admitted).await.unwrap();
    let mut all = Vec::new();
    while let Some(item) = stream.recv().await {
        if let AuditItem::Event(lane, event) = item.unwrap() {
            all.push(AuditEntry { lane, event });
        }
    }
    all.retain(|entry| {
        let what = &entry.event.what;
        filter.operation.as_ref().is_none_or(|operation| *operation == what.operation)
            && filter.outcome.is_none_or(|outcome| outcome == what.outcome)
            && filter.since.is_none_or(|since| what.time >= since)
            && filter.until.is_none_or(|until| what.time < until)
    });
    all.sort_by_key(|entry| {
        (std::cmp::Reverse(entry.event.what.time), entry.lane, std::cmp::Reverse(entry.event.sequence))
    });
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn lists_over_all_lanes_are_what_a_naive_one_is(
        steps in steps(),
        operation in prop::option::of(prop::sample::select(vec!["page.write", "page.read", "token.create"])),
        refused in any::<bool>(),
        since in prop::option::of(-3..10_i64),
        until in prop::option::of(-3..10_i64),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let world = World::new().await;
            world.owner.create_wiki("second").await.unwrap();
            let other = world.stores.open();
            let start = world.stores.clock_now();
            for (n, step) in steps.into_iter().enumerate() {
                let text = format!("{n}\n");
                match step {
                    Step::Write(page) => {
                        let wiki = world.owner.wiki(if page == 0 { "second" } else { "notes" });
                        drop(wiki.put(&format!("Page {n}"), &text, Condition::None).await.unwrap());
                    }
                    Step::Read(page) => drop(world.owner.read(&format!("Page {page}")).await),
                    Step::Token => drop(world.owner.create_token("t").await.unwrap()),
                    Step::Tick(seconds) => drop(world.stores.clock.advance(SignedDuration::from_secs(seconds))),
                    Step::Elsewhere(page) => {
                        drop(world.owner.on(&other).read(&format!("Page {page}")).await);
                        other.flush_reads().await.unwrap();
                    }
                }
            }
            world.portolan.flush_reads().await.unwrap();
            let at = |seconds: Option<i64>| seconds.map(|seconds| start + SignedDuration::from_secs(seconds));
            let filter = AuditFilter {
                operation: operation.map(Into::into),
                outcome: refused.then_some(Outcome::Refused),
                since: at(since),
                until: at(until),
                actor: None,
            };
            // Reading the audit is audited, too: in a third process, which writes nothing of it until it is asked to.
            let reader = world.owner.on(&world.stores.open());
            let expected = naive(&reader, &filter).await;
            // What that process itself has read meanwhile is none of this.
            let lanes: std::collections::BTreeSet<Lane> = naive(&world.owner.on(&world.stores.open()), &AuditFilter::default())
                .await
                .into_iter()
                .map(|entry| entry.lane)
                .collect();
            let listed = reader.audit(&filter).await.unwrap();
            let listed: Vec<_> = listed.into_iter().filter(|entry| lanes.contains(&entry.lane)).collect();
            assert_eq!(listed, expected);
        });
    }
}

#[tokio::test(start_paused = true)]
async fn a_cursor_that_was_never_given_out_is_refused() {
    let world = World::new().await;
    let admitted = world.owner.admit(Operation::AuditRead).await.unwrap();
    for cursor in ["", "!", "Y29udHJvbA", "Y29udHJvbCA5OTk", "bm9wZSAx"] {
        let paging = portolan::Paging { limit: 5, after: Some(cursor.into()) };
        let refused = world.portolan.query_audit(&admitted, &AuditFilter::default(), &paging).await;
        assert!(matches!(refused, Err(Error::BadCursor)), "{cursor:?}: {refused:?}");
    }
}
