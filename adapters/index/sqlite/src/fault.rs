//! What can go wrong with an index file, and what it is to a caller.

use std::borrow::Cow;
use std::io;

use portolan_ports::{Error, Kind};
use rusqlite::ErrorCode;
use rusqlite::ffi;

/// The adapter's name in errors.
pub(crate) const ADAPTER: &str = "index/sqlite";

/// A failure inside the adapter.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    /// SQLite refused.
    #[error("SQLite: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// The file system refused.
    #[error("file system: {0}")]
    Io(#[from] io::Error),
    /// What is stored contradicts itself.
    #[error("damaged: {0}")]
    Damaged(String),
    /// What was asked cannot be stored.
    #[error("refused: {0}")]
    Refused(String),
    /// A question takes too long.
    #[error("a question took too long")]
    Slow,
    /// A task of the adapter panicked or was stopped with its runtime.
    #[error("a task did not end: {0}")]
    Task(#[from] tokio::task::JoinError),
}

pub(crate) type Result<T, E = Fault> = std::result::Result<T, E>;

impl Fault {
    /// What is stored contradicts itself: `what`.
    pub(crate) fn damaged(what: impl Into<String>) -> Self {
        Self::Damaged(what.into())
    }

    /// The port's error for this failure of `operation`.
    pub(crate) fn of(self, operation: &'static str) -> Error {
        let (kind, public): (_, Cow<'static, str>) = match &self {
            Self::Damaged(_) => (Kind::Corrupt, DAMAGED.into()),
            Self::Refused(why) => (Kind::Refused, why.clone().into()),
            Self::Slow => {
                (Kind::Unavailable, "the search takes too long; look for fewer or rarer words".into())
            }
            Self::Io(_) => (Kind::Unavailable, UNAVAILABLE.into()),
            Self::Task(_) => {
                (Kind::Internal, "a background task of the index did not end; look in the log".into())
            }
            Self::Sqlite(error) => match kind(error) {
                Kind::Corrupt => (Kind::Corrupt, DAMAGED.into()),
                Kind::Refused => (Kind::Refused, "a value is larger than the index can hold".into()),
                Kind::Unavailable => (Kind::Unavailable, UNAVAILABLE.into()),
                other => (other, "the index failed; look in the log".into()),
            },
        };
        Error::new(kind, ADAPTER, operation, public).because(self)
    }
}

const DAMAGED: &str = "the index of this wiki is damaged; reset it and build it anew from git";
const UNAVAILABLE: &str = "the disk of the index cannot be used now; make sure it is writable and has room";

/// What an error of SQLite is to a caller (<https://www.sqlite.org/rescode.html>).
fn kind(error: &rusqlite::Error) -> Kind {
    let Some(failure) = error.sqlite_error() else {
        // Every statement is fixed and tested, so a value of the wrong type comes from the file.
        return match error {
            rusqlite::Error::FromSqlConversionFailure(..)
            | rusqlite::Error::IntegralValueOutOfRange(..)
            | rusqlite::Error::InvalidColumnType(..)
            | rusqlite::Error::Utf8Error(..)
            | rusqlite::Error::QueryReturnedNoRows => Kind::Corrupt,
            _ => Kind::Internal,
        };
    };
    match failure.code {
        ErrorCode::SystemIoFailure
            if matches!(failure.extended_code, ffi::SQLITE_IOERR_CORRUPTFS | ffi::SQLITE_IOERR_DATA) =>
        {
            Kind::Corrupt
        }
        // The last two: a constraint that the code keeps, broken by what the file holds; and, as `SQLITE_ERROR`, a table
        // that is not there.
        ErrorCode::DatabaseCorrupt
        | ErrorCode::NotADatabase
        | ErrorCode::SchemaChanged
        | ErrorCode::ConstraintViolation
        | ErrorCode::Unknown => Kind::Corrupt,
        ErrorCode::TooBig => Kind::Refused,
        ErrorCode::DiskFull
        | ErrorCode::ReadOnly
        | ErrorCode::SystemIoFailure
        | ErrorCode::CannotOpen
        | ErrorCode::DatabaseBusy
        | ErrorCode::DatabaseLocked
        | ErrorCode::OutOfMemory
        | ErrorCode::PermissionDenied
        | ErrorCode::FileLockingProtocolFailed
        | ErrorCode::NoLargeFileSupport => Kind::Unavailable,
        _ => Kind::Internal,
    }
}
