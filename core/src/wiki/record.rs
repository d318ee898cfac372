//! What the ledger keeps of a wiki.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::WikiSlug;
use crate::audit::Link;
use crate::git::Oid;
use crate::id::{ImportId, WikiId};
use crate::tenancy::DisplayName;

/// A wiki.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wiki {
    /// Names the wiki for ever.
    pub id: WikiId,
    /// Its alias in addresses.
    pub slug: WikiSlug,
    /// What people call it.
    pub display_name: DisplayName,
    /// When it was made.
    pub created_at: Timestamp,
    /// Since when it is deleted.
    pub deleted_at: Option<Timestamp>,
}

/// Where a wiki stands: its only mutable record. Every write moves it, and whoever moves it saw it as it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// The newest commit; none before the first write.
    pub commit: Option<Oid>,
    /// Its time, seconds since 1970: the next one is never earlier.
    pub time: i64,
    /// What the branch is called in exports.
    pub branch: String,
    /// The import that is filling the wiki; other writes wait for its end.
    pub importing: Option<ImportId>,
    /// Whether the wiki is deleted, so that a write in flight cannot commit after the deletion.
    pub deleted: bool,
    /// Where the wiki's audit lane ends.
    pub audit: Link,
}

impl Head {
    /// The head of a new wiki.
    pub fn new() -> Self {
        Self {
            commit: None,
            time: 0,
            branch: Self::MAIN.into(),
            importing: None,
            deleted: false,
            audit: Link::START,
        }
    }

    /// What the branch of a wiki that began here is called.
    pub const MAIN: &'static str = "main";
}

impl Default for Head {
    fn default() -> Self {
        Self::new()
    }
}
