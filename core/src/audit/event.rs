//! What the audit says of one thing that happened.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::access::Actor;
use crate::git::Oid;

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It was done.
    Done,
    /// It was refused, and nothing changed.
    Refused,
}

impl Outcome {
    /// Its word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Refused => "refused",
        }
    }
}

/// Something that happened, before it has its place in a lane.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewEvent {
    /// When; within a lane never earlier than the event before.
    pub time: Timestamp,
    /// Who.
    pub actor: Actor,
    /// The operation's name in the permission table; beside those, `import.start` and `import.fail`, which tell how an
    /// import got on that is no `wiki.import` yet.
    pub operation: String,
    /// What it was done to: a slug, an id, `wiki/path`.
    pub target: String,
    /// How it ended.
    pub outcome: Outcome,
    /// How often, where alike reads or refusals of one second are grouped; else 1.
    pub count: u64,
    /// The request; of a group, the first.
    pub request_id: String,
    /// The commit made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<Oid>,
    /// Why it was refused, or failed, or `replayed`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// An event in its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Its number in its lane, from 1 without gaps.
    pub sequence: u64,
    /// What happened.
    #[serde(flatten)]
    pub what: NewEvent,
    /// SHA-256 over the hash of the event before, the lane, and this event.
    pub hash: super::Hash,
}
