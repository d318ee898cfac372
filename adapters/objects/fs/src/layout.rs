//! Where things lie in a repository, and how a new one is made.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use portolan_core::git::Oid;
use portolan_core::wiki::RepoId;

use crate::disk::Disk;

/// The places in one bare repository.
#[derive(Debug, Clone)]
pub(crate) struct Layout {
    root: PathBuf,
    /// The folder of the tenant.
    pub(crate) tenant: PathBuf,
    /// The repository.
    pub(crate) repo: PathBuf,
    /// Its packs.
    pub(crate) packs: PathBuf,
    /// What is ours and not git's: temporary files, notes on replaced packs. Not within `objects`: `git clone` of a
    /// local folder copies every file there and fails on one that vanishes.
    pub(crate) own: PathBuf,
}

const HEAD: &str = "ref: refs/heads/main\n";
const CONFIG: &str = "[core]
\trepositoryformatversion = 0
\tfilemode = true
\tbare = true
[gc]
\tauto = 0
[maintenance]
\tauto = false
[receive]
\tdenyCurrentBranch = refuse
";
const PRE_RECEIVE: &str = "#!/bin/sh
echo 'This folder is written by Portolan alone: a push into it would be lost to the wiki.' >&2
echo 'Push to the address of the wiki on its server, or import a bundle: portolan wiki import' >&2
exit 1
";

impl Layout {
    pub(crate) fn new(root: &Path, id: &RepoId) -> Self {
        let tenant = root.join(id.tenant().to_string());
        let repo = tenant.join(format!("{}.git", id.wiki()));
        let packs = repo.join("objects").join("pack");
        let own = repo.join("portolan");
        Self { root: root.to_path_buf(), tenant, repo, packs, own }
    }

    pub(crate) fn pack(&self, name: &Oid) -> PathBuf {
        self.packs.join(format!("pack-{name}.pack"))
    }

    pub(crate) fn index(&self, name: &Oid) -> PathBuf {
        self.packs.join(format!("pack-{name}.idx"))
    }

    /// The note that a pack is no longer needed.
    pub(crate) fn replaced(&self, name: &Oid) -> PathBuf {
        self.own.join(format!("{name}{REPLACED}"))
    }

    /// What `refs/heads/main` changes places with.
    pub(crate) fn spare_ref(&self) -> PathBuf {
        self.own.join("main")
    }

    /// A name for a temporary file that no other call and no other process of this machine uses.
    pub(crate) fn temporary(&self, what: &str) -> PathBuf {
        self.own.join(unique(what))
    }

    /// Makes the repository with all its files synced, at once, unless it is there.
    pub(crate) fn create(&self, disk: &dyn Disk) -> io::Result<()> {
        if self.repo.is_dir() {
            return Ok(());
        }
        match disk.create_dir(&self.tenant) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
        let new = self.tenant.join(unique("repo"));
        let made = fill(disk, &new).and_then(|()| disk.rename(&new, &self.repo));
        if let Err(error) = made {
            // Best effort: what is left is swept with the tenant's folder and seen by nobody.
            let _left = disk.remove_dir(&new);
            // Another writer was faster: its repository is as good as ours.
            if !self.repo.is_dir() {
                return Err(error);
            }
        }
        Ok(())
    }

    /// Removes the repository with everything in it; harmless where there is none. It loses its name first, so a call
    /// that was stopped half-way leaves nothing that looks like a repository, and the next call ends the work.
    pub(crate) fn remove(&self, disk: &dyn Disk) -> io::Result<()> {
        let name = self.repo.file_name().unwrap_or_default().to_string_lossy();
        let gone = |error: &io::Error| error.kind() == ErrorKind::NotFound;
        let listing = match std::fs::read_dir(&self.tenant) {
            Err(error) if gone(&error) => return Ok(()),
            other => other?,
        };
        let mut left = vec![self.tenant.join(unique(&format!("removed_{name}")))];
        match disk.rename(&self.repo, &left[0]) {
            Err(error) if gone(&error) => {}
            other => other?,
        }
        let before = format!("{TEMPORARY}removed_{name}");
        for file in listing {
            let file = file?;
            if file.file_name().to_string_lossy().starts_with(&before) {
                left.push(file.path());
            }
        }
        for path in left {
            match disk.remove_dir(&path) {
                Err(error) if gone(&error) => {}
                other => other?,
            }
        }
        disk.sync_dir(&self.tenant)
    }

    /// Makes the repository's own name survive a crash, whoever made it.
    pub(crate) fn sync_names(&self, disk: &dyn Disk) -> io::Result<()> {
        disk.sync_dir(&self.tenant)?;
        disk.sync_dir(&self.root)
    }
}

/// How notes on replaced packs end.
pub(crate) const REPLACED: &str = ".replaced";
/// How names of temporary files start.
pub(crate) const TEMPORARY: &str = "tmp_";

fn unique(what: &str) -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    format!("{TEMPORARY}{what}_{}_{number}", std::process::id())
}

fn fill(disk: &dyn Disk, repo: &Path) -> io::Result<()> {
    let dirs = [
        "",
        "hooks",
        "portolan",
        "refs",
        "refs/heads",
        "refs/tags",
        "objects",
        "objects/info",
        "objects/pack",
    ];
    for dir in dirs {
        disk.create_dir(&repo.join(dir))?;
    }
    for (name, mode, text) in
        [("HEAD", 0o644, HEAD), ("config", 0o644, CONFIG), ("hooks/pre-receive", 0o755, PRE_RECEIVE)]
    {
        let mut file = disk.create(&repo.join(name), mode)?;
        file.write_all(text.as_bytes())?;
        file.sync()?;
    }
    dirs.iter().rev().try_for_each(|dir| disk.sync_dir(&repo.join(dir)))
}
