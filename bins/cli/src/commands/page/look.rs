//! `portolan page diff`, `blame`, `links` and `outline`.

use clap::Args;
use serde_json::Value;

use crate::context::Context;
use crate::failure::{Failure, text_of};
use crate::request::{Request, page_path};
use crate::text::one_line;

/// Show what changed between two revisions of a page.
#[derive(Debug, Args)]
pub(crate) struct Diff {
    /// Its path
    path: String,
    /// The older version or revision; without it, the one before `--to`
    #[arg(long, value_name = "VERSION")]
    from: Option<String>,
    /// The newer one; without it, the page as it is
    #[arg(long, value_name = "VERSION")]
    to: Option<String>,
}

impl Diff {
    pub(super) async fn run(self, context: &Context) -> Result<(), Failure> {
        differences(context, Some(&self.path), self.from, self.to).await
    }
}

/// Shows what changed between two revisions, of a page or of the whole wiki.
pub(crate) async fn differences(
    context: &Context,
    path: Option<&str>,
    from: Option<String>,
    to: Option<String>,
) -> Result<(), Failure> {
    let (who, address) = context.in_wiki(&["diff"]).await?;
    let request = Request::get(who, address).query("from", from).query("to", to).query("path", path);
    let json = context.client.json(&request).await?;
    context.show(&json, |output| {
        let files = json.value["files"].as_array().map_or(&[][..], Vec::as_slice);
        if files.is_empty() {
            output.remark("Nothing differs.");
        }
        let mut text = String::new();
        for file in files {
            let path = one_line(&text_of(&file["path"]));
            let from =
                file["from"].as_str().map_or_else(String::new, |from| format!(" from {}", one_line(from)));
            text.extend(["--- ", &path, " (", &text_of(&file["change"]), &from, ")\n"]);
            text.push_str(&text_of(&file["unified"]));
        }
        output.diff(&text)
    })
}

/// Show which commit made each line of a page.
#[derive(Debug, Args)]
pub(crate) struct Blame {
    /// Its path
    path: String,
    /// As it was: a version of the page or any commit
    #[arg(long, value_name = "VERSION")]
    revision: Option<String>,
}

impl Blame {
    pub(super) async fn run(self, context: &Context) -> Result<(), Failure> {
        let (who, base) = context.in_wiki(&["blame"]).await?;
        let request = Request::get(who.clone(), page_path(&base, &self.path)?)
            .query("revision", self.revision.as_ref());
        let json = context.client.json(&request).await?;
        if context.output.json {
            return context.show(&json, |_| Ok(()));
        }
        // The very text that was blamed: the page may have changed since.
        let (_, pages) = context.in_wiki(&["pages"]).await?;
        let version = text_of(&json.value["version"]);
        let read = Request::get(who, page_path(&pages, &self.path)?).query("revision", Some(version));
        let text = context.client.send(&read.accept("text/markdown")).await?.bytes().await?;
        let text = String::from_utf8_lossy(&text);
        let mut lines = text.lines();
        let mut shown = String::new();
        let mut number = 0;
        for part in json.value["lines"].as_array().map_or(&[][..], Vec::as_slice) {
            let revision: String = text_of(&part["revision"]).chars().take(10).collect();
            let author = one_line(&text_of(&part["author"]["name"]));
            let day: String = text_of(&part["time"]).chars().take(10).collect();
            for line in
                lines.by_ref().take(part["count"].as_u64().and_then(|n| usize::try_from(n).ok()).unwrap_or(0))
            {
                number += 1;
                let row = format!("{revision} {day} {author:<16.16} {number:>4}  {line}\n");
                shown.push_str(&row);
            }
        }
        context.output.document(shown.as_bytes())
    }
}

/// List the links of a page, and the pages that link to it.
#[derive(Debug, Args)]
pub(crate) struct Links {
    /// Its path
    path: String,
}

impl Links {
    pub(super) async fn run(self, context: &Context) -> Result<(), Failure> {
        let (who, base) = context.in_wiki(&["links"]).await?;
        let json = context.client.json(&Request::get(who, page_path(&base, &self.path)?)).await?;
        context.show(&json, |output| {
            let items = |name: &str| json.value[name].as_array().cloned().unwrap_or_default();
            let mut rows: Vec<Value> = items("links_to");
            for row in &mut rows {
                row["way"] = if row["exists"] == false { "to (broken)" } else { "to" }.into();
            }
            let mut from = items("linked_from");
            for row in &mut from {
                row["way"] = "from".into();
            }
            rows.extend(from);
            let columns = [("LINK", "/way"), ("PATH", "/path"), ("LINE", "/line"), ("TEXT", "/text")];
            output.table(&rows, &columns, "It has no links, and none lead to it.")
        })
    }
}
