//! Checkpoints: what all lanes' ends were at one time. They make it visible when the end of a lane is cut off.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Hash, Lane};

/// The end of one lane, as a checkpoint saw it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seal {
    /// The lane.
    pub lane: Lane,
    /// Number of its last event then.
    pub sequence: u64,
    /// That event's hash.
    pub hash: Hash,
}

/// A checkpoint: the ends of lanes, chained to the one before. Which lanes: see [`super::Sealed`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// Its number, from 1 without gaps.
    pub sequence: u64,
    /// When it was sealed; never earlier than the one before.
    pub time: Timestamp,
    /// The ends of lanes, by the lanes' names.
    pub seals: Vec<Seal>,
    /// SHA-256 over the hash of the checkpoint before and this one.
    pub hash: Hash,
}

impl Checkpoint {
    /// The checkpoint over `seals` after `before` (none for the first).
    pub(super) fn after(before: Option<&Self>, time: Timestamp, mut seals: Vec<Seal>) -> Self {
        seals.sort_by_key(|seal| seal.lane);
        let (sequence, previous) =
            before.map_or((1, Hash::START), |before| (before.sequence + 1, before.hash));
        let time = before.map_or(time, |before| time.max(before.time));
        let hash = Self::chained(previous, sequence, time, &seals);
        Self { sequence, time, seals, hash }
    }

    /// SHA-256 of the previous hash's 32 bytes, sequence and time each on a line, then a line `lane sequence hash` for each seal.
    pub(super) fn chained(previous: Hash, sequence: u64, time: Timestamp, seals: &[Seal]) -> Hash {
        let mut hasher = Sha256::new();
        hasher.update(previous.as_bytes());
        hasher.update(format!("{sequence}\n{time}\n"));
        for seal in seals {
            hasher.update(format!("{} {} {}\n", seal.lane, seal.sequence, seal.hash));
        }
        Hash::digest(hasher)
    }
}
