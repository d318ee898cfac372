//! The audit: what is in it, how it is listed, and that nobody changes it unseen.

use std::sync::atomic::Ordering;

use jiff::SignedDuration;
use portolan::core::access::{Operation, Scope};
use portolan::core::audit::{Lane, Outcome};
use portolan::core::tenancy::Role;
use portolan::ports::ledger::{Key, RecordKind};
use portolan::{AuditEntry, AuditFilter, AuditItem, Condition, Verified};
use portolan_memory::MemoryLedger;

use crate::audit_list::naive;
use crate::support::World;
use crate::support::tampered::{Tamper, Tampered};

pub(crate) fn only(operation: &str) -> AuditFilter {
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
