//! The newest 20 commits of a page beside `git log`, and on a history twenty times as long.

use super::Subject;
use super::asked::{same, texts};
use super::histories::{Histories, History, Question};
use crate::corpus::FOLLOWED;
use crate::failure::{Context, Result};
use crate::git;
use crate::report::{Row, Target};
use crate::server::Server;

const LOG: f64 = 0.1;

pub(super) fn measure(subject: &Subject, server: &Server, histories: &Histories) -> Result<Vec<Row>> {
    let path = subject.corpus.path(FOLLOWED);
    let target = |history: &History| Ok(format!("{}/history/{path}?limit=20", history.at));
    let mut client = server.client()?;
    for history in histories.each() {
        let target = target(history)?;
        let answer = client.get(&target, "application/json")?.expect(200)?.json()?;
        let items = answer["items"].as_array().when(format!("{target} answers no items"))?;
        same(&target, &texts(items, "revision")?, &git::ask::log(&history.repo, &path)?.1)?;
    }
    let question = Question {
        what: format!("history of a page of {} revisions", subject.plan.revisions),
        target: &target,
        git: Some(("git log -n 20", &|history| Ok(git::ask::log(&history.repo, &path)?.0))),
        bound: Target::AtMost(LOG),
    };
    histories.compare(&subject.plan, server, &question)
}
