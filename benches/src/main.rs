//! Load harness: starts the server, nginx and git on one machine, measures them side by side in one run, and prints the ratios beside
//! their targets. See docs/performance.md.

mod client;
mod corpus;
mod failure;
mod git;
mod http;
mod load;
mod machine;
mod measure;
mod nginx;
mod packs;
mod plan;
mod process;
mod report;
mod server;
mod syncs;
mod writers;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;

use crate::failure::{Context, Failure, Result};
use crate::machine::Machine;
use crate::measure::{Part, import, measure};
use crate::plan::{Plan, Shape};
use crate::report::{Row, table};
use crate::server::Place;

/// Measures the server beside nginx and git, in one run on one machine.
#[derive(Debug, Parser)]
#[command(name = "portolan-bench")]
struct Arguments {
    /// What to measure
    #[arg(value_enum, default_value = "all")]
    parts: Vec<Part>,
    /// Wikis to measure on; default: both
    #[arg(long, value_enum)]
    wiki: Vec<Shape>,
    /// Small and short: proves that the harness works; the numbers mean nothing
    #[arg(long)]
    quick: bool,
    /// Where to work, on the disk to be measured; default: a fresh folder among the system's temporary ones
    #[arg(long)]
    dir: Option<PathBuf>,
    /// The server; default: the one beside this program
    #[arg(long)]
    server: Option<PathBuf>,
    /// A setting that the server is started with, beside its defaults, such as --set=--log=warn; can be repeated
    #[arg(long, allow_hyphen_values = true)]
    set: Vec<String>,
    /// A bundle of a real wiki, which `import` takes in; without it that part is skipped
    #[arg(long, env = "PORTOLAN_CORPUS")]
    corpus: Option<PathBuf>,
    /// Where to write the results as JSON
    #[arg(long)]
    json: Option<PathBuf>,
    /// Leave the working folder as it is
    #[arg(long)]
    keep: bool,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            tell(&format!("portolan-bench: {error}"));
            ExitCode::from(2)
        }
    }
}

fn tell(line: &str) {
    // Nobody is left to be told when standard error is closed.
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// Measures and prints; answers whether every target is met. A quick run has no targets to meet.
fn run(arguments: &Arguments) -> Result<bool> {
    let program = program(arguments.server.as_deref())?;
    let program = Place { program, data: PathBuf::new(), settings: arguments.set.clone() };
    let mut folder = tempfile::Builder::new();
    // A failed run with --keep leaves it too.
    folder.prefix("portolan-bench-").disable_cleanup(arguments.keep);
    let folder = match &arguments.dir {
        Some(dir) => std::fs::create_dir_all(dir).and_then(|()| folder.tempdir_in(dir)),
        None => folder.tempdir(),
    };
    let folder = folder.when("no working folder")?;
    if arguments.keep {
        tell(&format!("working in {}", folder.path().display()));
    }
    let machine = Machine::this(folder.path());
    if machine.in_memory() {
        tell(
            "WARNING: the working folder is in memory, where syncing means nothing; choose one on a disk with --dir",
        );
    }
    let plan = if arguments.quick { Plan::quick() } else { Plan::full() };
    let shapes = if arguments.wiki.is_empty() { Shape::ALL.to_vec() } else { arguments.wiki.clone() };
    let mut rows: Vec<Row> = Vec::new();
    if Part::Import.is_in(&arguments.parts) {
        if let Some(bundle) = &arguments.corpus {
            rows = import(&plan, bundle, &program, &folder.path().join("import"))?;
            tell(&table(&rows));
        } else {
            tell("SKIPPED import: name a bundle of a real wiki with --corpus or PORTOLAN_CORPUS");
        }
    }
    // The import has its own wiki.
    let generated = arguments.parts.iter().any(|part| *part != Part::Import);
    for shape in shapes.into_iter().filter(|_| generated) {
        let say = |line: &str| tell(&format!("{}: {line}", shape.name()));
        let at = folder.path().join(shape.name());
        let found = measure(&plan, shape, &arguments.parts, &program, &at, &say)?;
        tell(&table(&found));
        rows.extend(found);
    }
    let text = format!("{}\n{}", machine.text(), table(&rows));
    std::io::stdout().write_all(text.as_bytes()).when("standard output")?;
    if let Some(path) = &arguments.json {
        let json = serde_json::json!({ "quick": arguments.quick, "machine": machine, "rows": rows });
        std::fs::write(path, format!("{json:#}\n")).when(path.display())?;
    }
    if arguments.keep {
        let _kept = folder.keep();
    } else {
        folder.close().when("the working folder cannot be removed")?;
    }
    Ok(arguments.quick || rows.iter().all(|row| row.met != Some(false)))
}

fn program(given: Option<&Path>) -> Result<PathBuf> {
    let beside = || Some(std::env::current_exe().ok()?.parent()?.join("portolan-server"));
    let program = given
        .map(Path::to_owned)
        .or_else(beside)
        .when("the server's program is not known; name it with --server")?;
    if program.is_file() {
        return Ok(program);
    }
    let program = program.display();
    Err(Failure::new(format!(
        "there is no server at {program}; build it with `cargo build --release -p portolan-server`, or name it with --server"
    )))
}
