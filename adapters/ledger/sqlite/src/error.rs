//! What SQLite's result codes (<https://sqlite.org/rescode.html>) mean for a caller of the ledger.

use std::sync::Arc;

use portolan_ports::{Error, Kind};
use rusqlite::ErrorCode;

/// The adapter's name in errors.
pub(crate) const ADAPTER: &str = "ledger/sqlite";

/// A failure of SQLite, which can be answered to many waiting batches.
#[derive(Debug, Clone)]
pub(crate) struct Failure {
    kind: Kind,
    public: &'static str,
    cause: Option<Arc<rusqlite::Error>>,
}

impl Failure {
    /// A failure that SQLite knows nothing of.
    pub(crate) const fn new(kind: Kind, public: &'static str) -> Self {
        Self { kind, public, cause: None }
    }

    /// A failed read, or a failed write that was rolled back.
    pub(crate) fn of(error: rusqlite::Error) -> Self {
        let (kind, public) = match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => {
                (Kind::Unavailable, "the ledger's disk is full; nothing was changed")
            }
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => {
                (Kind::Unavailable, "the ledger's disk or file is read-only; nothing was changed")
            }
            Some(ErrorCode::SystemIoFailure) => {
                (Kind::Unavailable, "the ledger's disk failed to read or write; nothing was changed")
            }
            Some(ErrorCode::CannotOpen) => (
                Kind::Unavailable,
                "the ledger's database file cannot be opened; check its folder and permissions",
            ),
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
                (Kind::Unavailable, "the ledger's database is in use by another program; nothing was changed")
            }
            Some(ErrorCode::OutOfMemory) => {
                (Kind::Unavailable, "the ledger has no memory left; nothing was changed")
            }
            Some(ErrorCode::DatabaseCorrupt) => {
                (Kind::Corrupt, "the ledger's database is damaged; check it and restore it from a backup")
            }
            Some(ErrorCode::NotADatabase) => {
                (Kind::Corrupt, "the ledger's file is no database; restore it from a backup")
            }
            _ => (Kind::Internal, "the ledger's database refused a statement; nothing was changed"),
        };
        Self { kind, public, cause: Some(Arc::new(error)) }
    }

    /// A failed `COMMIT`. When the disk fails while the log is being synced, the transaction is gone for everybody who
    /// reads now, but its pages may have reached the disk, and a crash before the next commit could bring it back.
    pub(crate) fn of_commit(error: rusqlite::Error) -> Self {
        if error.sqlite_error_code() == Some(ErrorCode::SystemIoFailure) {
            let public =
                "the ledger's disk failed during the commit; read what is stored before sending it again";
            return Self { kind: Kind::Ambiguous, public, cause: Some(Arc::new(error)) };
        }
        Self::of(error)
    }

    /// The port's error for a failed `operation`.
    pub(crate) fn to_error(&self, operation: &'static str) -> Error {
        let error = Error::new(self.kind, ADAPTER, operation, self.public);
        match &self.cause {
            Some(cause) => error.because(Arc::clone(cause)),
            None => error,
        }
    }
}

/// Turns SQLite's errors into the port's.
pub(crate) trait During<T> {
    /// The result of `operation`.
    fn during(self, operation: &'static str) -> Result<T, Error>;
}

impl<T> During<T> for Result<T, rusqlite::Error> {
    fn during(self, operation: &'static str) -> Result<T, Error> {
        self.map_err(|error| Failure::of(error).to_error(operation))
    }
}

/// Something stored that cannot be decoded.
pub(crate) fn corrupt(
    operation: &'static str,
    public: impl Into<std::borrow::Cow<'static, str>>,
    source: impl Into<portolan_ports::BoxError>,
) -> Error {
    Error::new(Kind::Corrupt, ADAPTER, operation, public).because(source)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rusqlite::ffi;

    fn kinds(code: i32) -> (Kind, Kind) {
        let error = || rusqlite::Error::SqliteFailure(ffi::Error::new(code), None);
        (Failure::of(error()).kind, Failure::of_commit(error()).kind)
    }

    #[test]
    fn result_codes_have_the_kind_a_caller_can_act_on() {
        for code in [ffi::SQLITE_FULL, ffi::SQLITE_READONLY, ffi::SQLITE_CANTOPEN, ffi::SQLITE_BUSY] {
            assert_eq!(kinds(code), (Kind::Unavailable, Kind::Unavailable), "{code}");
        }
        for code in [ffi::SQLITE_CORRUPT, ffi::SQLITE_NOTADB] {
            assert_eq!(kinds(code), (Kind::Corrupt, Kind::Corrupt), "{code}");
        }
        assert_eq!(kinds(ffi::SQLITE_CONSTRAINT), (Kind::Internal, Kind::Internal));
        assert_eq!(kinds(ffi::SQLITE_IOERR_FSYNC), (Kind::Unavailable, Kind::Ambiguous));
    }

    #[test]
    fn the_cause_is_kept_for_the_log_and_not_told() {
        let failure = Failure::of(rusqlite::Error::InvalidPath("/secret/place".into()));
        let error = failure.to_error("commit");
        assert!(!error.to_string().contains("secret"));
        assert!(std::error::Error::source(&error).unwrap().to_string().contains("secret"));
    }
}
