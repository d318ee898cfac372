//! The measurements, one wiki after the other.

mod asked;
mod blame;
mod histories;
mod history;
mod html;
mod import;
mod list;
mod reads;
mod search;
mod served;
mod start;
mod storage;
mod subject;
mod watch;
mod writes;

use std::path::Path;
use std::time::Duration;

use self::subject::{Subject, set_up};
use crate::failure::{Context, Result};
use crate::plan::{Plan, Shape};
use crate::report::{Row, Target};
use crate::server::Place;

pub(crate) use self::import::measure as import;

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
    /// Rendered pages beside nginx.
    Html,
    /// History of a page beside `git log`.
    History,
    /// Lists of pages.
    List,
    /// Full text beside `git grep`.
    Search,
    /// Blame of a page beside `git blame`.
    Blame,
    /// Import of a bundle with its whole index, beside `git clone` and `git log`.
    Import,
    /// Start and size of the server.
    Start,
}

impl Part {
    /// Whether it is among `parts`.
    pub(crate) fn is_in(self, parts: &[Self]) -> bool {
        parts.contains(&Self::All) || parts.contains(&self)
    }
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
    let has = |part: Part| part.is_in(parts);
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
    if has(Part::Html) {
        tell("html");
        rows.extend(html::measure(&subject, &server, tell)?);
    }
    let mut histories = None;
    if [Part::History, Part::List, Part::Search, Part::Blame].into_iter().any(has) {
        tell("histories");
        let (found, more) = histories::histories(&subject, &server, tell)?;
        histories = Some(found);
        rows.extend(more);
    }
    if let Some(histories) = &histories {
        if has(Part::History) {
            tell("history");
            rows.extend(history::measure(&subject, &server, histories)?);
        }
        if has(Part::List) {
            tell("list");
            rows.extend(list::measure(&subject, &server, histories)?);
        }
        if has(Part::Search) {
            tell("search");
            rows.extend(search::measure(&subject, &server, histories, tell)?);
        }
    }
    server.stop()?;
    if let Some(histories) = histories.filter(|_| has(Part::Blame)) {
        tell("blame");
        rows.extend(blame::measure(&subject, &histories)?);
    }
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
