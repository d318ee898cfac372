//! Lanes: independent chains, so that writers of different wikis never wait for each other.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::id::{ProcessId, WikiId};

/// One chain of events of one tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Lane {
    /// Changes of the tenant itself: members, invites, tokens, wikis.
    Control,
    /// Changes of one wiki.
    Wiki(WikiId),
    /// Grouped reads and refusals seen by one process.
    Process(ProcessId),
}

/// Not the name of a lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a lane is named control, wik_… or prc_…")]
pub struct BadLane;

impl fmt::Display for Lane {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Control => f.write_str("control"),
            Self::Wiki(id) => id.fmt(f),
            Self::Process(id) => id.fmt(f),
        }
    }
}

impl FromStr for Lane {
    type Err = BadLane;

    fn from_str(text: &str) -> Result<Self, BadLane> {
        if text == "control" {
            return Ok(Self::Control);
        }
        text.parse().map(Self::Wiki).or_else(|_| text.parse().map(Self::Process)).map_err(|_| BadLane)
    }
}

impl TryFrom<String> for Lane {
    type Error = BadLane;

    fn try_from(text: String) -> Result<Self, BadLane> {
        text.parse()
    }
}

impl From<Lane> for String {
    fn from(lane: Lane) -> Self {
        lane.to_string()
    }
}
