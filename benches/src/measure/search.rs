//! Searches beside `git grep`, and on a history twenty times as long.

use super::asked::{items, same, texts};
use super::histories::{Histories, History, Question};
use super::{Subject, Tell};
use crate::corpus::FOLLOWED;
use crate::failure::{Context, Failure, Result};
use crate::git;
use crate::report::{Row, Target};
use crate::server::Server;

const GREP: f64 = 0.01;
/// Two words that nearly every page has.
const COMMON: [&str; 2] = ["deploy", "budget"];
/// Words in a phrase: one page in some four hundred has them so.
const PHRASE: usize = 3;

/// What is looked for.
struct Sought<'a> {
    what: &'a str,
    /// As the server is asked, escaped for a URL.
    query: String,
    /// As git is.
    texts: Vec<&'a str>,
}

pub(super) fn measure(
    subject: &Subject,
    server: &Server,
    histories: &Histories,
    tell: Tell<'_>,
) -> Result<Vec<Row>> {
    let text = known(subject, server, histories)?;
    let (rare, phrase) = words(&text).when("the page that is known has no words")?;
    let sought = [
        Sought { what: "a rare word", query: rare.to_owned(), texts: vec![rare] },
        Sought {
            what: "a rare word and a common one",
            query: format!("{rare}%20{}", COMMON[0]),
            texts: vec![rare, COMMON[0]],
        },
        Sought {
            what: "a phrase of three words",
            query: format!("%22{}%22", phrase.replace(' ', "%20")),
            texts: vec![phrase],
        },
        Sought { what: "two words", query: COMMON.join("%20"), texts: COMMON.to_vec() },
    ];
    let mut rows = Vec::new();
    for Sought { what, query, texts } in &sought {
        let target = |history: &History| Ok(format!("{}/search?q={query}&limit=10", history.at));
        let mut on = Vec::new();
        for history in histories.each() {
            on.push(compare(server, history, query, texts)?);
        }
        tell(&format!("search for {what}: on {on:?} pages, the same as git's"));
        let question = Question {
            what: format!("search for {what} (on {} of {} pages)", on[0], subject.plan.pages),
            target: &target,
            git: Some(("git grep -l", &|history| Ok(git::ask::grep(&history.repo, texts)?.0))),
            bound: Target::AtMost(GREP),
        };
        rows.extend(histories.compare(&subject.plan, server, &question)?);
    }
    Ok(rows)
}

/// The text of a page that is the same in both histories.
fn known(subject: &Subject, server: &Server, histories: &Histories) -> Result<String> {
    let mut client = server.client()?;
    let mut texts = Vec::new();
    for history in histories.each() {
        let target = format!("{}/pages/{}", history.at, subject.corpus.path(FOLLOWED));
        let text = client.get(&target, "text/markdown")?.expect(200)?.body;
        texts.push(String::from_utf8(text).when(&target)?);
    }
    texts.dedup();
    match texts.as_slice() {
        [text] => Ok(text.clone()),
        _ => Err(Failure::new("the page with many revisions is not the same in both histories")),
    }
}

/// A word that stands on no other page, and a phrase that few have.
fn words(text: &str) -> Option<(&str, &str)> {
    let last = text.lines().last()?;
    let (_, rare) = last.rsplit_once(' ')?;
    let (end, _) = last.match_indices(' ').nth(PHRASE - 1)?;
    Some((rare, &last[..end]))
}

/// All pages found must be those that git finds; answers how many they are.
fn compare(server: &Server, history: &History, query: &str, sought: &[&str]) -> Result<usize> {
    let target = format!("{}/search?q={query}&limit=200", history.at);
    let mut found = texts(&items(&mut server.client()?, &target)?, "path")?;
    found.sort_unstable();
    let (_, theirs) = git::ask::grep(&history.repo, sought)?;
    same(&target, &found, &theirs)?;
    Ok(found.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::Corpus;

    #[test]
    fn a_page_has_a_word_of_its_own_and_a_phrase() {
        let text = Corpus::text(7, 3);
        let (rare, phrase) = words(&text).unwrap();
        assert!(rare.len() > 8 && rare.bytes().all(|byte| byte.is_ascii_hexdigit()), "{rare}");
        assert_eq!(phrase.split(' ').count(), PHRASE);
        assert!(text.contains(phrase) && !Corpus::text(8, 3).contains(rare));
    }
}
