//! The order in which a page write reaches the disk, from the use case down: this store on a disk that records, beside the
//! embedded ledger and index. That a commit of the ledger is synced when it is answered is shown where the ledger is.

use std::io::ErrorKind;
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use portolan::core::access::{Operation, Scope, Version};
use portolan::core::audit::{Lane, Segment};
use portolan::core::id::TokenKind;
use portolan::core::tenancy::TenantSlug;
use portolan::core::token::{BearerToken, CredentialKey};
use portolan::core::wiki::WikiSlug;
use portolan::core::wiki::path::Requested;
use portolan::{Call, Condition, PageText, Place, Portolan, PutPage};
use portolan_index_sqlite::{Options, SqliteIndexes};
use portolan_ledger_sqlite::SqliteLedger;
use portolan_memory::{ManualClock, SequentialIds};
use portolan_ports::ledger::{Admitted, Batch, Caps, CommitError, Key, RecordKind, Stored, Walk};
use portolan_ports::{Ledger, Result};
use secrecy::ExposeSecret;

use super::{Bench, State};

/// A ledger that notes among the steps of the disk when a commit begins and when it is answered.
#[derive(Debug)]
struct Watched {
    inner: SqliteLedger,
    /// SQLite's write-ahead log.
    log: PathBuf,
    state: Arc<State>,
}

#[async_trait]
impl Ledger for Watched {
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
        self.inner.get_many(scope, keys).await
    }

    async fn list(
        &self,
        scope: &Scope,
        kind: RecordKind,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(String, Stored)>> {
        self.inner.list(scope, kind, after, limit).await
    }

    async fn segments(&self, scope: &Scope, lane: Lane, walk: Walk, limit: usize) -> Result<Vec<Segment>> {
        self.inner.segments(scope, lane, walk, limit).await
    }

    async fn commit(&self, scope: &Scope, batch: Batch) -> Result<Vec<Version>, CommitError> {
        self.state.steps.lock().push("ledger commits".into());
        let before = std::fs::metadata(&self.log).unwrap().len();
        let answer = self.inner.commit(scope, batch).await;
        let after = std::fs::metadata(&self.log).unwrap().len();
        assert!(after > before, "what is committed is in the log: {before} {after}");
        self.state.steps.lock().push("ledger has committed".into());
        answer
    }

    async fn sweep(&self, now: Timestamp, limit: usize) -> Result<usize> {
        self.inner.sweep(now, limit).await
    }
}

#[tokio::test]
async fn a_page_write_is_pack_index_folder_ledger_reference_answer() {
    let bench = Bench::new(ErrorKind::Other);
    let folder = tempfile::tempdir().unwrap();
    let ledger = Watched {
        inner: SqliteLedger::open(&folder.path().join("ledger.db")).unwrap(),
        log: folder.path().join("ledger.db-wal"),
        state: Arc::clone(&bench.state),
    };
    let index = SqliteIndexes::open(folder.path().join("index"), Options::default()).unwrap();
    let (clock, ids) = (Arc::new(ManualClock::new()), Arc::new(SequentialIds::new()));
    let objects = Arc::new(bench.objects.clone());
    let portolan = Portolan::builder(Arc::new(ledger), objects, Arc::new(index), clock, ids).build();
    let setup = portolan.demo().await.unwrap();
    let bearer = Arc::new(BearerToken::parse(setup.owner_token.expose_secret()).unwrap());
    for page in ["First", "Second", "Third"] {
        let place = Place { tenant: Some(setup.tenant.clone()), wiki: Some(setup.wiki.clone()) };
        let admitted =
            portolan.admit(bearer.clone(), Operation::PageWrite, place, Call::new("test")).await.unwrap();
        let put = PutPage {
            path: Requested::parse(page).unwrap(),
            text: PageText::new("text\n".into(), 100).unwrap(),
            message: None,
            condition: Condition::Absent,
        };
        bench.heal();
        portolan.put_page(&admitted, put).await.unwrap();
        let steps = std::mem::take(&mut *bench.state.steps.lock());
        if page == "First" {
            // It makes the repository as well, whose own order another test shows.
            continue;
        }
        let expected = [
            "create tmp_pack",
            "write tmp_pack",
            "create tmp_idx",
            "write tmp_idx",
            "sync tmp_pack",
            "sync tmp_idx",
            "remove *.replaced",
            "rename *.pack",
            "rename *.idx",
            "sync pack",
            "ledger commits",
            "ledger has committed",
            "exchange main",
        ];
        assert_eq!(steps, expected, "{page}");
    }
}
