//! What happens to a group when one of its batches, or its commit, fails.

use std::sync::mpsc;

use jiff::Timestamp;
use portolan_core::access::{Scope, Version};
use portolan_core::git::Oid;
use portolan_core::id::{TenantId, TokenId, Uuid, WikiId};
use portolan_core::wiki::Head;
use portolan_ports::ledger::{Batch, Change, CommitError, Expect, Key, Ledger, Record};
use portolan_ports::{Error, Kind};
use rusqlite::Connection;
use tempfile::TempDir;
use tokio::task::JoinHandle;

use super::Work;
use crate::SqliteLedger;

/// What a test does on the writer's connection.
pub(super) type Act = Box<dyn FnOnce(&Connection) -> rusqlite::Result<()> + Send>;

struct World {
    ledger: std::sync::Arc<SqliteLedger>,
    scope: Scope,
    folder: TempDir,
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let ledger = SqliteLedger::open(&folder.path().join("ledger.db")).unwrap();
        let scope = Scope::system("test", TenantId::new(Uuid::from_u128(1)));
        Self { ledger: ledger.into(), scope, folder }
    }

    fn commit(&self, batch: Batch) -> JoinHandle<Result<Vec<Version>, CommitError>> {
        let (ledger, scope) = (self.ledger.clone(), self.scope.clone());
        tokio::spawn(async move { ledger.commit(&scope, batch).await })
    }

    fn act(
        &self,
        act: impl FnOnce(&Connection) -> rusqlite::Result<()> + Send + 'static,
    ) -> JoinHandle<Result<(), CommitError>> {
        let ledger = self.ledger.clone();
        tokio::spawn(async move { ledger.writer.submit("commit", Work::Test(Box::new(act))).await.map(drop) })
    }

    /// Holds the writer until the answer is dropped, so that all that is sent meanwhile is one group.
    async fn hold(&self) -> mpsc::Sender<()> {
        let (release, held) = mpsc::channel::<()>();
        let (started, running) = tokio::sync::oneshot::channel();
        self.act(move |_| {
            started.send(()).unwrap();
            // An error: it was let go.
            assert!(held.recv().is_err());
            Ok(())
        });
        running.await.unwrap();
        release
    }

    async fn get(&self, number: u128) -> Option<Version> {
        let stored = self.ledger.get_many(&self.scope, &[key(number)]).await.unwrap().remove(0);
        stored.map(|stored| stored.version)
    }
}

fn key(number: u128) -> Key {
    Key::TokenUse(TokenId::new(Uuid::from_u128(number)))
}

fn put(number: u128, expect: Expect) -> Batch {
    let mut batch = Batch::new(Timestamp::UNIX_EPOCH);
    batch.put(key(number), expect, Record::TokenUse(Timestamp::UNIX_EPOCH));
    batch
}

fn failure<T: std::fmt::Debug>(result: Result<T, CommitError>) -> Error {
    match result.unwrap_err() {
        CommitError::Failed(error) => error,
        CommitError::Conflict(conflict) => panic!("{conflict:?}"),
    }
}

/// Lets what was spawned run up to where it waits for the writer.
async fn sent() {
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn waiting_batches_are_one_transaction_and_a_conflict_hurts_no_other() {
    let world = World::new();
    let release = world.hold().await;
    let first = world.commit(put(1, Expect::Absent));
    let twin = world.commit(put(1, Expect::Absent));
    let mut half = put(2, Expect::Any);
    half.put(key(3), Expect::At(Version(77)), Record::TokenUse(Timestamp::UNIX_EPOCH));
    let half = world.commit(half);
    let (report, counts) = mpsc::channel();
    let path = world.ledger.path.clone();
    // In the middle of the group: earlier batches are applied, and nobody else sees them.
    let middle = world.act(move |connection| {
        let count = |connection: &Connection| {
            connection.query_row("SELECT count(*) FROM records", [], |row| row.get::<_, i64>(0)).unwrap()
        };
        report.send((count(connection), count(&crate::schema::reader(&path).unwrap()))).unwrap();
        Ok(())
    });
    let last = world.commit(put(4, Expect::Any));
    sent().await;
    assert!(!first.is_finished());
    drop(release);
    let version = first.await.unwrap().unwrap();
    let Err(CommitError::Conflict(conflict)) = twin.await.unwrap() else { panic!("both twins won") };
    assert_eq!(conflict.edits, [0]);
    let Err(CommitError::Conflict(conflict)) = half.await.unwrap() else { panic!("nothing was at 77") };
    assert_eq!(conflict.edits, [1]);
    middle.await.unwrap().unwrap();
    last.await.unwrap().unwrap();
    assert_eq!(counts.recv().unwrap(), (1, 0));
    assert_eq!(world.get(1).await, Some(version[0]));
    assert_eq!((world.get(2).await, world.get(3).await), (None, None));
    assert!(world.get(4).await.is_some());
}

#[tokio::test]
async fn a_batch_that_fails_half_way_is_undone_alone() {
    let world = World::new();
    world
        .act(|connection| {
            connection.execute_batch(&format!(
                "CREATE TEMP TRIGGER refuse BEFORE INSERT ON main.records WHEN NEW.name = '{}'
                 BEGIN SELECT RAISE(ABORT, 'refused'); END",
                key(13).name()
            ))
        })
        .await
        .unwrap()
        .unwrap();
    let release = world.hold().await;
    let before = world.commit(put(1, Expect::Any));
    let mut broken = put(2, Expect::Any);
    broken.put(key(13), Expect::Any, Record::TokenUse(Timestamp::UNIX_EPOCH));
    let broken = world.commit(broken);
    let after = world.commit(put(3, Expect::Any));
    sent().await;
    drop(release);
    before.await.unwrap().unwrap();
    assert_eq!(failure(broken.await.unwrap()).kind, Kind::Internal);
    after.await.unwrap().unwrap();
    assert_eq!((world.get(2).await, world.get(13).await), (None, None));
    assert!(world.get(1).await.is_some() && world.get(3).await.is_some());
}

#[tokio::test]
async fn when_the_commit_fails_all_fail_and_later_writes_work() {
    let world = World::new();
    world
        .act(|connection| {
            connection.execute_batch(
                "CREATE TABLE parents (id INTEGER PRIMARY KEY);
                 CREATE TABLE children (id INTEGER REFERENCES parents (id) DEFERRABLE INITIALLY DEFERRED)",
            )
        })
        .await
        .unwrap()
        .unwrap();
    let head = WikiId::new(Uuid::from_u128(9));
    let mut first = put(1, Expect::Absent);
    first.put(Key::Head(head), Expect::Absent, Record::Head(Head::new()));
    first.edit(Key::Tenant, Expect::Any, Change::Delete);
    let release = world.hold().await;
    let first = world.commit(first);
    // A conflict with a batch that was not committed is none.
    let twin = world.commit(put(1, Expect::Absent));
    // A reference to nothing, which is judged at the commit.
    let poison = world.act(|connection| connection.execute("INSERT INTO children VALUES (1)", []).map(drop));
    sent().await;
    drop(release);
    for result in [first.await.unwrap().map(drop), twin.await.unwrap().map(drop), poison.await.unwrap()] {
        assert_eq!(failure(result).kind, Kind::Internal);
    }
    assert_eq!(world.get(1).await, None);
    assert!(world.commit(put(1, Expect::Absent)).await.unwrap().is_ok());
}

#[tokio::test]
async fn a_panic_is_answered_and_the_writer_goes_on() {
    let world = World::new();
    let release = world.hold().await;
    let before = world.commit(put(1, Expect::Any));
    let broken = world.act(|_| panic!("on purpose"));
    sent().await;
    drop(release);
    for result in [before.await.unwrap().map(drop), broken.await.unwrap()] {
        let error = failure(result);
        assert_eq!(error.kind, Kind::Internal);
        assert!(error.public.contains("nothing was changed"), "{error}");
    }
    assert_eq!(world.get(1).await, None);
    assert!(world.commit(put(1, Expect::Absent)).await.unwrap().is_ok());
}

#[tokio::test]
async fn a_full_disk_refuses_writes_and_goes_on_reading() {
    let world = World::new();
    world.commit(put(1, Expect::Any)).await.unwrap().unwrap();
    world
        .act(|connection| {
            let pages: i64 = connection.pragma_query_value(None, "page_count", |row| row.get(0))?;
            connection.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()))
        })
        .await
        .unwrap()
        .unwrap();
    let mut large = put(2, Expect::Any);
    let commit = Oid::from_bytes([7; 20]);
    for number in 0..200 {
        let head = Head { commit: Some(commit), ..Head::new() };
        large.put(Key::Head(WikiId::new(Uuid::from_u128(number))), Expect::Any, Record::Head(head));
    }
    let error = failure(world.commit(large.clone()).await.unwrap());
    assert_eq!(error.kind, Kind::Unavailable);
    assert!(error.public.contains("full; nothing was changed"), "{error}");
    assert_eq!(world.get(2).await, None);
    assert!(world.get(1).await.is_some());
    world
        .act(|connection| {
            connection.pragma_update_and_check(None, "max_page_count", i64::from(u32::MAX - 1), |_| Ok(()))
        })
        .await
        .unwrap()
        .unwrap();
    world.commit(large).await.unwrap().unwrap();
    assert!(world.ledger.check().unwrap().is_empty());
}

#[tokio::test]
async fn a_read_only_database_refuses_writes_and_goes_on_reading() {
    let world = World::new();
    world.commit(put(1, Expect::Any)).await.unwrap().unwrap();
    let only = |on: bool| world.act(move |connection| connection.pragma_update(None, "query_only", on));
    let refused = |result: Result<_, CommitError>| {
        let error = failure(result);
        assert_eq!(error.kind, Kind::Unavailable);
        assert!(error.public.contains("read-only; nothing was changed"), "{error}");
    };
    // For one batch of a group.
    let release = world.hold().await;
    let (on, write, off) = (only(true), world.commit(put(2, Expect::Any)), only(false));
    sent().await;
    drop(release);
    on.await.unwrap().unwrap();
    refused(write.await.unwrap());
    off.await.unwrap().unwrap();
    world.commit(put(3, Expect::Any)).await.unwrap().unwrap();
    // For good.
    only(true).await.unwrap().unwrap();
    refused(world.commit(put(4, Expect::Any)).await.unwrap());
    assert!(world.get(1).await.is_some() && world.get(3).await.is_some());
    assert_eq!((world.get(2).await, world.get(4).await), (None, None));
}

#[tokio::test]
async fn what_was_sent_is_committed_before_the_ledger_is_gone() {
    let world = World::new();
    let release = world.hold().await;
    let waiting: Vec<_> = (0..50).map(|number| world.commit(put(number, Expect::Absent))).collect();
    sent().await;
    // Nobody waits for the answers any more.
    waiting.iter().for_each(JoinHandle::abort);
    for task in waiting {
        assert!(task.await.unwrap_err().is_cancelled());
    }
    let World { ledger, scope, folder } = world;
    drop(release);
    // The task that held the writer may still have the ledger for a moment.
    let ledger = std::sync::Arc::into_inner(wait_for_last(ledger).await).unwrap();
    drop(ledger);
    let ledger = SqliteLedger::open(&folder.path().join("ledger.db")).unwrap();
    let keys: Vec<_> = (0..50).map(key).collect();
    assert!(ledger.get_many(&scope, &keys).await.unwrap().iter().all(Option::is_some));
}

async fn wait_for_last<T>(shared: std::sync::Arc<T>) -> std::sync::Arc<T> {
    while std::sync::Arc::strong_count(&shared) > 1 {
        tokio::task::yield_now().await;
    }
    shared
}

#[tokio::test]
async fn a_version_is_never_given_twice() {
    let World { mut ledger, scope, folder } = World::new();
    let path = folder.path().join("ledger.db");
    let mut given = Version(0);
    for round in 0..3 {
        for _ in 0..3 {
            let version = ledger.commit(&scope, put(1, Expect::Any)).await.unwrap()[0];
            assert!(version > given, "round {round}");
            given = version;
        }
        let mut delete = Batch::new(Timestamp::UNIX_EPOCH);
        delete.edit(key(1), Expect::At(given), Change::Delete);
        ledger.commit(&scope, delete).await.unwrap();
        drop(ledger);
        ledger = SqliteLedger::open(&path).unwrap().into();
    }
}

#[tokio::test]
async fn a_commit_is_answered_when_the_log_has_it() {
    let world = World::new();
    let log = world.folder.path().join("ledger.db-wal");
    let release = world.hold().await;
    let before = std::fs::metadata(&log).unwrap().len();
    let batch = world.commit(put(1, Expect::Absent));
    sent().await;
    assert!(!batch.is_finished(), "nothing was committed yet");
    drop(release);
    batch.await.unwrap().unwrap();
    let after = std::fs::metadata(&log).unwrap().len();
    assert!(after > before, "the log has it: {before} {after}");
    let elsewhere = Connection::open(world.folder.path().join("ledger.db")).unwrap();
    let records = elsewhere.query_row("SELECT count(*) FROM records", [], |row| row.get::<_, i64>(0));
    assert_eq!(records.unwrap(), 1, "and whoever looks now sees it");
}
