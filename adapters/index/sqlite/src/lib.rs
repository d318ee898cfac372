//! The derived index of wikis in SQLite: one disposable file per wiki, on a local disk.
//!
//! Each area of the index is a module with its tables, an `apply` that is its part of an advance, and its questions: `files`,
//! `history`, `links`, and `texts`, which follows behind. A new area is one more of these, named in `schema::create` and `advance::apply`,
//! and a new `schema::VERSION`.
//!
//! What can happen to a file: a crash of the process loses nothing, a power loss loses the last advances and tears nothing (see
//! `connect`), so the index is behind and says where; a file that was removed or has another version's tables counts as missing; one
//! that SQLite or a decoder finds damaged answers `Corrupt` until it is reset.

mod advance;
mod connect;
mod fault;
mod files;
mod history;
mod links;
mod open;
mod quiet;
mod recent;
mod row;
mod schema;
mod statement;
mod texts;
mod wiki;

#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use async_trait::async_trait;
use portolan_core::git::Oid;
use portolan_core::markdown::{NameKind, NameQuestion};
use portolan_core::search::Query;
use portolan_core::wiki::RepoId;
use portolan_ports::index::{
    Advance, Advanced, Answer, BrokenLink, ChangeAt, ChangeFilter, CommitAt, FileEntry, FileFilter, Found,
    Graph, GraphLimits, GraphOf, HistoryEntry, LinkPlace, Links, PageName, Part, Position, PutText, Rank,
    TextBehind, TextFilter, Texts,
};
use portolan_ports::{Index, Result};
use rusqlite::Connection;

use fault::Fault;
use open::Indexes;

/// How many things stay open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Indexes that stay open; each has a few files open and up to some megabytes of cache. More are open only while more are in use at once.
    pub open: usize,
    /// Reading connections that an index keeps when they are idle. One is made when all are in use.
    pub idle_readers: usize,
    /// Bytes of memory for files that were looked up lately, for all indexes together. One takes about 700.
    pub recent_bytes: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self { open: 64, idle_readers: 4, recent_bytes: 4 << 20 }
    }
}

/// An [`Index`] in SQLite files: `<root>/<tenant id>/<wiki id>.db`. One process at a time may have a root.
///
/// Questions and small advances are answered on the calling thread, in microseconds; large advances and checkpoints on one of the
/// runtime's threads for blocking work.
#[derive(Debug)]
pub struct SqliteIndexes {
    indexes: Arc<Indexes>,
}

impl SqliteIndexes {
    /// The indexes below `root`, a folder of a local disk (SQLite's log needs memory that its connections share, which no
    /// network file system has). The folder is made if need be; where it cannot be the error is of kind `Unavailable`.
    pub fn open(root: PathBuf, options: Options) -> Result<Self> {
        std::fs::create_dir_all(&root).map_err(|error| Fault::from(error).of("open"))?;
        Ok(Self { indexes: Arc::new(Indexes::new(root, options)) })
    }

    /// What `question` finds in the index of `repo`; nothing where there is none.
    fn ask<T: Default>(
        &self,
        operation: &'static str,
        repo: &RepoId,
        question: impl Fn(&Connection) -> fault::Result<T>,
    ) -> Result<Answer<T>> {
        let (head, value) = loop {
            match self.indexes.get(repo, false) {
                Ok(None) => break (None, T::default()),
                Ok(Some(wiki)) => match wiki.read(&question) {
                    Ok(answer) => break answer,
                    // It was reset meanwhile: what was read may be half of a new file.
                    Err(_) if wiki.closed.load(Ordering::Acquire) => {}
                    Err(fault) => return Err(fault.of(operation)),
                },
                Err(fault) => return Err(fault.of(operation)),
            }
        };
        Ok(Answer { head, value })
    }

    /// As [`Self::ask`], of a question that may take long: on a thread for such.
    async fn ask_long<T: Default + Send + 'static>(
        &self,
        operation: &'static str,
        repo: &RepoId,
        question: impl Fn(&Connection) -> fault::Result<T> + Send + 'static,
    ) -> Result<Answer<T>> {
        let (this, repo) = (Self { indexes: Arc::clone(&self.indexes) }, *repo);
        let work = tokio::task::spawn_blocking(move || this.ask(operation, &repo, question));
        work.await.map_err(|error| Fault::from(error).of(operation))?
    }

    /// The first of `paths` that is a file. What was looked up lately is answered without the file of the index.
    fn first(&self, repo: &RepoId, paths: &[&[u8]]) -> Result<Answer<Option<FileEntry>>> {
        const OPERATION: &str = "file";
        let wiki = self.indexes.get(repo, false).map_err(|fault| fault.of(OPERATION))?;
        let recent = &self.indexes.recent;
        if let (Some(wiki), Some(path)) = (&wiki, paths.first())
            && let Some((head, file)) = wiki.known.get(recent, path)
        {
            return Ok(Answer { head: Some(head), value: Some(file) });
        }
        let answer = self.ask(OPERATION, repo, |connection| files::first(connection, paths))?;
        if let (Some(wiki), Some(head), Some(file)) = (wiki, answer.head, &answer.value)
            && !wiki.closed.load(Ordering::Acquire)
        {
            wiki.known.keep(recent, head, file);
        }
        Ok(answer)
    }

    async fn try_advance(&self, repo: &RepoId, advance: Advance) -> fault::Result<Advanced> {
        // An index that is not there is made only for an advance that it can take.
        let make = advance.from.is_none();
        let unfinished = advance.to.is_none();
        loop {
            let Some(wiki) = self.indexes.get(repo, make)? else { return Ok(Advanced::At(None)) };
            let writer = Arc::clone(&wiki.writer).lock_owned().await;
            if wiki.closed.load(Ordering::Acquire) {
                continue;
            }
            // Noted first: a task that is dropped here may still have its advance applied.
            if unfinished {
                self.indexes.building(repo, true);
            }
            wiki.writes.fetch_add(1, Ordering::AcqRel);
            let is_long = advance::is_long(&advance);
            let (indexes, applying) = (Arc::clone(&self.indexes), Arc::clone(&wiki));
            let apply = move || {
                let applied = wiki::apply(&writer, &advance).inspect_err(|_| applying.known.forget())?;
                // Before the writer is given back: the next advance comes after this.
                if applied == Advanced::Applied {
                    applying.known.advanced(&indexes.recent, &advance);
                }
                Ok::<_, Fault>(applied)
            };
            let applied = if is_long { tokio::task::spawn_blocking(apply).await?? } else { apply()? };
            if !unfinished && applied == Advanced::Applied {
                self.indexes.building(repo, false);
            }
            wiki.checkpoint_if_due();
            return Ok(applied);
        }
    }

    async fn try_put_texts(&self, repo: &RepoId, texts: Vec<PutText>) -> fault::Result<()> {
        let texts = Arc::new(texts);
        loop {
            let Some(wiki) = self.indexes.get(repo, false)? else { return Ok(()) };
            let writer = Arc::clone(&wiki.writer).lock_owned().await;
            if wiki.closed.load(Ordering::Acquire) {
                continue;
            }
            let texts = Arc::clone(&texts);
            wiki.writes.fetch_add(1, Ordering::AcqRel);
            let putting = Arc::clone(&wiki);
            let put = move || {
                if schema::head(&writer)?.is_some() {
                    wiki::transact(&writer, || texts::put(&writer, &texts))?;
                }
                Ok::<_, Fault>(quiet::is_due(&putting, &writer))
            };
            if tokio::task::spawn_blocking(put).await?? {
                quiet::merge_later(&wiki);
            }
            wiki.checkpoint_if_due();
            return Ok(());
        }
    }

    async fn try_reset(&self, repo: &RepoId) -> fault::Result<()> {
        loop {
            let wiki = self.indexes.opened(repo);
            let writer = match &wiki {
                Some(wiki) => Some(wiki.writer.lock().await),
                None => None,
            };
            let removed = self.indexes.remove(repo, wiki.as_ref())?;
            drop(writer);
            if removed {
                return Ok(());
            }
        }
    }
}

/// Does `work` that may take long on a thread for such; on this one where no runtime is there to have one.
fn in_background(work: impl FnOnce() + Send + 'static) {
    match tokio::runtime::Handle::try_current() {
        Ok(runtime) => drop(runtime.spawn_blocking(work)),
        Err(_) => work(),
    }
}

#[async_trait]
impl Index for SqliteIndexes {
    async fn head(&self, repo: &RepoId) -> Result<Option<Oid>> {
        self.ask("head", repo, |_| Ok(())).map(|answer| answer.head)
    }

    async fn advance(&self, repo: &RepoId, advance: Advance) -> Result<Advanced> {
        self.try_advance(repo, advance).await.map_err(|fault| fault.of("advance"))
    }

    async fn reset(&self, repo: &RepoId) -> Result<()> {
        self.try_reset(repo).await.map_err(|fault| fault.of("reset"))
    }

    async fn file(&self, repo: &RepoId, paths: &[&[u8]]) -> Result<Answer<Option<FileEntry>>> {
        self.first(repo, paths)
    }

    async fn spellings(&self, repo: &RepoId, path: &[u8]) -> Result<Answer<Vec<Vec<u8>>>> {
        self.ask("spellings", repo, |connection| files::spellings(connection, path))
    }

    async fn files(
        &self,
        repo: &RepoId,
        filter: &FileFilter,
        after: Option<&[u8]>,
        limit: usize,
    ) -> Result<Answer<Vec<FileEntry>>> {
        self.ask("files", repo, |connection| files::list(connection, filter, after, limit))
    }

    async fn history(
        &self,
        repo: &RepoId,
        path: &[u8],
        before: Option<Position>,
        limit: usize,
    ) -> Result<Answer<Vec<HistoryEntry>>> {
        self.ask("history", repo, |connection| history::of_path(connection, path, before, limit))
    }

    async fn file_changes(
        &self,
        repo: &RepoId,
        path: &[u8],
        before: Option<Position>,
        limit: usize,
    ) -> Result<Answer<Vec<ChangeAt>>> {
        self.ask("file_changes", repo, |connection| history::changes_of(connection, path, before, limit))
    }

    async fn version(&self, repo: &RepoId, path: &[u8], blob: Oid) -> Result<Answer<Option<HistoryEntry>>> {
        self.ask("version", repo, |connection| history::version(connection, path, blob))
    }

    async fn former_name(
        &self,
        repo: &RepoId,
        path: &[u8],
        at: Position,
        then: Position,
    ) -> Result<Answer<Option<Vec<u8>>>> {
        self.ask("former_name", repo, |connection| history::former_name(connection, path, at, then))
    }

    async fn commit(&self, repo: &RepoId, id: Oid) -> Result<Answer<Option<CommitAt>>> {
        self.ask("commit", repo, |connection| history::commit(connection, id))
    }

    async fn commits_at(&self, repo: &RepoId, positions: &[Position]) -> Result<Answer<Vec<CommitAt>>> {
        self.ask("commits_at", repo, |connection| history::commits_at(connection, positions))
    }

    async fn newest_merge(&self, repo: &RepoId) -> Result<Answer<Option<CommitAt>>> {
        self.ask("newest_merge", repo, history::newest_merge)
    }

    async fn changes(
        &self,
        repo: &RepoId,
        filter: &ChangeFilter,
        before: Option<Position>,
        limit: usize,
    ) -> Result<Answer<Vec<CommitAt>>> {
        self.ask("changes", repo, |connection| history::changes(connection, filter, before, limit))
    }

    async fn links(&self, repo: &RepoId, kind: NameKind, path: &str, pages: usize) -> Result<Answer<Links>> {
        self.ask("links", repo, |connection| links::links(connection, kind, path, pages))
    }

    async fn graph(&self, repo: &RepoId, of: &GraphOf, limits: GraphLimits) -> Result<Answer<Graph>> {
        let of = of.clone();
        self.ask_long("graph", repo, move |connection| links::graph(connection, &of, limits)).await
    }

    async fn orphans(
        &self,
        repo: &RepoId,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Answer<Part<PageName, String>>> {
        let after = after.map(ToOwned::to_owned);
        let question = move |connection: &Connection| links::orphans(connection, after.as_deref(), limit);
        self.ask_long("orphans", repo, question).await
    }

    async fn broken_links(
        &self,
        repo: &RepoId,
        after: Option<&LinkPlace>,
        limit: usize,
    ) -> Result<Answer<Part<BrokenLink, LinkPlace>>> {
        let after = after.cloned();
        let question = move |connection: &Connection| links::broken(connection, after.as_ref(), limit);
        self.ask_long("broken_links", repo, question).await
    }

    async fn names(&self, repo: &RepoId, questions: &[NameQuestion]) -> Result<Answer<Vec<Vec<String>>>> {
        self.ask("names", repo, |connection| links::answers(connection, questions))
    }

    async fn bytes(&self, repo: &RepoId) -> Result<u64> {
        connect::bytes(&self.indexes.file(repo)).map_err(|error| Fault::from(error).of("bytes"))
    }
}

#[async_trait]
impl Texts for SqliteIndexes {
    async fn texts_behind(&self, repo: &RepoId, limit: usize) -> Result<Answer<Vec<TextBehind>>> {
        self.ask("texts_behind", repo, |connection| texts::behind(connection, limit))
    }

    async fn put_texts(&self, repo: &RepoId, texts: Vec<PutText>) -> Result<()> {
        self.try_put_texts(repo, texts).await.map_err(|fault| fault.of("put_texts"))
    }

    /// Nothing for the calling thread: common words are in many pages.
    async fn search(
        &self,
        repo: &RepoId,
        query: &Query,
        filter: &TextFilter,
        after: Option<Rank>,
        limit: usize,
    ) -> Result<Answer<Found>> {
        const OPERATION: &str = "search";
        let (indexes, repo) = (Self { indexes: Arc::clone(&self.indexes) }, *repo);
        let (query, filter) = (query.clone(), filter.clone());
        let search = move || {
            indexes
                .ask(OPERATION, &repo, |connection| texts::search(connection, &query, &filter, after, limit))
        };
        tokio::task::spawn_blocking(search).await.map_err(|error| Fault::from(error).of(OPERATION))?
    }
}
