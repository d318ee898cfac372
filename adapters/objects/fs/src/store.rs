//! Making a pack durable and visible, all at once.

use std::collections::HashSet;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use parking_lot::{Condvar, Mutex};
use portolan_core::git::Oid;

use crate::disk::{Disk, DiskFile};
use crate::layout::Layout;

/// A temporary file that vanishes unless it is given its name.
#[derive(Debug)]
pub(crate) struct Staged<'a> {
    disk: &'a dyn Disk,
    path: PathBuf,
    file: Box<dyn DiskFile>,
    named: bool,
}

impl<'a> Staged<'a> {
    pub(crate) fn new(disk: &'a dyn Disk, layout: &Layout, what: &str, mode: u32) -> io::Result<Self> {
        loop {
            let path = layout.temporary(what);
            match disk.create(&path, mode) {
                Ok(file) => return Ok(Self { disk, path, file, named: false }),
                // Left by a process of the same number before a crash, or made by one on another machine.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn sync(&mut self) -> io::Result<()> {
        self.file.sync()
    }

    pub(crate) fn rename(mut self, to: &Path) -> io::Result<()> {
        self.disk.rename(&self.path, to)?;
        self.named = true;
        Ok(())
    }
}

impl Write for Staged<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for Staged<'_> {
    fn drop(&mut self) {
        if !self.named {
            // Best effort: a leftover is swept later by its age.
            let _left = self.disk.remove(&self.path);
        }
    }
}

/// The packs being given their names now: two calls that store the same bytes take turns, so the failure of one
/// cannot take away what the other has answered for.
#[derive(Debug, Default)]
pub(crate) struct Turns {
    names: Mutex<HashSet<Oid>>,
    freed: Condvar,
}

struct Turn<'a>(&'a Turns, Oid);

impl Turns {
    fn take(&self, name: Oid) -> Turn<'_> {
        let mut names = self.names.lock();
        while !names.insert(name) {
            self.freed.wait(&mut names);
        }
        Turn(self, name)
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.names.lock().remove(&self.1);
        self.0.freed.notify_all();
    }
}

/// Deletes the pack `name`, unless it was published again since it was noted as replaced.
pub(crate) fn delete(disk: &dyn Disk, layout: &Layout, turns: &Turns, name: &Oid) -> io::Result<()> {
    let _turn = turns.take(*name);
    let note = layout.replaced(name);
    if note.exists() {
        // The pack first: an index alone means nothing, a pack alone could be taken for one to be indexed.
        for path in [layout.pack(name), layout.index(name), note] {
            unless_missing(disk.remove(&path))?;
        }
    }
    Ok(())
}

/// The same result; a file that is missing is no failure.
pub(crate) fn unless_missing(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Syncs `pack` and its `index`, gives them their names, the index last since git looks for that, and syncs the
/// directory. On failure nothing of them is visible, unless the same pack was there before.
pub(crate) fn publish(
    disk: &dyn Disk,
    layout: &Layout,
    turns: &Turns,
    name: &Oid,
    mut pack: Staged<'_>,
    index: &[u8],
) -> io::Result<()> {
    let mut staged = Staged::new(disk, layout, "idx", 0o444)?;
    staged.write_all(index)?;
    disk.sync_both(&mut *pack.file, &mut *staged.file)?;
    let (pack_path, index_path) = (layout.pack(name), layout.index(name));
    let _turn = turns.take(*name);
    let before = pack_path.exists() && index_path.exists();
    unless_missing(disk.remove(&layout.replaced(name)))?;
    let named = pack
        .rename(&pack_path)
        .and_then(|()| staged.rename(&index_path))
        .and_then(|()| disk.sync_dir(&layout.packs));
    if named.is_err() && !before {
        for path in [&index_path, &pack_path] {
            // Best effort; either may be missing, and without its index a pack is invisible.
            let _left = disk.remove(path);
        }
    }
    named
}
