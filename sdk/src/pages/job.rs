//! One write, waiting in the queue of its wiki.

use bytes::Bytes;
use portolan_core::access::{Actor, Authority};
use portolan_core::git::Oid;
use portolan_core::idempotency::{self, Fingerprint};
use portolan_core::wiki::path::{FileKind, FilePath, PageKind, PagePath, Requested};
use portolan_ports::ledger::{Effect, Key};
use tokio::sync::oneshot;

use super::content::Prepared;
use super::rename::Rename;
use super::revert::Undo;
use crate::{Call, Error};

/// What must be true of the page for a write to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// Nothing is said: creating is all that can be done.
    None,
    /// The page must be absent (`If-None-Match: *`).
    Absent,
    /// The page must be at one of these bases: versions or revisions (`If-Match`). What matches nothing is left out, so the list may be empty.
    Match(Vec<Oid>),
    /// The change was made on this base, a version or revision of the page, and is merged into what the page is now.
    Base(Oid),
}

/// What is to become of the page.
#[derive(Debug, Clone)]
pub(super) enum Action {
    Put(Box<Prepared>),
    Merge(Box<Merging>),
    Delete,
}

/// A text that was made of a base.
#[derive(Debug, Clone)]
pub(super) struct Merging {
    /// The base's text.
    pub(super) base: Bytes,
    /// What became of it.
    pub(super) yours: Prepared,
}

/// A path as it was asked for.
#[derive(Debug, Clone)]
pub(crate) enum Asked {
    Page(Requested<PageKind>),
    /// A file that is no page.
    File(Requested<FileKind>),
}

impl Asked {
    /// The names in git to look for, best first.
    pub(super) fn git_names(&self) -> Vec<String> {
        match self {
            Self::Page(asked) => asked.git_names(),
            Self::File(asked) => asked.git_names(),
        }
    }

    /// The path as [`Requested::resolve`] has it.
    pub(super) fn resolve(&self, exists: impl FnMut(&str) -> bool) -> Named {
        match self {
            Self::Page(asked) => Named::Page(asked.resolve(exists)),
            Self::File(asked) => Named::File(asked.resolve(exists)),
        }
    }

    /// The path as it was sent.
    pub(super) fn sent(&self) -> &str {
        match self {
            Self::Page(asked) => asked.sent().as_str(),
            Self::File(asked) => asked.sent().as_str(),
        }
    }
}

/// A path in the wiki.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Named {
    Page(PagePath),
    File(FilePath),
}

impl Named {
    pub(super) fn git_path(&self) -> String {
        match self {
            Self::Page(path) => path.git_path(),
            Self::File(path) => path.git_path(),
        }
    }

    pub(super) fn as_str(&self) -> &str {
        match self {
            Self::Page(path) => path.as_str(),
            Self::File(path) => path.as_str(),
        }
    }

    /// What it is, for messages.
    pub(super) const fn what(&self) -> &'static str {
        match self {
            Self::Page(_) => "page",
            Self::File(_) => "file",
        }
    }
}

/// What is to be done.
#[derive(Debug, Clone)]
pub(super) enum Work {
    /// One file is written or deleted: folded together with others.
    One(Box<One>),
    /// A page is renamed: folded alone.
    Rename(Box<Rename>),
    /// Commits are undone: folded alone.
    Undo(Box<Undo>),
}

/// A write of one file.
#[derive(Debug, Clone)]
pub(super) struct One {
    pub(super) path: Asked,
    pub(super) action: Action,
    pub(super) condition: Condition,
    /// The versions that the condition's bases stand for …
    pub(super) versions: Vec<Oid>,
    /// … at this head.
    pub(super) head: Option<Oid>,
}

/// One write.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) work: Work,
    /// The user's message; none: what was done.
    pub(super) message: Option<String>,
    pub(super) actor: Actor,
    pub(super) email: Option<String>,
    pub(super) authority: Option<Authority>,
    pub(super) operation: &'static str,
    pub(super) call: Call,
    pub(super) key: idempotency::Key,
    pub(super) fingerprint: Fingerprint,
    pub(super) reply: oneshot::Sender<Reply>,
}

impl Job {
    /// Where its receipt is kept.
    pub(super) fn receipt(&self) -> Key {
        Key::Receipt { principal: self.actor.id.clone(), key: self.key }
    }
}

/// How a write ended.
#[derive(Debug)]
pub(super) enum Reply {
    /// It was done. `twin` tells that another request under the same key did it.
    Done { effect: Effect, twin: bool },
    /// It was refused, or failed; nothing was changed.
    Failed(Error),
    /// Its authority changed, or somebody else used its key: look again.
    Again,
}
