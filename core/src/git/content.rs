//! Objects on their way to the store: whole, or as what has changed.

use std::fmt;

use bytes::Bytes;

use super::{Kind, Object, delta};

/// An object to store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// All of it.
    Whole(Object),
    /// What of its previous version has changed. So a large tree that a thousand commits change is told in a thousand small pieces, and
    /// copied for none of them.
    Delta(Delta),
}

/// An object as a change of its previous version, which is stored already or handed over before it.
#[derive(Clone, PartialEq, Eq)]
pub struct Delta {
    /// What it is; the previous version is the same.
    pub kind: Kind,
    /// Git's delta against the previous version.
    pub data: Bytes,
    /// The previous version's bytes, for a store that must have it whole. `None` where it is handed over together with this object.
    pub before: Option<Bytes>,
}

impl Content {
    /// What it is.
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Whole(object) => object.kind,
            Self::Delta(delta) => delta.kind,
        }
    }

    /// The object, where it is handed over whole.
    pub const fn whole(&self) -> Option<&Object> {
        match self {
            Self::Whole(object) => Some(object),
            Self::Delta(_) => None,
        }
    }
}

impl Delta {
    /// The object that it makes of `before`.
    pub fn of(&self, before: &[u8]) -> Result<Object, delta::BadDelta> {
        Ok(Object::new(self.kind, delta::apply(before, &self.data, u64::MAX)?))
    }
}

impl From<Object> for Content {
    fn from(object: Object) -> Self {
        Self::Whole(object)
    }
}

impl fmt::Debug for Delta {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} as a delta of {} bytes", self.kind, self.data.len())
    }
}
