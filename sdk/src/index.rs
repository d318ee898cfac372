//! Keeping the derived index at the head: a reader that finds it behind applies what is missing; a missing or damaged one is built anew.

mod build;
mod commits;
mod files;
mod names;
mod renames;
mod texts;

use std::collections::HashMap;
use std::fmt::Display;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use portolan_core::access::Scope;
use portolan_core::git::{Commit, Kind, Oid};
use portolan_core::wiki::RepoId;
use portolan_ports::index::Answer;
use portolan_ports::ledger::Key;
use portolan_ports::objects::Progress;
use portolan_ports::{Index, Kind as Failure};

use tokio::sync::OwnedMutexGuard;

use crate::pages::Wiki;
use crate::tenancy::unexpected;
use crate::{Error, Portolan, Result};

pub(crate) use build::Source;
pub(crate) use files::mode_number;
pub(crate) use names::Answers;
pub(crate) use texts::Behind;

/// One lock a wiki: whoever moves the head holds it until the index has followed, and whoever mends an index holds it, so
/// that neither works on what the other is changing.
#[derive(Debug, Default)]
pub(crate) struct Locks {
    wikis: Mutex<HashMap<RepoId, Arc<tokio::sync::Mutex<()>>>>,
    /// How often a damaged index was emptied, of any wiki.
    resets: AtomicU64,
}

impl Locks {
    /// Waits for a wiki's lock.
    pub(crate) async fn hold(&self, repo: &RepoId) -> OwnedMutexGuard<()> {
        let lock = Arc::clone(self.wikis.lock().entry(*repo).or_default());
        lock.lock_owned().await
    }

    /// A wiki's lock, where nobody has it.
    pub(crate) fn try_hold(&self, repo: &RepoId) -> Option<OwnedMutexGuard<()>> {
        let lock = Arc::clone(self.wikis.lock().entry(*repo).or_default());
        lock.try_lock_owned().ok()
    }

    /// Gives a lock back, and forgets it where nobody else wants it.
    pub(crate) fn release(&self, repo: &RepoId, guard: OwnedMutexGuard<()>) {
        drop(guard);
        let mut wikis = self.wikis.lock();
        // New ones are taken from the map alone, under its lock.
        if wikis.get(repo).is_some_and(|lock| Arc::strong_count(lock) == 1) {
            wikis.remove(repo);
        }
    }
}

/// How long a reader waits for an index that is being brought to the head; then it is told to come back.
const BUDGET: Duration = Duration::from_secs(10);
/// How often a question is asked of an index that others keep changing.
const ASKS: usize = 4;

impl Portolan {
    /// Asks the index, at `head` or a later head of the wiki.
    pub(crate) async fn at_head<T, F>(
        &self,
        wiki: &Wiki,
        head: Option<Oid>,
        ask: impl Fn(Arc<dyn Index>) -> F,
    ) -> Result<Answer<T>>
    where
        F: Future<Output = portolan_ports::Result<Answer<T>>>,
    {
        let index = &self.inner.index;
        let mut is_mended = false;
        for _ in 0..ASKS {
            let resets = self.inner.indexing.resets.load(Ordering::Acquire);
            let damaged = match ask(Arc::clone(index)).await {
                Ok(answer) if answer.head == head => return Ok(answer),
                // Somebody has written since the admission.
                Ok(answer) if is_mended && answer.head.is_some() => return Ok(answer),
                Ok(_) => None,
                Err(error) if error.kind == Failure::Corrupt => Some(resets),
                Err(error) => return Err(error.into()),
            };
            let (portolan, wiki) = (self.clone(), wiki.clone());
            let work = tokio::spawn(async move { portolan.mend(&wiki, damaged).await });
            match tokio::time::timeout(BUDGET, work).await {
                Ok(done) => done.map_err(|_| Error::Internal("indexing failed".into()))??,
                // The work goes on; whoever comes back finds it further.
                Err(_) => break,
            }
            is_mended = true;
        }
        Err(Error::Unavailable("the wiki is being indexed; try again".into()))
    }

    /// Brings the index of a wiki to its head. Does nothing where it is there.
    pub(crate) async fn catch_up(&self, wiki: &Wiki) -> Result<()> {
        self.mend(wiki, None).await
    }

    /// Builds the index of a wiki anew, whatever it is.
    pub(crate) async fn rebuild(&self, wiki: &Wiki, progress: Arc<dyn Progress>) -> Result<()> {
        let locks = &self.inner.indexing;
        let guard = locks.hold(&wiki.repo).await;
        let result = self.rebuild_alone(wiki, progress).await;
        locks.release(&wiki.repo, guard);
        result
    }

    async fn rebuild_alone(&self, wiki: &Wiki, progress: Arc<dyn Progress>) -> Result<()> {
        let scope = Scope::system("index", wiki.repo.tenant());
        self.inner.index.reset(&wiki.repo).await?;
        self.inner.indexing.resets.fetch_add(1, Ordering::AcqRel);
        let found = self.inner.ledger.get_many(&scope, &[Key::Head(wiki.id)]).await?.pop().flatten();
        let head = found.ok_or_else(|| Error::not_found("wiki"))?.record.head().ok_or_else(unexpected)?;
        let Some(to) = head.commit else { return Ok(()) };
        let source = Source { wiki: wiki.clone(), ours: Some(scope), progress: Some(progress) };
        self.build_index(&source, None, to).await
    }

    /// As [`Self::catch_up`]; an index that was found damaged when so many had been emptied is built anew, unless that was done since.
    async fn mend(&self, wiki: &Wiki, damaged: Option<u64>) -> Result<()> {
        let locks = &self.inner.indexing;
        let guard = locks.hold(&wiki.repo).await;
        let damaged = damaged.is_some_and(|resets| resets == locks.resets.load(Ordering::Acquire));
        let result = self.catch_up_alone(wiki, damaged).await;
        locks.release(&wiki.repo, guard);
        result
    }

    async fn catch_up_alone(&self, wiki: &Wiki, damaged: bool) -> Result<()> {
        let scope = Scope::system("index", wiki.repo.tenant());
        if damaged {
            // A damage that a question meets need not show in the head.
            tracing::warn!(wiki = %wiki.slug, "the index is damaged; it is built anew");
            self.inner.index.reset(&wiki.repo).await?;
            self.inner.indexing.resets.fetch_add(1, Ordering::AcqRel);
        }
        for _ in 0..8 {
            let at = match self.inner.index.head(&wiki.repo).await {
                Ok(at) => at,
                Err(error) if error.kind == Failure::Corrupt => {
                    tracing::warn!(%error, wiki = %wiki.slug, "the index is damaged; it is built anew");
                    self.inner.index.reset(&wiki.repo).await?;
                    None
                }
                Err(error) => return Err(error.into()),
            };
            // The head after the index: an index that is ahead of a head read earlier would look wrong.
            let found = self.inner.ledger.get_many(&scope, &[Key::Head(wiki.id)]).await?.pop().flatten();
            let head = found.ok_or_else(|| Error::not_found("wiki"))?.record.head().ok_or_else(unexpected)?;
            if at == head.commit {
                return Ok(());
            }
            let Some(to) = head.commit else {
                self.inner.index.reset(&wiki.repo).await?;
                continue;
            };
            let source = Source { wiki: wiki.clone(), ours: Some(scope.clone()), progress: None };
            match self.build_index(&source, at, to).await {
                Err(Error::Port(error)) if error.kind == Failure::Corrupt && at.is_some() => {
                    tracing::warn!(%error, wiki = %wiki.slug, "the index cannot be advanced; it is built anew");
                    self.inner.index.reset(&wiki.repo).await?;
                }
                result => {
                    result?;
                    self.inner.texts.note(wiki);
                }
            }
        }
        Err(Error::Unavailable("the wiki changes faster than it can be indexed; try again".into()))
    }

    /// The root tree of `commit`; none where there is no such commit.
    pub(crate) async fn root_of(&self, repo: &RepoId, commit: Oid) -> Result<Option<Oid>> {
        let Some(data) = self.find_object(repo, commit, Kind::Commit).await? else { return Ok(None) };
        Ok(Some(Commit::parse(&data).map_err(|bad| bad_object(commit, &bad))?.tree))
    }

    /// How often indexes were emptied since the start: while it stays the same, positions mean what they did.
    pub(crate) fn resets(&self) -> u64 {
        self.inner.indexing.resets.load(Ordering::Acquire)
    }

    /// Shows a new head to plain git. A failure is logged: the reference is set again soon, with the next write, and at the next start.
    pub(crate) async fn mirror(&self, repo: &RepoId, before: Option<Oid>, after: Option<Oid>) {
        use portolan_ports::objects::Mirror;
        match self.inner.objects.mirror(repo, before, after).await {
            Ok(Mirror::Set) => drop(self.inner.behind.lock().remove(repo)),
            Ok(Mirror::Found { kept_as, commit }) => {
                self.inner.behind.lock().remove(repo);
                tracing::warn!(%commit, kept_as, "somebody else had moved refs/heads/main; that commit was kept");
            }
            Err(error) => {
                if self.inner.behind.lock().insert(*repo) {
                    tracing::error!(%error, "refs/heads/main could not be set; it will be tried again");
                }
            }
        }
    }

    /// Sets the references that could not be set before.
    pub(crate) async fn mirror_again(&self) {
        let behind: Vec<RepoId> = self.inner.behind.lock().iter().copied().collect();
        for repo in behind {
            let scope = Scope::system("mirror", repo.tenant());
            // Under the lock that whoever moves the head holds, so that this reference is not older than the one just set. Where it
            // is held, perhaps for long, the next time will do: other background work waits.
            let Some(guard) = self.inner.indexing.try_hold(&repo) else { continue };
            let found = self.inner.ledger.get_many(&scope, &[Key::Head(repo.wiki())]).await;
            match found {
                Ok(mut found) => {
                    let head = found.pop().flatten().and_then(|stored| stored.record.head());
                    match head.filter(|head| !head.deleted) {
                        Some(head) => self.mirror(&repo, None, head.commit).await,
                        None => drop(self.inner.behind.lock().remove(&repo)),
                    }
                }
                Err(error) => tracing::debug!(%error, "a head could not be read; it will be tried again"),
            }
            self.inner.indexing.release(&repo, guard);
        }
    }
}

/// A git object that cannot be used, by name.
pub(crate) fn bad_object(id: Oid, what: &dyn Display) -> Error {
    portolan_ports::Error::new(Failure::Corrupt, "sdk", "read", format!("object {id} is damaged: {what}"))
        .into()
}
