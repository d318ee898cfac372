//! Exactly once: keys, fingerprints of requests, and what is decided when a key is seen again.

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// How long a key is remembered.
pub const LIFETIME: SignedDuration = SignedDuration::from_hours(24);

/// A client's idempotency key: 1 to 255 printable ASCII characters. Kept as a hash, so its size and content never matter.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key([u8; 32]);

/// Not an idempotency key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an Idempotency-Key has 1 to 255 printable ASCII characters")]
pub struct BadKey;

impl Key {
    /// The key in `text`.
    pub fn parse(text: &[u8]) -> Result<Self, BadKey> {
        let printable = text.iter().all(|byte| (0x20..=0x7e).contains(byte));
        if printable && (1..=255).contains(&text.len()) {
            Ok(Self(Sha256::digest(text).into()))
        } else {
            Err(BadKey)
        }
    }

    /// Its text in the ledger.
    pub fn to_hex(self) -> String {
        data_encoding::HEXLOWER.encode(&self.0)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_hex()[..12])
    }
}

/// What a request asked for: operation and canonical arguments, the base included. Two requests are the same exactly
/// when their fingerprints are.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fingerprint(String);

impl Fingerprint {
    /// The fingerprint of `parts`, each length-prefixed, so that no two lists of parts run together.
    pub fn of(parts: &[&[u8]]) -> Self {
        let mut hasher = Sha256::new();
        for part in parts {
            hasher.update((part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
        Self(data_encoding::HEXLOWER.encode(&hasher.finalize()))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.get(..12).unwrap_or_default())
    }
}

/// What is decided when a key arrives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision<'a, T> {
    /// Never seen, or forgotten: do it.
    Proceed,
    /// The same request again: answer as the first time.
    Replay(&'a T),
    /// Another request under the same key: refuse.
    Reused,
}

/// Decides about a key whose receipt, if any, says `seen` (fingerprint, outcome, end of its life).
pub fn decide<'a, T>(
    seen: Option<(&Fingerprint, &'a T, Timestamp)>,
    asked: &Fingerprint,
    now: Timestamp,
) -> Decision<'a, T> {
    match seen {
        Some((first, outcome, end)) if now < end => {
            if first == asked {
                Decision::Replay(outcome)
            } else {
                Decision::Reused
            }
        }
        _ => Decision::Proceed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_printable_ascii() {
        for good in ["x", "a b~", &"k".repeat(255)] {
            assert!(Key::parse(good.as_bytes()).is_ok(), "{good:?}");
        }
        for bad in ["", "\t", "é", "a\n", "\u{7f}", &"k".repeat(256)] {
            assert_eq!(Key::parse(bad.as_bytes()), Err(BadKey), "{bad:?}");
        }
    }

    #[test]
    fn parts_do_not_run_together() {
        assert_ne!(Fingerprint::of(&[b"ab", b"c"]), Fingerprint::of(&[b"a", b"bc"]));
        assert_ne!(Fingerprint::of(&[b"ab"]), Fingerprint::of(&[b"ab", b""]));
    }

    #[test]
    fn a_key_is_replayed_reused_or_forgotten() {
        let (first, other) = (Fingerprint::of(&[b"1"]), Fingerprint::of(&[b"2"]));
        let now = Timestamp::UNIX_EPOCH;
        let end = now + LIFETIME;
        assert_eq!(decide::<u8>(None, &first, now), Decision::Proceed);
        assert_eq!(decide(Some((&first, &7, end)), &first, now), Decision::Replay(&7));
        assert_eq!(decide(Some((&first, &7, end)), &other, now), Decision::Reused);
        assert_eq!(decide(Some((&first, &7, end)), &other, end), Decision::Proceed);
    }
}
