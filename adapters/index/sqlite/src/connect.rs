//! Connections to one index file.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use crate::fault::Result;

/// How long one connection waits for another of the same process; only the end of a checkpoint ever takes noticeable time.
const PATIENCE: Duration = Duration::from_secs(5);

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// Advances; the file must be there.
    Writer,
    /// Advances; the file is made where there is none.
    Maker,
    /// Questions and checkpoints.
    Reader,
}

/// Opens `file`.
///
/// WAL with `synchronous=NORMAL`: a commit syncs nothing and a checkpoint syncs the log before it writes to the file and the file before
/// it reuses the log (<https://www.sqlite.org/wal.html>). So a power loss takes the last advances, which the caller makes again
/// from git, and never tears the file; `synchronous=OFF` could, without anything noticing.
pub(crate) fn connect(file: &Path, role: Role) -> Result<Connection> {
    let mut flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    flags.set(OpenFlags::SQLITE_OPEN_CREATE, role == Role::Maker);
    let connection = Connection::open_with_flags(file, flags)?;
    connection.busy_timeout(PATIENCE)?;
    connection.set_prepared_statement_cache_capacity(64);
    // Closing is then quick, and never removes a log by its name, which may be that of a newer file.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    // Plans do not depend on bound values; else every statement with an outer join is planned anew each time it is run.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    // Checkpoints are made in the background. No mapping into memory: a truncated file would end the process.
    connection.execute_batch(match role {
        Role::Reader => {
            "PRAGMA synchronous = NORMAL; PRAGMA mmap_size = 0; PRAGMA cell_size_check = ON; PRAGMA wal_autocheckpoint = 0;
             PRAGMA cache_size = -512; PRAGMA query_only = ON;"
        }
        Role::Writer | Role::Maker => {
            "PRAGMA page_size = 4096; PRAGMA journal_mode = WAL;
             PRAGMA synchronous = NORMAL; PRAGMA mmap_size = 0; PRAGMA cell_size_check = ON; PRAGMA wal_autocheckpoint = 0;
             PRAGMA cache_size = -2048;"
        }
    })?;
    Ok(connection)
}

/// The file with SQLite's own two beside it.
fn all(file: &Path) -> [PathBuf; 3] {
    ["", "-wal", "-shm"].map(|suffix| {
        let mut name = file.as_os_str().to_owned();
        name.push(suffix);
        name.into()
    })
}

/// Removes `file` and what SQLite keeps beside it. The file goes first: a log without its file is removed before a new one is made, while a file
/// without its log could be half of a checkpoint.
pub(crate) fn remove(file: &Path) -> io::Result<()> {
    for (index, path) in all(file).into_iter().enumerate() {
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        if index == 0
            && let Some(folder) = path.parent().and_then(|folder| fs::File::open(folder).ok())
        {
            folder.sync_all()?;
        }
    }
    Ok(())
}

/// Bytes of `file` and of what SQLite keeps beside it.
pub(crate) fn bytes(file: &Path) -> io::Result<u64> {
    all(file).iter().try_fold(0, |sum, path| Ok(sum + size(path)?))
}

/// Bytes of the log beside `file`.
pub(crate) fn log_bytes(file: &Path) -> io::Result<u64> {
    size(&all(file)[1])
}

fn size(path: &Path) -> io::Result<u64> {
    match fs::metadata(path) {
        Ok(metadata) => Ok(metadata.len()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
        Err(error) => Err(error),
    }
}

/// Which file a path leads to at the moment, so that one that was taken away under its connections is noticed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Identity(u64, u64);

impl Identity {
    /// That of `file`; none where there is no file.
    #[cfg(unix)]
    pub(crate) fn of(file: &Path) -> io::Result<Option<Self>> {
        use std::os::unix::fs::MetadataExt;
        match fs::metadata(file) {
            Ok(metadata) => Ok(Some(Self(metadata.dev(), metadata.ino()))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// That of `file`; none where there is no file. Open files cannot be removed here.
    #[cfg(not(unix))]
    pub(crate) fn of(file: &Path) -> io::Result<Option<Self>> {
        Ok(file.try_exists()?.then_some(Self(0, 0)))
    }
}
