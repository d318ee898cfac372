//! What is shown of a page that was found.

mod cut;
mod scan;

use super::matches::Match;
use super::places::Places;
use super::query::Query;
use super::sieve::Sieve;
use crate::markdown::Block;
use cut::{cut, reach};
use scan::{Best, Left, Scan};

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

#[cfg(test)]
mod tests;
