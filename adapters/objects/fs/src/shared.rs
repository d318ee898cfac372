//! What all repositories of one data folder share.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use parking_lot::Mutex;
use portolan_core::wiki::RepoId;
use portolan_objects_pack::{BaseCache, Room};
use portolan_ports::Result;
use tokio::sync::Semaphore;

use crate::chains::Chains;
use crate::disk::Disk;
use crate::error;
use crate::files::Files;
use crate::layout::Layout;
use crate::options::FsOptions;
use crate::repo::Repo;

/// Compactions at once, of all repositories.
const COMPACTIONS: usize = 2;

/// The data folder.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) root: PathBuf,
    pub(crate) options: FsOptions,
    pub(crate) disk: Arc<dyn Disk>,
    pub(crate) cache: BaseCache,
    pub(crate) files: Arc<Files>,
    pub(crate) room: Arc<Room>,
    pub(crate) chains: Chains,
    /// Places of compactions: each takes some MiB.
    pub(crate) compactions: Arc<Semaphore>,
    repos: Mutex<Open>,
}

#[derive(Debug, Default)]
struct Open {
    clock: u64,
    repos: HashMap<RepoId, (u64, Arc<Repo>)>,
}

impl Shared {
    pub(crate) fn new(root: PathBuf, options: FsOptions, disk: Arc<dyn Disk>) -> Self {
        let cache = BaseCache::new(options.base_cache_bytes);
        let files = Arc::new(Files::new(options.open_files));
        let room = Arc::new(Room::new(options.index_bytes));
        let compactions = Arc::new(Semaphore::new(COMPACTIONS));
        Self {
            root,
            options,
            disk,
            cache,
            files,
            room,
            chains: Chains::default(),
            compactions,
            repos: Mutex::default(),
        }
    }

    /// The repository `id`; `None` where there is none.
    pub(crate) fn repo(&self, id: &RepoId, operation: &'static str) -> Result<Option<Arc<Repo>>> {
        let mut open = self.repos.lock();
        open.clock += 1;
        let now = open.clock;
        if let Some((used, repo)) = open.repos.get_mut(id) {
            *used = now;
            return Ok(Some(Arc::clone(repo)));
        }
        let layout = Layout::new(&self.root, id);
        if !layout.repo.is_dir() {
            return Ok(None);
        }
        // Opened under the lock: two opened at once would be two locks on one repository.
        let repo = Arc::new(Repo::open(layout, self).map_err(|error| error::pack(operation, error))?);
        open.repos.insert(*id, (now, Arc::clone(&repo)));
        if open.repos.len() > self.options.open_repos {
            // One that is in use stays: its locks must stay the only ones.
            let unused = open.repos.iter().filter(|(_, (_, repo))| Arc::strong_count(repo) == 1);
            if let Some(oldest) = unused.min_by_key(|(_, (used, _))| *used).map(|(id, _)| *id) {
                open.repos.remove(&oldest);
            }
        }
        Ok(Some(repo))
    }

    /// The repository `id`, made where it is missing.
    pub(crate) fn repo_or_new(&self, id: &RepoId, operation: &'static str) -> Result<Arc<Repo>> {
        let layout = Layout::new(&self.root, id);
        layout.create(&*self.disk).map_err(|error| error::disk(operation, error))?;
        let missing = || error::disk(operation, std::io::ErrorKind::NotFound.into());
        let repo = self.repo(id, operation)?.ok_or_else(missing)?;
        repo.sync_names(self).map_err(|error| error::disk(operation, error))?;
        Ok(repo)
    }

    /// Forgets the repository `id`.
    pub(crate) fn forget(&self, id: &RepoId) {
        self.repos.lock().repos.remove(id);
        drop(self.chains.take(id));
    }
}
