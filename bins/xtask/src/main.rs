//! `cargo xtask`: the project's chores.

mod ci;
mod fuzz;
mod generate;
mod schemathesis;
mod tools;

use std::io::Write;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Whatever goes wrong in a chore, told to whoever runs it.
type Result<T, E = Box<dyn std::error::Error>> = std::result::Result<T, E>;

#[derive(Debug, Parser)]
#[command(name = "cargo xtask", about = "The project's chores")]
struct Line {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Debug, Subcommand)]
enum Chore {
    /// Everything that CI checks, then all tests
    Ci,
    /// Write the generated files anew
    Gen {
        /// Change nothing; fail where a file is not as it would be written
        #[arg(long)]
        check: bool,
    },
    /// Look for inputs that break a promise, by libFuzzer where cargo-fuzz and a nightly toolchain are there
    Fuzz {
        /// For how long each target is run
        #[arg(long, default_value_t = 60)]
        seconds: u64,
        /// Only this target
        target: Option<String>,
    },
    /// Test a real server against the OpenAPI document, with the programs that were built before
    Schemathesis {
        /// Requests made at random for each operation, at most
        #[arg(long, default_value_t = ci::EXAMPLES)]
        examples: u32,
        /// Where chance begins
        #[arg(long, default_value_t = ci::SEED)]
        seed: u32,
    },
}

fn main() -> ExitCode {
    let result = match Line::parse().chore {
        Chore::Ci => ci::run(),
        Chore::Gen { check } => generate::run(check),
        Chore::Fuzz { seconds, target } => fuzz::run(seconds, target.as_deref()),
        Chore::Schemathesis { examples, seed } => schemathesis::run(examples, seed),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tell(&format!("xtask: {error}"));
            ExitCode::FAILURE
        }
    }
}

/// Writes a line to standard error.
fn tell(line: &str) {
    // Nobody is left to be told when standard error is closed.
    let _ = writeln!(std::io::stderr(), "{line}");
}
