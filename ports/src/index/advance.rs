//! What moves an index from one head to a later one.

use portolan_core::git::Oid;

use super::PageFacts;

/// Everything that the commits between two heads change. `commits` are in topological order, parents first; `files` is the difference
/// between the two heads' trees, so that it stays small when a long history is indexed at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Advance {
    /// The head the index must be at.
    pub from: Option<Oid>,
    /// The head it will be at. `None` keeps the head as it is not yet known: more commits of the same long history follow
    /// (an import that is being indexed), and until the last of them the index counts as empty.
    pub to: Option<Oid>,
    /// The commits, parents first.
    pub commits: Vec<CommitEntry>,
    /// Files that are otherwise at `to` than at `from`.
    pub files: Vec<FileChange>,
}

/// What became of an [`Advance`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Advanced {
    /// It was applied.
    Applied,
    /// The index is at another head; nothing was changed.
    At(Option<Oid>),
}

/// What kind of author a commit has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AuthorKind {
    /// A member.
    Member,
    /// An agent.
    Agent,
    /// An operator.
    Operator,
    /// Whoever plain git says; nobody vouches for it.
    Git,
}

/// Who made a commit.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Author {
    /// What kind.
    pub kind: AuthorKind,
    /// The principal's id; none for git's authors.
    pub id: Option<String>,
    /// The name in the commit; may be empty.
    pub name: String,
    /// The address in the commit.
    pub email: Option<String>,
}

/// One commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitEntry {
    /// Its id.
    pub id: Oid,
    /// Its parents' ids.
    pub parents: Vec<Oid>,
    /// Who made it.
    pub author: Author,
    /// When, seconds since 1970.
    pub time: i64,
    /// Its message, without Portolan's trailers where it is Portolan's.
    pub message: String,
    /// The paths in which it differs from every parent.
    pub paths: Vec<PathChange>,
}

/// How one path differs between a commit and its parents. One of the two is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathChange {
    /// The path in git, bytes as they are.
    pub path: Vec<u8>,
    /// The blob before, in the first parent that had one.
    pub old: Option<Oid>,
    /// The blob after.
    pub new: Option<Oid>,
    /// Git's mode after, such as `0o100644`; that before, where the path is gone.
    pub mode: u32,
    /// The path that the file had until this commit renamed it (`core::wiki::rename`).
    pub from: Option<Vec<u8>>,
}

/// What a path in git is to a wiki.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FileKind {
    /// A page.
    Page,
    /// A file that is no page: an attachment.
    File,
    /// Something kept but not served: a dot name, a symlink, a submodule, a name that breaks the rules.
    Kept,
}

/// How a file at the new head differs from the one at the old head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileChange {
    /// It is there, like this.
    Put {
        /// The file. Its `last` commit is found by the index.
        file: FileEntry,
        /// What a page says; none for what is no page.
        page: Option<PageFacts>,
    },
    /// The file with this path is gone.
    Gone(Vec<u8>),
}

/// A file at the head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileEntry {
    /// Its path in git, bytes as they are.
    pub path: Vec<u8>,
    /// What it is.
    pub kind: FileKind,
    /// Git's file mode, such as `0o100644`.
    pub mode: u32,
    /// Its blob.
    pub blob: Oid,
    /// Its size, bytes.
    pub bytes: u64,
    /// Its title; empty for what is no page.
    pub title: String,
    /// The page that a redirect stub names.
    pub redirect: Option<String>,
    /// The commit that last changed it: the newest of its history. Ignored in an [`Advance`].
    pub last: Oid,
    /// That commit's time, seconds since 1970. Ignored in an [`Advance`].
    pub time: i64,
    /// That commit's author. Ignored in an [`Advance`]. Lists leave it out.
    pub author: Option<Author>,
}
