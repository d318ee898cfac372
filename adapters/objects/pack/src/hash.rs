//! SHA-1 with collision detection, as git uses it.

use portolan_core::git::{Kind, Oid};

use crate::{Error, Result};

/// A running SHA-1.
#[derive(Clone)]
pub(crate) struct Sha1(gix_hash::Hasher);

impl Sha1 {
    pub(crate) fn new() -> Self {
        Self(gix_hash::hasher(gix_hash::Kind::Sha1))
    }

    /// The hash of an object of `kind` and `size`, before its bytes.
    pub(crate) fn of_object(kind: Kind, size: u64) -> Self {
        let mut hash = Self::new();
        hash.update(format!("{kind} {size}\0").as_bytes());
        hash
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The digest; refused where the bytes are one half of a known collision attack.
    pub(crate) fn finish(self) -> Result<Oid> {
        let digest =
            self.0.try_finalize().map_err(|_| Error::refused("a SHA-1 collision attack was detected"))?;
        Oid::from_slice(digest.as_bytes()).ok_or_else(|| Error::refused("the digest is no SHA-1"))
    }

    /// The digest of `bytes`.
    pub(crate) fn digest(bytes: &[u8]) -> Result<Oid> {
        let mut hash = Self::new();
        hash.update(bytes);
        hash.finish()
    }
}

/// The id of the object of `kind` with `data`.
pub(crate) fn object_id(kind: Kind, data: &[u8]) -> Result<Oid> {
    let mut hash = Sha1::of_object(kind, data.len() as u64);
    hash.update(data);
    hash.finish()
}
