//! What is imported: a bundle, a git repository, or a folder of files; each becomes a bundle.

mod folder;
mod git;

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use portolan::core::git::bundle::{BadBundle, Header, MAX_HEADER};
use tempfile::TempDir;

use crate::failure::{Exit, Failure};

/// A bundle in a file.
#[derive(Debug)]
pub(crate) struct Bundle {
    pub(crate) path: PathBuf,
    pub(crate) bytes: u64,
    /// What of a folder is not in it, each with why.
    pub(crate) left_out: Vec<String>,
    /// The folder that holds it, where it was made here; removed with it.
    _temporary: Option<TempDir>,
}

impl Bundle {
    /// The bundle of `source`. Blocks.
    pub(crate) fn of(source: &Path) -> Result<Self, Failure> {
        let shown = source.display();
        let about = std::fs::metadata(source).map_err(|error| {
            let exit =
                if error.kind() == std::io::ErrorKind::NotFound { Exit::NotFound } else { Exit::Failure };
            Failure::new(exit, format_args!("{shown} cannot be read: {error}"))
        })?;
        if about.is_file() {
            check_header(source)?;
            return Ok(Self {
                path: source.into(),
                bytes: about.len(),
                left_out: Vec::new(),
                _temporary: None,
            });
        }
        if !about.is_dir() {
            return Err(Failure::usage(format_args!("{shown} is neither a file nor a folder")));
        }
        let temporary = TempDir::with_prefix("portolan-import-")?;
        let path = temporary.path().join("import.bundle");
        let left_out = if git::is_repository(source) {
            git::bundle(source, &path)?;
            Vec::new()
        } else {
            let repository = temporary.path().join("folder.git");
            let left_out = folder::commit(source, &repository)?;
            git::bundle(&repository, &path)?;
            left_out
        };
        let bytes = std::fs::metadata(&path)?.len();
        Ok(Self { path, bytes, left_out, _temporary: Some(temporary) })
    }
}

/// Refuses a file that is no bundle before it is sent.
fn check_header(path: &Path) -> Result<(), Failure> {
    let mut data = Vec::new();
    let unreadable = |error| Failure::other(format_args!("{} cannot be read: {error}", path.display()));
    File::open(path)
        .map_err(unreadable)?
        .take(MAX_HEADER as u64)
        .read_to_end(&mut data)
        .map_err(unreadable)?;
    match Header::parse(&data) {
        Ok(_) => Ok(()),
        Err(bad @ BadBundle::Signature) => Err(Failure::usage(format_args!("{}: {bad}", path.display()))
            .hint("a git repository or a plain folder is named by its folder")),
        Err(bad) => Err(Failure::usage(format_args!("{}: {bad}", path.display()))),
    }
}
