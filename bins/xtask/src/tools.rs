//! Tools that are no dependencies: installed on first use, beside cargo's cache, by their ordinary package managers.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Result;

/// Version of cargo-deny.
const CARGO_DENY: &str = "0.20.2";
/// Version of Spectral.
const SPECTRAL: &str = "6.16.3";
/// Version of Schemathesis; `openapi/schemathesis.txt` has it and all it needs.
const SCHEMATHESIS: &str = "4.32.5";

/// Where tools are kept: outside the project, by name and version.
fn folder(tool: &str, version: &str) -> Result<PathBuf> {
    let cache = portolan_compose::cache_folder().ok_or("neither XDG_CACHE_HOME nor HOME is set")?;
    Ok(cache.join("portolan/tools").join(format!("{tool}-{version}")))
}

/// Checks of licences, sources and duplicate crates. The advisory database is in no registry, so it is not asked.
pub(crate) fn cargo_deny() -> Result<Command> {
    let root = folder("cargo-deny", CARGO_DENY)?;
    let program = root.join("bin/cargo-deny");
    if !program.exists() {
        let version = format!("={CARGO_DENY}");
        // Its own target folder and a plain build: it is a tool, not a product.
        let mut install = Command::new("cargo");
        install.args([
            "install",
            "--locked",
            "--quiet",
            "cargo-deny",
            "--no-default-features",
            "--version",
            &version,
        ]);
        install.arg("--root").arg(&root).env("CARGO_TARGET_DIR", root.join("build"));
        install.env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1").env("CARGO_PROFILE_RELEASE_LTO", "off");
        done(install)?;
        // The build folder is large and of no more use.
        std::fs::remove_dir_all(root.join("build"))?;
    }
    let mut command = Command::new(program);
    command.args(["--locked", "check", "bans", "licenses", "sources"]);
    Ok(command)
}

/// The linter of the OpenAPI document.
pub(crate) fn spectral() -> Result<Command> {
    let root = folder("spectral", SPECTRAL)?;
    let program = root.join("node_modules/.bin/spectral");
    if !program.exists() {
        std::fs::create_dir_all(&root)?;
        let mut install = Command::new("npm");
        install.args(["install", "--silent", "--no-audit", "--no-fund", "--prefix"]).arg(&root);
        install.arg(format!("@stoplight/spectral-cli@{SPECTRAL}"));
        done(install)?;
    }
    let mut command = Command::new(program);
    let ruleset = Path::new("openapi/spectral.yaml");
    command.args(["lint", "--fail-severity=warn", "--ruleset"]).arg(ruleset).arg("openapi/v1.json");
    Ok(command)
}

/// The tester of the HTTP interface: its program, in a virtual environment of its own.
pub(crate) fn schemathesis() -> Result<PathBuf> {
    let root = folder("schemathesis", SCHEMATHESIS)?;
    // Written last: an environment that was not filled to the end is made anew.
    let whole = root.join("whole");
    if !whole.exists() {
        let mut make = Command::new("python3");
        make.args(["-m", "venv", "--clear"]).arg(&root);
        done(make)?;
        let mut install = Command::new(root.join("bin/python"));
        install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]);
        install.args(["-r", "openapi/schemathesis.txt"]);
        done(install)?;
        std::fs::write(whole, "")?;
    }
    Ok(root.join("bin/schemathesis"))
}

fn done(mut install: Command) -> Result<()> {
    let status = install.status().map_err(|error| format!("{install:?} cannot be run: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("{install:?} failed ({status})").into()) }
}
