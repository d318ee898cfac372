//! Objects as git stores them: a kind and raw bytes.

use std::fmt;

use bytes::Bytes;

use super::Oid;

/// The four kinds of git objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The bytes of a file.
    Blob,
    /// A folder.
    Tree,
    /// A revision.
    Commit,
    /// An annotated tag; kept on import, never made here.
    Tag,
}

impl Kind {
    /// The word git writes before the object's size when it hashes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Blob => "blob",
            Self::Tree => "tree",
            Self::Commit => "commit",
            Self::Tag => "tag",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An object's kind and its bytes, without git's header. Cloning shares the bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct Object {
    /// What it is.
    pub kind: Kind,
    /// Its bytes.
    pub data: Bytes,
}

impl Object {
    /// An object of `kind` with `data`.
    pub fn new(kind: Kind, data: impl Into<Bytes>) -> Self {
        Self { kind, data: data.into() }
    }

    /// Its id: SHA-1 of `<kind> <size>\0<data>`.
    ///
    /// # Panics
    ///
    /// On bytes made to collide under SHA-1. Bytes from strangers are hashed with [`Self::try_id`].
    pub fn id(&self) -> Oid {
        self.try_id().expect("our own bytes were not made to collide")
    }

    /// Its id; refused where the bytes show signs of an attack on SHA-1 (<https://sha-mbles.github.io>).
    pub fn try_id(&self) -> Result<Oid, Collision> {
        let kind = match self.kind {
            Kind::Blob => gix_object::Kind::Blob,
            Kind::Tree => gix_object::Kind::Tree,
            Kind::Commit => gix_object::Kind::Commit,
            Kind::Tag => gix_object::Kind::Tag,
        };
        let id = gix_object::compute_hash(gix_hash::Kind::Sha1, kind, &self.data).map_err(|_| Collision)?;
        Oid::from_slice(id.as_bytes()).ok_or(Collision)
    }
}

/// Bytes made to collide under SHA-1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("these bytes were made to collide under SHA-1, and git refuses such objects")]
pub struct Collision;

impl fmt::Debug for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {} bytes", self.kind, self.data.len())
    }
}
