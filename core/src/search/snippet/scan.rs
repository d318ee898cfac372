//! Looking for a query in the plain text of a page, as far as it is read.

use std::ops::Range;

use super::super::matches::{Match, matches};
use super::super::query::Query;
use super::super::tokens::Flow;
use super::cut::reach;
use super::{BETTER, MOST, MOST_MATCHES, NEAR, WINDOW};

/// What stands close together.
pub(super) struct Best {
    /// How much of the query, and how often.
    clauses: usize,
    count: usize,
    /// Which of the matches.
    pub(super) window: Range<usize>,
}

impl Best {
    pub(super) fn value(&self) -> (usize, usize) {
        (self.clauses, self.count)
    }
}

/// The plain text of some of a page as far as it was read.
#[derive(Default)]
pub(super) struct Scan {
    clauses: usize,
    pub(super) plain: String,
    /// Where blocks begin: in `plain`, and in the page's text.
    starts: Vec<(usize, usize)>,
    /// In the order of `plain`.
    pub(super) found: Vec<Match>,
    /// Where all was found close together.
    pub(super) near: Option<usize>,
    /// What is needed yet, once that is known.
    pub(super) left: Option<Left>,
}

/// How many characters are needed yet: of `near` never more than of `more`.
#[derive(Clone, Copy)]
pub(super) struct Left {
    /// To look for more of the query in.
    pub(super) near: usize,
    /// To read.
    pub(super) more: usize,
}

impl Scan {
    pub(super) fn new(query: &Query) -> Self {
        Self { clauses: query.wanted.len(), ..Self::default() }
    }

    /// Looks for nothing, and reads so many characters.
    pub(super) fn reading(more: usize) -> Self {
        Self { left: Some(Left { near: 0, more }), ..Self::default() }
    }

    /// Whether nothing more is needed.
    pub(super) fn is_over(&self) -> bool {
        self.left.is_some_and(|left| left.more == 0)
    }

    /// Reads a block, and looks for the query in it, if it `may` stand there.
    pub(super) fn block(
        &mut self,
        source: usize,
        text: &str,
        query: &Query,
        may: &mut dyn FnMut(&str) -> bool,
    ) -> Flow {
        if !self.plain.is_empty() {
            self.plain.push('\n');
        }
        let start = self.plain.len();
        self.starts.push((start, source));
        self.plain.push_str(text);
        match self.left {
            None => {
                if may(text) {
                    self.look(start, text, query);
                }
            }
            Some(left) => self.take(start, text, query, left),
        }
        if self.is_over() { Flow::Break(()) } else { Flow::Continue(()) }
    }

    /// Reads what begins at `start`, of which so much is needed.
    fn take(&mut self, start: usize, text: &str, query: &Query, left: Left) {
        let (bytes, near) = reach(text, left.near);
        self.gather(start, &text[..bytes], query);
        // Nothing more is looked for than is read.
        let (_, more) = reach(&text[bytes..], left.more - (left.near - near));
        self.left = Some(Left { near, more });
    }

    /// Looks for the query in a block that begins at `start`, until all of it was found close together: nothing better follows.
    fn look(&mut self, start: usize, text: &str, query: &Query) {
        let before = self.found.len();
        let mut last = vec![None; self.clauses];
        let mut near = None;
        let found = &mut self.found;
        let _found = matches(text, query, &mut |one| {
            found.push(Match { clause: one.clause, start: one.start + start, end: one.end + start });
            last[one.clause] = Some(one.start);
            let first = if last.contains(&None) { None } else { last.iter().copied().flatten().min() };
            near = first.filter(|first| one.end.saturating_sub(*first) <= WINDOW);
            if near.is_some() || found.len() >= MOST_MATCHES { Flow::Break(()) } else { Flow::Continue(()) }
        });
        if let Some(near) = near {
            // And what else stands there.
            self.found.truncate(before);
            self.near = Some(start + near);
            // As much as is shown, wherever of what is near that begins.
            self.take(start + near, &text[near..], query, Left { near: NEAR, more: NEAR + MOST });
        } else if self.found.len() >= MOST_MATCHES {
            self.left = Some(Left { near: 0, more: 0 });
        }
    }

    /// Notes what stands in a text that begins at `start`.
    fn gather(&mut self, start: usize, text: &str, query: &Query) {
        let found = &mut self.found;
        let _found = matches(text, query, &mut |one| {
            found.push(Match { clause: one.clause, start: one.start + start, end: one.end + start });
            Flow::Continue(())
        });
    }

    /// Where a byte of `plain` stands in the page's text, or before it.
    pub(super) fn source(&self, at: usize) -> usize {
        let after = self.starts.partition_point(|(start, _)| *start <= at);
        after.checked_sub(1).map_or(0, |block| self.starts[block].1)
    }

    /// The matches that stand in the best window.
    pub(super) fn best(&mut self) -> Option<Best> {
        self.found.sort_by_key(|found| (found.start, found.end));
        let mut counts = vec![0_usize; self.clauses];
        let (mut first, mut distinct) = (0, 0);
        let mut best: Option<Best> = None;
        for next in 0..self.found.len() {
            let Match { clause, end, .. } = self.found[next];
            distinct += usize::from(counts[clause] == 0);
            counts[clause] += 1;
            while first < next && end.saturating_sub(self.found[first].start) > WINDOW {
                let clause = self.found[first].clause;
                counts[clause] -= 1;
                distinct -= usize::from(counts[clause] == 0);
                first += 1;
            }
            if self.near.is_some_and(|near| self.found[first].start > near + BETTER) {
                break;
            }
            let many = (next + 1 - first).min(8);
            if best.as_ref().is_none_or(|best| (distinct, many) > best.value()) {
                best = Some(Best { clauses: distinct, count: many, window: first..next + 1 });
            }
        }
        best
    }
}
