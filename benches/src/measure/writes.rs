//! Durable page writes beside git and beside the syncs alone.

use super::{Subject, Tell, WIKI, mean};
use crate::failure::Result;
use crate::git::{self, rate};
use crate::packs;
use crate::report::{Row, Target};
use crate::server::Server;
use crate::syncs::{self, Sizes};
use crate::writers::{Until, Writers};

const ADD_COMMIT: f64 = 50.0;
const FAST_IMPORT: f64 = 0.25;
const SYNCS: f64 = 0.5;
const LATER: f64 = 0.9;
/// Bytes of the ledger's log that one write appends: fourteen frames of a page and its header (SQLite file format, section 4.1).
const LOG: usize = 14 * (4096 + 24);
/// Bytes of an index of four objects (gitformat-pack, version 2).
const INDEX: usize = 1184;

pub(super) fn measure(subject: &Subject, server: &Server, tell: Tell<'_>) -> Result<Vec<Row>> {
    let plan = &subject.plan;
    let mut writers = Writers::new(server, &server.wiki(WIKI), subject.corpus, plan.writers, &subject.repo)?;
    let mut rows = alone(subject, server, &mut writers)?;

    tell(&format!("{} writers", plan.writers));
    let first = writers.write(server, plan.writers, Until::Elapsed(plan.window))?;
    let first = rate(first.commits, first.time);
    let folder = &subject.folder;
    tell("git fast-import");
    let copy = folder.join("stream.git");
    git::copy(&subject.source, &copy)?;
    let streamed = git::fast_import_rate(&copy, subject.corpus, plan.stream, plan.writers)?;
    tell(&format!("{} further commits", plan.further));
    writers.write(server, plan.writers, Until::Written(plan.further))?;
    let last = writers.write(server, plan.writers, Until::Elapsed(plan.window))?;
    let last = rate(last.commits, last.time);
    // Last, as it deletes more than a file a commit: see `syncs`.
    tell("git add, git commit");
    let work = folder.join("work");
    let committed = git::add_commit_rate(&subject.source, &work, subject.corpus, plan.writers, plan.window)?;

    let checked = writers.check(server, &subject.repo)?;
    checked.failed.iter().take(3).for_each(|failed| tell(&format!("failed: {failed}")));
    let what = format!("durable writes, {} writers", plan.writers);
    let ours = mean(&[first, last]);
    let beside = |other: &str, value, target| Row::beside(&what, ours, "commits/s", (other, value), target);
    rows.extend([
        beside("git add + git commit, synced", committed, Target::AtLeast(ADD_COMMIT)),
        beside("git fast-import, synced", streamed, Target::AtLeast(FAST_IMPORT)),
        Row::beside(
            format!("{what}, {} commits later", plan.further),
            last,
            "commits/s",
            ("at the start", first),
            Target::AtLeast(LATER),
        ),
        count("writes acknowledged", checked.told, Target::AtLeast(1.0)),
        count("writes failed", checked.failed.len(), Target::AtMost(0.0)),
        count("acknowledged writes lost", checked.lost, Target::AtMost(0.0)),
        count("commits nobody was told of", checked.unknown, Target::AtMost(0.0)),
    ]);
    git::fsck(&subject.repo)?;
    Ok(rows)
}

/// One writer beside the syncs that it needs.
fn alone(subject: &Subject, server: &Server, writers: &mut Writers) -> Result<Vec<Row>> {
    let plan = &subject.plan;
    let before = packs::live(&subject.repo)?;
    writers.write(server, 1, Until::Written(1))?;
    let after = packs::live(&subject.repo)?;
    let new: u64 = after.iter().filter(|(name, _)| !before.contains_key(*name)).map(|(_, bytes)| bytes).sum();
    let pack = usize::try_from(new).unwrap_or(0).saturating_sub(INDEX);
    let sizes = Sizes { pack, index: INDEX, log: LOG };
    let (mut ours, mut floor) = (Vec::new(), Vec::new());
    for round in 0..plan.rounds {
        let folder = subject.folder.join(format!("syncs-{round}"));
        floor.push(syncs::alone(&folder, sizes, plan.window / 2)?);
        let reached = writers.write(server, 1, Until::Elapsed(plan.window / 2))?;
        ours.push(rate(reached.commits, reached.time));
    }
    let beside = ("the same syncs alone", mean(&floor));
    Ok(vec![Row::beside(
        "durable writes, 1 writer",
        mean(&ours),
        "commits/s",
        beside,
        Target::AtLeast(SYNCS),
    )])
}

fn count(what: &str, count: usize, target: Target) -> Row {
    Row::alone(what, f64::from(u32::try_from(count).unwrap_or(u32::MAX)), "", target)
}
