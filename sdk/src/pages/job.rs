//! One write, waiting in the queue of its wiki.

use portolan_core::access::{Actor, Authority};
use portolan_core::git::Oid;
use portolan_core::idempotency::{self, Fingerprint};
use portolan_core::wiki::path::{PageKind, Requested};
use portolan_ports::ledger::{Effect, Key};
use tokio::sync::oneshot;

use super::content::Prepared;
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
}

/// What is to become of the page.
#[derive(Debug, Clone)]
pub(super) enum Action {
    Put(Box<Prepared>),
    Delete,
}

/// One write.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) path: Requested<PageKind>,
    pub(super) action: Action,
    pub(super) condition: Condition,
    /// The versions that the condition's bases stand for.
    pub(super) versions: Vec<Oid>,
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
