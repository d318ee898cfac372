//! Identifiers that come in the same order in every run.

use std::sync::atomic::{AtomicU64, Ordering};

use portolan_core::id::Uuid;
use portolan_ports::Ids;

/// Makes the same identifiers and secrets in every run with the same seed. Anybody can guess them: for tests alone.
#[derive(Debug)]
pub struct SequentialIds {
    seed: u64,
    made: AtomicU64,
}

impl SequentialIds {
    /// The sequence with seed 0.
    pub const fn new() -> Self {
        Self::seeded(0)
    }

    /// The sequence that belongs to `seed`; those of two seeds have nothing in common.
    pub const fn seeded(seed: u64) -> Self {
        Self { seed, made: AtomicU64::new(0) }
    }

    fn next(&self) -> u64 {
        self.made.fetch_add(1, Ordering::Relaxed)
    }

    /// Word number `word` of thing number `number`: `SplitMix64` (Steele, Lea, Flood 2014), which never maps two inputs
    /// to one output.
    const fn word(&self, number: u64, word: u64) -> u64 {
        mix(mix(mix(self.seed) ^ number) ^ word)
    }
}

const fn mix(value: u64) -> u64 {
    let value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

impl Default for SequentialIds {
    fn default() -> Self {
        Self::new()
    }
}

impl Ids for SequentialIds {
    /// Layout of RFC 9562 §5.7: 48 bits of milliseconds (2026 began at the first, one more each), version, 12 bits,
    /// variant, 62 bits.
    fn uuid(&self) -> Uuid {
        const START_MILLIS: u64 = 1_767_225_600_000;
        let number = self.next();
        let (a, b) = (self.word(number, 0), self.word(number, 1));
        let high = ((START_MILLIS + number) << 16) | 0x7000 | (a & 0x0fff);
        let low = (0b10 << 62) | (b >> 2);
        Uuid::from_u64_pair(high, low)
    }

    fn secret(&self) -> [u8; 32] {
        let number = self.next();
        let mut secret = [0; 32];
        for (word, bytes) in (0..).zip(secret.chunks_exact_mut(8)) {
            bytes.copy_from_slice(&self.word(number, word).to_le_bytes());
        }
        secret
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_repeats_its_sequence() {
        let make = |seed| {
            let ids = SequentialIds::seeded(seed);
            (ids.uuid(), ids.secret(), ids.uuid())
        };
        assert_eq!(make(7), make(7));
        let (one, other) = (make(7), make(8));
        assert!(one.0 != other.0 && one.1 != other.1 && one.2 != other.2);
        assert!(one.0 < one.2);
    }
}
