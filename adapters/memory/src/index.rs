//! Derived indexes in memory.

mod history;
mod links;
mod texts;
mod wiki;

use std::collections::HashMap;

use async_trait::async_trait;
use parking_lot::Mutex;
use portolan_core::git::Oid;
use portolan_core::markdown::{NameKind, NameQuestion};
use portolan_core::wiki::RepoId;
use portolan_ports::index::{
    Advance, Advanced, Answer, BrokenLink, ChangeAt, ChangeFilter, CommitAt, FileEntry, FileFilter, Graph,
    GraphLimits, GraphOf, HistoryEntry, LinkPlace, Links, PageName, Part, Position,
};
use portolan_ports::{Index, Result};

use wiki::Wiki;

const ADAPTER: &str = "index/memory";

/// An [`Index`] in memory.
#[derive(Debug, Default)]
pub struct MemoryIndex {
    wikis: Mutex<HashMap<RepoId, Wiki>>,
}

impl MemoryIndex {
    /// An index of no wiki.
    pub fn new() -> Self {
        Self::default()
    }

    /// What `question` finds in the index of `repo`. Without a head there is nothing to find: also not while the
    /// commits of a long history are still coming in.
    fn ask<T: Default>(&self, repo: &RepoId, question: impl FnOnce(&Wiki) -> T) -> Answer<T> {
        let wikis = self.wikis.lock();
        let wiki = wikis.get(repo).filter(|wiki| wiki.head.is_some());
        Answer { head: wiki.and_then(|wiki| wiki.head), value: wiki.map(question).unwrap_or_default() }
    }
}

#[async_trait]
impl Index for MemoryIndex {
    async fn head(&self, repo: &RepoId) -> Result<Option<Oid>> {
        Ok(self.ask(repo, |_| ()).head)
    }

    async fn advance(&self, repo: &RepoId, advance: Advance) -> Result<Advanced> {
        let mut wikis = self.wikis.lock();
        let head = wikis.get(repo).and_then(|wiki| wiki.head);
        if head != advance.from {
            return Ok(Advanced::At(head));
        }
        // Applied to a copy, so that a refused advance leaves nothing behind.
        let mut wiki = wikis.get(repo).cloned().unwrap_or_default();
        wiki.apply(advance)?;
        wikis.insert(*repo, wiki);
        Ok(Advanced::Applied)
    }

    async fn reset(&self, repo: &RepoId) -> Result<()> {
        self.wikis.lock().remove(repo);
        Ok(())
    }

    async fn file(&self, repo: &RepoId, paths: &[&[u8]]) -> Result<Answer<Option<FileEntry>>> {
        Ok(self.ask(repo, |wiki| paths.iter().find_map(|path| wiki.file(path))))
    }

    async fn spellings(&self, repo: &RepoId, path: &[u8]) -> Result<Answer<Vec<Vec<u8>>>> {
        Ok(self.ask(repo, |wiki| wiki.spellings(path)))
    }

    async fn files(
        &self,
        repo: &RepoId,
        filter: &FileFilter,
        after: Option<&[u8]>,
        limit: usize,
    ) -> Result<Answer<Vec<FileEntry>>> {
        Ok(self.ask(repo, |wiki| wiki.files(filter, after, limit)))
    }

    async fn history(
        &self,
        repo: &RepoId,
        path: &[u8],
        before: Option<Position>,
        limit: usize,
    ) -> Result<Answer<Vec<HistoryEntry>>> {
        Ok(self.ask(repo, |wiki| wiki.history.of(path, before).take(limit).collect()))
    }

    async fn file_changes(
        &self,
        repo: &RepoId,
        path: &[u8],
        before: Option<Position>,
        limit: usize,
    ) -> Result<Answer<Vec<ChangeAt>>> {
        Ok(self.ask(repo, |wiki| {
            let entries = wiki.history.of(path, before).take(limit);
            let change = |HistoryEntry { position, commit }| {
                commit.paths.into_iter().map(move |change| ChangeAt { position, change })
            };
            entries.flat_map(change).collect()
        }))
    }

    async fn version(&self, repo: &RepoId, path: &[u8], blob: Oid) -> Result<Answer<Option<HistoryEntry>>> {
        Ok(self.ask(repo, |wiki| {
            wiki.history.of(path, None).find(|entry| entry.commit.paths[0].new == Some(blob))
        }))
    }

    async fn former_name(
        &self,
        repo: &RepoId,
        path: &[u8],
        at: Position,
        then: Position,
    ) -> Result<Answer<Option<Vec<u8>>>> {
        Ok(self.ask(repo, |wiki| wiki.history.former_name(path, at, then)))
    }

    async fn commit(&self, repo: &RepoId, id: Oid) -> Result<Answer<Option<CommitAt>>> {
        Ok(self.ask(repo, |wiki| wiki.history.commit(id)))
    }

    async fn commits_at(&self, repo: &RepoId, positions: &[Position]) -> Result<Answer<Vec<CommitAt>>> {
        Ok(self
            .ask(repo, |wiki| positions.iter().filter_map(|position| wiki.history.at(*position)).collect()))
    }

    async fn newest_merge(&self, repo: &RepoId) -> Result<Answer<Option<CommitAt>>> {
        Ok(self.ask(repo, |wiki| wiki.history.newest_merge()))
    }

    async fn changes(
        &self,
        repo: &RepoId,
        filter: &ChangeFilter,
        before: Option<Position>,
        limit: usize,
    ) -> Result<Answer<Vec<CommitAt>>> {
        Ok(self.ask(repo, |wiki| wiki.history.changes(filter, before).take(limit).collect()))
    }

    async fn links(&self, repo: &RepoId, kind: NameKind, path: &str, pages: usize) -> Result<Answer<Links>> {
        Ok(self.ask(repo, |wiki| wiki.links(kind, path, pages)))
    }

    async fn graph(&self, repo: &RepoId, of: &GraphOf, limits: GraphLimits) -> Result<Answer<Graph>> {
        Ok(self.ask(repo, |wiki| wiki.graph(of, limits)))
    }

    async fn orphans(
        &self,
        repo: &RepoId,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Answer<Part<PageName, String>>> {
        Ok(self.ask(repo, |wiki| wiki.orphans(after, limit)))
    }

    async fn broken_links(
        &self,
        repo: &RepoId,
        after: Option<&LinkPlace>,
        limit: usize,
    ) -> Result<Answer<Part<BrokenLink, LinkPlace>>> {
        Ok(self.ask(repo, |wiki| wiki.broken(after, limit)))
    }

    async fn names(&self, repo: &RepoId, questions: &[NameQuestion]) -> Result<Answer<Vec<Vec<String>>>> {
        Ok(self.ask(repo, |wiki| wiki.answers(questions)))
    }

    /// Always 0: there is no disk.
    async fn bytes(&self, _repo: &RepoId) -> Result<u64> {
        Ok(0)
    }
}
