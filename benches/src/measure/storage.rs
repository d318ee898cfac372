//! Stored bytes a commit, as written and after compaction.

use super::{Subject, WIKI};
use crate::failure::{Failure, Result};
use crate::packs;
use crate::plan::Shape;
use crate::report::{Row, Target};
use crate::server::Server;
use crate::writers::{Until, Writers};

/// Stated for the flat wiki, which is the harder one.
const WRITTEN: f64 = 25.0;
const COMPACTED: f64 = 3.0;
/// Commits that are looked at.
const COMMITS: u64 = 1_000;

pub(super) fn measure(subject: &Subject) -> Result<Vec<Row>> {
    let commits = COMMITS.min(subject.plan.further);
    // What earlier measurements left is compacted first, then nothing is: growth is what was written.
    compact(subject)?;
    let before = packs::bytes(&subject.repo)?;
    let server = Server::start(&subject.place, &["--compact-after", "1000000"])?;
    let mut writers = writers(subject, &server)?;
    let count = writers.write(&server, subject.plan.writers, Until::Written(commits))?.commits;
    server.stop()?;
    let written = packs::bytes(&subject.repo)?;
    let extra = compact(subject)?;
    let compacted = packs::bytes(&subject.repo)?;
    let each = |bytes: u64, count: u64| {
        let (bytes, count) = (u32::try_from(bytes), u32::try_from(count));
        match (bytes, count) {
            (Ok(bytes), Ok(count)) => Ok(f64::from(bytes) / f64::from(count) / 1000.0),
            _ => Err(Failure::new("the repository grew by more than 4 GB")),
        }
    };
    let target = |bound| match subject.corpus.shape {
        Shape::Flat => Target::AtMost(bound),
        Shape::Folders => Target::None,
    };
    let (as_written, after) = (written.saturating_sub(before), compacted.saturating_sub(before));
    Ok(vec![
        Row::alone("stored a commit, as written", each(as_written, count)?, "KB", target(WRITTEN)),
        Row::alone("stored a commit, after compaction", each(after, count + extra)?, "KB", target(COMPACTED)),
    ])
}

/// Lets the server compact until nothing is left to do; answers how many commits that took.
fn compact(subject: &Subject) -> Result<u64> {
    let server = Server::start(&subject.place, &["--compact-after", "1"])?;
    let mut writers = writers(subject, &server)?;
    let mut commits = 0;
    // The compaction is begun by a write; the second looks at what the first one left.
    for _ in 0..2 {
        commits += writers.write(&server, 1, Until::Written(1))?.commits;
        packs::settle(&subject.repo, server.pid())?;
    }
    server.stop()?;
    Ok(commits)
}

fn writers(subject: &Subject, server: &Server) -> Result<Writers> {
    Writers::new(server, &server.wiki(WIKI), subject.corpus, subject.plan.writers, &subject.repo)
}
