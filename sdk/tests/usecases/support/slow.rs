//! Imports that wait.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use async_trait::async_trait;
use portolan::core::git::{Object, Oid};
use portolan::core::wiki::RepoId;
use portolan::ports::objects::{Compaction, Damage, ImportLimits, Mirror, NewObject, PackReceipt, Progress};
use portolan::ports::{Objects, Result};
use tokio::sync::Semaphore;

/// An object store whose imports wait until they are let go, or fail in a way that no store should.
#[derive(Debug)]
pub(crate) struct Slow {
    inner: Arc<dyn Objects>,
    /// A permit lets one import go on.
    pub(crate) go: Semaphore,
    /// Whether they fail then.
    pub(crate) panics: AtomicBool,
    /// How many are at work.
    pub(crate) at_work: AtomicUsize,
    /// How many were at work at once, at most.
    pub(crate) most: AtomicUsize,
}

impl Slow {
    pub(crate) fn new(inner: Arc<dyn Objects>) -> Arc<Self> {
        let (at_work, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        Arc::new(Self { inner, go: Semaphore::new(0), panics: AtomicBool::new(false), at_work, most })
    }
}

/// Counted as at work until it is dropped.
struct AtWork<'a>(&'a Slow);

impl<'a> AtWork<'a> {
    fn begin(slow: &'a Slow) -> Self {
        let now = slow.at_work.fetch_add(1, Ordering::SeqCst) + 1;
        slow.most.fetch_max(now, Ordering::SeqCst);
        Self(slow)
    }
}

impl Drop for AtWork<'_> {
    fn drop(&mut self) {
        self.0.at_work.fetch_sub(1, Ordering::SeqCst);
    }
}

#[async_trait]
impl Objects for Slow {
    async fn get_many(&self, repo: &RepoId, ids: &[Oid]) -> Result<Vec<Option<Object>>> {
        self.inner.get_many(repo, ids).await
    }

    async fn put_batch(&self, repo: &RepoId, objects: Vec<NewObject>) -> Result<PackReceipt> {
        self.inner.put_batch(repo, objects).await
    }

    async fn import(
        &self,
        repo: &RepoId,
        pack: PathBuf,
        limits: ImportLimits,
        progress: &dyn Progress,
    ) -> Result<PackReceipt> {
        let _at_work = AtWork::begin(self);
        self.go.acquire().await.unwrap().forget();
        assert!(!self.panics.load(Ordering::SeqCst), "a defect");
        self.inner.import(repo, pack, limits, progress).await
    }

    async fn export(&self, repo: &RepoId, ids: &BTreeSet<Oid>, target: PathBuf) -> Result<PackReceipt> {
        self.inner.export(repo, ids, target).await
    }

    async fn packs(&self, repo: &RepoId) -> Result<Vec<PackReceipt>> {
        self.inner.packs(repo).await
    }

    async fn compact(&self, repo: &RepoId) -> Result<Compaction> {
        self.inner.compact(repo).await
    }

    async fn mirror(&self, repo: &RepoId, expected: Option<Oid>, head: Option<Oid>) -> Result<Mirror> {
        self.inner.mirror(repo, expected, head).await
    }

    async fn shown(&self, repo: &RepoId) -> Result<Option<Oid>> {
        self.inner.shown(repo).await
    }

    fn local_path(&self, repo: &RepoId) -> Option<PathBuf> {
        self.inner.local_path(repo)
    }

    async fn check(&self, repo: &RepoId, progress: &dyn Progress) -> Result<Vec<Damage>> {
        self.inner.check(repo, progress).await
    }

    async fn remove(&self, repo: &RepoId) -> Result<()> {
        self.inner.remove(repo).await
    }
}
