//! Long work on texts and trees: on a thread of its own, a few at once, within a time.

use std::cell::Cell;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use portolan_core::git::{Entry, Kind, Object, Oid, tree};
use portolan_ports::Index;
use portolan_ports::index::{Answer, ChangeAt, CommitAt, HistoryEntry, Position};
use tokio::runtime::Handle;
use tokio::sync::Semaphore;

use crate::index::bad_object;
use crate::pages::Wiki;
use crate::{Error, Options, Portolan, Result};

/// How long one work may take, waiting for its turn included.
const TIME: Duration = Duration::from_secs(20);

/// The places where such work is done.
#[derive(Debug)]
pub(crate) struct Desks(Arc<Semaphore>);

impl Desks {
    pub(crate) fn new(options: &Options) -> Self {
        Self(Arc::new(Semaphore::new(options.comparisons.clamp(1, Semaphore::MAX_PERMITS))))
    }
}

/// What the work stands on. Waiting for a port is no harm here.
pub(crate) struct Desk {
    portolan: Portolan,
    pub(crate) wiki: Wiki,
    /// The newest head that the index was seen at.
    head: Cell<Option<Oid>>,
    handle: Handle,
    stopped: Arc<AtomicBool>,
}

/// Ends the work when whoever waits for it goes away.
struct Stop(Arc<AtomicBool>);

impl Drop for Stop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

impl Portolan {
    /// Does `work` on a wiki as it is at `head` or later.
    pub(crate) async fn at_desk<T: Send + 'static>(
        &self,
        wiki: Wiki,
        head: Option<Oid>,
        work: impl FnOnce(&Desk) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let stop = Stop(Arc::default());
        let (portolan, stopped) = (self.clone(), Arc::clone(&stop.0));
        let done = async move {
            let turn = Arc::clone(&portolan.inner.desks.0).acquire_owned().await;
            let turn = turn.map_err(|_| Error::Internal("a semaphore was closed".into()))?;
            let handle = Handle::current();
            let work = tokio::task::spawn_blocking(move || {
                // Held until the work has ended, also where nobody waits for it any more.
                let _turn = turn;
                work(&Desk { portolan, wiki, head: Cell::new(head), handle, stopped })
            });
            work.await.map_err(|_| Error::Internal("comparing texts failed".into()))?
        };
        tokio::time::timeout(TIME, done).await.unwrap_or_else(|_| Err(too_long()))
    }
}

fn too_long() -> Error {
    Error::Unavailable(
        "comparing these texts takes too long, or too many are compared; try again later".into(),
    )
}

impl Desk {
    /// Fails where nobody waits for the work any more. To be asked before every step that costs something.
    pub(crate) fn go_on(&self) -> Result<()> {
        if self.stopped.load(Ordering::Acquire) { Err(too_long()) } else { Ok(()) }
    }

    /// The newest head that the index was seen at.
    pub(crate) fn head(&self) -> Option<Oid> {
        self.head.get()
    }

    pub(crate) fn portolan(&self) -> &Portolan {
        &self.portolan
    }

    /// Waits for what is not ready yet.
    pub(crate) fn wait<T>(&self, ready: impl Future<Output = Result<T>>) -> Result<T> {
        self.go_on()?;
        self.handle.block_on(ready)
    }

    /// Asks the index.
    pub(crate) fn ask<T, F>(&self, ask: impl Fn(Arc<dyn Index>) -> F) -> Result<T>
    where
        F: Future<Output = portolan_ports::Result<Answer<T>>>,
    {
        let answer = self.wait(self.portolan.at_head(&self.wiki, self.head.get(), ask))?;
        self.head.set(answer.head);
        Ok(answer.value)
    }

    /// A commit of the main line.
    pub(crate) fn commit(&self, id: Oid) -> Result<Option<CommitAt>> {
        let repo = &self.wiki.repo;
        self.ask(|index| async move { index.commit(repo, id).await })
    }

    /// The commits at these places, all of which answers of the index named.
    pub(crate) fn commits_at(&self, positions: &[Position]) -> Result<Vec<CommitAt>> {
        let repo = &self.wiki.repo;
        let found = self.ask(|index| async move { index.commits_at(repo, positions).await })?;
        if found.len() == positions.len() {
            Ok(found)
        } else {
            Err(Error::Internal("a commit of a history is not where it was".into()))
        }
    }

    /// What was made of the file `name`, newest first.
    pub(crate) fn file_changes(&self, name: &[u8], before: Position, limit: usize) -> Result<Vec<ChangeAt>> {
        let repo = &self.wiki.repo;
        self.ask(|index| async move { index.file_changes(repo, name, Some(before), limit).await })
    }

    /// Entries of the history of the file `name`, newest first.
    pub(crate) fn history(
        &self,
        name: &[u8],
        before: Option<Position>,
        limit: usize,
    ) -> Result<Vec<HistoryEntry>> {
        let repo = &self.wiki.repo;
        self.ask(|index| async move { index.history(repo, name, before, limit).await })
    }

    /// The newest entry of the history of the file `name` that made `blob` its content.
    pub(crate) fn version(&self, name: &[u8], blob: Oid) -> Result<Option<HistoryEntry>> {
        let repo = &self.wiki.repo;
        self.ask(|index| async move { index.version(repo, name, blob).await })
    }

    /// What the file that is at `name` in the commit `at` was called in the earlier one `then`; none where it came since.
    pub(crate) fn former_name(&self, name: &[u8], at: Position, then: Position) -> Result<Option<Vec<u8>>> {
        let repo = &self.wiki.repo;
        self.ask(|index| async move { index.former_name(repo, name, at, then).await })
    }

    /// The file `name` in the tree of `commit`; none where there is none.
    pub(crate) fn entry_at(&self, commit: Oid, name: &[u8]) -> Result<Option<Entry>> {
        self.wait(self.portolan.entry_at(&self.wiki.repo, commit, name))
    }

    /// The blob of the file `name` in the tree of `commit`; none where there is no file.
    pub(crate) fn blob_at(&self, commit: Oid, name: &[u8]) -> Result<Option<Oid>> {
        Ok(self.entry_at(commit, name)?.map(|entry| entry.id))
    }

    /// The root tree of a commit.
    pub(crate) fn root(&self, commit: Oid) -> Result<Oid> {
        let root = self.wait(self.portolan.root_of(&self.wiki.repo, commit))?;
        root.ok_or_else(|| bad_object(commit, &"this commit is missing"))
    }

    pub(crate) fn tree(&self, id: Oid) -> Result<Bytes> {
        if id == tree::EMPTY_TREE {
            return Ok(Bytes::new());
        }
        self.wait(self.portolan.object(&self.wiki.repo, id, Kind::Tree))
    }

    /// The blobs `ids`, which must all be there.
    pub(crate) fn blobs(&self, ids: &[Oid]) -> Result<Vec<Bytes>> {
        let get = async { Ok(self.portolan.inner.objects.get_many(&self.wiki.repo, ids).await?) };
        let found = self.wait(get)?;
        let blob = |(id, object): (&Oid, Option<Object>)| match object {
            Some(object) if object.kind == Kind::Blob => Ok(object.data),
            _ => Err(bad_object(*id, &"this blob is missing")),
        };
        ids.iter().zip(found).map(blob).collect()
    }
}
