//! The worker of one wiki's queue.

use std::collections::BTreeSet;
use std::time::Duration;

use portolan_core::access::{Scope, Version};
use portolan_core::git::{Commit, EMPTY_TREE, Kind, TreeEditor};
use portolan_core::id::WikiId;
use portolan_core::wiki::{Head, RepoId, WikiSlug};
use portolan_ports::ledger::Key;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::pages::job::{Job, Reply, Work};
use crate::tenancy::unexpected;
use crate::{Error, Portolan, Result};

/// A wiki whose queue this is.
#[derive(Debug, Clone)]
pub(crate) struct Wiki {
    pub(crate) repo: RepoId,
    pub(crate) id: WikiId,
    pub(crate) slug: WikiSlug,
}

/// How long an idle worker stays, with the trees it has in memory.
const IDLE: Duration = Duration::from_secs(30);
/// Bytes of trees that a worker keeps between batches.
const TREES: usize = 4 << 20;

pub(in crate::pages) struct Worker {
    pub(in crate::pages) portolan: Portolan,
    pub(in crate::pages) wiki: Wiki,
    pub(super) scope: Scope,
    receiver: mpsc::Receiver<Job>,
    /// The head as the last batch left it: right as long as nobody else writes, and the ledger tells if somebody did.
    pub(super) state: Option<State>,
    batches: u32,
    compacting: Option<JoinHandle<()>>,
}

/// The head of the wiki, and the trees that were needed last.
pub(in crate::pages) struct State {
    pub(in crate::pages) head: Head,
    pub(super) version: Version,
    pub(in crate::pages) editor: TreeEditor,
    /// Whether it was read for this very batch.
    pub(super) fresh: bool,
}

impl Worker {
    pub(super) fn new(portolan: Portolan, wiki: Wiki, receiver: mpsc::Receiver<Job>) -> Self {
        let scope = Scope::system("write", wiki.repo.tenant());
        Self { portolan, wiki, scope, receiver, state: None, batches: 0, compacting: None }
    }

    pub(super) async fn run(mut self) {
        let most = self.most();
        let mut last = 1;
        loop {
            let first = match tokio::time::timeout(IDLE, self.receiver.recv()).await {
                Ok(Some(job)) => job,
                Ok(None) => return,
                Err(_) => {
                    if self.portolan.retire(&self.wiki, &self.receiver) {
                        return;
                    }
                    continue;
                }
            };
            let mut jobs = vec![first];
            self.gather(&mut jobs, last.min(most), most).await;
            let taken = jobs.len();
            self.write(jobs).await;
            // Those just answered are about to come back, and those that came meanwhile are there: together they are the next batch,
            // so that two groups of writers do not go on taking turns.
            last = taken + self.receiver.len();
            self.compact();
        }
    }

    /// Takes what is waiting. After a batch of several, as many writers are about to come back: waiting for them a
    /// moment saves a whole round of syncs for each.
    async fn gather(&mut self, jobs: &mut Vec<Job>, expected: usize, most: usize) {
        let deadline = tokio::time::Instant::now() + self.portolan.inner.options.gather;
        loop {
            while jobs.len() < most
                && let Ok(job) = self.receiver.try_recv()
            {
                jobs.push(job);
            }
            if jobs.len() >= expected {
                return;
            }
            match tokio::time::timeout_at(deadline, self.receiver.recv()).await {
                Ok(Some(job)) => jobs.push(job),
                Ok(None) | Err(_) => return,
            }
        }
    }

    /// Most writes whose batch fits into the ledger: a receipt and an authority's three checks each, the head, and the segment.
    fn most(&self) -> usize {
        let fit = self.portolan.inner.ledger.caps().items.saturating_sub(2) / 4;
        self.portolan.inner.options.batch.min(fit).max(1)
    }

    /// Now and then lets the object store tidy up, beside the writes.
    fn compact(&mut self) {
        self.batches += 1;
        let is_busy = self.compacting.as_ref().is_some_and(|one| !one.is_finished());
        if is_busy || !self.batches.is_multiple_of(self.portolan.inner.options.compact_after) {
            return;
        }
        let (portolan, repo) = (self.portolan.clone(), self.wiki.repo);
        self.compacting = Some(tokio::spawn(async move {
            if let Err(error) = portolan.inner.objects.compact(&repo).await {
                tracing::warn!(%error, ?repo, "compaction failed; it will be tried again");
            }
        }));
    }

    /// Reads the head afresh.
    pub(super) async fn load(&self) -> Result<State> {
        let key = Key::Head(self.wiki.id);
        let stored = self.portolan.inner.ledger.get_many(&self.scope, &[key]).await?.pop().flatten();
        let stored = stored.ok_or_else(|| Error::not_found("wiki"))?;
        let version = stored.version;
        let head = stored.record.head().ok_or_else(unexpected)?;
        if head.deleted {
            return Err(Error::not_found("wiki"));
        }
        if head.importing.is_some() {
            return Err(Error::InProgress);
        }
        let root = match head.commit {
            None => EMPTY_TREE,
            Some(commit) => {
                let data = self.portolan.object(&self.wiki.repo, commit, Kind::Commit).await?;
                Commit::parse(&data).map_err(|bad| crate::index::bad_object(commit, &bad))?.tree
            }
        };
        Ok(State { head, version, editor: TreeEditor::new(root), fresh: true })
    }

    /// Loads the trees on the way to the paths of `jobs`.
    pub(super) async fn load_trees(&self, state: &mut State, jobs: impl Iterator<Item = &Job>) -> Result<()> {
        let asked: Vec<_> = jobs
            .filter_map(|job| match &job.work {
                Work::One(one) => Some(&one.path),
                _ => None,
            })
            .collect();
        let mut paths: BTreeSet<String> = asked.iter().flat_map(|path| path.git_names()).collect();
        loop {
            let names: Vec<&[u8]> = paths.iter().map(String::as_bytes).collect();
            self.load_paths(state, &names).await?;
            let (editor, before) = (&state.editor, paths.len());
            // Where folders are spelled otherwise, a path may come to be one that nobody named.
            let there = |name: &str| matches!(editor.entry(name.as_bytes()), Ok(Some(_)));
            let resolved: Vec<String> = asked.iter().map(|path| path.resolve(there).git_path()).collect();
            paths.extend(resolved);
            if paths.len() == before {
                return Ok(());
            }
        }
    }

    /// Loads the trees on the way to `paths`.
    pub(in crate::pages) async fn load_paths(&self, state: &mut State, paths: &[&[u8]]) -> Result<()> {
        loop {
            let missing = state.editor.missing(paths.iter().copied());
            if missing.is_empty() {
                return Ok(());
            }
            let found = self.portolan.inner.objects.get_many(&self.wiki.repo, &missing).await?;
            for (id, object) in missing.into_iter().zip(found) {
                let object = object.filter(|object| object.kind == Kind::Tree).ok_or_else(|| {
                    crate::index::bad_object(id, &"a tree of the head is missing; run `portolan doctor`")
                })?;
                state.editor.load(id, object.data);
            }
        }
    }

    /// Keeps the trees as they are now for the next batch, unless they are too many.
    pub(super) fn keep(mut state: State) -> State {
        state.editor.settle();
        if state.editor.bytes() > TREES {
            state.editor = TreeEditor::new(state.editor.root());
        }
        State { fresh: false, ..state }
    }

    /// Answers every job that it failed.
    pub(super) fn fail(jobs: Vec<Job>, error: &dyn Fn() -> Error) {
        for job in jobs {
            // A caller that went away is not told.
            let _ = job.reply.send(Reply::Failed(error()));
        }
    }
}
