//! What is shown of a page that was found.

use std::ops::Range;

use super::matches::{Match, matches};
use super::places::Places;
use super::query::Query;
use super::sieve::Sieve;
use super::tokens::Flow;
use crate::markdown::Block;

/// Most characters of a snippet, without the dots where it is cut.
const MOST: usize = 240;
/// How many of them stand before the first match, at most.
const BEFORE: usize = 60;
/// Bytes that matches shown together may take.
const WINDOW: usize = MOST - BEFORE;
/// Characters behind the first place where all of the query stands close together in which a better one is looked for.
const BETTER: usize = 123;
/// Characters behind it in which matches are looked for. What ends at the end of them may be half of a word: that is in no window.
const NEAR: usize = BETTER + WINDOW + 1;
/// Most places of a page that are weighed against each other.
const MOST_MATCHES: usize = 2_000;
/// Most pieces of a page, of those in which something is found, that are weighed against each other.
const MOST_PIECES: usize = 8;
/// Most bytes of a character's name (`&CounterClockwiseContourIntegral;`).
const MOST_ENTITY: usize = 34;
/// Finds nothing.
const NOTHING: Query = Query { wanted: Vec::new(), excluded: Vec::new() };

/// A piece of a page, as plain text in one line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Snippet {
    /// The text; `…` stands where it is cut.
    pub text: String,
    /// What was found in it: first and one after the last, counted in characters (Unicode scalar values) of the text; in
    /// order, not overlapping.
    pub matches: Vec<[usize; 2]>,
    /// The path of the section it is from, as [`Outline::path`](crate::markdown::Outline::path) has it.
    pub section: Option<String>,
}

/// The piece of a page in which the most of `query` stands close together, the first of several; its beginning where nothing of it
/// stands in the text (but perhaps in its front matter or its path).
pub fn snippet(text: &str, query: &Query) -> Snippet {
    snippet_at(text, &Places::of(text), query)
}

/// [`snippet`] of the page `text`, which `places` are made of. Only some pieces of a long page are taken apart: those where the
/// query seems to stand.
pub fn snippet_at(text: &str, places: &Places, query: &Query) -> Snippet {
    Page::new(super::looked_at(text), places, query).snippet()
}

/// Of `text` as many bytes as `count` characters take that are shown, and how many are missing where it has fewer. Blanks that follow one
/// another count once, and characters that are not seen do not.
fn reach(text: &str, count: usize) -> (usize, usize) {
    let mut left = count;
    // Other text may stand before this one.
    let mut was_blank = true;
    for (at, character) in text.char_indices() {
        if left == 0 {
            return (at, 0);
        }
        if is_hidden(character) {
            continue;
        }
        let is_blank = is_blank(character);
        left -= usize::from(!(is_blank && was_blank));
        was_blank = is_blank;
    }
    (text.len(), left)
}

/// A page that is looked through.
struct Page<'a> {
    text: &'a str,
    places: &'a Places,
    query: &'a Query,
    sieve: Sieve,
    /// The best found, and in which piece.
    best: Option<(Best, usize, Scan)>,
    /// Pieces in which something was found.
    read: usize,
    /// Bytes that were taken apart.
    bytes: usize,
}

impl<'a> Page<'a> {
    fn new(text: &'a str, places: &'a Places, query: &'a Query) -> Self {
        Self { text, places, query, sieve: Sieve::new(query), best: None, read: 0, bytes: 0 }
    }

    fn snippet(&mut self) -> Snippet {
        self.look();
        let Some((Best { window, .. }, piece, mut scan)) = self.best.take() else {
            // And one more, which tells that it is cut.
            let mut scan = Scan::reading(MOST + 1);
            self.behind(0, &mut scan);
            let (text, matches) = cut(&scan.plain, &[]);
            return Snippet { text, matches, section: None };
        };
        let section = self.places.section(self.text, scan.source(scan.found[window.start].start));
        let first = scan.found[window.start].start;
        let known = scan.found.len();
        // Behind what was broken off comes the rest of it, and no other piece.
        if !scan.is_over() {
            let (_, more) = reach(&scan.plain[first..], MOST + 1);
            scan.left = Some(Left { near: more, more });
            self.behind(piece + 1, &mut scan);
        }
        let mut found = scan.found[window.clone()].to_vec();
        if window.end == known {
            let near = |next: &&Match| next.end.saturating_sub(first) <= WINDOW;
            found.extend(scan.found[known..].iter().take_while(near));
        }
        if first <= 4 * BEFORE {
            let before = self.before(piece);
            for one in &mut found {
                one.start += before.len();
                one.end += before.len();
            }
            scan.plain.insert_str(0, &before);
        }
        let (text, matches) = cut(&scan.plain, &found);
        Snippet { text, matches, section }
    }

    /// Looks for the best place: first where all of the query seems to stand, then where most of it may.
    fn look(&mut self) {
        let most = self.sieve.most();
        let mut others = Vec::new();
        let count = self.places.pieces.count();
        for piece in 0..count {
            // There is no choice of one.
            let rank = if count == 1 { most } else { self.rank(piece) };
            if rank == most {
                // Of one thing the first that is seen will do; where it only seems to stand, it may yet stand otherwise.
                let is_one = self.query.wanted.len() == 1;
                if is_one && self.look_in(piece, true) || self.look_in(piece, false) {
                    return;
                }
            } else if rank > 0 {
                others.push((rank, piece));
            }
        }
        others.sort_by_key(|&(rank, piece)| (std::cmp::Reverse(rank), piece));
        let mut before = most;
        for (rank, piece) in others {
            // Where less may stand, nothing better is to be expected.
            if rank < before && self.best.is_some() || self.look_in(piece, false) {
                return;
            }
            before = rank;
        }
    }

    /// How much of the query may stand in a piece.
    fn rank(&mut self, piece: usize) -> usize {
        let range = self.places.pieces.range(piece);
        let text = self.text.get(range).unwrap_or_default();
        if has_entity(text) {
            let mut scan = Scan::reading(usize::MAX);
            self.read_piece(piece, &mut scan, &NOTHING);
            return self.sieve.rank(&scan.plain);
        }
        self.sieve.rank(text)
    }

    /// Looks for the best place of a piece, in those of its blocks that seem to have all of the query or, if not `most`, some of it. Answers
    /// whether to look no further.
    fn look_in(&mut self, piece: usize, most: bool) -> bool {
        let mut scan = Scan::new(self.query);
        let (query, sieve) = (self.query, &mut self.sieve);
        let pieces = &self.places.pieces;
        self.bytes += pieces.range(piece).len();
        let _scanned = pieces.blocks(self.text, piece, &mut |block| {
            let mut may = |text: &str| if most { sieve.is_most(text) } else { sieve.rank(text) > 0 };
            scan.block(block.start, block.text, query, &mut may)
        });
        let is_near = scan.near.is_some();
        let best = scan.best();
        self.read += usize::from(best.is_some());
        if let Some(best) = best
            && self.best.as_ref().is_none_or(|(known, ..)| best.value() > known.value())
        {
            self.best = Some((best, piece, scan));
        }
        is_near || self.read >= MOST_PIECES
    }

    /// Reads a piece, and looks for `query` in as much as is needed of it.
    fn read_piece(&mut self, piece: usize, scan: &mut Scan, query: &Query) {
        self.bytes += self.places.pieces.range(piece).len();
        let take = &mut |block: Block<'_>| scan.block(block.start, block.text, query, &mut |_| true);
        let _read = self.places.pieces.blocks(self.text, piece, take);
    }

    /// Appends what stands from a piece on, until it is enough.
    fn behind(&mut self, from: usize, scan: &mut Scan) {
        for piece in from..self.places.pieces.count() {
            if scan.is_over() {
                break;
            }
            self.read_piece(piece, scan, self.query);
        }
    }

    /// What stands before a piece, as much as a snippet may begin with.
    fn before(&mut self, piece: usize) -> String {
        let mut before = String::new();
        for piece in (0..piece).rev() {
            let mut scan = Scan::reading(usize::MAX);
            self.read_piece(piece, &mut scan, &NOTHING);
            let start = scan.plain.ceil_char_boundary(scan.plain.len().saturating_sub(8 * BEFORE));
            scan.plain.push('\n');
            before.insert_str(0, &scan.plain[start..]);
            if before.len() > 4 * BEFORE {
                break;
            }
        }
        before
    }
}

/// Whether characters may be written by name in `text`.
fn has_entity(text: &str) -> bool {
    memchr::memchr_iter(b'&', text.as_bytes()).any(|at| {
        let name = text.as_bytes()[at + 1..].iter().take(MOST_ENTITY);
        let end = name.clone().position(|byte| !byte.is_ascii_alphanumeric() && *byte != b'#');
        end.is_some_and(|end| end > 0 && text.as_bytes()[at + 1 + end] == b';')
    })
}

/// What stands close together.
struct Best {
    /// How much of the query, and how often.
    clauses: usize,
    count: usize,
    /// Which of the matches.
    window: Range<usize>,
}

impl Best {
    fn value(&self) -> (usize, usize) {
        (self.clauses, self.count)
    }
}

/// The plain text of some of a page as far as it was read.
#[derive(Default)]
struct Scan {
    clauses: usize,
    plain: String,
    /// Where blocks begin: in `plain`, and in the page's text.
    starts: Vec<(usize, usize)>,
    /// In the order of `plain`.
    found: Vec<Match>,
    /// Where all was found close together.
    near: Option<usize>,
    /// What is needed yet, once that is known.
    left: Option<Left>,
}

/// How many characters are needed yet: of `near` never more than of `more`.
#[derive(Clone, Copy)]
struct Left {
    /// To look for more of the query in.
    near: usize,
    /// To read.
    more: usize,
}

impl Scan {
    fn new(query: &Query) -> Self {
        Self { clauses: query.wanted.len(), ..Self::default() }
    }

    /// Looks for nothing, and reads so many characters.
    fn reading(more: usize) -> Self {
        Self { left: Some(Left { near: 0, more }), ..Self::default() }
    }

    /// Whether nothing more is needed.
    fn is_over(&self) -> bool {
        self.left.is_some_and(|left| left.more == 0)
    }

    /// Reads a block, and looks for the query in it, if it `may` stand there.
    fn block(&mut self, source: usize, text: &str, query: &Query, may: &mut dyn FnMut(&str) -> bool) -> Flow {
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
    fn source(&self, at: usize) -> usize {
        let after = self.starts.partition_point(|(start, _)| *start <= at);
        after.checked_sub(1).map_or(0, |block| self.starts[block].1)
    }

    /// The matches that stand in the best window.
    fn best(&mut self) -> Option<Best> {
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

/// Cuts the piece around `found` out of `plain`.
fn cut(plain: &str, found: &[Match]) -> (String, Vec<[usize; 2]>) {
    let anchor = found.first().map_or(0, |first| first.start);
    let start = back(plain, anchor);
    let mut out = String::new();
    let mut count = 0;
    if start > 0 {
        out.push('…');
        count += 1;
    }
    let most = MOST + count;
    let mut matches: Vec<[usize; 2]> = Vec::new();
    let mut next = found.iter().peekable();
    let mut open: Option<(usize, usize)> = None;
    let mut blank = true;
    let mut cut = false;
    for (at, character) in plain[start..].char_indices().map(|(at, character)| (start + at, character)) {
        if let Some((begin, end)) = open
            && at >= end
        {
            close(&mut matches, begin, count, blank);
            open = None;
        }
        while let Some(one) = next.next_if(|one| one.start <= at) {
            if one.end > at {
                let (begin, end) = open.unwrap_or((count, 0));
                open = Some((begin, end.max(one.end)));
            }
        }
        if count >= most {
            cut = true;
            break;
        }
        if is_blank(character) {
            if !blank {
                out.push(' ');
                count += 1;
            }
            blank = true;
        } else if !is_hidden(character) {
            out.push(character);
            count += 1;
            blank = false;
        }
    }
    if let Some((begin, _)) = open {
        close(&mut matches, begin, count, blank);
    }
    if out.ends_with(' ') {
        out.pop();
    }
    if cut {
        out.push('…');
    }
    (out, matches)
}

/// Ends a match before the character `count`, or before the blank that it would end with.
fn close(matches: &mut Vec<[usize; 2]>, begin: usize, count: usize, blank: bool) {
    let end = if blank { count.saturating_sub(1) } else { count };
    if end > begin {
        matches.push([begin, end]);
    }
}

fn is_blank(character: char) -> bool {
    // Most are told by one comparison.
    character <= ' ' || character >= '\x7f' && (character.is_whitespace() || character.is_control())
}

/// Characters that are not seen, and could turn the others around.
fn is_hidden(character: char) -> bool {
    !character.is_ascii()
        && matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// A good place to begin, at most [`BEFORE`] characters before `anchor`: behind a sentence or a line, else behind a blank.
fn back(plain: &str, anchor: usize) -> usize {
    let mut start = anchor;
    let mut at_blank = None;
    let mut after = None;
    for (at, character) in plain[..anchor].char_indices().rev().take(BEFORE) {
        if character == '\n' && plain[..at].ends_with(['\n', '.', '!', '?', ':', '。']) {
            return at + 1;
        }
        if character == ' ' && plain[..at].ends_with(['.', '!', '?']) {
            return at + 1;
        }
        if character.is_whitespace() {
            at_blank = Some(at + character.len_utf8());
        }
        (start, after) = (at, Some(character));
    }
    if start == 0 || after.is_none() { start } else { at_blank.unwrap_or(start) }
}

#[cfg(test)]
mod tests;
