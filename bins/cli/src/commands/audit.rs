//! `portolan audit`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::export::save;
use crate::cli::Part;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::output;
use crate::request::Request;

#[derive(Debug, Subcommand)]
pub(crate) enum Audit {
    /// List who did what, newest first
    #[command(after_help = "\
Examples:
  portolan audit list --operation page.write --since 2030-01-01T00:00:00Z
  portolan audit list --outcome refused --limit 20")]
    List(List),
    /// Recompute every hash, and say whether all fit
    Verify,
    /// Write the whole audit with its hashes, one JSON object a line
    Export {
        /// Where to; `-` is standard output
        #[arg(long, short, value_name = "FILE", default_value = "-")]
        output: PathBuf,
    },
}

#[derive(Debug, Args)]
pub(crate) struct List {
    /// Only what this principal did, by his id
    #[arg(long, value_name = "ID")]
    actor: Option<String>,
    /// Only this operation, such as page.write
    #[arg(long)]
    operation: Option<String>,
    /// Only what was done, or what was refused
    #[arg(long, value_parser = ["done", "refused"])]
    outcome: Option<String>,
    /// Only from this time on (RFC 3339)
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// Only before this time (RFC 3339)
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    #[command(flatten)]
    part: Part,
}

impl Audit {
    pub(super) async fn run(self, context: &Context) -> Result<(), Failure> {
        match self {
            Self::List(list) => {
                let (who, path) = context.in_tenant(&["audit"]).await?;
                let request = Request::get(who, path)
                    .query("actor", list.actor)
                    .query("operation", list.operation)
                    .query("outcome", list.outcome)
                    .query("since", list.since)
                    .query("until", list.until);
                let columns = [
                    ("TIME", "/time"),
                    ("ACTOR", "/actor/name"),
                    ("OPERATION", "/operation"),
                    ("OUTCOME", "/outcome"),
                    ("COUNT", "/count"),
                    ("REASON", "/reason"),
                    ("TARGET", "/target"),
                ];
                context.show_list(&request, &list.part, &columns, "No event fits.").await
            }
            Self::Verify => {
                let (who, path) = context.in_tenant(&["audit", "verify"]).await?;
                let json = context.client.json(&Request::get(who, path)).await?;
                let members = [
                    ("whole", "/ok"),
                    ("lanes", "/lanes"),
                    ("events", "/events"),
                    ("not yet sealed", "/unsealed"),
                    ("broken lane", "/broken/lane"),
                    ("broken at event", "/broken/sequence"),
                    ("because", "/broken/reason"),
                ];
                context.show(&json, |_| output::record(&json.value, &members))?;
                if json.value["ok"] == true {
                    Ok(())
                } else {
                    Err(Failure::new(Exit::Failure, "the audit is broken"))
                }
            }
            Self::Export { output } => {
                let (who, path) = context.in_tenant(&["audit", "export"]).await?;
                let request = Request::get(who, path).accept("application/x-ndjson");
                save(context, &request, &output, "audit").await.map(drop)
            }
        }
    }
}
