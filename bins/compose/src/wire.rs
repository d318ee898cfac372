//! From settings to a running library.

use std::sync::Arc;

use portolan::core::id::ProcessId;
use portolan::ports::Ids;
use portolan::ports::objects::ImportLimits;
use portolan::{Options, Portolan};
use portolan_index_sqlite::{Options as IndexOptions, SqliteIndexes};
use portolan_ledger_sqlite::SqliteLedger;
use portolan_objects_fs::{FsObjects, FsOptions};
use portolan_system::{SystemClock, SystemIds};

use crate::{DataFolder, FolderError, Settings};

/// A library on embedded storage, and the folder it has for itself.
#[derive(Debug)]
pub struct Composed {
    /// The library.
    pub portolan: Portolan,
    /// Its folder; to be kept as long as the library is used.
    pub folder: DataFolder,
}

/// Why the library could not be started.
#[derive(Debug, thiserror::Error)]
pub enum WireError {
    /// The data folder cannot be used.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// An adapter could not be opened.
    #[error(transparent)]
    Port(#[from] portolan::ports::Error),
    /// What an earlier run left could not be mended.
    #[error(transparent)]
    Recover(#[from] portolan::Error),
}

/// Opens embedded storage in `folder` and builds the library on it.
pub async fn open(folder: DataFolder, settings: &Settings) -> Result<Composed, WireError> {
    let ledger = SqliteLedger::open(&folder.ledger())?;
    let objects = FsObjects::open(folder.repos(), FsOptions::new(Arc::new(SystemClock)))?;
    let index = SqliteIndexes::open(folder.index(), IndexOptions::default())?;
    let process = folder.process(ProcessId::new(SystemIds.uuid()))?;
    let options = Options {
        page_bytes: settings.page_bytes,
        file_bytes: settings.file_bytes,
        comparisons: settings.comparisons,
        import_bytes: settings.import_bytes,
        import: ImportLimits {
            object_bytes: settings.import_object_bytes,
            total_bytes: settings.import_total_bytes,
            objects: settings.import_objects,
        },
        import_changes: settings.import_changes,
        imports: settings.imports,
        imports_waiting: settings.imports_waiting,
        exports: settings.exports,
        object_cache: settings.object_cache_bytes,
        batch: settings.batch,
        compact_after: settings.compact_after,
        ..Options::default()
    };
    let portolan = Portolan::builder(
        Arc::new(ledger),
        Arc::new(objects),
        Arc::new(index),
        Arc::new(SystemClock),
        Arc::new(SystemIds),
    )
    .options(options)
    .process(process)
    .build();
    portolan.recover().await?;
    Ok(Composed { portolan, folder })
}

/// Checks the ledger of `folder` as a whole, and answers what is damaged in it, a line each. Blocks. To be called before
/// [`open`]: only one may have the ledger open.
pub fn check_ledger(folder: &DataFolder) -> Result<Vec<String>, portolan::ports::Error> {
    SqliteLedger::open(&folder.ledger())?.check()
}
