//! Blame of a page with many revisions beside `git blame`, and on a history twenty times as long.

use std::time::Duration;

use serde_json::Value;

use super::asked::{once, same};
use super::histories::{Histories, History, Question};
use super::{Subject, median};
use crate::client::Client;
use crate::corpus::FOLLOWED;
use crate::failure::{Context, Result};
use crate::git;
use crate::report::{Row, Target};
use crate::server::Server;

const BLAME: f64 = 0.5;

/// The server must not be running. Most of a first answer is reading versions: so it is asked once a start, after another page's.
pub(super) fn measure(subject: &Subject, histories: &Histories) -> Result<Vec<Row>> {
    let (path, other) = (subject.corpus.path(FOLLOWED), subject.corpus.path(FOLLOWED + 1));
    let target = |history: &History, path: &str| format!("{}/blame/{path}", history.at);
    let all: Vec<&History> = histories.each().collect();
    let mut firsts: Vec<Vec<Duration>> = vec![Vec::new(); all.len()];
    for start in 0..3 * subject.plan.starts {
        let server = Server::start(&subject.place, &[])?;
        let mut client = server.client()?;
        for history in &all {
            once(&mut client, &target(history, &other))?;
        }
        // Neither is always the first.
        for turn in 0..all.len() {
            let number = (start + turn) % all.len();
            firsts[number].push(once(&mut client, &target(all[number], &path))?);
        }
        server.stop()?;
    }
    let firsts: Vec<f64> = firsts.into_iter().map(median).collect();

    let server = Server::start(&subject.place, &[])?;
    for history in histories.each() {
        let target = target(history, &path);
        let theirs = git::ask::blame(&history.repo, &path)?.1;
        same(&target, &lines(&mut server.client()?, &target)?, &theirs)?;
    }
    let what = |answer: &str| format!("blame of a page of {} revisions, {answer}", subject.plan.revisions);
    let question = Question {
        what: what("asked again"),
        target: &|history| Ok(target(history, &path)),
        git: Some(("git blame", &|history| Ok(git::ask::blame(&history.repo, &path)?.0))),
        bound: Target::AtMost(BLAME),
    };
    let again = histories.compare(&subject.plan, &server, &question)?;
    server.stop()?;
    let first = Question { what: what("first answer"), ..question };
    let mut rows = Vec::new();
    for (history, time) in all.into_iter().zip(&firsts) {
        if history.commits != histories.short.commits {
            rows.push(histories.longer(&first.what, (firsts[0], *time)));
        }
        rows.push(first.judged(&subject.plan, history, *time)?);
    }
    rows.extend(again);
    Ok(rows)
}

/// The commit of every line.
fn lines(client: &mut Client, target: &str) -> Result<Vec<String>> {
    let answer = client.get(target, "application/json")?.expect(200)?.json()?;
    let parts = answer["lines"].as_array().when(format!("{target} answers no lines"))?;
    let mut lines: Vec<String> = Vec::new();
    for part in parts {
        let (start, count) = (number(&part["start"]), number(&part["count"]));
        let revision = part["revision"].as_str().when("lines without a revision")?;
        // They follow one another without a gap.
        (start == Some(lines.len() + 1)).then_some(()).when(format!("lines from elsewhere: {part}"))?;
        lines.extend(std::iter::repeat_n(revision.to_owned(), count.when("lines without a count")?));
    }
    Ok(lines)
}

fn number(value: &Value) -> Option<usize> {
    usize::try_from(value.as_u64()?).ok()
}
