//! The commands.

mod audit;
mod copies;
mod doctor;
mod export;
mod file;
mod import;
mod init;
mod invite;
mod member;
mod page;
mod search;
mod shell;
mod status;
mod tenant;
mod token;
mod wiki;

use clap::{ArgMatches, Subcommand};

use crate::cli::{Cli, Globals};
use crate::context::Context;
use crate::failure::Failure;
use crate::output::Output;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make a data folder with its first operator, and print his token
    Init(init::Init),
    /// Show who the token says you are
    Whoami,
    /// Ask whether the server is alive
    Health(status::Health),
    /// Make, list, change and suspend tenants (for operators)
    #[command(subcommand)]
    Tenant(tenant::Tenant),
    /// Invite people into the tenant
    #[command(subcommand)]
    Invite(invite::Invite),
    /// List and manage the members of the tenant
    #[command(subcommand)]
    Member(member::Member),
    /// Make, list and revoke tokens
    #[command(subcommand)]
    Token(token::Token),
    /// Read, verify and export the tenant's audit
    #[command(subcommand)]
    Audit(audit::Audit),
    /// Make, list, import and export wikis
    #[command(subcommand)]
    Wiki(wiki::Wiki),
    /// Read and write pages of a wiki
    #[command(subcommand)]
    Page(page::Page),
    /// Find pages by their text
    Search(search::Search),
    /// List, read and attach files that are no pages
    #[command(subcommand)]
    File(file::File),
    /// Print a script that completes commands in a shell
    Completions(shell::Completions),
    /// Write the manual's pages
    Man(shell::Man),
    /// Copy a data folder, also while a server has it
    Backup(copies::Backup),
    /// Bring a backup back into a new data folder, and check everything in it
    Restore(copies::Restore),
    /// Make the indexes of a data folder's wikis anew
    Reindex(copies::Reindex),
    /// Check everything in a data folder, and name what is damaged
    Doctor(doctor::Doctor),
}

/// Runs a command to its end; none where it was interrupted.
pub(crate) async fn run(cli: Cli, matches: &ArgMatches, output: Output) -> Result<Option<()>, Failure> {
    let Cli { globals, command } = cli;
    match command {
        Command::Init(init) => unless_interrupted(init.run(folder(&globals)?, output)).await.transpose(),
        Command::Doctor(doctor) => {
            unless_interrupted(doctor.run(folder(&globals)?, output)).await.transpose()
        }
        Command::Backup(backup) => {
            unless_interrupted(backup.run(folder(&globals)?, output)).await.transpose()
        }
        Command::Restore(restore) => {
            unless_interrupted(restore.run(folder(&globals)?, output)).await.transpose()
        }
        Command::Reindex(reindex) => {
            let (tenant, wiki) = (globals.tenant.as_deref(), globals.wiki.as_deref());
            let work = reindex.run(folder(&globals)?, tenant, wiki, output);
            unless_interrupted(work).await.transpose()
        }
        Command::Completions(completions) => completions.run().map(Some),
        Command::Man(man) => man.run().map(Some),
        command => {
            let context = Context::open(globals, matches, output).await?;
            // Whatever happens, what was begun is ended: temporary files go with the work, and tokens are revoked.
            let result = unless_interrupted(command.run(&context)).await;
            context.client.transport.close().await;
            result.transpose()
        }
    }
}

fn folder(globals: &Globals) -> Result<&std::path::Path, Failure> {
    globals.data.as_deref().ok_or_else(|| Failure::usage("which folder? Name it with --data"))
}

async fn unless_interrupted<T>(work: impl Future<Output = T>) -> Option<T> {
    tokio::select! {
        result = work => Some(result),
        _ = tokio::signal::ctrl_c() => None,
    }
}

/// Does blocking work on a thread of its own, so that an interrupt is heard meanwhile.
async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Failure> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|_| Failure::other("the work ended early, which is a defect"))
}

impl Command {
    async fn run(self, context: &Context) -> Result<(), Failure> {
        match self {
            Self::Whoami => status::whoami(context).await,
            Self::Health(health) => health.run(context).await,
            Self::Tenant(tenant) => tenant.run(context).await,
            Self::Invite(invite) => invite.run(context).await,
            Self::Member(member) => member.run(context).await,
            Self::Token(token) => token.run(context).await,
            Self::Audit(audit) => audit.run(context).await,
            Self::Wiki(wiki) => wiki.run(context).await,
            Self::Page(page) => page.run(context).await,
            Self::Search(search) => search.run(context).await,
            Self::File(file) => file.run(context).await,
            Self::Init(_)
            | Self::Doctor(_)
            | Self::Backup(_)
            | Self::Restore(_)
            | Self::Reindex(_)
            | Self::Completions(_)
            | Self::Man(_) => {
                unreachable!("they need no context and were run without one")
            }
        }
    }
}
