//! Lists of pages, from the beginning and from the middle, and on a history twenty times as long.

use super::Subject;
use super::asked::{items, same, texts};
use super::histories::{Histories, History, Of, Question};
use crate::failure::{Context, Result};
use crate::git;
use crate::report::{Row, Target};
use crate::server::Server;

/// Most milliseconds.
const LISTED: f64 = 2.0;
/// Pages in an answer: the most that there can be.
const LIMIT: usize = 200;

pub(super) fn measure(subject: &Subject, server: &Server, histories: &Histories) -> Result<Vec<Row>> {
    let plan = &subject.plan;
    let first = |history: &History| Ok(format!("{}/pages?limit={LIMIT}", history.at));
    for history in histories.each() {
        let target = first(history)?;
        let listed = texts(&items(&mut server.client()?, &target)?, "path")?;
        same(&target, &listed, &git::ask::pages(&history.repo)?)?;
    }
    // The one after half of them, by the cursor that is given out there.
    let middle = |history: &History| {
        let mut target = first(history)?;
        let mut client = server.client()?;
        for _ in 0..(plan.pages / 2).div_ceil(LIMIT) {
            let answer = client.get(&target, "application/json")?.expect(200)?.json()?;
            let next = answer["next"].as_str().when(format!("{target} is the end of the list"))?;
            target = format!("{}&after={next}", first(history)?);
        }
        Ok(target)
    };
    let of = |place: &str| format!("{} of {} pages listed, {place}", LIMIT.min(plan.pages), plan.pages);
    let mut rows = Vec::new();
    let targets: [(_, Of<'_, String>); 2] = [("the first", &first), ("from the middle", &middle)];
    for (place, target) in targets {
        let question = Question { what: of(place), target, git: None, bound: Target::AtMost(LISTED) };
        rows.extend(histories.compare(plan, server, &question)?);
    }
    Ok(rows)
}
