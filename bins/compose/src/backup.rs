//! Copies of a data folder: made while a server writes it, and verified when they are brought back.
//!
//! The ledger is copied first, as it is at one moment. What it names is in packs that are never changed, and were synced before it,
//! so whatever is copied of them later is enough, and what is newer does no harm. References are not copied: the ledger says what
//! they are, and a start sets them.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use portolan_ledger_sqlite::SqliteLedger;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::FolderError;

/// What a backup has, and how it is known to be whole. Written last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Of this form of backups.
    pub version: u32,
    /// The folders, parents first: git needs some that are empty.
    pub folders: Vec<String>,
    /// The files, by their paths with `/`.
    pub files: BTreeMap<String, Copied>,
}

/// A file of a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Copied {
    /// Its size.
    pub bytes: u64,
    /// The SHA-256 of its content, in hexadecimal digits.
    pub sha256: String,
}

/// Why a backup could not be made or brought back.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// There is no data folder to be copied.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The target has something in it.
    #[error("{0} is not empty; name a folder that does not exist yet, so that nothing is written over")]
    NotEmpty(PathBuf),
    /// What should be a backup is none.
    #[error("{path} is no backup, or not a whole one: {why}")]
    NoBackup {
        /// The folder.
        path: PathBuf,
        /// Why not.
        why: String,
    },
    /// A file is not as it was when the backup was made.
    #[error("{path} is damaged: {why}; use another backup")]
    Damaged {
        /// The file.
        path: String,
        /// In what way.
        why: &'static str,
    },
    /// The ledger cannot be copied.
    #[error("the ledger cannot be copied: {}", .0.public)]
    Ledger(#[from] portolan::ports::Error),
    /// A file cannot be read or written.
    #[error("{path}: {source}")]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

const VERSION: u32 = 1;
const MANIFEST: &str = "backup.json";
/// How often packs are listed again, because some went away while others were copied.
const ROUNDS: usize = 20;

/// Copies the data folder `data` to `target`, which must be absent or empty. A server may have the folder meanwhile. `step` is told each
/// file.
pub fn backup(data: &Path, target: &Path, mut step: impl FnMut(&str)) -> Result<Manifest, BackupError> {
    let ledger = data.join("ledger.db");
    if !ledger.is_file() {
        return Err(FolderError::Missing(data.into()).into());
    }
    prepare(target)?;
    step("ledger.db");
    SqliteLedger::copy(&ledger, &target.join("ledger.db"))?;
    let mut files = BTreeMap::new();
    files.insert("ledger.db".to_owned(), hashed(&target.join("ledger.db"))?);
    if data.join("process").is_file() {
        files.insert("process".into(), copied(&data.join("process"), &target.join("process"))?);
    }
    for _ in 0..ROUNDS {
        let mut again = false;
        let (folders, found) = repositories(data)?;
        for path in found {
            if files.contains_key(&path) {
                continue;
            }
            step(&path);
            match copied(&data.join(&path), &target.join(&path)) {
                Ok(file) => drop(files.insert(path, file)),
                // A pack that was replaced: what it had is in another one by now.
                Err(BackupError::Io { source, .. }) if source.kind() == ErrorKind::NotFound => again = true,
                Err(error) => return Err(error),
            }
        }
        if !again {
            let manifest = Manifest { version: VERSION, folders, files };
            let text = serde_json::to_vec_pretty(&manifest).map_err(io::Error::other).map_err(at(target))?;
            write(&target.join(MANIFEST), &mut text.as_slice())?;
            synced(target)?;
            return Ok(manifest);
        }
    }
    let why = format!("packs of {} kept going away while they were copied; try again", data.display());
    Err(BackupError::NoBackup { path: target.into(), why })
}

/// Brings the backup in `backup` back to `data`, which must be absent or empty, comparing every file with what it was. Whoever opens the
/// folder then should let everything in it be checked.
pub fn restore(backup: &Path, data: &Path, mut step: impl FnMut(&str)) -> Result<Manifest, BackupError> {
    let no_backup = |why: String| BackupError::NoBackup { path: backup.into(), why };
    let text = fs::read(backup.join(MANIFEST)).map_err(|error| no_backup(format!("{MANIFEST}: {error}")))?;
    let manifest: Manifest =
        serde_json::from_slice(&text).map_err(|error| no_backup(format!("{MANIFEST}: {error}")))?;
    if manifest.version != VERSION {
        return Err(no_backup(format!("it is of version {}, and this is {VERSION}", manifest.version)));
    }
    if manifest
        .files
        .keys()
        .chain(&manifest.folders)
        .any(|path| path.split('/').any(|part| matches!(part, "" | "." | "..")))
    {
        return Err(no_backup(format!("{MANIFEST} names a file outside of it")));
    }
    prepare(data)?;
    for folder in &manifest.folders {
        let folder = data.join(folder);
        fs::create_dir_all(&folder).map_err(at(&folder))?;
    }
    for (path, expected) in &manifest.files {
        step(path);
        let damaged = |why| BackupError::Damaged { path: path.clone(), why };
        match copied(&backup.join(path), &data.join(path)) {
            Ok(found) if found == *expected => {}
            Ok(_) => return Err(damaged("its content is another one")),
            Err(BackupError::Io { source, .. }) if source.kind() == ErrorKind::NotFound => {
                return Err(damaged("it is missing"));
            }
            Err(error) => return Err(error),
        }
    }
    synced(data)?;
    Ok(manifest)
}

/// An empty folder for nobody else's eyes.
fn prepare(folder: &Path) -> Result<(), BackupError> {
    use std::os::unix::fs::PermissionsExt;
    fs::create_dir_all(folder).map_err(at(folder))?;
    if fs::read_dir(folder).map_err(at(folder))?.next().is_some() {
        return Err(BackupError::NotEmpty(folder.into()));
    }
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700)).map_err(at(folder))
}

/// The folders of all repositories, and the files that make them up, by their paths with `/`.
fn repositories(data: &Path) -> Result<(Vec<String>, Vec<String>), BackupError> {
    let (mut folders, mut found) = (Vec::new(), Vec::new());
    let mut open = vec!["repos".to_owned()];
    while let Some(folder) = open.pop() {
        let path = data.join(&folder);
        let entries = match fs::read_dir(&path) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            Err(error) => return Err(at(&path)(error)),
        };
        for entry in entries {
            let entry = entry.map_err(at(&path))?;
            let Ok(name) = entry.file_name().into_string() else { continue };
            let inner = format!("{folder}/{name}");
            let kind = entry.file_type().map_err(at(&path))?;
            if kind.is_dir() {
                folders.push(inner.clone());
                // `<tenant>/<wiki>.git/portolan`: temporary files, and notes on packs that are not needed any more.
                if !(name == "portolan" && is(&folder, "git")) {
                    open.push(inner);
                }
            } else if kind.is_file() && !inner.ends_with("/refs/heads/main") && !is(&name, "lock") {
                found.push(inner);
            }
        }
    }
    // A pack before its index: an index without its pack is damage, a pack without its index is not there.
    found.sort_by_key(|path| (is(path, "idx"), path.clone()));
    folders.sort();
    Ok((folders, found))
}

/// Whether the name of a file ends so.
fn is(path: &str, extension: &str) -> bool {
    Path::new(path).extension().is_some_and(|found| found == extension)
}

fn copied(from: &Path, to: &Path) -> Result<Copied, BackupError> {
    let mut source = File::open(from).map_err(at(from))?;
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder).map_err(at(folder))?;
    }
    let file = write(to, &mut source)?;
    let mode = source.metadata().map_err(at(from))?.permissions();
    fs::set_permissions(to, mode).map_err(at(to))?;
    Ok(file)
}

fn write(to: &Path, source: &mut dyn Read) -> Result<Copied, BackupError> {
    let mut target = File::create_new(to).map_err(at(to))?;
    let copied = pump(source, &mut target).map_err(at(to))?;
    target.sync_all().map_err(at(to))?;
    Ok(copied)
}

fn hashed(path: &Path) -> Result<Copied, BackupError> {
    pump(&mut File::open(path).map_err(at(path))?, &mut io::sink()).map_err(at(path))
}

fn pump(source: &mut dyn Read, target: &mut dyn Write) -> io::Result<Copied> {
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 256 << 10];
    let mut bytes = 0;
    loop {
        let read = match source.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        hash.update(&buffer[..read]);
        target.write_all(&buffer[..read])?;
        bytes += read as u64;
    }
    Ok(Copied { bytes, sha256: HEXLOWER.encode(&hash.finalize()) })
}

/// Syncs a folder and all below it.
fn synced(folder: &Path) -> Result<(), BackupError> {
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).map_err(at(&folder))? {
            let entry = entry.map_err(at(&folder))?;
            if entry.file_type().map_err(at(&folder))?.is_dir() {
                open.push(entry.path());
            }
        }
        File::open(&folder).and_then(|folder| folder.sync_all()).map_err(at(&folder))?;
    }
    Ok(())
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> BackupError + use<> {
    let path = path.to_owned();
    move |source| BackupError::Io { path, source }
}
