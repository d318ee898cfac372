//! A pack for a reader outside.

use std::collections::BTreeSet;
use std::fs::{self, OpenOptions};
use std::io::{BufWriter, Write};
use std::path::Path;

use portolan_core::git::Oid;
use portolan_core::wiki::RepoId;
use portolan_objects_pack::{Error as PackError, Pack, write_selection};
use portolan_ports::objects::PackReceipt;
use portolan_ports::{Error, Kind, Result};

use crate::error;
use crate::loose;
use crate::packs::Snapshot;
use crate::shared::Shared;

const OPERATION: &str = "export";

/// Writes the objects `ids` into the new file `target`.
pub(crate) fn export(
    shared: &Shared,
    id: &RepoId,
    ids: &BTreeSet<Oid>,
    target: &Path,
) -> Result<PackReceipt> {
    let snapshot = match shared.repo(id, OPERATION)? {
        Some(repo) => repo.refresh(shared).map_err(|error| error::pack(OPERATION, error))?,
        None => Snapshot::default().into(),
    };
    let repo = crate::layout::Layout::new(&shared.root, id).repo;
    let packs: Vec<&Pack> = snapshot.packs.iter().map(|stored| &*stored.pack).collect();
    let others = |id: &Oid| loose::read(&repo, id).map_err(loose::Error::into_pack);
    let file = OpenOptions::new().write(true).create_new(true).open(target).map_err(|error| {
        let what = "the file to export into cannot be made: name a new one in a folder that may be written";
        Error::new(Kind::Refused, error::ADAPTER, OPERATION, what).because(error)
    })?;
    let written = write_selection(ids, &packs, &others, BufWriter::with_capacity(1 << 18, file)).and_then(
        |mut done| {
            done.out.flush()?;
            Ok(done.receipt)
        },
    );
    written.map_err(|error| {
        // Best effort: half a pack is of no use to anybody.
        let _left = fs::remove_file(target);
        match error {
            PackError::Io(error) => error::disk(OPERATION, error),
            error => error::pack(OPERATION, error),
        }
    })
}
