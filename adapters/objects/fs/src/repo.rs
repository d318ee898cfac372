//! One open repository.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;

use parking_lot::{Mutex, RwLock};
use portolan_core::git::{Object, Oid};
use portolan_objects_pack as pack;
use portolan_ports::{Kind, Result};

use crate::error;
use crate::layout::Layout;
use crate::loose;
use crate::packs::{Folder, Snapshot, Stored};
use crate::shared::Shared;
use crate::store::Turns;

/// A repository whose packs are open.
#[derive(Debug)]
pub(crate) struct Repo {
    pub(crate) layout: Layout,
    pub(crate) turns: Turns,
    /// Held by a compaction: two of them take turns. When each replaced pack was noted, seconds since 1970, as far as it was read.
    pub(crate) compacting: Mutex<HashMap<Oid, i64>>,
    /// Held while `refs/heads/main` is compared and set.
    pub(crate) showing: Mutex<()>,
    /// Whether the names of the folders it lies in were synced by this process.
    named: Mutex<bool>,
    snapshot: RwLock<Arc<Snapshot>>,
}

impl Repo {
    /// Opens the repository at `layout`, which is there.
    pub(crate) fn open(layout: Layout, shared: &Shared) -> pack::Result<Self> {
        let folder =
            Folder { layout: &layout, files: &shared.files, room: &shared.room, disk: &*shared.disk };
        // On a read-only or full disk reading goes on without the index that is missing.
        match folder.complete() {
            Ok(()) | Err(pack::Error::Io(_)) => {}
            Err(error) => return Err(error),
        }
        let snapshot = folder.list(&Snapshot::default())?;
        Ok(Self {
            layout,
            turns: Turns::default(),
            compacting: Mutex::default(),
            showing: Mutex::default(),
            named: Mutex::new(false),
            snapshot: RwLock::new(Arc::new(snapshot)),
        })
    }

    pub(crate) fn folder<'a>(&'a self, shared: &'a Shared) -> Folder<'a> {
        Folder { layout: &self.layout, files: &shared.files, room: &shared.room, disk: &*shared.disk }
    }

    /// Must come before the first answer that something is durable: another call, or another process, may have made
    /// the repository and not synced its name yet.
    pub(crate) fn sync_names(&self, shared: &Shared) -> io::Result<()> {
        let mut named = self.named.lock();
        if !*named {
            self.layout.sync_names(&*shared.disk)?;
            *named = true;
        }
        Ok(())
    }

    pub(crate) fn snapshot(&self) -> Arc<Snapshot> {
        Arc::clone(&self.snapshot.read())
    }

    /// Lists the folder anew: another process may have written, or removed what it replaced.
    pub(crate) fn refresh(&self, shared: &Shared) -> pack::Result<Arc<Snapshot>> {
        let before = self.snapshot();
        let listed = self.folder(shared).list(&before)?;
        // Not held while listing, as all readers would wait for it.
        let mut current = self.snapshot.write();
        let next =
            Arc::new(if Arc::ptr_eq(&before, &current) { listed } else { listed.after(&before, &current) });
        *current = Arc::clone(&next);
        Ok(next)
    }

    pub(crate) fn add(&self, stored: Stored) {
        let mut current = self.snapshot.write();
        *current = Arc::new(current.with(stored));
    }

    pub(crate) fn replace(&self, stored: Stored, gone: &[Oid]) {
        let mut current = self.snapshot.write();
        *current = Arc::new(current.without(gone).with(stored));
    }

    /// The objects `ids`; looks into the folder again, once, where some are missing.
    pub(crate) fn get_many(
        &self,
        ids: &[Oid],
        shared: &Shared,
        operation: &'static str,
    ) -> Result<Vec<Option<Object>>> {
        let first = self.snapshot();
        let mut found = Vec::with_capacity(ids.len());
        let mut missing = false;
        for id in ids {
            let object = match find(&first, id, shared) {
                Err(Lookup::Vanished) => None,
                other => other.map_err(|error| error.named(operation))?,
            };
            missing |= object.is_none();
            found.push(object);
        }
        if !missing {
            return Ok(found);
        }
        let mut again = self.refresh(shared).map_err(|error| error::pack(operation, error))?;
        for (id, slot) in ids.iter().zip(&mut found).filter(|(_, slot)| slot.is_none()) {
            *slot = match find(&again, id, shared) {
                Err(Lookup::Vanished) => {
                    again = self.refresh(shared).map_err(|error| error::pack(operation, error))?;
                    find(&again, id, shared)
                }
                other => other,
            }
            .map_err(|error| error.named(operation))?;
            if slot.is_none() {
                *slot = loose::read(&self.layout.repo, id).map_err(|error| match error {
                    loose::Error::Io(error) => error::disk(operation, error),
                    damaged @ loose::Error::Damaged(..) => error::corrupt(operation, damaged.to_string()),
                })?;
            }
            if let (None, Some((name, reason))) = (&slot, again.broken.first()) {
                let what = format!("object {id} is missing, and pack-{name}.pack cannot be read: {reason}");
                return Err(error::corrupt(operation, what));
            }
        }
        Ok(found)
    }
}

/// Why looking into the packs failed.
enum Lookup {
    /// A file of the snapshot is gone: the folder must be listed anew.
    Vanished,
    /// A pack cannot be read.
    Failed(Oid, pack::Error),
}

impl Lookup {
    fn named(self, operation: &'static str) -> portolan_ports::Error {
        match self {
            Self::Vanished => error::disk(operation, io::ErrorKind::NotFound.into()),
            Self::Failed(name, error) => {
                let mut error = error::pack(operation, error);
                if error.kind == Kind::Corrupt {
                    error.public = format!("{} (in pack-{name}.pack)", error.public).into();
                }
                error
            }
        }
    }
}

fn find(snapshot: &Snapshot, id: &Oid, shared: &Shared) -> Result<Option<Object>, Lookup> {
    let mut damage = None;
    for Stored { pack, .. } in &snapshot.packs {
        match pack.get(id, &shared.cache) {
            Ok(None) => {}
            Ok(found) => return Ok(found),
            Err(pack::Error::Io(error)) if error.kind() == io::ErrorKind::NotFound => {
                return Err(Lookup::Vanished);
            }
            // Another pack may have the object as well.
            Err(error) => damage = damage.or(Some(Lookup::Failed(pack.name(), error.of_object(*id)))),
        }
    }
    damage.map_or(Ok(None), Err)
}
