//! Git objects in bare repositories on a local disk, one for each wiki, which plain git reads at any moment.
//!
//! `<root>/<tenant>/<wiki>.git` is an ordinary bare repository. Every batch is one pack, synced with its index and its
//! directory before the answer. Nothing is ever changed in place: compaction writes a new pack, and the packs it
//! replaces go after a grace period. `portolan/` in the repository holds temporary files and the notes on replaced
//! packs.

mod beside;
mod chains;
mod check;
mod compact;
mod disk;
mod error;
mod export;
#[cfg(test)]
mod faults;
mod files;
mod layout;
mod loose;
mod options;
mod packs;
mod progress;
mod put;
mod refs;
mod repo;
mod shared;
mod store;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use portolan_core::git::{Object, Oid};
use portolan_core::wiki::RepoId;
use portolan_ports::objects::{Compaction, Damage, ImportLimits, Mirror, NewObject, PackReceipt, Progress};
use portolan_ports::{Error, Kind, Objects, Result};

pub use options::FsOptions;

use disk::{Disk, RealDisk};
use layout::Layout;
use shared::Shared;

/// Git objects on a local disk.
#[derive(Debug, Clone)]
pub struct FsObjects(Arc<Shared>);

impl FsObjects {
    /// Opens the data folder `root` and makes it where it is missing; `Unavailable` where it cannot be used.
    pub fn open(root: PathBuf, options: FsOptions) -> Result<Self> {
        Self::with_disk(root, options, Arc::new(RealDisk))
    }

    fn with_disk(root: PathBuf, options: FsOptions, disk: Arc<dyn Disk>) -> Result<Self> {
        // A data folder that is there may be on a read-only disk, and is still worth reading.
        if !root.is_dir() {
            std::fs::create_dir_all(&root).map_err(|error| error::disk("open", error))?;
        }
        Ok(Self(Arc::new(Shared::new(root, options, disk))))
    }

    /// Runs `work` on a thread for blocking work. Dropping the future does not stop it.
    async fn blocking<T: Send + 'static>(
        &self,
        operation: &'static str,
        work: impl FnOnce(&Shared) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let shared = Arc::clone(&self.0);
        flat(operation, tokio::task::spawn_blocking(move || work(&shared)).await)
    }
}

fn flat<T>(operation: &'static str, joined: Result<Result<T>, tokio::task::JoinError>) -> Result<T> {
    joined.unwrap_or_else(|error| {
        Err(Error::new(Kind::Internal, error::ADAPTER, operation, "the work was stopped by a defect")
            .because(error))
    })
}

#[async_trait]
impl Objects for FsObjects {
    async fn get_many(&self, repo: &RepoId, ids: &[Oid]) -> Result<Vec<Option<Object>>> {
        // Inline: what is asked for is nearly always in the page cache, and a hop costs more than the read.
        match self.0.repo(repo, "get_many")? {
            Some(open) => open.get_many(ids, &self.0, "get_many"),
            None => Ok(vec![None; ids.len()]),
        }
    }

    async fn put_batch(&self, repo: &RepoId, objects: Vec<NewObject>) -> Result<PackReceipt> {
        let repo = *repo;
        self.blocking("put_batch", move |shared| put::put_batch(shared, &repo, &objects)).await
    }

    async fn import(
        &self,
        repo: &RepoId,
        pack: PathBuf,
        limits: ImportLimits,
        progress: &dyn Progress,
    ) -> Result<PackReceipt> {
        let (repo, shared) = (*repo, Arc::clone(&self.0));
        let work = move |progress: &dyn Progress| put::import(&shared, &repo, &pack, &limits, progress);
        flat("import", progress::relayed(progress, work).await)
    }

    async fn export(&self, repo: &RepoId, ids: &BTreeSet<Oid>, target: PathBuf) -> Result<PackReceipt> {
        let (repo, ids) = (*repo, ids.clone());
        self.blocking("export", move |shared| export::export(shared, &repo, &ids, &target)).await
    }

    async fn packs(&self, repo: &RepoId) -> Result<Vec<PackReceipt>> {
        let repo = *repo;
        self.blocking("packs", move |shared| {
            let Some(open) = shared.repo(&repo, "packs")? else { return Ok(Vec::new()) };
            let snapshot = open.refresh(shared).map_err(|error| error::pack("packs", error))?;
            Ok(snapshot.packs.iter().rev().map(|stored| stored.pack.receipt()).collect())
        })
        .await
    }

    async fn compact(&self, repo: &RepoId) -> Result<Compaction> {
        // Opened here: whoever gives way should not hold what all repositories share.
        let Some(repo) = self.0.repo(repo, "compact")? else { return Ok(Compaction::default()) };
        let (shared, turn) = (Arc::clone(&self.0), Arc::clone(&self.0.compactions).acquire_owned().await);
        let work = move || {
            let _turn = turn;
            compact::compact(&shared, &repo)
        };
        beside::beside("compact", work).await
    }

    async fn mirror(&self, repo: &RepoId, expected: Option<Oid>, head: Option<Oid>) -> Result<Mirror> {
        let repo = *repo;
        self.blocking("mirror", move |shared| refs::mirror(shared, &repo, expected, head)).await
    }

    async fn shown(&self, repo: &RepoId) -> Result<Option<Oid>> {
        let repo = *repo;
        self.blocking("shown", move |shared| refs::shown(shared, &repo)).await
    }

    fn local_path(&self, repo: &RepoId) -> Option<PathBuf> {
        Some(Layout::new(&self.0.root, repo).repo).filter(|path| path.is_dir())
    }

    async fn check(&self, repo: &RepoId, progress: &dyn Progress) -> Result<Vec<Damage>> {
        let (repo, shared) = (*repo, Arc::clone(&self.0));
        let work = move |progress: &dyn Progress| check::check(&shared, &repo, progress);
        flat("check", progress::relayed(progress, work).await)
    }

    async fn remove(&self, repo: &RepoId) -> Result<()> {
        let repo = *repo;
        self.blocking("remove", move |shared| {
            shared.forget(&repo);
            Layout::new(&shared.root, &repo)
                .remove(&*shared.disk)
                .map_err(|error| error::disk("remove", error))
        })
        .await
    }
}
