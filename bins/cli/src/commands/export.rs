//! `portolan wiki export`, and writing an answer to a file.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use futures::TryStreamExt;
use http::header::CONTENT_LENGTH;

use crate::client::{Answer, cut_off};
use crate::context::Context;
use crate::failure::Failure;
use crate::progress;
use crate::request::Request;
use crate::text::bytes;

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  portolan wiki export --output notes.bundle && git clone notes.bundle
  portolan wiki export --output - | ssh backup 'cat > notes.bundle'")]
pub(crate) struct Export {
    /// Where to; `-` is standard output
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
}

impl Export {
    pub(super) async fn run(self, context: &Context) -> Result<(), Failure> {
        let (who, path) = context.in_wiki(&["export"]).await?;
        let request = Request::get(who, path).accept("application/x-git-bundle");
        if let Some(size) = save(context, &request, &self.output, "wiki").await? {
            let shown = self.output.display();
            context.output.remark(&format!("{} in {shown}; take it with: git clone {shown}", bytes(size)));
        }
        Ok(())
    }
}

/// Writes an answer to the file `target`, which is replaced when everything has arrived, and not before; `-` is standard output. What is
/// there and no file is written to.
/// Answers the file's size.
pub(super) async fn save(
    context: &Context,
    request: &Request,
    target: &Path,
    what: &'static str,
) -> Result<Option<u64>, Failure> {
    if target == Path::new("-") {
        let answer = context.client.send(request).await?;
        copy(context, answer, &mut std::io::stdout().lock(), what).await?;
        return Ok(None);
    }
    let unwritten = |error: &dyn std::fmt::Display| {
        Failure::other(format_args!("{} cannot be written: {error}", target.display()))
    };
    // Where links lead is what is meant.
    let target = &target.canonicalize().unwrap_or_else(|_| target.to_path_buf());
    match target.metadata() {
        Ok(there) if there.is_dir() => return Err(unwritten(&"it is a folder")),
        // A device or a pipe is written to; in its place there would be a file.
        Ok(there) if !there.is_file() => {
            let mut file = File::options().write(true).open(target).map_err(|error| unwritten(&error))?;
            let answer = context.client.send(request).await?;
            return copy(context, answer, &mut file, what).await.map(Some);
        }
        _ => {}
    }
    let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new();
    // Hidden and named for its purpose, should a crash leave it; with the permissions any new file gets.
    file.prefix(".portolan-export-").permissions(permissions());
    let mut file = file.tempfile_in(folder).map_err(|error| unwritten(&error))?;
    let answer = context.client.send(request).await?;
    let size = copy(context, answer, file.as_file_mut(), what).await?;
    file.as_file().sync_all().map_err(|error| unwritten(&error))?;
    file.persist(target).map_err(|error| unwritten(&error.error))?;
    Ok(Some(size))
}

fn permissions() -> std::fs::Permissions {
    use std::os::unix::fs::PermissionsExt;
    std::fs::Permissions::from_mode(0o666)
}

async fn copy(
    context: &Context,
    mut answer: Answer,
    target: &mut impl Write,
    what: &'static str,
) -> Result<u64, Failure> {
    let total = answer.headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    let bar = progress::transfer(context.output, what, total);
    let mut size = 0;
    while let Some(part) = answer.body.try_next().await.map_err(cut_off)? {
        target.write_all(&part)?;
        size += part.len() as u64;
        bar.set_position(size);
    }
    target.flush()?;
    bar.finish_and_clear();
    Ok(size)
}
