//! The newest 20 commits of a page beside `git log`, and on a history twenty times as long.

use std::path::Path;
use std::time::{Duration, Instant};

use super::{Subject, Tell, WIKI, median};
use crate::client::Client;
use crate::corpus::FOLLOWED;
use crate::failure::{Context, Failure, Result};
use crate::git;
use crate::plan::Shape;
use crate::report::{Row, Target};
use crate::server::Server;

const LOG: f64 = 0.25;
/// No slower; what is above one is the noise of two medians.
const LONGER: f64 = 1.1;
const LONG: &str = "long";

pub(super) fn measure(subject: &Subject, server: &Server, tell: Tell<'_>) -> Result<Vec<Row>> {
    let plan = &subject.plan;
    let path = subject.corpus.path(FOLLOWED);
    let mut client = server.client()?;
    let short = format!("{}/history/{path}?limit=20", server.wiki(WIKI));
    // A process a time: fewer of them tell as much.
    let logs = |repo: &Path| {
        let times = (0..plan.asked / 10).map(|_| Ok(git::log_time(repo, &path)?.0)).collect::<Result<_>>();
        times.map(median)
    };
    compare(&mut client, &short, &subject.repo, &path)?;
    let mut rows = Vec::new();
    let what =
        |commits: usize| format!("history of a page of {} revisions, {commits} commits", plan.revisions);
    let asked = ask(&mut client, &[&short], plan.asked)?.remove(0);
    rows.push(Row::beside(
        what(plan.commits),
        asked,
        "ms",
        ("git log -n 20", logs(&subject.repo)?),
        Target::AtMost(LOG),
    ));
    if subject.corpus.shape == Shape::Flat {
        tell(
            "the long history is measured in folders alone: in a flat folder it is 40 GB of trees to go through",
        );
        return Ok(rows);
    }
    tell(&format!("making and importing {} commits", plan.long_commits));
    let (source, bundle) = (subject.folder.join("long.git"), subject.folder.join("long.bundle"));
    git::make(&source, |out| subject.corpus.history(plan.long_commits, plan.revisions, out))?;
    git::bundle(&source, &bundle)?;
    let took = server.import(LONG, &bundle)?;
    rows.push(Row::alone(
        format!("import of {} commits", plan.long_commits),
        took.as_secs_f64(),
        "s",
        Target::None,
    ));
    // The server closes connections that are idle for long.
    let mut client = server.client()?;
    let long = format!("{}/history/{path}?limit=20", server.wiki(LONG));
    compare(&mut client, &long, &source, &path)?;
    let times = ask(&mut client, &[&short, &long], plan.asked)?;
    let beside = (format!("{} commits", plan.commits), times[0]);
    let beside = (beside.0.as_str(), beside.1);
    rows.push(Row::beside(what(plan.long_commits), times[1], "ms", beside, Target::AtMost(LONGER)));
    rows.push(Row::beside(
        what(plan.long_commits),
        times[1],
        "ms",
        ("git log -n 20", logs(&source)?),
        Target::AtMost(LOG),
    ));
    Ok(rows)
}

/// Asks each of `targets` in turn; answers the middle time of each, milliseconds.
fn ask(client: &mut Client, targets: &[&str], times: usize) -> Result<Vec<f64>> {
    let mut found: Vec<Vec<Duration>> = vec![Vec::new(); targets.len()];
    for _ in 0..times {
        for (target, times) in targets.iter().zip(&mut found) {
            let begun = Instant::now();
            client.get(target, "application/json")?.expect(200)?;
            times.push(begun.elapsed());
        }
    }
    Ok(found.into_iter().map(median).collect())
}

/// A fast answer counts only if it is the right one: the same commits as git's.
fn compare(client: &mut Client, target: &str, repo: &Path, path: &str) -> Result<()> {
    let answer = client.get(target, "application/json")?.expect(200)?.json()?;
    let items = answer["items"].as_array().when(format!("{target} answers no items"))?;
    let ours: Vec<_> = items.iter().filter_map(|item| item["revision"].as_str()).collect();
    let (_, theirs) = git::log_time(repo, path)?;
    if ours == theirs {
        Ok(())
    } else {
        Err(Failure::new(format!("{target} is {ours:?}, git says {theirs:?}")))
    }
}
