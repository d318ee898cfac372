//! What the ledger keeps of an import.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::WikiSlug;
use crate::git::Oid;
use crate::id::{ImportId, WikiId};

/// How an import stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum ImportState {
    /// It is at work, or its process ended in the middle and it will be taken up again.
    Running,
    /// The wiki has the history.
    Done {
        /// The newest commit.
        revision: Oid,
    },
    /// Nothing was changed.
    Failed {
        /// Why, and what to do.
        problem: String,
    },
}

/// A reference of the source that is not the branch that was imported. It is named, and its objects are kept; it is no reference here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OtherRef {
    /// Its full name, such as `refs/tags/v1`.
    pub name: String,
    /// What it names.
    pub target: Oid,
}

/// An import of a git history into an empty wiki.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Import {
    /// Names the import.
    pub id: ImportId,
    /// The wiki it fills.
    pub wiki: WikiId,
    /// That wiki's name.
    pub slug: WikiSlug,
    /// How it stands.
    pub state: ImportState,
    /// The branch taken, without `refs/heads/`.
    pub branch: String,
    /// That branch's commit.
    pub tip: Oid,
    /// Commits reached from it; 0 until counted.
    pub commits: u64,
    /// Objects in the source.
    pub objects: u64,
    /// Pages at the newest commit.
    pub pages: u64,
    /// References not taken; at most [`Import::MAX_OTHERS`] are named.
    pub others: Vec<OtherRef>,
    /// When it began.
    pub created_at: Timestamp,
}

impl Import {
    /// Most references named, so that the record stays small.
    pub const MAX_OTHERS: usize = 200;
}
