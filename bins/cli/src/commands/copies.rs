//! `portolan backup`, `restore` and `reindex`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use portolan_compose::{BackupError, DataFolder, Manifest};
use serde_json::json;

use super::aside;
use super::doctor::{Watch, show};
use crate::failure::{Exit, Failure};
use crate::output::{self, Output};
use crate::progress;
use crate::text::{bytes, counted};
use crate::transport::{compose, existing};

/// Copy a data folder, also while a server has it.
#[derive(Debug, Args)]
#[command(after_help = "\
The copy is a folder with the ledger as of one moment, all packs, and a list of the files with their hashes. Indexes are not \
in it: they are made again.

Example:
  portolan backup ./backups/2026-01-31 --data ./data")]
pub(crate) struct Backup {
    /// The folder for the copy; it must not exist yet, or be empty
    target: PathBuf,
}

impl Backup {
    pub(crate) async fn run(self, folder: &Path, output: Output) -> Result<(), Failure> {
        let bar = progress::status(output);
        let (data, target, watch) = (folder.to_owned(), self.target.clone(), bar.clone());
        let done = aside(move || {
            portolan_compose::backup(&data, &target, |file| watch.set_message(file.to_owned()))
        });
        let manifest = done.await?.map_err(failed)?;
        bar.finish_and_clear();
        say(output, &manifest, &self.target, "copied to")
    }
}

/// Bring a backup back into a new data folder, and check everything in it.
#[derive(Debug, Args)]
#[command(after_help = "\
Every file is compared with what it was when the backup was made; then everything is checked as `portolan doctor` does it.

Example:
  portolan restore ./backups/2026-01-31 --data ./restored")]
pub(crate) struct Restore {
    /// The backup's folder
    backup: PathBuf,
}

impl Restore {
    pub(crate) async fn run(self, folder: &Path, output: Output) -> Result<(), Failure> {
        let bar = progress::status(output);
        let (backup, data, watch) = (self.backup.clone(), folder.to_owned(), bar.clone());
        let done = aside(move || {
            portolan_compose::restore(&backup, &data, |file| watch.set_message(file.to_owned()))
        });
        let manifest = done.await?.map_err(failed)?;
        let opened = DataFolder::existing(folder)?;
        let composed = compose(opened, &portolan_compose::read_environment(), output).await?;
        let findings = composed.portolan.doctor(Arc::new(Watch(bar.clone()))).await;
        composed.portolan.close().await;
        bar.finish_and_clear();
        if !findings.is_empty() {
            show(output, &findings)?;
            let text = format!(
                "{} found in what was brought back",
                counted(findings.len() as u64, "damage", "damages")
            );
            return Err(Failure::other(text));
        }
        say(output, &manifest, folder, "brought back to")
    }
}

/// Make the indexes of wikis anew.
#[derive(Debug, Args)]
#[command(after_help = "\
An index that is missing or behind is mended by itself when somebody reads; this is for one that is suspected to be wrong.

Example:
  portolan reindex --data ./data --tenant acme --wiki notes")]
pub(crate) struct Reindex {}

impl Reindex {
    pub(crate) async fn run(
        self,
        folder: &Path,
        tenant: Option<&str>,
        wiki: Option<&str>,
        output: Output,
    ) -> Result<(), Failure> {
        let bar = progress::status(output);
        let opened = existing(folder)?;
        let composed = compose(opened, &portolan_compose::read_environment(), output).await?;
        let watch = Arc::new(Watch(bar.clone()));
        let done = composed.portolan.reindex(tenant, wiki, watch).await;
        composed.portolan.close().await;
        bar.finish_and_clear();
        let wikis = done.map_err(|error| Failure::other(format_args!("an index cannot be made: {error}")))?;
        if output.json {
            let wikis: Vec<_> =
                wikis.iter().map(|(tenant, wiki)| json!({ "tenant": tenant, "wiki": wiki })).collect();
            return output::line(&json!({ "reindexed": wikis }).to_string());
        }
        if wikis.is_empty() {
            return Err(Failure::new(Exit::NotFound, "there is no such wiki"));
        }
        for (tenant, wiki) in wikis {
            output::line(&format!("{tenant}/{wiki}"))?;
        }
        Ok(())
    }
}

fn say(output: Output, manifest: &Manifest, folder: &Path, done: &str) -> Result<(), Failure> {
    let total: u64 = manifest.files.values().map(|file| file.bytes).sum();
    let count = manifest.files.len() as u64;
    if output.json {
        return output::line(&json!({ "folder": folder, "files": count, "bytes": total }).to_string());
    }
    output::line(&format!(
        "{}, {}, {done} {}",
        counted(count, "file", "files"),
        bytes(total),
        folder.display()
    ))
}

fn failed(error: BackupError) -> Failure {
    match error {
        BackupError::Folder(error) => error.into(),
        BackupError::NotEmpty(_) => Failure::new(Exit::Conflict, error),
        BackupError::NoBackup { .. } => Failure::usage(error),
        _ => Failure::other(error),
    }
}
