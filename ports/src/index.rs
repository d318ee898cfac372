//! What is derived from a wiki's history, so that questions about it are answered without walking it.
//!
//! Disposable: keyed by commit, updated incrementally, rebuilt whenever it is missing, behind or damaged. It holds what
//! the caller computed from git objects; it never reads any itself. Its areas are files, history and links: parts of the
//! same [`Advance`], answered at one head. Full text ([`Texts`]) follows behind.

mod advance;
mod links;
mod listing;
mod query;
mod texts;

use std::fmt::Debug;

use async_trait::async_trait;
use portolan_core::git::Oid;
use portolan_core::markdown::{NameKind, NameQuestion};
use portolan_core::wiki::RepoId;

pub use advance::{
    Advance, Advanced, Author, AuthorKind, CommitEntry, FileChange, FileEntry, FileKind, PathChange,
};
pub use links::{
    BrokenLink, Graph, GraphLimits, GraphOf, LinkFrom, LinkPlace, LinkTo, Links, PageFacts, PageName, Part,
};
pub use listing::listing_key;
pub use query::{Answer, ChangeAt, ChangeFilter, CommitAt, FileFilter, HistoryEntry, Position};
pub use texts::{Found, Hit, PutText, Rank, TextBehind, TextFilter, Texts};

use crate::Result;

/// Derived indexes of many wikis.
///
/// Every answer is computed at one head and names it. A wiki without an index answers as an empty one: head `None`.
/// A damaged index is an error of kind `Corrupt`; the caller resets it and builds it anew.
#[async_trait]
pub trait Index: Texts + Debug + Send + Sync + 'static {
    /// The commit the index is at; `None` for an empty or missing one.
    async fn head(&self, repo: &RepoId) -> Result<Option<Oid>>;

    /// Applies `advance`, all or nothing, if the index is at `advance.from`; otherwise changes nothing and answers where it is.
    /// Visible to every later question. Need not survive a crash: a lost advance is made again from git.
    ///
    /// A commit that the index has already, and a file that no commit made, are `Refused`; after a long history was left
    /// in the middle, the index is to be reset first.
    async fn advance(&self, repo: &RepoId, advance: Advance) -> Result<Advanced>;

    /// Empties the index. Harmless where there is none.
    async fn reset(&self, repo: &RepoId) -> Result<()>;

    /// The first of `paths` (exact bytes in git) that is a file at the head.
    async fn file(&self, repo: &RepoId, paths: &[&[u8]]) -> Result<Answer<Option<FileEntry>>>;

    /// How the path in git `path`, which is in NFC, may be spelled at the head otherwise: first the files whose path's NFC it is and whose
    /// bytes are others, by path, at most eight; then, where the folder that it is in, or else one around that, is spelled otherwise by some
    /// file, `path` with that spelling.
    async fn spellings(&self, repo: &RepoId, path: &[u8]) -> Result<Answer<Vec<Vec<u8>>>>;

    /// At most `limit` files at the head, in the order of their [`listing_key`]s, after the path `after`. A prefix in the
    /// filter is one of these keys, too, of a page's path without `.md`; and NFC, as whose beginning it is looked for.
    async fn files(
        &self,
        repo: &RepoId,
        filter: &FileFilter,
        after: Option<&[u8]>,
        limit: usize,
    ) -> Result<Answer<Vec<FileEntry>>>;

    /// At most `limit` entries of the history of the file `path`, newest first in topological order, older than
    /// `before`. It covers former files of the same path, and is there for deleted files too.
    ///
    /// It follows renames: below an entry that says where its file came `from` are the entries of that path. Each entry has the
    /// path that the file had then.
    async fn history(
        &self,
        repo: &RepoId,
        path: &[u8],
        before: Option<Position>,
        limit: usize,
    ) -> Result<Answer<Vec<HistoryEntry>>>;

    /// What [`Index::history`] answers, without the commits: for those who go through many and name few.
    async fn file_changes(
        &self,
        repo: &RepoId,
        path: &[u8],
        before: Option<Position>,
        limit: usize,
    ) -> Result<Answer<Vec<ChangeAt>>>;

    /// The newest entry of `path`'s history, as [`Index::history`] has it, that made `blob` its content; how versions are
    /// recognised.
    async fn version(&self, repo: &RepoId, path: &[u8], blob: Oid) -> Result<Answer<Option<HistoryEntry>>>;

    /// What the file that was at `path` right after the commit at `at` was called right after the commit at `then`, which is not a
    /// later one. None where it came since: it was made, or left behind as a stub by a page that was renamed.
    async fn former_name(
        &self,
        repo: &RepoId,
        path: &[u8],
        at: Position,
        then: Position,
    ) -> Result<Answer<Option<Vec<u8>>>>;

    /// A commit of the main line: of the history that the head reaches.
    async fn commit(&self, repo: &RepoId, id: Oid) -> Result<Answer<Option<CommitAt>>>;

    /// The commits at `positions`, in the order of these; one without a commit is left out. Their `paths` are left empty.
    async fn commits_at(&self, repo: &RepoId, positions: &[Position]) -> Result<Answer<Vec<CommitAt>>>;

    /// The newest commit with several parents; its `paths` are left empty. What is above it is a chain: the only parent of each
    /// of these commits is the one in the place below.
    async fn newest_merge(&self, repo: &RepoId) -> Result<Answer<Option<CommitAt>>>;

    /// At most `limit` commits, newest first in topological order, older than `before`, each with what it changed that passes the filter. With a
    /// prefix in the filter, commits that change nothing under it are left out.
    async fn changes(
        &self,
        repo: &RepoId,
        filter: &ChangeFilter,
        before: Option<Position>,
        limit: usize,
    ) -> Result<Answer<Vec<CommitAt>>>;

    /// The links on and to the page or file `path`; one that is not there may be linked to all the same. Of the links to it at most
    /// those of the `pages` first pages, and ten times as many links.
    async fn links(&self, repo: &RepoId, kind: NameKind, path: &str, pages: usize) -> Result<Answer<Links>>;

    /// Pages and the links between them. Around a page that is not there is nothing.
    async fn graph(&self, repo: &RepoId, of: &GraphOf, limits: GraphLimits) -> Result<Answer<Graph>>;

    /// At most `limit` pages that no other page links to, by path, after the page `after`. Redirect stubs are left out.
    async fn orphans(
        &self,
        repo: &RepoId,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Answer<Part<PageName, String>>>;

    /// At most `limit` links that lead nowhere, by page, then in order, after the place `after`.
    async fn broken_links(
        &self,
        repo: &RepoId,
        after: Option<&LinkPlace>,
        limit: usize,
    ) -> Result<Answer<Part<BrokenLink, LinkPlace>>>;

    /// The answers to `questions`, in their order, as `core::markdown::Names` has them: of a whole path itself or nothing.
    async fn names(&self, repo: &RepoId, questions: &[NameQuestion]) -> Result<Answer<Vec<Vec<String>>>>;

    /// Bytes on disk, where there is a disk.
    async fn bytes(&self, repo: &RepoId) -> Result<u64>;
}
