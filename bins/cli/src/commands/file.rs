//! `portolan file`.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use http::Method;
use http::header::{IF_MATCH, IF_NONE_MATCH};

use super::page::quoted;
use crate::cli::Part;
use crate::context::Context;
use crate::failure::Failure;
use crate::output;
use crate::progress;
use crate::request::{Request, page_path};

#[derive(Debug, Subcommand)]
pub(crate) enum File {
    /// List the files that are no pages, by path
    List {
        /// Only paths that begin so
        #[arg(long, value_name = "PATH")]
        prefix: Option<String>,
        #[command(flatten)]
        part: Part,
    },
    /// Write a file's bytes to standard output, or to a file
    Get {
        /// Its path, such as img/logo.png
        path: String,
        /// Where to; without it, standard output
        #[arg(long, short, value_name = "FILE")]
        output: Option<PathBuf>,
    },
    /// Attach a file, or change it
    Put {
        /// Its path in the wiki, such as img/logo.png
        path: String,
        /// The file on this machine
        file: PathBuf,
        /// The version that is changed
        #[arg(long, value_name = "VERSION")]
        base: Option<String>,
        /// Only if there is no such file
        #[arg(long, conflicts_with = "base")]
        create: bool,
        /// The commit's message
        #[arg(long, short)]
        message: Option<String>,
    },
    /// Delete a file; its history stays
    Delete {
        /// Its path
        path: String,
        /// The version you want to delete
        #[arg(long, value_name = "VERSION")]
        base: String,
        /// The commit's message
        #[arg(long, short)]
        message: Option<String>,
    },
}

impl File {
    pub(super) async fn run(self, context: &Context) -> Result<(), Failure> {
        let (who, files) = context.in_wiki(&["files"]).await?;
        match self {
            Self::List { prefix, part } => {
                let columns = [
                    ("PATH", "/path"),
                    ("VERSION", "/version"),
                    ("TYPE", "/content_type"),
                    ("BYTES", "/bytes"),
                ];
                let request = Request::get(who, files).query("prefix", prefix);
                context.show_list(&request, &part, &columns, "There are no files.").await
            }
            Self::Get { path, output } => {
                let request = Request::get(who, page_path(&files, &path)?).accept("*/*");
                let bytes = context.client.send(&request).await?.bytes().await?;
                match output {
                    None => output::raw(&bytes),
                    Some(target) => std::fs::write(&target, &bytes).map_err(|error| {
                        Failure::other(format_args!("{} cannot be written: {error}", target.display()))
                    }),
                }
            }
            Self::Put { path, file, base, create, message } => {
                let size = size(&file)?;
                let bar = progress::transfer(context.output, "sending", Some(size));
                let address = page_path(&files, &path)?;
                let mut request = Request::new(who, Method::PUT, address).query("message", message).file(
                    file,
                    size,
                    "application/octet-stream",
                    bar,
                );
                if let Some(base) = base {
                    request = request.condition(IF_MATCH, &quoted(&base))?;
                } else if create {
                    request = request.condition(IF_NONE_MATCH, "*")?;
                }
                let members = [
                    ("path", "/path"),
                    ("changed", "/changed"),
                    ("type", "/content_type"),
                    ("version", "/version"),
                    ("revision", "/revision"),
                ];
                context.show_record(&request, &members).await.map_err(|failure| advise(failure, &path))
            }
            Self::Delete { path, base, message } => {
                let request = Request::delete(who, page_path(&files, &path)?).query("message", message);
                let request = request.condition(IF_MATCH, &quoted(&base))?;
                let shown = context.show_record(&request, &[("deleted in", "/revision")]).await;
                shown.map_err(|failure| advise(failure, &path))
            }
        }
    }
}

/// Tells what to do where the file is not as the command supposed.
fn advise(failure: Failure, path: &str) -> Failure {
    let Some("base-required" | "stale-base" | "page-exists") = failure.slug() else { return failure };
    match failure.member("version").map(str::to_owned) {
        Some(version) => failure.hint(format_args!(
            "look at it with `portolan file get {path:?}`; to change or delete just that, add `--base {version}`"
        )),
        None => failure.hint("there is no such file now"),
    }
}

fn size(file: &Path) -> Result<u64, Failure> {
    let cannot = |error| Failure::usage(format_args!("{} cannot be read: {error}", file.display()));
    let found = std::fs::metadata(file).map_err(cannot)?;
    if !found.is_file() {
        return Err(Failure::usage(format_args!("{} is no file", file.display())));
    }
    Ok(found.len())
}
