//! Computing what an index lacks from git objects.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use bytes::Bytes;
use portolan_core::access::{Actor, ActorKind, Scope};
use portolan_core::audit::Lane;
use portolan_core::git::diff::{Change, DiffError, TreeDiff, merge_changes};
use portolan_core::git::{Commit, Kind, Mode, Oid, trailers, tree};
use portolan_core::id::WikiId;
use portolan_ports::index::{Advance, Advanced, Author, AuthorKind, CommitEntry, PathChange};
use portolan_ports::ledger::Walk;
use portolan_ports::objects::Progress;
use quick_cache::Weighter;
use quick_cache::unsync::Cache;
use tokio::runtime::Handle;

use super::bad_object;
use super::files::mode_number;
use crate::pages::Wiki;
use crate::{Error, Portolan, Result};

/// What is being indexed.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    pub(crate) wiki: Wiki,
    /// With whose eyes to read which commits are Portolan's own. None: all are somebody else's, and are checked as strangers' objects
    /// must be: an import.
    pub(crate) ours: Option<Scope>,
    /// Who watches.
    pub(crate) progress: Option<Arc<dyn Progress>>,
}

/// Commits in one advance of a long history.
const CHUNK: usize = 512;
/// Bytes of trees kept while diffing.
const TREES: u64 = 24 << 20;

/// Works on a thread of its own, where waiting for the object store is no harm.
pub(super) struct Builder {
    portolan: Portolan,
    source: Source,
    handle: Handle,
    trees: Cache<Oid, Bytes, ByBytes>,
    /// The trees of the commits of this part so far: the next ones' parents.
    roots: HashMap<Oid, Oid>,
    /// In an import: blobs that must be there and were not looked for yet.
    unchecked: Vec<Oid>,
    /// How many changed paths one commit has shown so far, and all of this part's commits together.
    changes: u64,
    kept: u64,
    /// Where they are wanted: the trees that were looked at.
    seen: Option<BTreeSet<Oid>>,
}

#[derive(Debug, Clone)]
struct ByBytes;

impl Weighter<Oid, Bytes> for ByBytes {
    fn weight(&self, _: &Oid, data: &Bytes) -> u64 {
        data.len() as u64 + 64
    }
}

impl Portolan {
    /// Brings the index from `at` to `to`.
    pub(super) async fn build_index(&self, source: &Source, at: Option<Oid>, to: Oid) -> Result<()> {
        let last = self.prepare_index(source, at, to).await?;
        match self.inner.index.advance(&source.wiki.repo, last).await? {
            Advanced::Applied => Ok(()),
            // The writer was faster; whoever called looks again.
            Advanced::At(at) => {
                tracing::debug!(?at, "the index moved while it was being built");
                Ok(())
            }
        }
    }

    /// Does all of [`Self::build_index`] but its last advance, which it answers: the index counts as being at `at` until that is
    /// applied.
    pub(crate) async fn prepare_index(&self, source: &Source, at: Option<Oid>, to: Oid) -> Result<Advance> {
        let repo = source.wiki.repo;
        let (mut at, mut missing) = (at, None);
        if let Some(known) = at {
            missing = self.missing_commits(&repo, Some(known), to).await?;
            if missing.is_none() {
                if self.inner.index.head(&repo).await? != at {
                    // A writer was faster. This does not fit any more, and whoever called looks again.
                    return Ok(Advance { from: at, to: Some(to), commits: Vec::new(), files: Vec::new() });
                }
                tracing::warn!(wiki = %source.wiki.slug, "the index knows commits that the head does not reach; it is built anew");
                at = None;
            }
        }
        let ids = if let Some(ids) = missing {
            ids
        } else {
            self.inner.index.reset(&repo).await?;
            self.missing_commits(&repo, None, to).await?.unwrap_or_default()
        };
        let ours = match &source.ours {
            Some(scope) => self.our_commits(scope, source.wiki.id, ids.len()).await?,
            None => HashMap::new(),
        };
        let total = ids.len();
        let ours = Arc::new(ours);
        let mut rest = ids.as_slice();
        loop {
            // A long history goes in parts. An index that is not empty takes one advance, so that it is never in between.
            let (part, later) = rest.split_at(if at.is_none() { rest.len().min(CHUNK) } else { rest.len() });
            rest = later;
            let is_last = rest.is_empty();
            let (part, ours, before) = (part.to_vec(), Arc::clone(&ours), total - rest.len() - part.len());
            let commits = self
                .blocking(source, move |builder| {
                    let mut commits = Vec::with_capacity(part.len());
                    for (index, id) in part.into_iter().enumerate() {
                        commits.push(builder.commit(id, &ours)?);
                        builder.step("history", (before + index + 1) as u64, total as u64);
                    }
                    builder.check_blobs()?;
                    Ok(commits)
                })
                .await?;
            if is_last {
                let old = match at {
                    None => None,
                    Some(at) => self.root_of(&repo, at).await?,
                };
                let new = self
                    .root_of(&repo, to)
                    .await?
                    .ok_or_else(|| bad_object(to, &"this commit is missing"))?;
                let files = self.blocking(source, move |builder| builder.files(old, new)).await?;
                return Ok(Advance { from: at, to: Some(to), commits, files });
            }
            let part = Advance { from: None, to: None, commits, files: Vec::new() };
            if let Advanced::At(_) = self.inner.index.advance(&repo, part).await? {
                return Err(Error::Unavailable(
                    "the wiki is being indexed by another process; try again".into(),
                ));
            }
        }
    }

    /// Every object that `to` reaches. Each commit is compared with its first parent: what does not differ was seen there.
    pub(crate) async fn reachable(&self, source: &Source, to: Oid) -> Result<BTreeSet<Oid>> {
        let ids = self.missing_commits(&source.wiki.repo, None, to).await?.unwrap_or_default();
        self.blocking(source, move |builder| {
            builder.seen = Some(BTreeSet::new());
            for id in &ids {
                let data = builder.need(*id, Kind::Commit)?;
                let commit = Commit::parse(&data).map_err(|bad| bad_object(*id, &bad))?;
                let parent = match commit.parents.first() {
                    None => None,
                    Some(parent) => Some(builder.root(*parent)?),
                };
                // A root that a parent has too is not loaded by the comparison.
                builder.tree(commit.tree)?;
                let changes = builder.diff(parent, Some(commit.tree))?;
                let blobs =
                    changes.iter().filter_map(|change| change.new).filter(|entry| entry.mode != Mode::Commit);
                builder.seen.get_or_insert_default().extend(blobs.map(|entry| entry.id));
            }
            let mut seen = builder.seen.take().unwrap_or_default();
            seen.extend(ids);
            Ok(seen)
        })
        .await
    }

    /// How the tree `new` differs from `old`; none: from an empty one.
    pub(crate) async fn tree_changes(&self, wiki: &Wiki, old: Option<Oid>, new: Oid) -> Result<Vec<Change>> {
        let scope = Scope::system("diff", wiki.repo.tenant());
        let source = Source { wiki: wiki.clone(), ours: Some(scope), progress: None };
        self.blocking(&source, move |builder| builder.diff(old, Some(new))).await
    }

    /// Runs long work on a thread of its own.
    async fn blocking<T: Send + 'static>(
        &self,
        source: &Source,
        work: impl FnOnce(&mut Builder) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let mut builder = Builder {
            portolan: self.clone(),
            source: source.clone(),
            handle: Handle::current(),
            trees: Cache::with_weighter(4096, TREES, ByBytes),
            roots: HashMap::new(),
            unchecked: Vec::new(),
            seen: None,
            changes: 0,
            kept: 0,
        };
        let work = tokio::task::spawn_blocking(move || work(&mut builder));
        work.await.map_err(|_| Error::Internal("indexing failed".into()))?
    }

    /// Which commits of a wiki are Portolan's own, and whose they are: the audit says it, the commits themselves only claim it.
    async fn our_commits(&self, scope: &Scope, wiki: WikiId, most: usize) -> Result<HashMap<Oid, Actor>> {
        let mut ours = HashMap::new();
        let mut below = u64::MAX;
        while ours.len() < most {
            let segments = self.inner.ledger.segments(scope, Lane::Wiki(wiki), Walk::Down(below), 64).await?;
            let Some(last) = segments.last() else { break };
            below = last.first() - 1;
            for event in segments.into_iter().flat_map(|segment| segment.events) {
                if let Some(revision) = event.what.revision
                    && event.what.operation != "wiki.import"
                {
                    ours.insert(revision, event.what.actor);
                }
            }
            if below == 0 {
                break;
            }
        }
        Ok(ours)
    }
}

impl Builder {
    pub(super) fn step(&self, stage: &'static str, done: u64, total: u64) {
        if let Some(progress) = &self.source.progress {
            progress.step(stage, done, total);
        }
    }

    /// An object that must be there.
    pub(super) fn need(&mut self, id: Oid, kind: Kind) -> Result<Bytes> {
        if self.source.progress.as_ref().is_some_and(|progress| progress.stopped()) {
            return Err(Error::Unavailable("the work was stopped: nobody waits for it any more".into()));
        }
        let repo = &self.source.wiki.repo;
        let found = self.handle.block_on(self.portolan.find_object(repo, id, kind))?;
        found.ok_or_else(|| bad_object(id, &format!("this {kind} is missing")))
    }

    fn tree(&mut self, id: Oid) -> Result<Bytes> {
        if let Some(seen) = &mut self.seen {
            seen.insert(id);
        }
        if let Some(data) = self.trees.get(&id) {
            return Ok(data.clone());
        }
        let data = if id == tree::EMPTY_TREE { Bytes::new() } else { self.need(id, Kind::Tree)? };
        if self.source.ours.is_none() {
            tree::verify(&data).map_err(|bad| bad_object(id, &bad))?;
        }
        self.trees.insert(id, data.clone());
        Ok(data)
    }

    pub(super) fn diff(&mut self, old: Option<Oid>, new: Option<Oid>) -> Result<Vec<Change>> {
        // Few bytes of nested trees can name more paths than any memory holds.
        let most =
            if self.source.ours.is_none() { self.portolan.inner.options.import_changes } else { u64::MAX };
        let mut seen = self.changes;
        let mut changes = Vec::new();
        let diff = TreeDiff::new(old, new, |id| self.tree(id)).map_err(diff_error)?;
        for change in diff {
            changes.push(change.map_err(diff_error)?);
            seen += 1;
            if seen > most {
                return Err(too_many(most));
            }
        }
        self.changes = seen;
        Ok(changes)
    }

    /// The tree of a commit.
    fn root(&mut self, id: Oid) -> Result<Oid> {
        let data = self.need(id, Kind::Commit)?;
        Ok(Commit::parse(&data).map_err(|bad| bad_object(id, &bad))?.tree)
    }

    /// What the index keeps of a commit.
    fn commit(&mut self, id: Oid, ours: &HashMap<Oid, Actor>) -> Result<CommitEntry> {
        let data = self.need(id, Kind::Commit)?;
        let commit = Commit::parse(&data).map_err(|bad| bad_object(id, &bad))?;
        self.changes = 0;
        let mut per_parent = Vec::with_capacity(commit.parents.len().max(1));
        for parent in &commit.parents {
            let before = match self.roots.get(parent) {
                Some(tree) => *tree,
                None => self.root(*parent)?,
            };
            per_parent.push(self.diff(Some(before), Some(commit.tree))?);
        }
        if commit.parents.is_empty() {
            per_parent.push(self.diff(None, Some(commit.tree))?);
        }
        self.roots.insert(id, commit.tree);
        let changes = merge_changes(per_parent);
        let most = self.portolan.inner.options.import_changes;
        self.kept += changes.len() as u64;
        if self.kept > 2 * most && self.source.ours.is_none() {
            return Err(too_many(2 * most));
        }
        if self.source.ours.is_none() {
            // A submodule's id names a commit of another repository.
            let here =
                changes.iter().filter_map(|change| change.new).filter(|entry| entry.mode != Mode::Commit);
            self.unchecked.extend(here.map(|entry| entry.id));
        }
        let mut former = if commit.parents.len() <= 1 { self.renames(&changes)? } else { HashMap::new() };
        let paths = (0..)
            .zip(changes)
            .map(|(index, change)| PathChange {
                path: change.path,
                old: change.old.map(|entry| entry.id),
                new: change.new.map(|entry| entry.id),
                mode: change.new.or(change.old).map_or(0, |entry| mode_number(entry.mode)),
                from: former.remove(&index),
            })
            .collect();
        let actor = ours.get(&id);
        let message = commit.message_text();
        let message = if actor.is_some() { trailers::strip_trailers(&message) } else { message.as_ref() };
        Ok(CommitEntry {
            id,
            author: author(&commit, actor),
            time: commit.committer.seconds,
            message: message.trim_end().to_owned(),
            paths,
            parents: commit.parents,
        })
    }

    /// In an import: every blob that a commit brings must be there.
    fn check_blobs(&mut self) -> Result<()> {
        let repo = self.source.wiki.repo;
        let ids = std::mem::take(&mut self.unchecked);
        for part in ids.chunks(64) {
            let found = self.handle.block_on(self.portolan.inner.objects.get_many(&repo, part))?;
            let missing = part
                .iter()
                .zip(&found)
                .find(|(_, object)| object.as_ref().is_none_or(|it| it.kind != Kind::Blob));
            if let Some((id, _)) = missing {
                return Err(bad_object(*id, &"this blob is missing"));
            }
        }
        Ok(())
    }
}

fn too_many(most: u64) -> Error {
    let what = format!("its commits change more than {most} paths at once, which is more than is taken");
    portolan_ports::Error::new(portolan_ports::Kind::Refused, "sdk", "import", what).into()
}

fn author(commit: &Commit<'_>, actor: Option<&Actor>) -> Author {
    let email = commit.author.email_text().into_owned();
    let email = (!email.is_empty()).then_some(email);
    let name = commit.author.name_text().into_owned();
    match actor {
        None => Author { kind: AuthorKind::Git, id: None, name, email },
        Some(actor) => {
            let kind = match actor.kind {
                ActorKind::Member | ActorKind::Invitee => AuthorKind::Member,
                ActorKind::Agent => AuthorKind::Agent,
                ActorKind::Operator | ActorKind::System => AuthorKind::Operator,
            };
            Author { kind, id: Some(actor.id.clone()), name: actor.name.clone(), email }
        }
    }
}

fn diff_error(error: DiffError<Error>) -> Error {
    match error {
        DiffError::Load(error) => error,
        DiffError::Bad { id, bad } => bad_object(id, &bad),
    }
}
