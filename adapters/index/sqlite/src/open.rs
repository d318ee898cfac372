//! Which indexes are open: a bounded number, the least recently used are closed.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use parking_lot::Mutex;
use portolan_core::wiki::RepoId;

use crate::Options;
use crate::connect;
use crate::fault::Result;
use crate::quiet;
use crate::recent::Recent;
use crate::wiki::Wiki;

/// The indexes below one folder.
#[derive(Debug)]
pub(crate) struct Indexes {
    root: PathBuf,
    options: Options,
    pub(crate) recent: Recent,
    open: Mutex<Open>,
}

#[derive(Debug, Default)]
struct Open {
    wikis: HashMap<RepoId, (Arc<Wiki>, u64)>,
    /// Those whose long history comes in parts now. What a file has of one that is not here was left by a process that ended.
    half_built: HashSet<RepoId>,
    /// Counts uses.
    now: u64,
}

impl Indexes {
    pub(crate) fn new(root: PathBuf, options: Options) -> Self {
        Self { root, options, recent: Recent::new(options.recent_bytes), open: Mutex::default() }
    }

    /// The file of `repo`'s index.
    pub(crate) fn file(&self, repo: &RepoId) -> PathBuf {
        self.root.join(repo.tenant().to_string()).join(format!("{}.db", repo.wiki()))
    }

    /// The open index of `repo`. Where there is none it is made or, unless `make`, nothing is answered.
    pub(crate) fn get(&self, repo: &RepoId, make: bool) -> Result<Option<Arc<Wiki>>> {
        // Looked for on the disk without the lock, which all questions share.
        let gone = match self.used(repo) {
            Some(wiki) if wiki.is_in_place()? => return Ok(Some(wiki)),
            gone => gone,
        };
        let mut open = self.open.lock();
        open.now += 1;
        let now = open.now;
        if let Some((wiki, used)) = open.wikis.get_mut(repo) {
            if gone.is_none_or(|gone| !Arc::ptr_eq(&gone, wiki)) {
                *used = now;
                return Ok(Some(Arc::clone(wiki)));
            }
            wiki.closed.store(true, Ordering::Release);
            open.wikis.remove(repo);
            open.half_built.remove(repo);
        }
        let half_built = open.half_built.contains(repo);
        let Some(wiki) = Wiki::open(&self.file(repo), make, half_built, self.options.idle_readers)? else {
            return Ok(None);
        };
        let wiki = Arc::new(wiki);
        open.make_room(self.options.open);
        open.wikis.insert(*repo, (Arc::clone(&wiki), now));
        drop(open);
        // Whoever had it open before may have ended too early.
        quiet::merge_if_due(&wiki);
        Ok(Some(wiki))
    }

    /// The index of `repo` if it is open, noted as used now.
    fn used(&self, repo: &RepoId) -> Option<Arc<Wiki>> {
        let mut open = self.open.lock();
        open.now += 1;
        let now = open.now;
        let (wiki, used) = open.wikis.get_mut(repo)?;
        *used = now;
        Some(Arc::clone(wiki))
    }

    /// How many are open.
    #[cfg(test)]
    pub(crate) fn count(&self) -> usize {
        self.open.lock().wikis.len()
    }

    /// The index of `repo` if it is open.
    pub(crate) fn opened(&self, repo: &RepoId) -> Option<Arc<Wiki>> {
        self.open.lock().wikis.get(repo).map(|(wiki, _)| Arc::clone(wiki))
    }

    /// Closes the index of `repo` and removes its file, if `wiki` is what is open of it; says whether it is. Whoever calls holds the writer of `wiki`.
    pub(crate) fn remove(&self, repo: &RepoId, wiki: Option<&Arc<Wiki>>) -> Result<bool> {
        let mut open = self.open.lock();
        let current = open.wikis.get(repo).map(|(wiki, _)| Arc::as_ptr(wiki));
        if current != wiki.map(Arc::as_ptr) {
            return Ok(false);
        }
        open.half_built.remove(repo);
        if let Some((wiki, _)) = open.wikis.remove(repo) {
            wiki.closed.store(true, Ordering::Release);
        }
        connect::remove(&self.file(repo))?;
        Ok(true)
    }

    /// Notes whether the history of `repo` comes in parts.
    pub(crate) fn building(&self, repo: &RepoId, building: bool) {
        let mut open = self.open.lock();
        if building {
            open.half_built.insert(*repo);
        } else {
            open.half_built.remove(repo);
        }
    }
}

impl Open {
    /// Closes indexes that nobody uses at the moment, the least recently used first, until there is room for one more.
    fn make_room(&mut self, most: usize) {
        while self.wikis.len() >= most.max(1) {
            let idle = self.wikis.iter().filter(|(_, (wiki, _))| Arc::strong_count(wiki) == 1);
            let Some(oldest) = idle.min_by_key(|(_, (_, used))| *used).map(|(repo, _)| *repo) else { return };
            let Some((wiki, _)) = self.wikis.remove(&oldest) else { return };
            // To whoever works on it when nobody writes.
            wiki.closed.store(true, Ordering::Release);
            // What is closed keeps no long log: it may not be opened again for long.
            crate::in_background(move || wiki.checkpoint());
        }
    }
}
