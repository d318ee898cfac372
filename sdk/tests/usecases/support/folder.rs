//! The embedded set's folder.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::Path;
use std::sync::Arc;

use portolan::ports::{Index, Ledger, Objects};
use portolan_index_sqlite::{Options as IndexOptions, SqliteIndexes};
use portolan_ledger_sqlite::SqliteLedger;
use portolan_memory::ManualClock;
use portolan_objects_fs::{FsObjects, FsOptions};
use tempfile::TempDir;

/// A data folder as the programs lay it out, removed when dropped.
#[derive(Debug)]
pub(crate) struct Folder(TempDir);

impl Folder {
    /// An empty one. In memory where the system has such a place: that every step is synced in its order is another
    /// test's matter, and waiting for a disk some ten thousand times is nobody's.
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap())
    }

    /// All there is now, in another folder.
    pub(crate) fn copied(&self) -> Self {
        let other = Self::new();
        copy(self.0.path(), other.0.path()).unwrap();
        other
    }

    pub(crate) fn open(
        &self,
        clock: &Arc<ManualClock>,
    ) -> (Arc<dyn Ledger>, Arc<dyn Objects>, Arc<dyn Index>) {
        let at = self.0.path();
        let ledger = SqliteLedger::open(&at.join("ledger.db")).unwrap();
        let objects = FsObjects::open(at.join("repos"), FsOptions::new(clock.clone())).unwrap();
        let index = SqliteIndexes::open(at.join("index"), IndexOptions::default()).unwrap();
        (Arc::new(ledger), Arc::new(objects), Arc::new(index))
    }
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        let copied = if entry.file_type()?.is_dir() {
            fs::create_dir(&to).and_then(|()| copy(&from, &to))
        } else {
            fs::copy(&from, &to).map(drop)
        };
        match copied {
            // A temporary file that was given its name meanwhile: a kill comes before that or after it.
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            other => other?,
        }
    }
    Ok(())
}
