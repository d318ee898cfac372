//! Large trees, which edits change in place.
//!
//! A folder of 10,000 pages is a tree of 410 KB, and every commit makes a new one. To copy it, and to hash it from its
//! beginning, would be most of a commit's cost.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;

use crate::git::common::{prefix, suffix};
use crate::git::{Kind, Oid, delta};

/// A tree of this many bytes and more is large. It is the size from which a store keeps such a tree's newest versions.
pub const LARGE: usize = 32 << 10;
/// Bytes between two places from which the hash can be taken up again.
const STEP: usize = 8 << 10;
/// Bytes beyond the tree that are made room for, so that new entries do not each move it.
const ROOM: usize = 4 << 10;

/// A large tree, with its hash on the way.
#[derive(Clone)]
pub(super) struct Large {
    data: Vec<u8>,
    /// The hash of all before `STEP` times the place here.
    marks: Vec<gix_hash::Hasher>,
}

impl Large {
    pub(super) fn new(data: &[u8]) -> Self {
        let mut own = Vec::with_capacity(data.len() + ROOM);
        own.extend_from_slice(data);
        Self { data: own, marks: Vec::new() }
    }

    pub(super) fn data(&self) -> &[u8] {
        &self.data
    }

    /// Puts `bytes` in the place of `range`. Answers the new id, and git's delta against the tree as it was.
    pub(super) fn splice(&mut self, range: Range<usize>, bytes: &[u8]) -> (Oid, Bytes) {
        // Of an entry that stays, only the id changes.
        let start = prefix(&self.data[range.clone()], bytes);
        let end = suffix(&self.data[range.start + start..range.end], &bytes[start..]);
        let (range, bytes) = (range.start + start..range.end - end, &bytes[start..bytes.len() - end]);
        let delta = delta::splice(self.data.len(), range.clone(), bytes);
        if range.len() == bytes.len() {
            self.data[range.clone()].copy_from_slice(bytes);
            self.marks.truncate(range.start / STEP + 1);
        } else {
            if self.data.capacity() < self.data.len() - range.len() + bytes.len() {
                self.data.reserve_exact(bytes.len() + ROOM);
            }
            self.data.splice(range, bytes.iter().copied());
            // The hash begins with the size.
            self.marks.clear();
        }
        (self.hash(), delta.into())
    }

    /// The id, from the last mark on.
    fn hash(&mut self) -> Oid {
        let mut hash = self.marks.pop().unwrap_or_else(|| {
            let mut hash = gix_hash::hasher(gix_hash::Kind::Sha1);
            hash.update(format!("{} {}\0", Kind::Tree, self.data.len()).as_bytes());
            hash
        });
        for piece in self.data[self.marks.len() * STEP..].chunks(STEP) {
            self.marks.push(hash.clone());
            hash.update(piece);
        }
        let digest = hash.try_finalize().expect("our own bytes were not made to collide");
        Oid::from_slice(digest.as_bytes()).expect("a digest of SHA-1 is an id")
    }
}

impl fmt::Debug for Large {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a tree of {} bytes", self.data.len())
    }
}

/// A tree that an editor holds. Cloning shares it.
#[derive(Debug, Clone)]
pub(super) enum Held {
    /// As it was loaded, or made whole.
    Whole(Bytes),
    /// Made by changing a large one.
    Large(Arc<Large>),
}

impl Held {
    pub(super) fn data(&self) -> &[u8] {
        match self {
            Self::Whole(data) => data,
            Self::Large(large) => &large.data,
        }
    }

    /// Its bytes, shared.
    pub(super) fn bytes(&self) -> Bytes {
        match self {
            Self::Whole(data) => data.clone(),
            Self::Large(large) => Bytes::from_owner(Shared(large.clone())),
        }
    }

    /// To be changed.
    pub(super) fn into_large(self) -> Arc<Large> {
        match self {
            Self::Whole(data) => Arc::new(Large::new(&data)),
            Self::Large(large) => large,
        }
    }
}

struct Shared(Arc<Large>);

impl AsRef<[u8]> for Shared {
    fn as_ref(&self) -> &[u8] {
        self.0.data()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::git::Object;

    proptest! {
        /// Whatever is put anywhere: id, bytes and delta are those of a tree that was made anew.
        #[test]
        fn a_change_in_place_is_as_good_as_a_new_tree(
            seed: u8,
            changes in prop::collection::vec((0..3 * STEP, 0_usize..60, prop::collection::vec(any::<u8>(), 0..60), any::<bool>()), 1..12),
        ) {
            let mut plain: Vec<u8> = (0..=250).cycle().take(2 * STEP + 77).map(|byte: u8| byte ^ seed).collect();
            let mut large = Large::new(&plain);
            for (at, length, mut bytes, same) in changes {
                let at = at % (plain.len() + 1);
                let end = (at + length).min(plain.len());
                if same {
                    bytes.resize(end - at, seed);
                }
                let before = plain.clone();
                plain.splice(at..end, bytes.iter().copied());
                let (id, delta) = large.splice(at..end, &bytes);
                prop_assert_eq!(large.data(), &plain);
                prop_assert_eq!(id, Object::new(Kind::Tree, plain.clone()).id());
                prop_assert!(delta.len() <= 2 * bytes.len() + 40);
                prop_assert_eq!(&delta::apply(&before, &delta, u64::MAX).unwrap(), &plain);
            }
        }
    }
}
