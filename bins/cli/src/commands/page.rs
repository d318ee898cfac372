//! `portolan page`.

use std::io::{IsTerminal, Read};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use http::Method;
use http::header::{IF_MATCH, IF_NONE_MATCH};
use serde_json::{Value, json};

use super::aside;
use super::tenant::put;
use super::wiki::COMMITS;
use crate::cli::Part;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::{self, Column};
use crate::request::{Request, page_path};

const WRITTEN: &[Column] =
    &[("path", "/path"), ("changed", "/changed"), ("version", "/version"), ("revision", "/revision")];

#[derive(Debug, Subcommand)]
pub(crate) enum Page {
    /// List pages, by path
    List {
        /// Only paths that begin so
        #[arg(long, value_name = "PATH")]
        prefix: Option<String>,
        #[command(flatten)]
        part: Part,
    },
    /// Print a page's text, exactly as it is stored; with --json all about it
    #[command(after_help = "\
Examples:
  portolan page show Guides/Start
  portolan page show Guides/Start --revision 3b18e512dba79e4c8300dd08aeb37f8e728b8dad > Start.old.md
  portolan --json page show Guides/Start | jq -r .version")]
    Show {
        /// Its path, such as Guides/Start
        path: String,
        /// As it was: a version of the page or any commit
        #[arg(long, value_name = "VERSION")]
        revision: Option<String>,
    },
    /// Create or change a page
    #[command(after_help = "\
A page that exists is changed with --base, the version your change was made on; where somebody else was faster, nothing is \
changed and you are told. Without --base a page is only created.

Examples:
  echo '# Ideas' | portolan page put Ideas
  base=$(portolan --json page show Ideas | jq -r .version)
  portolan page put Ideas --file Ideas.md --base $base --message 'Add a second one'")]
    Put(Put),
    /// Delete a page; its history stays
    Delete {
        /// Its path
        path: String,
        /// The version you want to delete
        #[arg(long, value_name = "VERSION")]
        base: Option<String>,
        /// The commit's message
        #[arg(long, short)]
        message: Option<String>,
    },
    /// List the commits that changed a page, newest first
    History {
        /// Its path
        path: String,
        #[command(flatten)]
        part: Part,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Put {
    /// Its path, such as Guides/Start
    path: String,
    /// The text; without it or with `-`, read from standard input
    #[arg(long, short, value_name = "FILE", default_value = "-", hide_default_value = true)]
    file: PathBuf,
    /// The commit's message
    #[arg(long, short)]
    message: Option<String>,
    /// The version that your change was made on
    #[arg(long, value_name = "VERSION")]
    base: Option<String>,
    /// Only if there is no such page
    #[arg(long, conflicts_with = "base")]
    create: bool,
}

impl Page {
    pub(super) async fn run(self, context: &Context) -> Result<(), Failure> {
        match self {
            Self::List { prefix, part } => {
                let (who, path) = context.in_wiki(&["pages"]).await?;
                let columns = [
                    ("PATH", "/path"),
                    ("VERSION", "/version"),
                    ("UPDATED", "/updated_at"),
                    ("BYTES", "/bytes"),
                    ("TITLE", "/title"),
                ];
                let request = Request::get(who, path).query("prefix", prefix);
                context.show_list(&request, &part, &columns, "There are no pages.").await
            }
            Self::Show { path, revision } => {
                let (who, base) = context.in_wiki(&["pages"]).await?;
                let request = Request::get(who, page_path(&base, &path)?).query("revision", revision);
                if context.output.json {
                    return context.show_record(&request, &[]).await;
                }
                let answer = context.client.send(&request.accept("text/markdown")).await?;
                output::document(&answer.bytes().await?)
            }
            Self::Put(put) => put.run(context).await,
            Self::Delete { path, base, message } => {
                let (who, pages) = context.in_wiki(&["pages"]).await?;
                let mut request = Request::delete(who, page_path(&pages, &path)?).query("message", message);
                if let Some(base) = base {
                    request = request.condition(IF_MATCH, &quoted(&base))?;
                }
                let json = context
                    .client
                    .json(&request)
                    .await
                    .map_err(|failure| advise(failure, &path, "delete"))?;
                context.show(&json, |_| output::record(&json.value, &[("deleted in", "/revision")]))
            }
            Self::History { path, part } => {
                let (who, base) = context.in_wiki(&["history"]).await?;
                let request = Request::get(who, page_path(&base, &path)?);
                context.show_list(&request, &part, COMMITS, "It has no history.").await
            }
        }
    }
}

impl Put {
    async fn run(self, context: &Context) -> Result<(), Failure> {
        let (who, pages) = context.in_wiki(&["pages"]).await?;
        let address = page_path(&pages, &self.path)?;
        let mut body = json!({ "content": self.text(context).await? });
        put(&mut body, "message", self.message.map(Value::from));
        let mut request = Request::new(who, Method::PUT, address).json(&body);
        if let Some(base) = &self.base {
            request = request.condition(IF_MATCH, &quoted(base))?;
        } else if self.create {
            request = request.condition(IF_NONE_MATCH, "*")?;
        }
        let json =
            context.client.json(&request).await.map_err(|failure| advise(failure, &self.path, "put"))?;
        context.show(&json, |_| output::record(&json.value, WRITTEN))
    }

    async fn text(&self, context: &Context) -> Result<String, Failure> {
        let is_stdin = self.file == Path::new("-");
        if is_stdin && std::io::stdin().is_terminal() {
            context.output.remark("Write the page's text; end it with Ctrl-D.");
        }
        let name = if is_stdin { "standard input".into() } else { self.file.display().to_string() };
        let file = self.file.clone();
        let read = move || {
            if !is_stdin {
                return std::fs::read(file);
            }
            let mut bytes = Vec::new();
            std::io::stdin().read_to_end(&mut bytes).map(|_| bytes)
        };
        let bytes = aside(read)
            .await?
            .map_err(|error| Failure::usage(format_args!("{name} cannot be read: {error}")))?;
        String::from_utf8(bytes).map_err(|error| {
            let at = error.utf8_error().valid_up_to();
            Failure::usage(format_args!("{name} is not UTF-8: byte {at} does not fit; a page is UTF-8 text"))
        })
    }
}

/// A base as an entity tag.
fn quoted(base: &str) -> String {
    format!("\"{}\"", base.trim_matches('"'))
}

/// Tells what to do where the page is not as the command supposed.
fn advise(failure: Failure, path: &str, command: &str) -> Failure {
    let Some("base-required" | "stale-base" | "page-exists") = failure.slug() else { return failure };
    let Some(version) = failure.member("version").map(str::to_owned) else {
        return failure.hint("there is no such page now; leave --base away to create it");
    };
    let again = match command {
        "put" => format!(
            "read it with `portolan page show {path:?}`, make your change on that text, and put it with `--base {version}`"
        ),
        _ => format!(
            "look at it with `portolan page show {path:?}`; to delete just that, add `--base {version}`"
        ),
    };
    failure.hint(format_args!("its version is {version} now")).hint(again)
}
