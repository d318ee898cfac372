//! The packs of one repository as they lie in its folder.

#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use bytes::Bytes;
use portolan_core::git::Oid;
use portolan_objects_pack::{Error, Index, Pack, Result, Room, index_pack};
use portolan_ports::objects::{ImportLimits, Unwatched};

use crate::disk::Disk;
use crate::files::{Files, LazyFile};
use crate::layout::{Layout, REPLACED};
use crate::store::Staged;

/// Indexes up to this size are always in memory, and compared with their checksum when they are opened, bytes.
const SMALL: u64 = 4 << 20;

/// A pack and when its file was written.
#[derive(Debug, Clone)]
pub(crate) struct Stored {
    pub(crate) pack: Arc<Pack>,
    pub(crate) written: SystemTime,
}

/// All packs, newest first.
#[derive(Debug, Clone, Default)]
pub(crate) struct Snapshot {
    pub(crate) packs: Vec<Stored>,
    /// Packs that cannot be read, with the reason.
    pub(crate) broken: Vec<(Oid, String)>,
}

impl Snapshot {
    /// The same packs and `stored`, which takes the place of one of the same name.
    pub(crate) fn with(&self, stored: Stored) -> Self {
        let mut next = self.clone();
        let name = stored.pack.name();
        next.packs.retain(|other| other.pack.name() != name);
        next.broken.retain(|(other, _)| *other != name);
        next.packs.push(stored);
        next.sort();
        next
    }

    /// The same packs without those named.
    pub(crate) fn without(&self, names: &[Oid]) -> Self {
        let mut next = self.clone();
        next.packs.retain(|other| !names.contains(&other.pack.name()));
        next
    }

    /// What was listed, and whatever else was done since: `before` became `now`.
    pub(crate) fn after(mut self, before: &Self, now: &Self) -> Self {
        let names = |packs: &[Stored]| packs.iter().map(|stored| stored.pack.name()).collect::<HashSet<_>>();
        let (was, is, listed) = (names(&before.packs), names(&now.packs), names(&self.packs));
        self.packs.retain(|stored| !was.contains(&stored.pack.name()) || is.contains(&stored.pack.name()));
        let added = |stored: &&Stored| {
            let name = stored.pack.name();
            !was.contains(&name) && !listed.contains(&name)
        };
        self.packs.extend(now.packs.iter().filter(added).cloned());
        self.broken.retain(|(name, _)| !is.contains(name) || was.contains(name));
        self.sort();
        self
    }

    fn sort(&mut self) {
        self.packs.sort_by_key(|stored| (std::cmp::Reverse(stored.written), stored.pack.name()));
    }
}

/// What listing needs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Folder<'a> {
    pub(crate) layout: &'a Layout,
    pub(crate) files: &'a Arc<Files>,
    /// For the ids of large indexes.
    pub(crate) room: &'a Arc<Room>,
    pub(crate) disk: &'a dyn Disk,
}

/// The names of files in `folder` of the form `<prefix><id><suffix>`; none where it does not exist.
pub(crate) fn named(folder: &Path, prefix: &str, suffix: &str) -> io::Result<Vec<Oid>> {
    let listing = match fs::read_dir(folder) {
        Ok(listing) => listing,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut ids = Vec::new();
    for file in listing {
        let name = file?.file_name();
        let id = name.to_str().and_then(|name| name.strip_prefix(prefix)?.strip_suffix(suffix));
        ids.extend(id.and_then(|id| id.parse::<Oid>().ok()));
    }
    Ok(ids)
}

impl Folder<'_> {
    /// Lists the folder anew; packs that `known` has open stay open.
    pub(crate) fn list(&self, known: &Snapshot) -> Result<Snapshot> {
        let replaced: HashSet<Oid> = named(&self.layout.own, "", REPLACED)?.into_iter().collect();
        let mut next = Snapshot::default();
        for name in named(&self.layout.packs, "pack-", ".idx")? {
            if replaced.contains(&name) {
                continue;
            }
            if let Some(open) = known.packs.iter().find(|stored| stored.pack.name() == name) {
                next.packs.push(open.clone());
                continue;
            }
            match self.open(&name) {
                Ok(stored) => next.packs.push(stored),
                // Removed between the listing and now.
                Err(Error::Io(error)) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error @ Error::Io(_)) => return Err(error),
                Err(error) => next.broken.push((name, error.to_string())),
            }
        }
        next.sort();
        Ok(next)
    }

    /// Makes the index of every pack that has none, which a crash between the two renames leaves. A pack that is no
    /// good was never answered for and stays as it is, invisible.
    pub(crate) fn complete(&self) -> Result<()> {
        let mut done: HashSet<Oid> = named(&self.layout.packs, "pack-", ".idx")?.into_iter().collect();
        done.extend(named(&self.layout.own, "", REPLACED)?);
        for name in named(&self.layout.packs, "pack-", ".pack")? {
            if !done.contains(&name) {
                match self.rebuild(&name) {
                    Ok(_) | Err(Error::Refused(_) | Error::Damaged { .. }) => {}
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(())
    }

    /// Opens the pack `name`; makes its index again where that is damaged.
    fn open(&self, name: &Oid) -> Result<Stored> {
        match self.open_as_is(name) {
            Err(Error::Damaged { .. }) => {
                let index = self.rebuild(name)?;
                self.with_index(name, Index::open(Box::new(Bytes::from(index)))?)
            }
            other => other,
        }
    }

    fn open_as_is(&self, name: &Oid) -> Result<Stored> {
        let path = self.layout.index(name);
        let index = if fs::metadata(&path)?.len() <= SMALL {
            let index = Index::open(Box::new(Bytes::from(fs::read(&path)?)))?;
            index.verify()?;
            index
        } else {
            Index::open(Box::new(LazyFile::open(path, self.files)?))?.within(self.room)
        };
        self.with_index(name, index)
    }

    /// The pack `name`, of which `index` is the index.
    pub(crate) fn with_index(&self, name: &Oid, index: Index) -> Result<Stored> {
        let path = self.layout.pack(name);
        let written = fs::metadata(&path)?.modified()?;
        let pack = Arc::new(Pack::open(Box::new(LazyFile::open(path, self.files)?), index)?);
        Ok(Stored { pack, written })
    }

    /// The pack `name` after it was published with these bytes of its index.
    pub(crate) fn published(&self, name: &Oid, index: Vec<u8>) -> Result<Stored> {
        if index.len() as u64 <= SMALL {
            self.with_index(name, Index::open(Box::new(Bytes::from(index)))?)
        } else {
            drop(index);
            self.open_as_is(name)
        }
    }

    fn rebuild(&self, name: &Oid) -> Result<Vec<u8>> {
        let file = LazyFile::open(self.layout.pack(name), self.files)?;
        let trusted = ImportLimits { object_bytes: u64::MAX, total_bytes: u64::MAX, objects: u32::MAX };
        let made = index_pack(&file, &trusted, &Unwatched)?;
        let mut staged = Staged::new(self.disk, self.layout, "idx", 0o444)?;
        io::Write::write_all(&mut staged, &made.index)?;
        staged.sync()?;
        staged.rename(&self.layout.index(name))?;
        self.disk.sync_dir(&self.layout.packs)?;
        Ok(made.index)
    }
}
