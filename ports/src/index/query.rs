//! What is asked of an index, and how it answers.

use portolan_core::git::Oid;

use super::{CommitEntry, FileKind, PathChange};

/// An answer, with the head it was computed at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer<T> {
    /// The head.
    pub head: Option<Oid>,
    /// The answer.
    pub value: T,
}

/// A commit's place in the topological order; later commits have greater ones. Means something only for the index that gave it, as
/// long as it is not reset.
pub type Position = u64;

/// Which files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FileFilter {
    /// Only of these kinds; all where empty.
    pub kinds: Vec<FileKind>,
    /// Only paths whose NFC, or whose bytes where they are no text, begin with these bytes.
    pub prefix: Vec<u8>,
    /// Only files last changed at this second or later.
    pub updated_since: Option<i64>,
    /// Only files whose mode is executable.
    pub executable: bool,
    /// Only pages of this category, in any case (full case folding).
    pub category: Option<String>,
    /// Only pages with this tag, in any case (full case folding).
    pub tag: Option<String>,
}

/// Which commits.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChangeFilter {
    /// Only commits of this second or later.
    pub since: Option<i64>,
    /// Only by this author: his id, his address in any case, or his name exactly.
    pub author: Option<String>,
    /// Only paths whose NFC, or whose bytes where they are no text, begin with these bytes.
    pub prefix: Vec<u8>,
}

/// One entry of a file's history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryEntry {
    /// Its place.
    pub position: Position,
    /// The commit, with the one path.
    pub commit: CommitEntry,
}

/// What one commit made of a file: a [`HistoryEntry`] without the commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeAt {
    /// The commit's place.
    pub position: Position,
    /// The one path.
    pub change: PathChange,
}

/// A commit in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitAt {
    /// Its place.
    pub position: Position,
    /// The commit. Its `paths` are left empty by [`super::Index::commit`].
    pub commit: CommitEntry,
}
