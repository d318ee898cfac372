//! The chain: each event's hash covers the one before.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Event, Lane, NewEvent};

/// A SHA-256 value in a chain.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Hash([u8; 32]);

impl Hash {
    /// What stands before the first event.
    pub const START: Self = Self([0; 32]);

    pub(super) fn digest(hasher: Sha256) -> Self {
        Self(hasher.finalize().into())
    }

    pub(super) const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&data_encoding::HEXLOWER.encode(&self.0))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl TryFrom<String> for Hash {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let bytes = data_encoding::HEXLOWER.decode(text.as_bytes()).map_err(|_| "not hexadecimal")?;
        bytes.try_into().map(Self).map_err(|_| "not 32 bytes")
    }
}

impl From<Hash> for String {
    fn from(hash: Hash) -> Self {
        hash.to_string()
    }
}

/// Where a lane ends: what its next event is chained to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// Number of the last event; 0 before the first.
    pub sequence: u64,
    /// Its hash.
    pub hash: Hash,
    /// Its time.
    pub time: Timestamp,
}

impl Link {
    /// The end of an empty lane.
    pub const START: Self = Self { sequence: 0, hash: Hash::START, time: Timestamp::UNIX_EPOCH };
}

/// Consecutive events of one lane, appended together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Segment {
    /// The lane.
    pub lane: Lane,
    /// The events, oldest first; never empty.
    pub events: Vec<Event>,
}

impl Segment {
    /// Number of its first event.
    pub fn first(&self) -> u64 {
        self.events.first().map_or(0, |event| event.sequence)
    }

    /// Number of its last event.
    pub fn last(&self) -> u64 {
        self.events.last().map_or(0, |event| event.sequence)
    }
}

/// Chains `events` to the end of `lane`; answers the segment to append and the lane's new end.
///
/// An event that is older than the one before it gets that one's time, so that a lane never runs backwards although
/// clocks do.
pub fn append(lane: Lane, end: Link, events: Vec<NewEvent>) -> (Segment, Link) {
    let mut end = end;
    let events = events
        .into_iter()
        .map(|mut what| {
            what.time = what.time.max(end.time);
            let sequence = end.sequence + 1;
            let hash = chained(end.hash, lane, sequence, &what);
            end = Link { sequence, hash, time: what.time };
            Event { sequence, what, hash }
        })
        .collect();
    (Segment { lane, events }, end)
}

/// The hash of event `sequence` of `lane`, chained to `previous`: SHA-256 of the previous hash's 32 bytes, the lane's
/// name, a line feed, the sequence in decimal, a line feed, and the event as JSON with its members in the order of
/// [`NewEvent`].
pub(super) fn chained(previous: Hash, lane: Lane, sequence: u64, what: &NewEvent) -> Hash {
    let mut hasher = Sha256::new();
    hasher.update(previous.as_bytes());
    hasher.update(format!("{lane}\n{sequence}\n"));
    hasher.update(serde_json::to_vec(what).expect("an event has only text and numbers"));
    Hash::digest(hasher)
}
