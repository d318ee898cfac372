//! Where everything mutable is kept: small typed records, and the audit's segments.
//!
//! A batch is data: no transaction handle crosses the port, so that SQLite, PostgreSQL and DynamoDB can all do it.

mod batch;
mod key;
mod receipt;
mod record;

use std::fmt::Debug;

use async_trait::async_trait;
use jiff::Timestamp;
use portolan_core::access::{Admission, Scope, Version};
use portolan_core::audit::{Lane, Segment};
use portolan_core::id::TokenKind;
use portolan_core::tenancy::TenantSlug;
use portolan_core::token::CredentialKey;
use portolan_core::wiki::{Head, Wiki, WikiSlug};

pub use batch::{Batch, Change, CommitError, Conflict, Edit, Expect};
pub use key::{Key, RecordKind};
pub use receipt::{Effect, FileEffect, PageEffect, Receipt};
pub use record::{BadRecord, Record, Stored};

use crate::Result;

/// What a ledger can take in one batch. Data, so that the writer can fold as much as fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caps {
    /// Most items (edits, checks and segments) in a batch.
    pub items: usize,
    /// Most bytes of all records and segments in a batch, as stored.
    pub bytes: usize,
}

/// What is known about a credential, and the wiki asked for with it.
#[derive(Debug, Clone)]
pub struct Admitted {
    /// The credential's records.
    pub admission: Admission,
    /// The wiki with its head; none where the home tenant has none of that name, or none was asked for.
    pub wiki: Option<(Wiki, Head, Version)>,
}

/// A direction through a lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Walk {
    /// From the segment that holds this event, or the first after it, on to newer ones.
    Up(u64),
    /// From the segment that holds this event, or the last before it, back to older ones.
    Down(u64),
}

/// The mutable state of all tenants. See [`Key`] for what is kept under which name.
///
/// Every call derives the tenant from the scope, never from another argument. Reads see every batch that was answered
/// before they began, whichever process committed it.
#[async_trait]
pub trait Ledger: Debug + Send + Sync + 'static {
    /// What fits into one batch.
    fn caps(&self) -> Caps;

    /// Reads a credential with its member and tenant, and what it is used on, together: in one round trip, as of one
    /// moment. `None` where the token, its member or its tenant is missing.
    ///
    /// Where `target` is another tenant than the credential's, that tenant is read only for a credential of the
    /// platform, and no wiki is. Where `target` is the credential's own tenant or `None`, `wiki` is looked up there.
    /// A deleted wiki is missing.
    async fn admit(
        &self,
        credential: &CredentialKey<TokenKind>,
        target: Option<&TenantSlug>,
        wiki: Option<&WikiSlug>,
    ) -> Result<Option<Admitted>>;

    /// The records under `keys`, in the order asked, as of one moment; `None` where there is none.
    ///
    /// An expired record may still be answered: whoever reads it compares its end with the clock.
    async fn get_many(&self, scope: &Scope, keys: &[Key]) -> Result<Vec<Option<Stored>>>;

    /// At most `limit` records of `kind` in ascending order of their keys' names, after the name `after`. Fewer than
    /// `limit` means that there are no more.
    async fn list(
        &self,
        scope: &Scope,
        kind: RecordKind,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(String, Stored)>>;

    /// At most `limit` segments of `lane`, in the order of the walk. None where the lane is empty or ends.
    async fn segments(&self, scope: &Scope, lane: Lane, walk: Walk, limit: usize) -> Result<Vec<Segment>>;

    /// Applies `batch`: all of it or, on any error but `Ambiguous`, nothing. On `Ok` it survives a crash of the
    /// machine. Answers the new version of each edit's record, in order (that of a check or a deletion means nothing).
    ///
    /// Where an expectation does not hold, a check fails, or a segment does not follow the end of its lane's
    /// segments, the answer is [`CommitError::Conflict`] and names all of them. A batch with two edits of one key, or over
    /// [`Caps`], is `Refused`. The same batch sent twice conflicts the second time when any of its expectations is
    /// `Absent` or `At`. Of two racing batches that conflict, exactly one wins.
    async fn commit(&self, scope: &Scope, batch: Batch) -> Result<Vec<Version>, CommitError>;

    /// Deletes at most `limit` records, of all tenants, that expired before `now`; answers how many it deleted. Repeating it is harmless.
    async fn sweep(&self, now: Timestamp, limit: usize) -> Result<usize>;
}
