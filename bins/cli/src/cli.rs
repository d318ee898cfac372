//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser};

use crate::commands::Command;
use crate::failure::EXIT_CODES;

const EXAMPLES: &str = "\
Examples:
  portolan init --data ./data
  portolan --data ./data tenant create acme --name Acme --owner-email ada@acme.example
  export PORTOLAN_URL=https://wiki.acme.example PORTOLAN_TOKEN=… PORTOLAN_WIKI=notes
  portolan wiki import ./old-wiki
  portolan page show Home
  portolan page put Home --file Home.md --base 3b18e512dba79e4c8300dd08aeb37f8e728b8dad
  portolan --json page list | jq -r '.items[].path'

The token comes from PORTOLAN_TOKEN and from nowhere else. With --data and without a token, commands act as an owner of the tenant, \
or as the platform's operator where they are about tenants: whoever holds the folder holds everything in it.";

/// Read, write and administer Portolan: on a server, or in a local data folder
#[derive(Debug, Parser)]
#[command(name = "portolan", version, after_help = format!("{EXAMPLES}\n\n{EXIT_CODES}"), max_term_width = 110)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) globals: Globals,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What applies to every command.
#[derive(Debug, Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct Globals {
    /// Address of the server
    #[arg(
        long,
        global = true,
        env = "PORTOLAN_URL",
        hide_env_values = true,
        value_name = "ADDRESS",
        default_value = "http://127.0.0.1:7420"
    )]
    pub(crate) url: String,
    /// Work on this data folder, without a server
    #[arg(long, global = true, value_name = "FOLDER")]
    pub(crate) data: Option<PathBuf>,
    /// The tenant; without it, the one the token belongs to
    #[arg(long, global = true, env = "PORTOLAN_TENANT", hide_env_values = true, value_name = "TENANT")]
    pub(crate) tenant: Option<String>,
    /// The wiki
    #[arg(long, global = true, env = "PORTOLAN_WIKI", hide_env_values = true, value_name = "WIKI")]
    pub(crate) wiki: Option<String>,
    /// Print the server's JSON; a refusal is printed as JSON too, to standard error
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// No remarks and no progress, only results and errors
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
}

/// Which part of a list.
#[derive(Debug, Args)]
pub(crate) struct Part {
    /// At most this many items; without it, all
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) limit: Option<u64>,
    /// Go on after this cursor: `next` of an earlier part (see --json)
    #[arg(long, value_name = "CURSOR")]
    pub(crate) after: Option<String>,
}
