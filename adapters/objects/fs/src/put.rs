//! Storing: batches of new objects and whole packs.

use std::io::Write;
use std::path::Path;

use portolan_core::wiki::RepoId;
use portolan_objects_pack::{build_pack, index_pack};
use portolan_ports::objects::{ImportLimits, NewObject, PackReceipt, Progress};
use portolan_ports::{Error, Kind, Result};

use crate::error;
use crate::files::LazyFile;
use crate::shared::Shared;
use crate::store::{Staged, publish};

/// Stores one batch as one synced pack.
pub(crate) fn put_batch(shared: &Shared, id: &RepoId, objects: &[NewObject]) -> Result<PackReceipt> {
    const OPERATION: &str = "put_batch";
    if objects.is_empty() {
        return Err(Error::new(
            Kind::Refused,
            error::ADAPTER,
            OPERATION,
            "a batch needs at least one object",
        ));
    }
    has_room(shared, OPERATION)?;
    let mut chain = shared.chains.take(id);
    let built = build_pack(objects, &mut chain).map_err(|error| error::pack(OPERATION, error))?;
    shared.chains.keep(id, chain);
    let repo = shared.repo_or_new(id, OPERATION)?;
    let stored = || {
        let mut staged = Staged::new(&*shared.disk, &repo.layout, "pack", 0o444)?;
        staged.write_all(&built.pack)?;
        publish(&*shared.disk, &repo.layout, &repo.turns, &built.receipt.name, staged, &built.index)
    };
    stored().map_err(|error| error::disk(OPERATION, error))?;
    let folder = repo.folder(shared);
    repo.add(
        folder.published(&built.receipt.name, built.index).map_err(|error| error::pack(OPERATION, error))?,
    );
    Ok(built.receipt)
}

/// Refuses what could be stored, but would leave no room for what comes after it.
fn has_room(shared: &Shared, operation: &'static str) -> Result<()> {
    // A disk that does not say is tried.
    let room = shared.disk.room(&shared.root).unwrap_or(u64::MAX);
    let full = || error::disk(operation, std::io::ErrorKind::StorageFull.into());
    if room < shared.options.spare_bytes { Err(full()) } else { Ok(()) }
}

/// Stores a foreign pack as it is, after verifying the copy that is kept.
pub(crate) fn import(
    shared: &Shared,
    id: &RepoId,
    pack: &Path,
    limits: &ImportLimits,
    progress: &dyn Progress,
) -> Result<PackReceipt> {
    const OPERATION: &str = "import";
    let disk = |error| error::disk(OPERATION, error);
    has_room(shared, OPERATION)?;
    let mut source = std::fs::File::open(pack).map_err(|error| {
        Error::new(Kind::Refused, error::ADAPTER, OPERATION, "the pack to import cannot be opened")
            .because(error)
    })?;
    let repo = shared.repo_or_new(id, OPERATION)?;
    let mut staged = Staged::new(&*shared.disk, &repo.layout, "import", 0o444).map_err(disk)?;
    std::io::copy(&mut source, &mut staged).map_err(disk)?;
    let copy = LazyFile::open(staged.path().to_path_buf(), &shared.files).map_err(disk)?;
    let made = index_pack(&copy, limits, progress).map_err(|error| match error {
        // It is the caller's material that is damaged, nothing of ours.
        portolan_objects_pack::Error::Damaged { .. } => {
            Error::new(Kind::Refused, error::ADAPTER, OPERATION, format!("the pack is malformed: {error}"))
        }
        error => error::pack(OPERATION, error),
    })?;
    drop(copy);
    publish(&*shared.disk, &repo.layout, &repo.turns, &made.receipt.name, staged, &made.index)
        .map_err(disk)?;
    let folder = repo.folder(shared);
    repo.add(
        folder.published(&made.receipt.name, made.index).map_err(|error| error::pack(OPERATION, error))?,
    );
    Ok(made.receipt)
}
