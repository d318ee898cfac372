//! A text that stands in the page exactly once.

use std::borrow::Cow;

use memchr::memmem::Finder;

use super::apply::{Misfit, Splice};
use super::near::{MOST_CANDIDATES, excerpt, text_candidates};
use super::{Candidate, Reason};
use crate::markdown::LineIndex;

pub(super) fn change<'a>(text: &'a str, old: Cow<'a, str>, new: &str) -> Result<Splice, Misfit<'a>> {
    let none = |candidates| Misfit { reason: Reason::NoMatch, matches: 0, candidates };
    if old.is_empty() {
        return Err(none(Box::new(Vec::new)));
    }
    let finder = Finder::new(old.as_bytes());
    let Some(first) = finder.find(text.as_bytes()) else {
        drop(finder);
        return Err(none(Box::new(move || text_candidates(text, &old))));
    };
    // Matches that overlap are several too: which one is meant cannot be told.
    if finder.find(&text.as_bytes()[first + 1..]).is_none() {
        return Ok(Splice { bytes: first..first + old.len(), text: new.to_owned() });
    }
    let matches = finder.find_iter(text.as_bytes()).count().max(2);
    drop(finder);
    Err(Misfit { reason: Reason::SeveralMatches, matches, candidates: Box::new(move || places(text, &old)) })
}

fn places(text: &str, old: &str) -> Vec<Candidate> {
    let lines = LineIndex::new(text);
    memchr::memmem::find_iter(text.as_bytes(), old.as_bytes())
        .take(MOST_CANDIDATES)
        .map(|at| Candidate { line: lines.line(at), text: excerpt(text, at..at + old.len()), score: 1.0 })
        .collect()
}
