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
    /// Take over a git history, or a folder of files, into an empty wiki
    Import(Import),
    /// Write the whole history as a bundle that `git clone` takes
    Export(Export),
    /// List the commits of a wiki, newest first
    Changes(Changes),
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
