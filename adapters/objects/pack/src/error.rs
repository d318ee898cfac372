//! What can be wrong with a pack.

use std::borrow::Cow;
use std::io;

use portolan_core::git::Oid;

/// Why a pack could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The bytes behind the pack could not be read or written.
    #[error("the pack's bytes could not be read or written: {0}")]
    Io(#[from] io::Error),
    /// Our own pack or index cannot be trusted.
    #[error("damaged at byte {offset}: {reason}")]
    Damaged {
        /// Where in the file, bytes.
        offset: u64,
        /// What was wrong.
        reason: Cow<'static, str>,
    },
    /// A foreign pack that is not taken; the text tells its maker why.
    #[error("{0}")]
    Refused(Cow<'static, str>),
    /// An object that was asked for is in none of the packs.
    #[error("object {0} is missing")]
    Missing(Oid),
    /// What is wrong with the object of this id.
    #[error("object {id} is damaged: {source}")]
    Object {
        /// The object.
        id: Oid,
        /// The cause.
        source: Box<Error>,
    },
}

/// The result of work on a pack.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    pub(crate) fn damaged(offset: u64, reason: impl Into<Cow<'static, str>>) -> Self {
        Self::Damaged { offset, reason: reason.into() }
    }

    pub(crate) fn refused(reason: impl Into<Cow<'static, str>>) -> Self {
        Self::Refused(reason.into())
    }

    /// The same error, named as one of the object `id`; errors of reading and writing stay what they are.
    #[must_use]
    pub fn of_object(self, id: Oid) -> Self {
        match self {
            Self::Damaged { .. } | Self::Refused(_) => Self::Object { id, source: Box::new(self) },
            Self::Io(_) | Self::Missing(_) | Self::Object { .. } => self,
        }
    }
}
