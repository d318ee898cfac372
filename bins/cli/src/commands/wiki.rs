//! `portolan wiki`.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::export::Export;
use super::import::Import;
use super::tenant::put;
use crate::cli::Part;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::{self, Column};
use crate::request::{Request, Who, path};
use crate::transport::Transport;

const MEMBERS: &[Column] = &[
    ("id", "/id"),
    ("name", "/display_name"),
    ("head", "/head"),
    ("created", "/created_at"),
    ("repository", "/repository"),
];

/// Columns of a list of commits.
pub(super) const COMMITS: &[Column] =
    &[("REVISION", "/revision"), ("TIME", "/time"), ("AUTHOR", "/author/name"), ("MESSAGE", "/message")];

#[derive(Debug, Subcommand)]
pub(crate) enum Wiki {
    /// Make an empty wiki
    Create {
        /// Its id: a-z, 0-9 and `-`; without it, the one of --wiki
        id: Option<String>,
        /// What people call it
        #[arg(long)]
        name: Option<String>,
    },
    /// List wikis
    List(Part),
    /// Show a wiki; with --data also where its git repository is
    Show {
        /// Its id; without it, the one of --wiki
        id: Option<String>,
    },
    /// Delete a wiki; its id is free again, and its content is kept for 30 days
    Delete {
        /// Its id
        id: String,
    },
    /// Bring back the wiki of this id that was deleted last, within 30 days
    Reinstate {
        /// Its id
        id: String,
    },
    /// Take over a git history, or a folder of files, into an empty wiki
    Import(Import),
    /// Write the whole history as a bundle that `git clone` takes
    Export(Export),
    /// List the commits of a wiki, newest first
    Changes(Changes),
    /// Show what changed between two revisions
    Diff {
        /// The older revision; without it, the one before `--to`
        #[arg(long, value_name = "REVISION")]
        from: Option<String>,
        /// The newer one; without it, the newest
        #[arg(long, value_name = "REVISION")]
        to: Option<String>,
    },
    /// Undo a commit, or everything that an agent did, in a new commit
    Revert(Revert),
    /// List the pages that no other page links to
    Orphans(Part),
    /// List the links that lead nowhere
    BrokenLinks(Part),
    /// List which pages link to which
    Graph {
        /// Only around this page
        #[arg(long, value_name = "PATH")]
        around: Option<String>,
        /// How many links away from it, 1 to 3
        #[arg(long, requires = "around", value_name = "NUMBER")]
        depth: Option<u8>,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Revert {
    /// The commit
    #[arg(required_unless_present = "agent")]
    revision: Option<String>,
    /// Only what it did to this page
    #[arg(long, value_name = "PATH", requires = "revision")]
    path: Option<String>,
    /// Everything that this agent did …
    #[arg(long, conflicts_with = "revision", requires = "since")]
    agent: Option<String>,
    /// … from this time on (RFC 3339)
    #[arg(long, value_name = "TIME", requires = "agent")]
    since: Option<String>,
    /// The commit's message
    #[arg(long, short)]
    message: Option<String>,
}

impl Revert {
    async fn run(self, context: &Context) -> Result<(), Failure> {
        let (who, path) = context.in_wiki(&["reverts"]).await?;
        let mut body = json!({});
        for (name, value) in [
            ("revision", self.revision),
            ("path", self.path),
            ("agent", self.agent),
            ("since", self.since),
            ("message", self.message),
        ] {
            put(&mut body, name, value.map(Value::from));
        }
        let members = [("undone in", "/revision"), ("paths", "/paths")];
        context.show_record(&Request::post(who, path).json(&body), &members).await
    }
}

#[derive(Debug, Args)]
pub(crate) struct Changes {
    /// Only commits from this time on (RFC 3339)
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// Only by this author: his id, e-mail address or exact name
    #[arg(long)]
    author: Option<String>,
    /// Only what changes something whose path begins so
    #[arg(long, value_name = "PATH")]
    prefix: Option<String>,
    #[command(flatten)]
    part: Part,
}

impl Wiki {
    pub(super) async fn run(self, context: &Context) -> Result<(), Failure> {
        match self {
            Self::Create { id, name } => {
                let json = create(context, &context.wiki(id.as_deref())?, name).await?;
                context.show(&json, |_| output::record(&json.value, MEMBERS))
            }
            Self::List(part) => {
                let (who, path) = context.in_tenant(&["wikis"]).await?;
                let columns =
                    [("ID", "/id"), ("NAME", "/display_name"), ("HEAD", "/head"), ("CREATED", "/created_at")];
                context.show_list(&Request::get(who, path), &part, &columns, "There are no wikis.").await
            }
            Self::Show { id } => show(context, &context.wiki(id.as_deref())?).await,
            Self::Reinstate { id } => {
                let (who, path) = context.in_tenant(&["wikis", &id, "reinstate"]).await?;
                let members = MEMBERS.iter().filter(|column| column.0 != "repository").copied();
                context.show_record(&Request::post(who, path), &members.collect::<Vec<_>>()).await
            }
            Self::Delete { id } => {
                let (who, path) = context.in_tenant(&["wikis", &id]).await?;
                context.done(&Request::delete(who, path), &format!("The wiki {id} is deleted.")).await
            }
            Self::Import(import) => import.run(context).await,
            Self::Export(export) => export.run(context).await,
            Self::Changes(changes) => {
                let (who, path) = context.in_wiki(&["changes"]).await?;
                let request = Request::get(who, path)
                    .query("since", changes.since)
                    .query("author", changes.author)
                    .query("prefix", changes.prefix);
                context.show_list(&request, &changes.part, COMMITS, "No commit fits.").await
            }
            Self::Diff { from, to } => super::page::look::differences(context, None, from, to).await,
            Self::Revert(revert) => revert.run(context).await,
            Self::Orphans(part) => {
                let (who, path) = context.in_wiki(&["orphans"]).await?;
                let columns = [("PATH", "/path"), ("TITLE", "/title")];
                context.show_list(&Request::get(who, path), &part, &columns, "There are none.").await
            }
            Self::BrokenLinks(part) => {
                let (who, path) = context.in_wiki(&["broken-links"]).await?;
                let columns = [("PATH", "/path"), ("LINE", "/line"), ("TARGET", "/target")];
                context.show_list(&Request::get(who, path), &part, &columns, "There are none.").await
            }
            Self::Graph { around, depth } => {
                let (who, path) = context.in_wiki(&["graph"]).await?;
                let all = around.is_none().then_some("true");
                let request = Request::get(who, path)
                    .query("around", around)
                    .query("depth", depth.map(|depth| depth.to_string()))
                    .query("all", all);
                let json = context.client.json(&request).await?;
                context.show(&json, |output| {
                    let edges = json.value["edges"].as_array().map_or(&[][..], Vec::as_slice);
                    output.table(edges, &[("FROM", "/from"), ("TO", "/to")], "No page links to another.")
                })
            }
        }
    }
}

pub(super) async fn create(
    context: &Context,
    id: &str,
    name: Option<String>,
) -> Result<crate::client::Json, Failure> {
    let (who, path) = context.in_tenant(&["wikis"]).await?;
    let mut body = json!({ "id": id });
    put(&mut body, "display_name", name.map(Value::from));
    context.client.json(&Request::post(who, path).json(&body)).await
}

async fn show(context: &Context, id: &str) -> Result<(), Failure> {
    let tenant = context.tenant().await?;
    let request = Request::get(Who::Owner(tenant.clone()), path(&["tenants", &tenant, "wikis", id])?);
    let mut json = context.client.json(&request).await?;
    if let Transport::Local(local) = &context.client.transport
        && let Some(folder) = local.repository(&tenant, id).await?
    {
        json.value["repository"] = folder.display().to_string().into();
        json.raw = json.value.to_string().into();
    }
    context.show(&json, |_| output::record(&json.value, MEMBERS))
}
