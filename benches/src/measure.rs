//! The measurements, one wiki after the other.

mod history;
mod reads;
mod start;
mod storage;
mod watch;
mod writes;

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::corpus::Corpus;
use crate::failure::{Context, Result};
use crate::plan::{Plan, Shape};
use crate::report::{Row, Target};
use crate::server::{Place, Server};
use crate::{git, packs};

/// A part of the measurements.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Part {
    /// Everything.
    All,
    /// Raw page reads beside nginx.
    Reads,
    /// Durable writes beside git.
    Writes,
    /// Stored bytes a commit.
    Storage,
    /// History of a page beside `git log`.
    History,
    /// Start and size of the server.
    Start,
}

/// The wiki that is measured on, in the server and in git.
#[derive(Debug)]
pub(crate) struct Subject {
    pub(crate) plan: Plan,
    pub(crate) corpus: Corpus,
    pub(crate) folder: PathBuf,
    pub(crate) place: Place,
    /// The generated repository.
    pub(crate) source: PathBuf,
    /// The wiki's own repository in the data folder.
    pub(crate) repo: PathBuf,
}

/// Name of the wiki.
pub(crate) const WIKI: &str = "measured";
/// Resident anonymous memory under load, bytes.
const MEMORY: f64 = 60.0;

/// Tells how far things are.
pub(crate) type Tell<'a> = &'a dyn Fn(&str);

/// Measures `parts` on a wiki of one shape, in a folder of its own.
pub(crate) fn measure(
    plan: &Plan,
    shape: Shape,
    parts: &[Part],
    program: &Place,
    folder: &Path,
    tell: Tell<'_>,
) -> Result<Vec<Row>> {
    let has = |part| parts.contains(&Part::All) || parts.contains(&part);
    std::fs::create_dir_all(folder).when(folder.display())?;
    let (subject, server, mut rows) = set_up(plan, shape, program, folder, tell)?;
    let watch = watch::Watch::begin(server.pid());
    if has(Part::Reads) {
        tell("reads");
        rows.extend(reads::measure(&subject, &server, tell)?);
    }
    if has(Part::Writes) {
        tell("writes");
        rows.extend(writes::measure(&subject, &server, tell)?);
    }
    let memory = watch.end();
    if has(Part::Reads) || has(Part::Writes) {
        rows.push(Row::alone(
            "resident anonymous memory, most",
            mebibytes(memory),
            "MiB",
            Target::AtMost(MEMORY),
        ));
    }
    if has(Part::History) {
        tell("history");
        rows.extend(history::measure(&subject, &server, tell)?);
    }
    server.stop()?;
    if has(Part::Storage) {
        tell("storage");
        rows.extend(storage::measure(&subject)?);
    }
    if has(Part::Start) {
        tell("start");
        rows.extend(start::measure(&subject)?);
    }
    for row in &mut rows {
        row.wiki = shape.name().into();
    }
    Ok(rows)
}

fn set_up(
    plan: &Plan,
    shape: Shape,
    program: &Place,
    folder: &Path,
    tell: Tell<'_>,
) -> Result<(Subject, Server, Vec<Row>)> {
    let corpus = Corpus { shape, pages: plan.pages };
    let (source, bundle) = (folder.join("source.git"), folder.join("source.bundle"));
    tell(&format!("making {} commits on {} pages with git fast-import", plan.commits, plan.pages));
    git::make(&source, |out| corpus.history(plan.commits, plan.revisions, out))?;
    git::bundle(&source, &bundle)?;
    let place = Place { data: folder.join("data"), ..program.clone() };
    let server = Server::start(&place, &[])?;
    tell("importing");
    let before = git::repositories(&place.data)?;
    let took = server.import(WIKI, &bundle)?;
    let repo = git::repositories(&place.data)?.into_iter().find(|repo| !before.contains(repo));
    let repo = repo.when("the imported wiki has no repository")?;
    let base = packs::bytes(&repo)?;
    let rows = vec![
        Row::alone("import of the history", took.as_secs_f64(), "s", Target::None),
        Row::alone("stored after the import", mebibytes(base), "MiB", Target::None),
    ];
    Ok((Subject { plan: plan.clone(), corpus, folder: folder.into(), place, source, repo }, server, rows))
}

#[expect(clippy::cast_precision_loss, reason = "sizes of a measurement are far below 2^52")]
fn mebibytes(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

/// The middle one, in milliseconds.
fn median(mut times: Vec<Duration>) -> f64 {
    times.sort_unstable();
    times.get(times.len() / 2).map_or(f64::NAN, |time| time.as_secs_f64() * 1e3)
}

/// The mean of rates measured in turns.
fn mean(rates: &[f64]) -> f64 {
    rates.iter().sum::<f64>() / f64::from(u32::try_from(rates.len()).unwrap_or(u32::MAX))
}
