//! The wiki's history and one twenty times as long, in the server and in git: what is asked of both, in turns.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::asked::{ask, at_rest};
use super::{Subject, Tell, WIKI, median};
use crate::failure::Result;
use crate::git;
use crate::plan::Plan;
use crate::report::{Row, Target};
use crate::server::Server;

/// No slower on the long one; what is above one is the noise of two medians.
pub(super) const LONGER: f64 = 1.1;
const LONG: &str = "long";
/// How long git is asked the same, and how often at least.
const ENOUGH: Duration = Duration::from_secs(20);
const FEWEST: usize = 5;

/// A wiki in the server, and its history in git.
#[derive(Debug)]
pub(super) struct History {
    pub(super) commits: usize,
    /// The wiki's address.
    pub(super) at: String,
    /// A bare clone, in one pack.
    pub(super) repo: PathBuf,
}

/// Both.
#[derive(Debug)]
pub(super) struct Histories {
    pub(super) short: History,
    pub(super) long: History,
}

/// What is found out about a history.
pub(super) type Of<'a, T> = &'a dyn Fn(&History) -> Result<T>;

/// What is asked of a history.
pub(super) struct Question<'a> {
    pub(super) what: String,
    /// The request.
    pub(super) target: Of<'a, String>,
    /// The same asked of git, by the name of the command.
    pub(super) git: Option<(&'a str, Of<'a, Duration>)>,
    /// Of the ratio to git; without git, of the milliseconds.
    pub(super) bound: Target,
}

/// Imports the long history, and makes the clones for git.
pub(super) fn histories(subject: &Subject, server: &Server, tell: Tell<'_>) -> Result<(Histories, Vec<Row>)> {
    let plan = &subject.plan;
    let at = |name: &str| subject.folder.join(name);
    git::ask::packed(&subject.repo, &at("short-clone.git"))?;
    let short = History { commits: plan.commits, at: server.wiki(WIKI), repo: at("short-clone.git") };
    at_rest(server, &short.at)?;
    tell(&format!("making and importing {} commits", plan.long_commits));
    let (source, bundle) = (at("long.git"), at("long.bundle"));
    git::make(&source, |out| subject.corpus.history(plan.long_commits, plan.revisions, out))?;
    git::bundle(&source, &bundle)?;
    let took = server.import(LONG, &bundle)?;
    let long = History { commits: plan.long_commits, at: server.wiki(LONG), repo: at("long-clone.git") };
    at_rest(server, &long.at)?;
    git::ask::packed(&source, &long.repo)?;
    let what = format!("import of {} commits", plan.long_commits);
    let rows = vec![Row::alone(what, took.as_secs_f64(), "s", Target::None)];
    Ok((Histories { short, long }, rows))
}

impl Histories {
    pub(super) fn each(&self) -> impl Iterator<Item = &History> {
        [&self.short, &self.long].into_iter()
    }

    /// Asks the short one and git, then both in turn, and git again.
    pub(super) fn compare(&self, plan: &Plan, server: &Server, question: &Question<'_>) -> Result<Vec<Row>> {
        // The server closes connections that are idle for long.
        let mut client = server.client()?;
        let short = (question.target)(&self.short)?;
        let time = ask(&mut client, std::slice::from_ref(&short), plan.asked)?;
        let mut rows = vec![question.judged(plan, &self.short, time[0])?];
        let long = &self.long;
        let mut client = server.client()?;
        let times = ask(&mut client, &[short, (question.target)(long)?], plan.asked)?;
        rows.push(self.longer(&question.what, (times[0], times[1])));
        rows.push(question.judged(plan, long, times[1])?);
        Ok(rows)
    }

    /// The time on the long one beside that on the short one, milliseconds.
    pub(super) fn longer(&self, what: &str, (short, time): (f64, f64)) -> Row {
        let other = self.short.named();
        Row::beside(self.long.what(what), time, "ms", (&other, short), Target::AtMost(LONGER))
    }
}

impl History {
    pub(super) fn what(&self, what: &str) -> String {
        format!("{what}, {}", self.named())
    }

    fn named(&self) -> String {
        format!("{} commits", self.commits)
    }
}

impl Question<'_> {
    /// The row of `history`, where an answer takes `time` milliseconds.
    pub(super) fn judged(&self, plan: &Plan, history: &History, time: f64) -> Result<Row> {
        let what = history.what(&self.what);
        let Some((name, git)) = self.git else { return Ok(Row::alone(what, time, "ms", self.bound)) };
        // A process a time: fewer of them tell as much, and a few do where each takes seconds.
        let (begun, mut times) = (Instant::now(), Vec::new());
        while times.len() < plan.asked / 10 && (times.len() < FEWEST || begun.elapsed() < ENOUGH) {
            times.push(git(history)?);
        }
        Ok(Row::beside(what, time, "ms", (name, median(times)), self.bound))
    }
}
