//! The data folder: one process at a time.

use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use portolan::core::id::ProcessId;

/// A data folder that this process has for itself as long as this value lives.
#[derive(Debug)]
pub struct DataFolder {
    path: PathBuf,
    _lock: File,
}

/// Why a data folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// It cannot be made or written.
    #[error("the data folder {path} cannot be used: {source}")]
    Io {
        /// The folder, or what in it.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Another process has it.
    #[error(
        "the data folder {0} is in use by another Portolan process; stop that one, or choose another folder with --data"
    )]
    InUse(PathBuf),
    /// It does not exist, and should.
    #[error("there is no Portolan data folder at {0}; make one with `portolan init --data {0}`")]
    Missing(PathBuf),
}

impl DataFolder {
    /// Opens the folder, and makes it when it is missing.
    pub fn open(path: &Path) -> Result<Self, FolderError> {
        let failed = |at: &Path| {
            let path = at.to_owned();
            move |source| FolderError::Io { path, source }
        };
        std::fs::create_dir_all(path).map_err(failed(path))?;
        restrict(path).map_err(failed(path))?;
        let lock_path = path.join("lock");
        let lock = File::options().create(true).truncate(false).write(true).open(&lock_path);
        let lock = lock.map_err(failed(&lock_path))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(FolderError::InUse(path.into())),
            Err(TryLockError::Error(source)) => return Err(FolderError::Io { path: lock_path, source }),
        }
        // What an earlier run left in the middle.
        let temporary = path.join("tmp");
        match std::fs::remove_dir_all(&temporary) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(&temporary)(error)),
            _ => {}
        }
        std::fs::create_dir_all(&temporary).map_err(failed(&temporary))?;
        Ok(Self { path: path.into(), _lock: lock })
    }

    /// Opens a folder that must be there.
    pub fn existing(path: &Path) -> Result<Self, FolderError> {
        if path.join("ledger.db").exists() {
            Self::open(path)
        } else {
            Err(FolderError::Missing(path.into()))
        }
    }

    /// The ledger's file.
    pub fn ledger(&self) -> PathBuf {
        self.path.join("ledger.db")
    }

    /// The folder of the repositories.
    pub fn repos(&self) -> PathBuf {
        self.path.join("repos")
    }

    /// The folder of the derived indexes. It can be deleted while no process has the data folder.
    pub fn index(&self) -> PathBuf {
        self.path.join("index")
    }

    /// The id of the one process at a time that has this folder, the same for all of them: each id has an audit lane of its own.
    pub fn process(&self, new: ProcessId) -> Result<ProcessId, FolderError> {
        let path = self.path.join("process");
        if let Ok(text) = std::fs::read_to_string(&path)
            && let Ok(known) = text.trim().parse()
        {
            return Ok(known);
        }
        match std::fs::write(&path, format!("{new}\n")) {
            Ok(()) => Ok(new),
            Err(source) => Err(FolderError::Io { path, source }),
        }
    }

    /// The folder of temporary files, emptied at every start.
    pub fn temporary(&self) -> PathBuf {
        self.path.join("tmp")
    }
}

/// Others on the machine have no business in it.
fn restrict(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let mode = std::fs::metadata(path)?.permissions().mode();
    if mode & 0o077 != 0 && std::fs::read_dir(path)?.next().is_none() {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o700))?;
    }
    Ok(())
}
