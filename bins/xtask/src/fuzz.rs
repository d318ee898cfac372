//! Fuzzing, each target for a bounded time.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use portolan_fuzz_targets::{TARGETS, Target, drive};

use crate::{Result, tell};

/// The longest input that libFuzzer makes, bytes.
const LONGEST: usize = 4096;
/// How many inputs are made between two looks at the clock.
const ROUND: usize = 100;

/// Runs every target, or the one called `only`, for `seconds` each.
pub(crate) fn run(seconds: u64, only: Option<&str>) -> Result<()> {
    let targets: Vec<&Target> =
        TARGETS.iter().filter(|target| only.is_none_or(|only| target.name == only)).collect();
    if targets.is_empty() {
        let names: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
        let only = only.unwrap_or_default();
        return Err(format!("there is no target {only:?}; there are {}", names.join(", ")).into());
    }
    let guided = has_fuzzer();
    if !guided {
        tell("cargo-fuzz or a nightly toolchain is missing: inputs are made at random, without coverage");
    }
    for target in targets {
        tell(&format!("── {} for {seconds} s", target.name));
        if guided { fuzz(target, seconds)? } else { at_random(target, seconds) }
    }
    Ok(())
}

fn has_fuzzer() -> bool {
    let mut command = Command::new("cargo");
    command.args(["+nightly", "fuzz", "--version"]).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// By libFuzzer. What it learns stays in `fuzz/corpus`, what it finds in `fuzz/artifacts`.
fn fuzz(target: &Target, seconds: u64) -> Result<()> {
    let corpus = Path::new("fuzz/corpus").join(target.name);
    std::fs::create_dir_all(&corpus)?;
    for (number, seed) in (target.seeds)().into_iter().enumerate() {
        std::fs::write(corpus.join(format!("seed-{number}")), seed)?;
    }
    let mut command = Command::new("cargo");
    // A target folder of its own: cargo-fuzz builds with other flags.
    command.args(["+nightly", "fuzz", "run", target.name, "--"]).env_remove("CARGO_TARGET_DIR");
    command.args([
        format!("-max_total_time={seconds}"),
        format!("-max_len={LONGEST}"),
        "-timeout=10".to_owned(),
    ]);
    let status = command.status().map_err(|error| format!("{command:?} cannot be run: {error}"))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("{}: an input breaks a promise; it is in fuzz/artifacts/{}", target.name, target.name)
            .into())
    }
}

/// On this toolchain: a failing input is told by the panic.
fn at_random(target: &Target, seconds: u64) {
    let start = Instant::now();
    let mut round = 0;
    while start.elapsed() < Duration::from_secs(seconds) {
        drive(target, round, ROUND);
        round += 1;
    }
    tell(&format!("{} inputs", usize::try_from(round).unwrap_or(usize::MAX).saturating_mul(ROUND)));
}
