//! What CI runs, in the order in which faults are cheapest to find.

use std::process::Command;

use crate::{Result, generate, schemathesis, tell, tools};

/// Random requests of Schemathesis for each operation: all of it in a minute.
pub(crate) const EXAMPLES: u32 = 10;
/// The seed of Schemathesis: CI's failures are of the change, not of chance.
pub(crate) const SEED: u32 = 7;

/// Runs every check, then all tests.
pub(crate) fn run() -> Result<()> {
    step("formatting", cargo(&["fmt", "--all", "--check"]))?;
    step("lints", cargo(&["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"]))?;
    tell("── generated files");
    generate::run(true)?;
    step("dependencies", tools::cargo_deny()?)?;
    step("the HTTP interface's description", tools::spectral()?)?;
    // Before the tests: some of them start the programs. Of the whole workspace, as the tests are: a part of it would be
    // built with other features, and so twice.
    step("programs", cargo(&["build", "--workspace", "--bins", "--locked"]))?;
    tell("── the HTTP interface, tested against its description");
    schemathesis::run(EXAMPLES, SEED)?;
    step("examples", Command::new(portolan_compose::target_folder().join("debug/tour")))?;
    step("tests", cargo(&["test", "--workspace", "--locked"]))
}

fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new("cargo");
    command.args(arguments);
    command
}

fn step(what: &str, mut command: Command) -> Result<()> {
    tell(&format!("── {what}: {command:?}"));
    let status = command.status().map_err(|error| format!("{command:?} cannot be run: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("{what}: failed ({status})").into()) }
}
