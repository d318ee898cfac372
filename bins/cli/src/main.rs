//! `portolan`: Portolan's operations from the command line, against a server or a local data folder.

mod cli;
mod client;
mod commands;
mod context;
mod failure;
mod output;
mod problem;
mod progress;
mod request;
mod source;
mod text;
mod transport;

use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches};

use cli::Cli;
use failure::{Exit, Failure};
use output::{Output, tell};

/// What shells expect of a program that ended for an interrupt: 128 and the signal's number.
const INTERRUPTED: u8 = 130;

fn main() -> ExitCode {
    let matches = Cli::command().get_matches();
    let cli = match Cli::from_arg_matches(&matches) {
        Ok(cli) => cli,
        Err(error) => error.exit(),
    };
    let output = Output { json: cli.globals.json, quiet: cli.globals.quiet };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            return report(&Failure::other(format_args!("no threads can be started: {error}")), output);
        }
    };
    let result = runtime.block_on(commands::run(cli, &matches, output));
    // A read of standard input that will never end must not keep the process.
    runtime.shutdown_background();
    match result {
        Ok(Some(())) => ExitCode::SUCCESS,
        Ok(None) => ExitCode::from(INTERRUPTED),
        Err(failure) => report(&failure, output),
    }
}

fn report(failure: &Failure, output: Output) -> ExitCode {
    if failure.exit() != Exit::Done {
        tell(&if output.json { failure.json() } else { failure.to_string() });
    }
    failure.exit_code()
}
