//! The embedded ledger: one SQLite database.
//!
//! Writes go to one thread that makes one transaction of all batches that wait, so many writers share one sync of the
//! disk. Reads run inline on connections of their own and never wait for the writer. What admissions rest on is cached;
//! that is exact because the process is the only one that has the database open, which whoever opens it must see to (the
//! data folder is locked).

mod admit;
mod cache;
mod error;
mod maintenance;
mod prepare;
mod read;
mod readers;
mod schema;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use portolan_core::access::{Scope, Version};
use portolan_core::audit::{Lane, Segment};
use portolan_core::id::TokenKind;
use portolan_core::tenancy::TenantSlug;
use portolan_core::token::CredentialKey;
use portolan_core::wiki::WikiSlug;
use portolan_ports::ledger::{
    Admitted, Batch, Caps, CommitError, Conflict, Key, Ledger, RecordKind, Stored, Walk,
};
use portolan_ports::{Error, Kind, Result};

use cache::Caches;
use error::ADAPTER;
use prepare::{nanoseconds, prepare};
use readers::Readers;
use writer::{Work, Writer};

/// SQLite itself would take far more; this keeps one batch from holding up the others for long.
const CAPS: Caps = Caps { items: 4096, bytes: 16 << 20 };

/// A [`Ledger`] in one SQLite database. Dropping it waits until every batch that was sent is committed.
#[derive(Debug)]
pub struct SqliteLedger {
    path: PathBuf,
    caches: Arc<Caches>,
    readers: Readers,
    writer: Writer,
}

impl SqliteLedger {
    /// Opens the ledger at `path`, which is created where it is missing and brought to this version's schema where it is older;
    /// its folder must exist, and no other process may have it open.
    ///
    /// `Refused` where a newer version of Portolan wrote it, `Corrupt` where it is no database, `Unavailable` where the
    /// file cannot be opened and written.
    pub fn open(path: &Path) -> Result<Self> {
        let caches = Arc::new(Caches::new());
        let writer = Writer::start(path, Arc::clone(&caches))?;
        let readers = Readers::new(path.to_owned());
        Ok(Self { path: path.to_owned(), caches, readers, writer })
    }
}

impl Drop for SqliteLedger {
    fn drop(&mut self) {
        // The writer's connection is then the last one to be closed, which moves the log into the database.
        self.readers.close();
    }
}

#[async_trait]
impl Ledger for SqliteLedger {
    fn caps(&self) -> Caps {
        CAPS
    }

    async fn admit(
        &self,
        credential: &CredentialKey<TokenKind>,
        target: Option<&TenantSlug>,
        wiki: Option<&WikiSlug>,
    ) -> Result<Option<Admitted>> {
        admit::admit(&self.caches, &self.readers, credential, target, wiki)
    }

    async fn get_many(&self, scope: &Scope, keys: &[Key]) -> Result<Vec<Option<Stored>>> {
        let operation = "get_many";
        let get = |connection: &_| {
            keys.iter().map(|key| read::get(connection, operation, key.partition(scope), key)).collect()
        };
        if keys.len() == 1 {
            self.readers.with(operation, get)
        } else {
            self.readers.snapshot(operation, get)
        }
    }

    async fn list(
        &self,
        scope: &Scope,
        kind: RecordKind,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(String, Stored)>> {
        let tenant = kind.partition(scope);
        self.readers.with("list", |connection| read::list(connection, tenant, kind, after, limit))
    }

    async fn segments(&self, scope: &Scope, lane: Lane, walk: Walk, limit: usize) -> Result<Vec<Segment>> {
        let tenant = scope.tenant();
        self.readers.with("segments", |connection| read::segments(connection, tenant, lane, walk, limit))
    }

    async fn commit(&self, scope: &Scope, batch: Batch) -> Result<Vec<Version>, CommitError> {
        let prepared = prepare(scope, batch, CAPS)?;
        Ok(self.writer.submit("commit", Work::Commit(prepared)).await?.versions)
    }

    async fn sweep(&self, now: Timestamp, limit: usize) -> Result<usize> {
        let work = Work::Sweep { before: nanoseconds(now), limit: read::rows(limit) };
        match self.writer.submit("sweep", work).await {
            Ok(done) => Ok(done.deleted),
            Err(CommitError::Failed(error)) => Err(error),
            Err(CommitError::Conflict(Conflict { .. })) => {
                Err(Error::new(Kind::Internal, ADAPTER, "sweep", "a sweep cannot conflict, and this one did"))
            }
        }
    }
}
