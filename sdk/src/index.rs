//! Keeping the derived index at the head: a reader that finds it behind applies what is missing; a missing or damaged one is built anew.

mod build;
mod commits;
mod files;

use std::collections::HashMap;
use std::fmt::Display;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use portolan_core::access::Scope;
use portolan_core::git::{Commit, Kind, Oid};
use portolan_core::wiki::RepoId;
use portolan_ports::index::Answer;
use portolan_ports::ledger::Key;
use portolan_ports::{Index, Kind as Failure};

use crate::pages::Wiki;
use crate::tenancy::unexpected;
use crate::{Error, Portolan, Result};

pub(crate) use build::Source;

/// One lock a wiki, so that only one task builds an index.
#[derive(Debug, Default)]
pub(crate) struct Locks(Mutex<HashMap<RepoId, Arc<tokio::sync::Mutex<()>>>>);

impl Locks {
    fn of(&self, repo: &RepoId) -> Arc<tokio::sync::Mutex<()>> {
        Arc::clone(self.0.lock().entry(*repo).or_default())
    }

    fn forget(&self, repo: &RepoId) {
        let mut locks = self.0.lock();
        if locks.get(repo).is_some_and(|lock| Arc::strong_count(lock) <= 2) {
            locks.remove(repo);
        }
    }
}

/// How long a reader waits for an index that is being brought to the head; then it is told to come back.
const BUDGET: Duration = Duration::from_secs(10);

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
        let first = ask(Arc::clone(index)).await;
        let damaged = match first {
            Ok(answer) if answer.head == head => return Ok(answer),
            Ok(_) => false,
            Err(error) if error.kind == Failure::Corrupt => true,
            Err(error) => return Err(error.into()),
        };
        // Behind, ahead because somebody has written since the admission, or damaged.
        let (portolan, wiki) = (self.clone(), wiki.clone());
        let work = tokio::spawn(async move { portolan.mend(&wiki, damaged).await });
        match tokio::time::timeout(BUDGET, work).await {
            Ok(done) => done.map_err(|_| Error::Internal("indexing failed".into()))??,
            // The work goes on; whoever comes back finds it further.
            Err(_) => return Err(Error::Unavailable("the wiki is being indexed; try again".into())),
        }
        Ok(ask(Arc::clone(index)).await?)
    }

    /// Brings the index of a wiki to its head. Does nothing where it is there.
    pub(crate) async fn catch_up(&self, wiki: &Wiki) -> Result<()> {
        self.mend(wiki, false).await
    }

    /// As [`Self::catch_up`]; an index that is `damaged` is built anew.
    async fn mend(&self, wiki: &Wiki, damaged: bool) -> Result<()> {
        let lock = self.inner.indexing.of(&wiki.repo);
        let guard = lock.lock().await;
        let result = self.catch_up_alone(wiki, damaged).await;
        drop(guard);
        self.inner.indexing.forget(&wiki.repo);
        result
    }

    async fn catch_up_alone(&self, wiki: &Wiki, damaged: bool) -> Result<()> {
        let scope = Scope::system("index", wiki.repo.tenant());
        if damaged {
            // A damage that a question meets need not show in the head.
            tracing::warn!(wiki = %wiki.slug, "the index is damaged; it is built anew");
            self.inner.index.reset(&wiki.repo).await?;
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
                result => result?,
            }
        }
        Err(Error::Unavailable("the wiki changes faster than it can be indexed; try again".into()))
    }

    /// The root tree of `commit`; none where there is no such commit.
    pub(crate) async fn root_of(&self, repo: &RepoId, commit: Oid) -> Result<Option<Oid>> {
        let Some(data) = self.find_object(repo, commit, Kind::Commit).await? else { return Ok(None) };
        Ok(Some(Commit::parse(&data).map_err(|bad| bad_object(commit, &bad))?.tree))
    }

    /// Shows a new head to plain git. A failure is logged: the reference is set again with the next write and at the next start.
    pub(crate) async fn mirror(&self, repo: &RepoId, before: Option<Oid>, after: Option<Oid>) {
        use portolan_ports::objects::Mirror;
        match self.inner.objects.mirror(repo, before, after).await {
            Ok(Mirror::Set) => {}
            Ok(Mirror::Found { kept_as, commit }) => {
                tracing::warn!(%commit, kept_as, "somebody else had moved refs/heads/main; that commit was kept");
            }
            Err(error) => tracing::error!(%error, "refs/heads/main could not be set"),
        }
    }
}

/// A git object that cannot be used, by name.
pub(crate) fn bad_object(id: Oid, what: &dyn Display) -> Error {
    portolan_ports::Error::new(Failure::Corrupt, "sdk", "read", format!("object {id} is damaged: {what}"))
        .into()
}
