//! An atomic batch, as data.

use jiff::Timestamp;
use portolan_core::access::{Authority, Version};
use portolan_core::audit::Segment;

use super::{Key, Record};
use crate::Error;

/// What a record must be for its edit to apply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expect {
    /// Anything, or nothing.
    Any,
    /// Not there, or expired.
    Absent,
    /// There, and as it was at this version.
    At(Version),
}

/// What an edit does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Writes the record, which must be of the key's kind.
    Put(Record),
    /// Deletes it; harmless where there is none.
    Delete,
    /// Nothing: only the expectation counts.
    Check,
}

/// One edit of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// The record.
    pub key: Key,
    /// What it must be.
    pub expect: Expect,
    /// What becomes of it.
    pub change: Change,
}

/// All that one write does to the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// Now: what decides whether a record has expired.
    pub now: Timestamp,
    /// The admissions it rests on: the tenant, member and token of each must be as they were.
    pub checks: Vec<Authority>,
    /// The edits, each of another key.
    pub edits: Vec<Edit>,
    /// The audit segments to append, at most one a lane. Whoever appends also moves the record in which the lane ends.
    pub segments: Vec<Segment>,
}

impl Batch {
    /// An empty batch.
    pub const fn new(now: Timestamp) -> Self {
        Self { now, checks: Vec::new(), edits: Vec::new(), segments: Vec::new() }
    }

    /// With one more edit.
    pub fn edit(&mut self, key: Key, expect: Expect, change: Change) -> &mut Self {
        self.edits.push(Edit { key, expect, change });
        self
    }

    /// With a record written under a key.
    pub fn put(&mut self, key: Key, expect: Expect, record: Record) -> &mut Self {
        self.edit(key, expect, Change::Put(record))
    }

    /// Number of items, as [`super::Caps`] counts them.
    pub fn items(&self) -> usize {
        3 * self.checks.len() + self.edits.len() + self.segments.len()
    }
}

/// What did not hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Conflict {
    /// Indexes of the edits whose expectation did not hold.
    pub edits: Vec<usize>,
    /// Indexes of the checks that failed.
    pub checks: Vec<usize>,
    /// Indexes of the segments that do not follow the last of their lane.
    pub segments: Vec<usize>,
}

impl Conflict {
    /// Whether everything held.
    pub const fn is_empty(&self) -> bool {
        self.edits.is_empty() && self.checks.is_empty() && self.segments.is_empty()
    }
}

/// Why a batch was not applied.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// Something was not as expected; nothing was changed.
    #[error("the batch was not applied: something it rests on has changed")]
    Conflict(Conflict),
    /// The ledger failed.
    #[error(transparent)]
    Failed(#[from] Error),
}
