//! `portolan page edit`, `patch`, `rename` and `restore`.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use clap::Args;
use http::Method;
use http::header::IF_MATCH;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{WRITTEN, advise, quoted};
use crate::commands::aside;
use crate::commands::tenant::put;
use crate::context::Context;
use crate::failure::{Failure, text_of};
use crate::output;
use crate::request::{Request, page_path};

/// Open a page in an editor, and write what was made of it.
#[derive(Debug, Args)]
pub(crate) struct Edit {
    /// Its path; it is created where it is absent
    path: String,
    /// The commit's message
    #[arg(long, short)]
    message: Option<String>,
    /// The editor; without it, $VISUAL, $EDITOR or vi
    #[arg(long, value_name = "COMMAND")]
    editor: Option<String>,
}

impl Edit {
    pub(super) async fn run(self, context: &Context) -> Result<(), Failure> {
        let (who, pages) = context.in_wiki(&["pages"]).await?;
        let address = page_path(&pages, &self.path)?;
        let read = Request::get(who.clone(), address.clone()).query("redirect", Some("no"));
        let (text, base) = match context.client.json(&read).await {
            Ok(page) if page.value["lossy"] == true => {
                return Err(Failure::usage(
                    "the page is not UTF-8; an editor would change more of it than you see",
                ));
            }
            Ok(page) => (text_of(&page.value["content"]), Some(text_of(&page.value["version"]))),
            Err(failure)
                if failure.slug() == Some("not-found") && failure.member("detail").is_some_and(is_page) =>
            {
                (String::new(), None)
            }
            Err(failure) => return Err(failure),
        };
        // What is being written is nobody else's to read.
        let private = std::fs::Permissions::from_mode(0o700);
        let folder = tempfile::Builder::new().prefix("portolan-").permissions(private).tempdir()?;
        let name = self.path.rsplit('/').next().unwrap_or("page").trim_end_matches(".md");
        let file = folder.path().join(format!("{name}.md"));
        std::fs::write(&file, &text)?;
        let editor = self.editor.clone().or_else(editor).unwrap_or_else(|| "vi".into());
        let (command, opened) = (editor.clone(), file.clone());
        let status = aside(move || run_editor(&command, &opened)).await??;
        let saved = std::fs::read(&file);
        if !status {
            let failure =
                Failure::other(format_args!("{editor:?} ended with a failure; nothing was written"));
            let changed = saved.is_ok_and(|saved| saved != text.as_bytes());
            return Err(if changed { keep(folder, &file, failure) } else { failure });
        }
        let saved = saved.map_err(|error| {
            Failure::other(format_args!("what {editor:?} saved cannot be read: {error}; nothing was written"))
        })?;
        let Ok(edited) = String::from_utf8(saved) else {
            let failure = Failure::usage("what was saved is not UTF-8; nothing was written");
            return Err(keep(folder, &file, failure));
        };
        if edited == text {
            context.output.remark("Nothing was changed.");
            return Ok(());
        }
        let mut body = json!({ "content": edited });
        put(&mut body, "message", self.message.map(Value::from));
        let mut request = Request::new(who, Method::PUT, address);
        match &base {
            Some(base) => put(&mut body, "base", Some(base.as_str().into())),
            None => request = request.condition(http::header::IF_NONE_MATCH, "*")?,
        }
        match context.client.json(&request.json(&body)).await {
            Ok(json) => {
                if json.value["merged"] == true {
                    context.output.remark(
                        "Somebody else changed the page meanwhile; both changes were brought together.",
                    );
                }
                context.show(&json, |_| output::record(&json.value, WRITTEN))
            }
            Err(failure) => Err(keep(folder, &file, failure).hint(format_args!(
                "bring it together with `portolan page show {:?}`, then `portolan page put {:?} --file … --base …`",
                self.path, self.path
            ))),
        }
    }
}

/// Whether a refusal is about the page, not the wiki or the tenant.
fn is_page(detail: &str) -> bool {
    detail.starts_with("Page")
}

fn editor() -> Option<String> {
    portolan_compose::variable("VISUAL").or_else(|| portolan_compose::variable("EDITOR"))
}

/// Runs the editor as git does: a shell's command, with the file behind it.
fn run_editor(editor: &str, file: &Path) -> Result<bool, Failure> {
    let status = Command::new("sh").arg("-c").arg(format!("{editor} \"$@\"")).arg(editor).arg(file).status();
    let status = status.map_err(|error| Failure::other(format_args!("{editor:?} cannot be run: {error}")))?;
    Ok(status.success())
}

/// What was written must not be lost with the folder.
fn keep(folder: TempDir, file: &Path, failure: Failure) -> Failure {
    let kept = folder.keep().join(file.file_name().unwrap_or_default());
    failure.hint(format_args!("your text is kept in {}", kept.display()))
}

/// Change parts of a page: all of the edits are made, or none.
#[derive(Debug, Args)]
pub(crate) struct Patch {
    /// Its path
    path: String,
    /// Put NEW in the place of OLD, which is in the page exactly once; may be repeated
    #[arg(long, num_args = 2, value_names = ["OLD", "NEW"], allow_hyphen_values = true)]
    replace: Vec<String>,
    /// Add this text at the end
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    append: Option<String>,
    /// Add this text at the beginning, after front matter
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    prepend: Option<String>,
    /// Edits as JSON, as the HTTP interface takes them; `-`: from standard input
    #[arg(long, value_name = "FILE")]
    edits: Option<PathBuf>,
    /// The version that the edits are for; without it, the current one
    #[arg(long, value_name = "VERSION")]
    base: Option<String>,
    /// Only if the page is still at the base; without this, the edits are merged into what it is
    #[arg(long, requires = "base")]
    strict: bool,
    /// Only show what would be changed
    #[arg(long)]
    dry_run: bool,
    /// The commit's message
    #[arg(long, short)]
    message: Option<String>,
}

impl Patch {
    pub(super) async fn run(self, context: &Context) -> Result<(), Failure> {
        let (who, pages) = context.in_wiki(&["pages"]).await?;
        let address = page_path(&pages, &self.path)?;
        let mut edits: Vec<Value> = self
            .replace
            .chunks(2)
            .map(|pair| json!({ "replace": { "old": pair[0], "new": pair[1] } }))
            .collect();
        if let Some(file) = self.edits.clone() {
            let text = aside(move || super::read_text(&file)).await??;
            let read = serde_json::from_str(&text);
            let Ok(Value::Array(read)) = read else {
                return Err(Failure::usage("--edits must be a JSON array of edits"));
            };
            edits.extend(read);
        }
        let lines = |text: String| if text.ends_with('\n') { text } else { text + "\n" };
        edits.extend(self.append.map(|text| json!({ "append": { "content": lines(text) } })));
        edits.extend(self.prepend.map(|text| json!({ "prepend": { "content": lines(text) } })));
        if edits.is_empty() {
            return Err(Failure::usage("say what to change, with --replace, --append, --prepend or --edits"));
        }
        let base = match self.base {
            Some(base) => base,
            None => current(context, &who, &address).await?,
        };
        let mut body = json!({ "edits": edits });
        put(&mut body, "message", self.message.map(Value::from));
        put(&mut body, "dry_run", self.dry_run.then(|| true.into()));
        let mut request = Request::new(who, Method::PATCH, address);
        if self.strict {
            request = request.condition(IF_MATCH, &quoted(&base))?;
        } else {
            put(&mut body, "base", Some(base.trim_matches('"').into()));
        }
        let json = context.client.json(&request.json(&body)).await;
        let json = json.map_err(|failure| advise(failure, &self.path, "patch"))?;
        context.show(&json, |output| {
            if self.dry_run {
                return output.diff(&text_of(&json.value["diff"]));
            }
            output::record(&json.value, WRITTEN)
        })
    }
}

/// The version that a page is at.
async fn current(context: &Context, who: &crate::request::Who, address: &str) -> Result<String, Failure> {
    let read = Request::get(who.clone(), address.to_owned()).query("redirect", Some("no"));
    Ok(text_of(&context.client.json(&read).await?.value["version"]))
}

/// Rename a page: links to it are rewritten, and a redirect stays.
#[derive(Debug, Args)]
pub(crate) struct Rename {
    /// Its path
    from: String,
    /// Its new path
    to: String,
    /// A version of the page that you know; without it, the current one
    #[arg(long, value_name = "VERSION")]
    base: Option<String>,
    /// The commit's message
    #[arg(long, short)]
    message: Option<String>,
}

impl Rename {
    pub(super) async fn run(self, context: &Context) -> Result<(), Failure> {
        let (who, pages) = context.in_wiki(&["pages"]).await?;
        let base = match self.base {
            Some(base) => base,
            None => current(context, &who, &page_path(&pages, &self.from)?).await?,
        };
        let (who, path) = context.in_wiki(&["renames"]).await?;
        let mut body = json!({ "from": self.from, "to": self.to, "base": base.trim_matches('"') });
        put(&mut body, "message", self.message.map(Value::from));
        let json = context.client.json(&Request::post(who, path).json(&body)).await?;
        context.show(&json, |_| {
            let members =
                [("from", "/from"), ("to", "/to"), ("revision", "/revision"), ("rewritten", "/rewritten")];
            output::record(&json.value, &members)
        })
    }
}

/// Bring a deleted page back, as it was before its deletion.
#[derive(Debug, Args)]
pub(crate) struct Restore {
    /// Its path
    path: String,
    /// The commit's message
    #[arg(long, short)]
    message: Option<String>,
}

impl Restore {
    pub(super) async fn run(self, context: &Context) -> Result<(), Failure> {
        let (who, pages) = context.in_wiki(&["pages"]).await?;
        let read = Request::get(who, page_path(&pages, &self.path)?).query("redirect", Some("no"));
        let deleted_in = match context.client.json(&read).await {
            Ok(_) => return Err(Failure::usage(format_args!("the page {:?} is there", self.path))),
            Err(failure) => match failure.member("deleted_in") {
                Some(commit) => commit.to_owned(),
                None => return Err(failure),
            },
        };
        let (who, path) = context.in_wiki(&["reverts"]).await?;
        let mut body = json!({ "revision": deleted_in, "path": self.path });
        put(&mut body, "message", self.message.map(Value::from));
        let json = context.client.json(&Request::post(who, path).json(&body)).await?;
        context.show(&json, |_| output::record(&json.value, &[("restored in", "/revision")]))
    }
}
