//! Many writers at once.

use std::collections::HashSet;

use portolan::core::access::Operation;
use portolan::core::audit::{Lane, Outcome};
use portolan::core::git::Oid;
use portolan::core::tenancy::Role;
use portolan::ports::ledger::PageEffect;
use portolan::{AuditFilter, ChangesFilter, Condition, Error, Verified};
use tokio::task::JoinSet;

use crate::derived::answers;
use crate::support::{Client, World};

const WRITERS: usize = 32;
const ROUNDS: usize = 6;

/// Every acknowledged commit is there once, and has its event; the chain is whole; the index is what git says.
async fn check(world: &World, acknowledged: &[Oid]) {
    let commits = world.owner.changes(&ChangesFilter::default()).await.unwrap();
    let there: Vec<Oid> = commits.iter().map(|commit| commit.revision).collect();
    assert_eq!(there.len(), acknowledged.len(), "one commit for each acknowledged write");
    assert_eq!(there.iter().collect::<HashSet<_>>(), acknowledged.iter().collect::<HashSet<_>>());
    for pair in commits.windows(2) {
        assert_eq!(pair[0].parents, [pair[1].revision], "history is a line");
        assert!(pair[0].time >= pair[1].time);
    }
    let events = world.owner.audit(&AuditFilter::default()).await.unwrap();
    let events: Vec<Oid> = events
        .into_iter()
        .filter(|entry| matches!(entry.lane, Lane::Wiki(_)))
        .filter_map(|entry| entry.event.what.revision)
        .collect();
    assert_eq!(events.len(), acknowledged.len(), "one event for each commit");
    assert_eq!(events.iter().collect::<HashSet<_>>(), acknowledged.iter().collect::<HashSet<_>>());
    assert!(matches!(world.owner.verify().await.unwrap(), Verified::Whole { .. }));
    let repo = world.stores.repo("notes").await;
    let incremental = answers(&world.stores, &repo).await;
    portolan::ports::Index::reset(world.stores.index.as_ref(), &repo).await.unwrap();
    world.owner.pages("").await.unwrap();
    assert_eq!(answers(&world.stores, &repo).await, incremental);
}

/// Writes until it is done: two processes can outrun each other's patience, and the key makes trying again safe.
async fn insist(client: &Client, path: &str, text: &str, base: Option<Oid>) -> PageEffect {
    let condition = base.map_or(Condition::Absent, |base| Condition::Match(vec![base]));
    loop {
        match client.put(path, text, condition.clone()).await {
            Ok(written) => return written.value.effect,
            Err(Error::Unavailable(_)) => tokio::task::yield_now().await,
            Err(error) => panic!("{path}: {error}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn writers_of_their_own_pages_lose_nothing() {
    let world = World::new().await;
    let other = world.stores.open();
    let mut writers = JoinSet::new();
    for writer in 0..WRITERS {
        // Every fourth through another process on the same stores, which races for the head.
        let client = if writer % 4 == 0 { world.owner.on(&other) } else { world.owner.clone() };
        writers.spawn(async move {
            let path = format!("folder {}/page {writer}", writer % 5);
            let (mut base, mut revisions) = (None, Vec::new());
            for round in 0..ROUNDS {
                let text = format!("round {round}\n");
                let keyed = client.key(&format!("{path} {round}"));
                let effect = insist(&keyed, &path, &text, base).await;
                assert_eq!(effect.previous, base);
                assert_eq!(client.read(&path).await.unwrap().version, effect.version, "seen by its writer");
                base = Some(effect.version);
                revisions.push(effect.revision);
            }
            revisions
        });
    }
    let acknowledged = writers.join_all().await.concat();
    assert_eq!(acknowledged.len(), WRITERS * ROUNDS);
    check(&world, &acknowledged).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_writers_of_one_page_exactly_one_wins_each_round() {
    let world = World::new().await;
    let (mut version, revision) = world.owner.create("One", "round 0\n").await;
    let mut acknowledged = vec![revision];
    for round in 1..=ROUNDS {
        let mut writers = JoinSet::new();
        for writer in 0..WRITERS {
            let client = world.owner.clone();
            let condition = Condition::Match(vec![version]);
            writers.spawn(async move {
                client.put("One", &format!("round {round} by {writer}\n"), condition).await
            });
        }
        let (mut won, mut lost) = (Vec::new(), Vec::new());
        for result in writers.join_all().await {
            match result {
                Ok(written) => won.push(written.value.effect),
                Err(Error::StaleBase(current)) => lost.push(current),
                Err(error) => panic!("{error}"),
            }
        }
        assert_eq!((won.len(), lost.len()), (1, WRITERS - 1));
        for current in lost {
            assert_eq!(current.version, Some(won[0].version), "the losers are told what they lost against");
            assert_eq!(current.revision, Some(won[0].revision));
            assert_eq!(current.author.unwrap().name, "Demo Owner");
        }
        version = won[0].version;
        acknowledged.push(won[0].revision);
    }
    check(&world, &acknowledged).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn twins_wait_for_each_other_and_get_one_answer() {
    let world = World::new().await;
    let other = world.stores.open();
    let mut acknowledged = Vec::new();
    for round in 0..ROUNDS {
        let mut writers = JoinSet::new();
        for writer in 0..WRITERS {
            let client = if writer % 4 == 0 { world.owner.on(&other) } else { world.owner.clone() };
            let client = client.key(&format!("key {round}"));
            // Creating is refused to whoever comes second: but a twin comes with the first one's key.
            writers.spawn(
                async move { client.put(&format!("Twin {round}"), "text\n", Condition::Absent).await },
            );
        }
        let answers = writers.join_all().await;
        let answers: Vec<_> = answers.into_iter().map(|answer| answer.unwrap()).collect();
        assert_eq!(answers.iter().filter(|answer| !answer.replayed).count(), 1);
        assert!(answers.iter().all(|answer| answer.value == answers[0].value));
        acknowledged.push(answers[0].value.effect.revision);
    }
    check(&world, &acknowledged).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn twins_of_what_is_only_in_the_ledger_get_one_answer_too() {
    let world = World::new().await;
    for round in 0..ROUNDS {
        let mut writers = JoinSet::new();
        for _ in 0..WRITERS {
            let client = world.owner.on(&world.stores.open()).key(&format!("key {round}"));
            writers.spawn(async move { client.create_wiki(&format!("wiki-{round}")).await });
        }
        let answers: Vec<_> = writers.join_all().await.into_iter().map(|answer| answer.unwrap()).collect();
        assert_eq!(answers.iter().filter(|answer| !answer.replayed).count(), 1);
        assert!(answers.iter().all(|answer| answer.value == answers[0].value));
    }
    let filter = AuditFilter { operation: Some("wiki.create".into()), ..AuditFilter::default() };
    let events = world.owner.audit(&filter).await.unwrap();
    let control = events.iter().filter(|entry| entry.lane == Lane::Control).count();
    assert_eq!(control, ROUNDS, "one event each");
}

#[tokio::test(start_paused = true)]
async fn equal_keys_in_one_batch_are_one_write_and_another_request_is_refused() {
    let world = World::new().await;
    let client = world.owner.key("same");
    let put = |path: &'static str, text: &'static str| {
        let client = client.clone();
        async move { client.put(path, text, Condition::None).await }
    };
    let (first, twin, other) = tokio::join!(put("A", "a\n"), put("A", "a\n"), put("A", "b\n"));
    let (first, twin) = (first.unwrap(), twin.unwrap());
    assert_eq!((first.replayed, twin.replayed), (false, true));
    assert_eq!(first.value, twin.value);
    assert!(matches!(other, Err(Error::KeyReused)), "{other:?}");
    for (path, text) in [("B", "a\n"), ("A", "other\n")] {
        assert!(matches!(put(path, text).await, Err(Error::KeyReused)));
    }
    // Another operation, and another base, are other requests too.
    assert!(matches!(client.delete("A", Condition::None).await, Err(Error::KeyReused)));
    assert!(matches!(client.put("A", "a\n", Condition::Absent).await, Err(Error::KeyReused)));
    // Another principal's keys are his own.
    let (editor, _) = world.owner.join("ed@demo.example", Role::Editor).await;
    editor.key("same").put("C", "c\n", Condition::None).await.unwrap();
    // A key is forgotten after a day.
    world.stores.clock.advance(jiff::SignedDuration::from_hours(24));
    assert!(matches!(put("A", "a\n").await, Err(Error::BaseRequired(_))));
    assert_eq!(world.owner.changes(&ChangesFilter::default()).await.unwrap().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn one_batch_drops_what_does_not_fit_and_writes_the_rest() {
    let world = World::new().await;
    let (version, _) = world.owner.create("Page", "1\n").await;
    let put = |path: &'static str, text: &'static str, condition: Condition| {
        let client = world.owner.clone();
        async move { client.put(path, text, condition).await }
    };
    let base = || Condition::Match(vec![version]);
    let answers = tokio::join!(
        put("Page", "2\n", base()),
        put("Page", "3\n", base()),
        put("page", "case\n", Condition::None),
        put("Page.md/below", "ok\n", Condition::None),
        put("Page/Below", "fine\n", Condition::None),
        put("Page/below", "case\n", Condition::None),
        put("Page/Below", "again\n", Condition::Absent),
    );
    let written = answers.0.unwrap().value.effect;
    let Err(Error::StaleBase(current)) = answers.1 else { panic!("{:?}", answers.1) };
    assert_eq!((current.version, current.revision), (Some(written.version), Some(written.revision)));
    assert!(matches!(answers.2, Err(Error::PathCollision { .. })), "{:?}", answers.2);
    assert!(matches!(answers.3, Err(Error::PathCollision { .. })), "{:?}", answers.3);
    let below = answers.4.unwrap().value.effect;
    assert!(matches!(answers.5, Err(Error::PathCollision { .. })), "{:?}", answers.5);
    let Err(Error::PageExists(current)) = answers.6 else { panic!("{:?}", answers.6) };
    assert_eq!(current.version, Some(below.version));
    assert_eq!(world.owner.pages("").await.unwrap().len(), 2);
    let commits = world.owner.changes(&ChangesFilter::default()).await.unwrap();
    assert_eq!(commits.len(), 3);
}

#[tokio::test(start_paused = true)]
async fn what_is_deleted_in_the_same_batch_is_known_to_be() {
    let world = World::new().await;
    let (version, _) = world.owner.create("Page", "1\n").await;
    let delete = |condition| {
        let client = world.owner.clone();
        async move { client.delete("Page", condition).await }
    };
    let (first, second) = tokio::join!(delete(Condition::Match(vec![version])), delete(Condition::None));
    let revision = first.unwrap().value.revision;
    let Err(Error::NotFound { deleted_in, .. }) = second else { panic!("{second:?}") };
    assert_eq!(deleted_in, Some(revision));
}

#[tokio::test(start_paused = true)]
async fn a_write_in_the_queue_does_not_outlive_its_token_or_its_wiki() {
    let world = World::new().await;
    let (editor, member) = world.owner.join("ed@demo.example", Role::Editor).await;
    let admitted = editor.admit(Operation::PageWrite).await.unwrap();
    let put = |path: &str| portolan::PutPage {
        path: portolan::core::wiki::path::Requested::parse(path).unwrap(),
        text: portolan::PageText::new("text\n".into(), 100).unwrap(),
        message: None,
        condition: Condition::None,
    };
    let remove = world.owner.admit(Operation::MemberRemove).await.unwrap();
    world.portolan.remove_member(&remove, member.id).await.unwrap();
    // Admitted before he was removed; in one batch with somebody who still may.
    let (refused, written) = tokio::join!(
        world.portolan.put_page(&admitted, put("Late")),
        world.owner.put("In time", "text\n", Condition::None)
    );
    assert!(matches!(refused, Err(Error::Unauthenticated)), "{refused:?}");
    written.unwrap();

    // A change of the member that leaves him his role is no reason to refuse.
    let (editor, member) = world.owner.join("eve@demo.example", Role::Viewer).await;
    let update = world.owner.admit(Operation::MemberUpdate).await.unwrap();
    world.portolan.update_member(&update, member.id, Role::Editor).await.unwrap();
    let admitted = editor.admit(Operation::PageWrite).await.unwrap();
    let update = world.owner.admit(Operation::MemberUpdate).await.unwrap();
    world.portolan.update_member(&update, member.id, Role::Admin).await.unwrap();
    world.portolan.put_page(&admitted, put("By Eve")).await.unwrap();
    let update = world.owner.admit(Operation::MemberUpdate).await.unwrap();
    world.portolan.update_member(&update, member.id, Role::Viewer).await.unwrap();
    let refused = world.portolan.put_page(&admitted, put("Too late")).await;
    assert!(matches!(refused, Err(Error::Forbidden(_))), "{refused:?}");

    let admitted = world.owner.admit(Operation::PageWrite).await.unwrap();
    world.owner.delete_wiki().await.unwrap();
    let refused = world.portolan.put_page(&admitted, put("Gone")).await;
    assert!(matches!(refused, Err(Error::NotFound { .. })), "{refused:?}");
    let refusals = AuditFilter { outcome: Some(Outcome::Refused), ..AuditFilter::default() };
    assert!(!world.owner.audit(&refusals).await.unwrap().is_empty());
}
