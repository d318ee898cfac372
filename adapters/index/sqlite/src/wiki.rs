//! One open index: a connection that writes, some that read, and the checkpoints.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use parking_lot::Mutex;
use portolan_core::git::Oid;
use portolan_ports::index::{Advance, Advanced};
use rusqlite::Connection;

use crate::advance;
use crate::connect::{self, Identity, Role, connect};
use crate::fault::Result;
use crate::recent::Known;
use crate::schema;
use crate::statement;

/// The size of the log that makes a checkpoint due, bytes. A checkpoint syncs twice, beside the syncs that writers wait for, and writes
/// each page of the file once, however often the log has it. After a crash the log is read once at the start.
const LOG: u64 = 8 << 20;

/// One open index.
#[derive(Debug)]
pub(crate) struct Wiki {
    file: PathBuf,
    identity: Identity,
    /// Whoever holds it is the only one to change the index.
    pub(crate) writer: Arc<tokio::sync::Mutex<Connection>>,
    readers: Mutex<Vec<Connection>>,
    /// Files that were looked up lately.
    pub(crate) known: Known,
    /// How many idle readers are kept.
    keep: usize,
    /// It was reset or taken away: whoever waited for the writer looks the wiki up again.
    pub(crate) closed: AtomicBool,
    /// How often it was written to.
    pub(crate) writes: AtomicU64,
    /// Held by whoever waits for a quiet moment to merge its texts, or does.
    pub(crate) merging: Arc<tokio::sync::Mutex<()>>,
    checkpointing: AtomicBool,
    checkpoint_at: AtomicU64,
}

impl Wiki {
    /// Opens `file`. One of another version is removed first, and so is one with a half-built history unless `half_built` says that
    /// it is being built now. Where there is none then, it is made or, unless `make`, nothing is opened.
    pub(crate) fn open(file: &Path, make: bool, half_built: bool, keep: usize) -> Result<Option<Self>> {
        if Identity::of(file)?.is_some() {
            let writer = connect(file, Role::Writer)?;
            if schema::version(&writer)? == schema::VERSION
                && (half_built || !schema::is_half_built(&writer)?)
            {
                return Self::with(writer, file, keep).map(Some);
            }
        }
        if !make {
            return Ok(None);
        }
        if let Some(folder) = file.parent() {
            std::fs::create_dir_all(folder)?;
        }
        connect::remove(file)?;
        let writer = connect(file, Role::Maker)?;
        schema::create(&writer)?;
        Self::with(writer, file, keep).map(Some)
    }

    fn with(writer: Connection, file: &Path, keep: usize) -> Result<Self> {
        let gone =
            || std::io::Error::new(std::io::ErrorKind::NotFound, "the index was removed while it was opened");
        Ok(Self {
            file: file.to_owned(),
            identity: Identity::of(file)?.ok_or_else(gone)?,
            writer: Arc::new(tokio::sync::Mutex::new(writer)),
            readers: Mutex::default(),
            known: Known::new(),
            keep,
            closed: AtomicBool::new(false),
            writes: AtomicU64::new(0),
            merging: Arc::default(),
            checkpointing: AtomicBool::new(false),
            checkpoint_at: AtomicU64::new(LOG),
        })
    }

    /// Whether its path still leads to the file it has open.
    pub(crate) fn is_in_place(&self) -> Result<bool> {
        Ok(Identity::of(&self.file)? == Some(self.identity))
    }

    /// What `question` finds, and the head it was found at. Without a head there is nothing to find.
    pub(crate) fn read<T: Default>(
        &self,
        question: impl FnOnce(&Connection) -> Result<T>,
    ) -> Result<(Option<Oid>, T)> {
        let reader = self.reader()?;
        // In WAL mode a transaction sees the file as it was at its first read, whatever is committed meanwhile.
        statement::prepare(&reader, "BEGIN")?.execute([])?;
        let answer = schema::head(&reader).and_then(|head| {
            let value = head.map(|_| question(&reader)).transpose()?;
            Ok((head, value.unwrap_or_default()))
        });
        // A reader whose transaction does not end is not kept.
        if statement::prepare(&reader, "ROLLBACK")?.execute([]).is_ok() {
            let mut readers = self.readers.lock();
            if readers.len() < self.keep {
                readers.push(reader);
            }
        }
        answer
    }

    fn reader(&self) -> Result<Connection> {
        let idle = self.readers.lock().pop();
        idle.map_or_else(|| connect(&self.file, Role::Reader), Ok)
    }

    /// Its file.
    pub(crate) fn file(&self) -> &Path {
        &self.file
    }

    /// Brings the log into the file, in the background, if it is long and nobody is at it.
    pub(crate) fn checkpoint_if_due(self: &Arc<Self>) {
        if self.log_bytes() >= self.checkpoint_at.load(Ordering::Relaxed)
            && !self.checkpointing.swap(true, Ordering::AcqRel)
        {
            let wiki = Arc::clone(self);
            crate::in_background(move || wiki.checkpoint());
        }
    }

    /// Brings the log into the file and cuts it. Syncs, so it is nothing for a thread that serves requests. Most of it is done while advances
    /// go on; the rest keeps them waiting.
    pub(crate) fn checkpoint(&self) {
        // Where it failed, or a reader was in the way, the next try is when the log is longer by as much again.
        let left = self.try_checkpoint().map_or_else(
            |fault| {
                tracing::warn!(file = %self.file.display(), %fault, "an index's log could not be brought into its file");
                self.log_bytes()
            },
            |whole| if whole { 0 } else { self.log_bytes() },
        );
        self.checkpoint_at.store(left + LOG, Ordering::Relaxed);
        self.checkpointing.store(false, Ordering::Release);
    }

    /// Bytes of its log; 0 where the disk does not say.
    fn log_bytes(&self) -> u64 {
        connect::log_bytes(&self.file).unwrap_or(0)
    }

    fn try_checkpoint(&self) -> Result<bool> {
        let reader = self.reader()?;
        let blocked = |mode| {
            reader.query_row(&format!("PRAGMA wal_checkpoint({mode})"), [], |row| row.get::<_, bool>(0))
        };
        blocked("PASSIVE")?;
        let writer = self.writer.blocking_lock();
        let blocked = blocked("TRUNCATE")?;
        drop(writer);
        Ok(!blocked)
    }
}

/// Applies `advance` with the writer, all or nothing.
pub(crate) fn apply(writer: &Connection, advance: &Advance) -> Result<Advanced> {
    transact(writer, || advance::apply(writer, advance))
}

/// Does `work` with the writer, all or nothing.
pub(crate) fn transact<T>(writer: &Connection, work: impl FnOnce() -> Result<T>) -> Result<T> {
    statement::prepare(writer, "BEGIN IMMEDIATE")?.execute([])?;
    let applied = work().and_then(|applied| {
        statement::prepare(writer, "COMMIT")?.execute([])?;
        Ok(applied)
    });
    if !writer.is_autocommit() {
        statement::prepare(writer, "ROLLBACK")?.execute([])?;
    }
    applied
}
