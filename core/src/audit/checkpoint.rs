//! Checkpoints: what all lanes' ends were at one time. They make it visible when the end of a lane is cut off.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Hash, Lane, Link};

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

/// A checkpoint: the ends of all lanes that grew since the one before, chained to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// Its number, from 1 without gaps.
    pub sequence: u64,
    /// When it was sealed.
    pub time: Timestamp,
    /// The lanes that grew, by name.
    pub seals: Vec<Seal>,
    /// SHA-256 over the hash of the checkpoint before and this one.
    pub hash: Hash,
}

impl Checkpoint {
    /// The checkpoint after `before` (none for the first) over lanes that now end so. None where no lane grew past `sealed`.
    pub fn seal(
        before: Option<&Self>,
        time: Timestamp,
        sealed: &[Seal],
        ends: &[(Lane, Link)],
    ) -> Option<Self> {
        let mut seals: Vec<Seal> = ends
            .iter()
            .filter(|(lane, end)| {
                let last = sealed.iter().find(|seal| seal.lane == *lane).map_or(0, |seal| seal.sequence);
                end.sequence > last
            })
            .map(|(lane, end)| Seal { lane: *lane, sequence: end.sequence, hash: end.hash })
            .collect();
        seals.sort_by_key(|seal| seal.lane);
        let (sequence, previous) =
            before.map_or((1, Hash::START), |before| (before.sequence + 1, before.hash));
        let time = before.map_or(time, |before| time.max(before.time));
        let hash = Self::chained(previous, sequence, time, &seals);
        (!seals.is_empty()).then_some(Self { sequence, time, seals, hash })
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
