//! How failures here become errors of the port.

use std::io;

use portolan_objects_pack as pack;
use portolan_ports::{Error, Kind};

pub(crate) const ADAPTER: &str = "objects/fs";

/// The disk failed.
pub(crate) fn disk(operation: &'static str, error: io::Error) -> Error {
    let what = match error.kind() {
        io::ErrorKind::StorageFull => "the disk is full: free some space, then try again",
        io::ErrorKind::QuotaExceeded => {
            "the disk quota is used up: raise it or free some space, then try again"
        }
        io::ErrorKind::FileTooLarge => {
            "a file may not grow any more: raise this process's limit on the size of files, then try again"
        }
        io::ErrorKind::ReadOnlyFilesystem => "the disk is read-only: mount it writable, then try again",
        io::ErrorKind::PermissionDenied => "the data folder may not be used: give this process access to it",
        _ => "the disk cannot be used now",
    };
    Error::new(Kind::Unavailable, ADAPTER, operation, what).because(error)
}

/// A pack could not be read or written.
pub(crate) fn pack(operation: &'static str, error: pack::Error) -> Error {
    let kind = match error {
        // Less than an index promises is damage, not a disk that fails.
        pack::Error::Io(ref io) if io.kind() == io::ErrorKind::UnexpectedEof => Kind::Corrupt,
        pack::Error::Io(error) => return disk(operation, error),
        pack::Error::Damaged { .. } | pack::Error::Missing(_) | pack::Error::Object { .. } => Kind::Corrupt,
        pack::Error::Refused(_) => Kind::Refused,
    };
    Error::new(kind, ADAPTER, operation, error.to_string()).because(error)
}

/// What is stored cannot be trusted.
pub(crate) fn corrupt(operation: &'static str, what: String) -> Error {
    Error::new(Kind::Corrupt, ADAPTER, operation, what)
}
