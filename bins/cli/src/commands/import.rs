//! `portolan wiki import`.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use serde_json::Value;

use super::aside;
use crate::client::Json;
use crate::context::Context;
use crate::failure::{Exit, Failure, text_of};
use crate::output;
use crate::progress;
use crate::request::Request;
use crate::source::Bundle;
use crate::text::{counted, one_line};

/// How often a running import is looked at: at first, and at most.
const LOOK: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(1));

#[derive(Debug, Args)]
#[command(after_help = "\
A git history is taken over whole: its commits keep their ids. What is no page (other files, names that are no page names, \
symlinks, submodules, executable bits) is kept and listed. Uncommitted changes of a repository are not imported.

Examples:
  portolan wiki import https-cloned-wiki.git --wiki notes
  portolan wiki import ./docs --branch main --wiki docs
  portolan wiki import ~/Documents/notes --wiki notes      # a plain folder becomes one commit")]
pub(crate) struct Import {
    /// A git repository, a bundle, or a plain folder of files
    source: PathBuf,
    /// The branch to take; without it, the one HEAD names
    #[arg(long)]
    branch: Option<String>,
}

impl Import {
    pub(super) async fn run(self, context: &Context) -> Result<(), Failure> {
        let output = context.output;
        let line = progress::status(output);
        line.set_message("reading the source");
        let source = self.source.clone();
        let bundle = aside(move || Bundle::of(&source)).await;
        line.finish_and_clear();
        let bundle = bundle??;
        prepare(context).await?;
        let (who, path) = context.in_wiki(&["imports"]).await?;
        let bar = progress::transfer(output, "sending", Some(bundle.bytes));
        let request = Request::post(who.clone(), path.clone()).query("branch", self.branch.as_deref()).file(
            bundle.path.clone(),
            bundle.bytes,
            "application/x-git-bundle",
            bar.clone(),
        );
        let started = context.client.json(&request).await;
        bar.finish_and_clear();
        let id = text_of(&started?.value["id"]);
        if id.is_empty() {
            return Err(Failure::other(
                "the server does not say which import it began; look at the wiki to see how it goes",
            ));
        }
        let line = progress::status(output);
        let ended = wait(context, &Request::get(who, format!("{path}/{id}")), &line).await;
        line.finish_and_clear();
        let ended = ended?;
        context.show(&ended, |_| summary(&ended.value, &bundle.left_out))?;
        match text_of(&ended.value["state"]).as_str() {
            "done" => Ok(()),
            _ => {
                Err(Failure::new(Exit::Failure, format_args!("the import failed: {}", problem(&ended.value)))
                    .hint("nothing was changed; the wiki is still empty"))
            }
        }
    }
}

/// Makes the wiki where it is absent, and refuses one with content before anything large is sent.
async fn prepare(context: &Context) -> Result<(), Failure> {
    let (who, path) = context.in_wiki(&[]).await?;
    let name = context.wiki(None)?;
    match context.client.json(&Request::get(who, path)).await {
        Ok(wiki) if wiki.value["head"].is_null() => Ok(()),
        Ok(_) => Err(Failure::new(Exit::Conflict, format_args!("the wiki {name} is not empty"))
            .hint("import into another one: name it with --wiki, and it is made")),
        Err(failure) if failure.exit() == Exit::NotFound => {
            super::wiki::create(context, &name, None).await?;
            context.output.remark(&format!("Made the wiki {name}."));
            Ok(())
        }
        Err(failure) => Err(failure),
    }
}

/// Looks at the import until it has ended.
async fn wait(context: &Context, request: &Request, line: &indicatif::ProgressBar) -> Result<Json, Failure> {
    let (mut pause, longest) = LOOK;
    loop {
        let json = context.client.json(request).await?;
        let value = &json.value;
        if value["state"] != "running" {
            return Ok(json);
        }
        let count = |name: &str| text_of(&value[name]);
        line.set_message(format!(
            "importing: {} objects, {} commits, {} pages",
            count("objects"),
            count("commits"),
            count("pages")
        ));
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(longest);
    }
}

fn summary(import: &Value, left_out: &[String]) -> Result<(), Failure> {
    for path in left_out {
        output::line(&format!("left out  {}", one_line(path)))?;
    }
    if import["state"] != "done" {
        return Ok(());
    }
    let kept = import["kept"].as_array().map_or(&[] as &[Value], Vec::as_slice);
    for entry in kept {
        output::line(&format!(
            "kept  {}  ({})",
            one_line(&text_of(&entry["path"])),
            text_of(&entry["reason"])
        ))?;
    }
    let count = |name: &str, one: &str, more: &str| counted(import[name].as_u64().unwrap_or(0), one, more);
    output::line(&format!(
        "Imported {}, {}, {}; the head is {}.",
        count("commits", "commit", "commits"),
        count("objects", "object", "objects"),
        count("pages", "page", "pages"),
        text_of(&import["revision"])
    ))?;
    if !kept.is_empty() {
        let entries = counted(kept.len() as u64, "entry", "entries");
        output::line(&format!("{entries} listed above: kept as they are, and no pages."))?;
    }
    Ok(())
}

/// Why it failed: a text, or a problem with one.
fn problem(import: &Value) -> String {
    let problem = &import["problem"];
    match problem.get("detail").or_else(|| problem.get("title")) {
        Some(text) => text_of(text),
        None => text_of(problem),
    }
}
