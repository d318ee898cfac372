//! `portolan page`.

mod change;
pub(super) mod look;

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
        /// Only this section: headings joined by ` > `, as `portolan page outline` lists them
        #[arg(long, value_name = "SECTION", conflicts_with = "lines")]
        section: Option<String>,
        /// Only these lines, such as 10-40 or 10-
        #[arg(long, value_name = "LINES")]
        lines: Option<String>,
        /// As HTML
        #[arg(long)]
        html: bool,
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
    /// Open a page in your editor, and write what you made of it; what others wrote meanwhile stays
    #[command(after_help = "\
The change is merged into what the page is when you save. Where it contradicts what somebody else wrote meanwhile, nothing is \
changed, and your text is kept in a file.

Examples:
  portolan page edit Guides/Start
  EDITOR='code --wait' portolan page edit Ideas --message 'Sort them'")]
    Edit(change::Edit),
    /// Change parts of a page, each named by the text or section that is there
    #[command(after_help = "\
Examples:
  portolan page patch Ideas --replace 'teh' 'the' --append '- one more'
  portolan page patch Ideas --edits edits.json --dry-run")]
    Patch(change::Patch),
    /// Rename a page: links to it are rewritten, and a redirect stays
    Rename(change::Rename),
    /// Bring a deleted page back
    Restore(change::Restore),
    /// Show what changed between two revisions of a page
    Diff(look::Diff),
    /// Show which commit made each line of a page
    Blame(look::Blame),
    /// List the links of a page, and the pages that link to it
    Links(look::Links),
    /// List the sections of a page
    Outline {
        /// Its path
        path: String,
    },
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
    /// Bring your change together with what others wrote since the base
    #[arg(long, requires = "base")]
    merge: bool,
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
            Self::Show { path, revision, section, lines, html } => {
                let (who, base) = context.in_wiki(&["pages"]).await?;
                let request = Request::get(who, page_path(&base, &path)?)
                    .query("revision", revision)
                    .query("section", section)
                    .query("lines", lines)
                    .following();
                if context.output.json {
                    return context.show_record(&request, &[]).await;
                }
                let form = if html { "text/html" } else { "text/markdown" };
                let answer = context.client.send(&request.accept(form)).await?;
                context.output.document(&answer.bytes().await?)
            }
            Self::Outline { path } => {
                let (who, base) = context.in_wiki(&["pages"]).await?;
                let request = Request::get(who, page_path(&base, &path)?)
                    .query("view", Some("outline"))
                    .query("redirect", Some("no"));
                let json = context.client.json(&request).await?;
                context.show(&json, |output| {
                    let items = json.value["outline"].as_array().map_or(&[][..], Vec::as_slice);
                    let columns = [("LINE", "/line"), ("BYTES", "/bytes"), ("SECTION", "/path")];
                    output.table(items, &columns, "It has no headings.")
                })
            }
            Self::Edit(edit) => edit.run(context).await,
            Self::Patch(patch) => patch.run(context).await,
            Self::Rename(rename) => rename.run(context).await,
            Self::Restore(restore) => restore.run(context).await,
            Self::Diff(diff) => diff.run(context).await,
            Self::Blame(blame) => blame.run(context).await,
            Self::Links(links) => links.run(context).await,
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
        if self.merge {
            put(&mut body, "base", self.base.as_deref().map(|base| base.trim_matches('"').into()));
        }
        let mut request = Request::new(who, Method::PUT, address).json(&body);
        if let Some(base) = self.base.as_ref().filter(|_| !self.merge) {
            request = request.condition(IF_MATCH, &quoted(base))?;
        } else if self.create {
            request = request.condition(IF_NONE_MATCH, "*")?;
        }
        let json =
            context.client.json(&request).await.map_err(|failure| advise(failure, &self.path, "put"))?;
        context.show(&json, |_| output::record(&json.value, WRITTEN))
    }

    async fn text(&self, context: &Context) -> Result<String, Failure> {
        if self.file == Path::new("-") && std::io::stdin().is_terminal() {
            context.output.remark("Write the page's text; end it with Ctrl-D.");
        }
        let file = self.file.clone();
        aside(move || read_text(&file)).await?
    }
}

/// The text in a file; `-`: in standard input.
fn read_text(file: &Path) -> Result<String, Failure> {
    let is_stdin = file == Path::new("-");
    let name = if is_stdin { "standard input".into() } else { file.display().to_string() };
    let mut bytes = Vec::new();
    let read = if is_stdin {
        std::io::stdin().read_to_end(&mut bytes).map(|_| ())
    } else {
        std::fs::read(file).map(|read| bytes = read)
    };
    read.map_err(|error| Failure::usage(format_args!("{name} cannot be read: {error}")))?;
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        Failure::usage(format_args!("{name} is not UTF-8: byte {at} does not fit; a page is UTF-8 text"))
    })
}

/// A base as an entity tag.
pub(super) fn quoted(base: &str) -> String {
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
