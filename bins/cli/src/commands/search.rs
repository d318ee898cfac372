//! `portolan search`.

use clap::Args;

use crate::cli::Part;
use crate::context::Context;
use crate::failure::{Failure, text_of};
use crate::request::Request;
use crate::text::one_line;

/// Find pages by their text.
#[derive(Debug, Args)]
#[command(after_help = "\
Any text is a query. \"words in quotes\" stand together, word* begins so, -word must not be there; where one comes first, write `--` before it.

Examples:
  portolan search release checklist
  portolan search '\"release checklist\" -draft' --prefix Guides/ --limit 5")]
pub(crate) struct Search {
    /// What to look for
    #[arg(required = true)]
    words: Vec<String>,
    /// Only paths that begin so
    #[arg(long, value_name = "PATH")]
    prefix: Option<String>,
    /// Only pages of this category
    #[arg(long)]
    category: Option<String>,
    /// Only pages with this tag
    #[arg(long)]
    tag: Option<String>,
    #[command(flatten)]
    part: Part,
}

/// Results shown where nothing else is said.
const RESULTS: u64 = 20;

impl Search {
    pub(super) async fn run(self, context: &Context) -> Result<(), Failure> {
        let (who, path) = context.in_wiki(&["search"]).await?;
        let request = Request::get(who, path)
            .query("q", Some(self.words.join(" ")))
            .query("prefix", self.prefix)
            .query("category", self.category)
            .query("tag", self.tag);
        let limit = self.part.limit.unwrap_or(RESULTS);
        let json = context.client.list(&request, Some(limit), self.part.after.as_deref()).await?;
        context.show(&json, |output| {
            let items = json.value["items"].as_array().map_or(&[][..], Vec::as_slice);
            if items.is_empty() {
                output.remark("Nothing was found.");
            }
            let mut text = String::new();
            for item in items {
                let section = match text_of(&item["section"]) {
                    section if section.is_empty() => String::new(),
                    section => format!(" \u{203a} {}", one_line(&section)),
                };
                let (path, title) = (one_line(&text_of(&item["path"])), one_line(&text_of(&item["title"])));
                let snippet = one_line(&text_of(&item["snippet"]));
                text.extend([path, format!("  ({title}{section})\n    "), snippet, "\n".into()]);
            }
            output.document(text.as_bytes())
        })
    }
}
