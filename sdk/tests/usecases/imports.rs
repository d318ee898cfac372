//! Imports that run: one after the other, interrupted, and beside everything else.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use portolan::core::access::{Operation, Scope};
use portolan::core::audit::{Lane, Outcome};
use portolan::core::id::ImportId;
use portolan::core::wiki::{Import, ImportState};
use portolan::ports::ledger::Key;
use portolan::ports::{self, Ledger, Retry};
use portolan::{AuditEntry, AuditFilter, Condition, Error, Options, Portolan, Verified};

use crate::bundles::{import, real};
use crate::support::slow::Slow;
use crate::support::tampered::Tampered;
use crate::support::tap::Tap;
use crate::support::{Client, World, reason};

#[tokio::test(start_paused = true)]
async fn while_an_import_runs_nothing_else_is_written() {
    let world = World::new().await;
    let (owner, objects) = slow(&world, world.stores.ledger.clone());
    let git = real();
    let id = owner.key("k").start_import(git.bundle(&["HEAD", "main"]), None).await.unwrap().value;
    assert_eq!(reason(owner.put("Page", "x\n", Condition::None).await), "in-progress");
    assert_eq!(reason(owner.start_import(git.bundle(&["HEAD", "main"]), None).await), "in-progress");
    assert!(owner.pages("").await.unwrap().is_empty(), "nothing of it is seen before its end");
    objects.go.add_permits(1);
    let view = owner.import_end(id).await.unwrap();
    assert!(matches!(view.import.state, ImportState::Done { .. }));
    let replay = owner.key("k").start_import(git.bundle(&["HEAD", "main"]), None).await;
    // Another bundle file with the same content is the same request.
    let replay = replay.unwrap();
    assert!(replay.replayed);
    assert_eq!(replay.value, id);
    assert_eq!(reason(owner.start_import(git.bundle(&["HEAD", "main"]), None).await), "not-empty");
    owner.create("Page", "x\n").await;
}

#[tokio::test(start_paused = true)]
async fn an_import_that_a_restart_ended_has_failed_and_its_wiki_is_free() {
    let world = World::new().await;
    let git = real();
    let tap = Arc::new(Tap::default());
    // The import waits in its object store, so that the kill is in the middle.
    let waiting = world.stores.with_objects(Slow::new(world.stores.objects.clone()));
    let dying: Portolan = waiting.open_through(&tap);
    let id = world.owner.on(&dying).start_import(git.bundle(&["HEAD", "main"]), None).await.unwrap().value;
    tap.kill();
    let owner = world.owner.on(&world.stores.open());
    assert_eq!(reason(owner.put("Page", "x\n", Condition::None).await), "in-progress");
    owner.portolan.recover().await.unwrap();
    let view = owner.import_view(id).await.unwrap();
    assert!(matches!(view.import.state, ImportState::Failed { .. }), "{:?}", view.import);
    owner.create("Page", "x\n").await;
    assert!(matches!(owner.read("Home").await, Err(Error::NotFound { .. })));
}

/// A process with a [`Slow`] store, that does one import at a time and lets one wait.
fn slow(world: &World, ledger: Arc<dyn Ledger>) -> (Client, Arc<Slow>) {
    let stores = &world.stores;
    let objects = Slow::new(stores.objects.clone());
    let options = Options { imports: 1, imports_waiting: 1, exports: 1, ..Options::default() };
    let (index, clock, ids) = (stores.index.clone(), stores.clock.clone(), stores.ids.clone());
    let portolan = Portolan::builder(ledger, objects.clone(), index, clock, ids).options(options).build();
    (world.owner.on(&portolan), objects)
}

/// An import's record, whoever may still see it, when `until` holds.
async fn record(world: &World, id: ImportId, until: impl Fn(&Import) -> bool) -> Import {
    let scope = Scope::system("test", world.stores.tenant("demo").await);
    for _ in 0..10_000 {
        let found = world.stores.ledger.get_many(&scope, &[Key::Import(id)]).await.unwrap();
        let import = found[0].clone().unwrap().record.import().unwrap();
        if until(&import) {
            return import;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the import does not get on");
}

fn has_failed(import: &Import) -> bool {
    matches!(import.state, ImportState::Failed { .. })
}

/// What the audit says of imports, oldest first.
async fn said(client: &Client) -> Vec<AuditEntry> {
    let mut all = client.audit(&AuditFilter::default()).await.unwrap();
    all.retain(|entry| {
        ["wiki.import", "import.start", "import.fail"].contains(&entry.event.what.operation.as_str())
    });
    // At the same time, lanes are in no order.
    all.sort_by_key(|entry| (entry.event.what.time, entry.event.what.operation != "import.start"));
    all
}

#[tokio::test(start_paused = true)]
async fn the_audit_tells_of_an_import_that_succeeds_once_and_of_one_that_fails() {
    let world = World::new().await;
    let owner = &world.owner;
    let git = real();
    let bundle = git.bundle(&["HEAD", "main"]);
    let whole = std::fs::read(&bundle).unwrap();
    std::fs::write(&bundle, &whole[..whole.len() - 30]).unwrap();
    let failed = import(owner, bundle).await.import;
    world.stores.clock.advance(jiff::SignedDuration::from_secs(1));
    let done = import(owner, git.bundle(&["HEAD", "main"])).await.import;
    let (ImportState::Failed { problem }, ImportState::Done { revision }) = (&failed.state, &done.state)
    else {
        panic!("{failed:?} {done:?}");
    };
    let said = said(owner).await;
    let told: Vec<_> = said
        .iter()
        .map(|AuditEntry { lane, event }| {
            let what = &event.what;
            assert_eq!((what.outcome, what.count, what.request_id.as_str()), (Outcome::Done, 1, "req"));
            let in_wiki = matches!(lane, Lane::Wiki(_));
            (what.operation.as_str(), what.target.clone(), in_wiki, what.revision, what.reason.as_ref())
        })
        .collect();
    let of = |import: &Import| format!("notes/imports/{}", import.id);
    assert_eq!(
        told,
        [
            ("import.start", of(&failed), false, None, None),
            ("import.fail", of(&failed), true, None, Some(problem)),
            ("import.start", of(&done), false, None, None),
            ("wiki.import", "notes".into(), true, Some(*revision), None),
        ]
    );
    assert!(matches!(owner.verify().await.unwrap(), Verified::Whole { .. }));
}

#[tokio::test(start_paused = true)]
async fn imports_take_turns_and_few_wait() {
    let world = World::new().await;
    let (owner, objects) = slow(&world, world.stores.ledger.clone());
    for wiki in ["second", "third"] {
        owner.create_wiki(wiki).await.unwrap();
    }
    let (second, third) = (owner.wiki("second"), owner.wiki("third"));
    let git = real();
    let begin = async |client: &Client| {
        client.start_import(git.bundle(&["HEAD", "main"]), None).await.map(|it| it.value)
    };
    let one = begin(&owner).await.unwrap();
    let two = begin(&second).await.unwrap();
    for _ in 0..50 {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(objects.at_work.load(Ordering::SeqCst), 1, "the other waits");
    let waiting = second.import_view(two).await.unwrap().import;
    assert_eq!((waiting.state, waiting.objects), (ImportState::Running, 0));
    assert_eq!(reason(second.put("Page", "x\n", Condition::None).await), "in-progress");

    let bundle = git.bundle(&["HEAD", "main"]);
    match third.start_import(bundle.clone(), None).await {
        Err(Error::Port(error)) => {
            assert_eq!(error.kind, ports::Kind::Unavailable);
            assert!(matches!(error.retry, Retry::After(time) if time >= Duration::from_secs(1)));
        }
        other => panic!("{other:?}"),
    }
    assert!(!bundle.exists());
    assert!(third.head().await.unwrap().is_none());

    objects.go.add_permits(1);
    assert!(matches!(owner.import_end(one).await.unwrap().import.state, ImportState::Done { .. }));
    let three = begin(&third).await.unwrap();
    objects.go.add_permits(2);
    for (client, id) in [(&second, two), (&third, three)] {
        let state = client.import_end(id).await.unwrap().import.state;
        assert!(matches!(state, ImportState::Done { .. }), "{state:?}");
    }
    assert_eq!(objects.most.load(Ordering::SeqCst), 1, "never two at once");
    // Whoever goes away while his bundle is received gives his place back.
    let admitted = owner.admit(Operation::ImportStart).await.unwrap();
    for _ in 0..5 {
        drop(owner.portolan.import_place(&admitted).unwrap());
    }
}

#[tokio::test(start_paused = true)]
async fn exports_take_turns_and_wait_a_little() {
    let world = World::new().await;
    world.owner.create("Page", "text\n").await;
    let (owner, _) = slow(&world, world.stores.ledger.clone());
    let folder = tempfile::tempdir().unwrap();
    let admitted = owner.admit(Operation::WikiExport).await.unwrap();
    let export = async |name: &str| owner.portolan.export_wiki(&admitted, folder.path().join(name)).await;
    let first = export("first").await.unwrap();
    let start = tokio::time::Instant::now();
    let refused = export("second").await;
    assert!(matches!(refused, Err(Error::Port(error)) if matches!(error.retry, Retry::After(_))));
    assert_eq!(start.elapsed().as_secs(), 10);
    let (third, ()) = tokio::join!(export("third"), async {
        tokio::time::sleep(Duration::from_secs(5)).await;
        drop(first);
    });
    third.unwrap();
}

#[tokio::test(start_paused = true)]
async fn an_import_that_meets_a_defect_fails_and_frees_its_wiki() {
    let world = World::new().await;
    let (owner, objects) = slow(&world, world.stores.ledger.clone());
    let git = real();
    objects.panics.store(true, Ordering::SeqCst);
    objects.go.add_permits(1);
    let view = import(&owner, git.bundle(&["HEAD", "main"])).await;
    let ImportState::Failed { problem } = view.import.state else { panic!("{:?}", view.import) };
    assert!(problem.contains("defect") && problem.contains(&view.import.id.to_string()), "{problem}");
    assert_eq!(said(&owner).await.last().unwrap().event.what.reason.as_deref(), Some(problem.as_str()));
    objects.panics.store(false, Ordering::SeqCst);
    objects.go.add_permits(1);
    let view = import(&owner, git.bundle(&["HEAD", "main"])).await;
    assert!(matches!(view.import.state, ImportState::Done { .. }), "{:?}", view.import);
}

#[tokio::test(start_paused = true)]
async fn a_failure_that_the_ledger_does_not_take_is_recorded_later() {
    let world = World::new().await;
    let ledger = Tampered::new(world.stores.ledger.clone());
    let (owner, objects) = slow(&world, ledger.clone());
    let git = real();
    let bundle = git.bundle(&["HEAD", "main"]);
    objects.panics.store(true, Ordering::SeqCst);
    let place = owner.admit(Operation::ImportStart).await.unwrap();
    let id = owner.start_import(bundle.clone(), None).await.unwrap().value;
    ledger.full.store(true, Ordering::SeqCst);
    objects.go.add_permits(1);
    // Its place is given back although its end could not be recorded.
    let mut places = Vec::new();
    for _ in 0..10_000 {
        places.extend(owner.portolan.import_place(&place));
        if places.len() == 2 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(places.len(), 2);
    assert!(!bundle.exists());
    record(&world, id, |import| import.state == ImportState::Running).await;
    ledger.full.store(false, Ordering::SeqCst);
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let portolan = owner.portolan.clone();
    let running = tokio::spawn(async move { portolan.run(async move { drop(stopped.await) }).await });
    record(&world, id, has_failed).await;
    owner.create("Page", "written after all\n").await;
    drop(stop);
    running.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn an_import_ends_with_its_wiki_and_with_its_tenant() {
    for whole_tenant in [false, true] {
        let world = World::new().await;
        let (owner, objects) = slow(&world, world.stores.ledger.clone());
        owner.create_wiki("waits").await.unwrap();
        let git = real();
        let bundles = [git.bundle(&["HEAD", "main"]), git.bundle(&["HEAD", "main"])];
        let at_work = owner.start_import(bundles[0].clone(), None).await.unwrap().value;
        let waits = owner.wiki("waits").start_import(bundles[1].clone(), None).await.unwrap().value;
        while objects.at_work.load(Ordering::SeqCst) == 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let start = tokio::time::Instant::now();
        if whole_tenant {
            let operator = world.operator_in("demo");
            let admitted = operator.admit(Operation::TenantDelete).await.unwrap();
            world.portolan.delete_tenant(&admitted).await.unwrap();
        } else {
            // By another process: whoever does it, the import notices.
            world.owner.wiki("waits").delete_wiki().await.unwrap();
            world.owner.delete_wiki().await.unwrap();
        }
        for id in [at_work, waits] {
            let ImportState::Failed { problem } = record(&world, id, has_failed).await.state else {
                panic!()
            };
            let what = if whole_tenant { "the tenant" } else { "the wiki" };
            assert_eq!(problem, format!("{what} was deleted while the import was running"));
        }
        assert!(start.elapsed() < Duration::from_secs(5), "soon");
        assert_eq!(objects.at_work.load(Ordering::SeqCst), 0, "its work was dropped");
        let left: Vec<_> = bundles.iter().filter(|bundle| bundle.exists()).collect();
        assert!(left.is_empty(), "{left:?}");
        if !whole_tenant {
            let told = said(&owner).await;
            let failed = told.iter().filter(|entry| entry.event.what.operation == "import.fail");
            assert_eq!(failed.count(), 2, "{told:#?}");
            assert!(told.iter().all(|entry| entry.event.what.operation != "wiki.import"));
            // The names are free, and so are the places.
            for wiki in ["notes", "waits"] {
                owner.create_wiki(wiki).await.unwrap();
            }
            objects.go.add_permits(1);
            let view = import(&owner, git.bundle(&["HEAD", "main"])).await;
            assert!(matches!(view.import.state, ImportState::Done { .. }), "{:?}", view.import);
        }
    }
}
