//! Questions that are asked of the server, and the times of their answers.

use std::time::{Duration, Instant};

use serde_json::Value;

use super::median;
use crate::client::Client;
use crate::failure::{Context, Failure, Result};
use crate::server::Server;

/// Longest time for full text to follow a history.
const PATIENCE: Duration = Duration::from_mins(15);
/// Enough for what a server does when nobody writes.
const REST: Duration = Duration::from_secs(5);
/// How often it is looked whether it has.
const LOOK: Duration = Duration::from_millis(10);

/// Asks each of `targets` in turn; answers the middle time of each, milliseconds.
pub(super) fn ask(client: &mut Client, targets: &[String], times: usize) -> Result<Vec<f64>> {
    let mut found: Vec<Vec<Duration>> = vec![Vec::new(); targets.len()];
    for _ in 0..times {
        for (target, times) in targets.iter().zip(&mut found) {
            times.push(once(client, target)?);
        }
    }
    Ok(found.into_iter().map(median).collect())
}

/// How long one answer takes.
pub(super) fn once(client: &mut Client, target: &str) -> Result<Duration> {
    let begun = Instant::now();
    client.get(target, "application/json")?.expect(200)?;
    Ok(begun.elapsed())
}

/// All items of the list at `target`, which has a query, from one cursor to the next.
pub(super) fn items(client: &mut Client, target: &str) -> Result<Vec<Value>> {
    let mut items = Vec::new();
    let mut next = String::new();
    loop {
        let mut answer = client.get(&format!("{target}{next}"), "application/json")?.expect(200)?.json()?;
        match answer["items"].take() {
            Value::Array(some) => items.extend(some),
            _ => return Err(Failure::new(format!("{target} answers no items"))),
        }
        match answer["next"].as_str() {
            Some(cursor) => next = format!("&after={cursor}"),
            None => return Ok(items),
        }
    }
}

/// The member `name` of every item, in order.
pub(super) fn texts(items: &[Value], name: &str) -> Result<Vec<String>> {
    let text = |item: &Value| Some(item[name].as_str()?.to_owned());
    items.iter().map(text).collect::<Option<_>>().when(format!("an item without {name}"))
}

/// A fast answer counts only if it is the right one.
pub(super) fn same(what: &str, ours: &[String], theirs: &[String]) -> Result<()> {
    let Some(at) = (0..ours.len().max(theirs.len())).find(|at| ours.get(*at) != theirs.get(*at)) else {
        return Ok(());
    };
    let (one, other) = (ours.get(at), theirs.get(at));
    let (many, others) = (ours.len(), theirs.len());
    Err(Failure::new(format!(
        "{what}: {many} here, {others} in git; number {at} is {one:?}, in git {other:?}"
    )))
}

/// Waits until searches in the wiki at `at` find all that its head has; answers how long that took. What is asked has no words in
/// it: such a question is answered without taking part in the work that is waited for.
pub(super) fn full_text(server: &Server, at: &str) -> Result<Duration> {
    let mut client = server.client()?;
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        let answer = client.get(&format!("{at}/search?q="), "application/json")?;
        if answer.status != 503 {
            let answer = answer.expect(200)?.json()?;
            let (indexed, head) = (answer["indexed_revision"].as_str(), answer["head"].as_str());
            if head.when("a wiki without a head")? == indexed.unwrap_or_default() {
                return Ok(begun.elapsed());
            }
        }
        std::thread::sleep(LOOK);
    }
    Err(Failure::new(format!("the full text of {at} does not follow")))
}

/// Waits until nothing is at work in the server for the wiki at `at`: what searches look in is merged a second after full text has followed.
pub(super) fn at_rest(server: &Server, at: &str) -> Result<()> {
    full_text(server, at)?;
    std::thread::sleep(REST);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_compared_one_by_one() {
        let of = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        assert!(same("x", &of("a b"), &of("a b")).is_ok());
        for (ours, theirs) in [("a b", "a"), ("a", "a b"), ("a b", "b a")] {
            assert!(same("x", &of(ours), &of(theirs)).is_err(), "{ours} {theirs}");
        }
    }
}
