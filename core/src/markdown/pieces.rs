//! A page in pieces that can be read one by one.

use std::ops::{ControlFlow, Range};

use pulldown_cmark::{Event, Tag};

use super::plain::{Block, read};
use super::source::Source;

/// Bytes of a piece at least, but for the last one. One that is a single block, such as a long list, may be of any size.
const PIECE: usize = 2 << 10;
/// Bytes of the definitions that are kept with a page's pieces; with more of them it is one piece.
const MOST_DEFINITIONS: usize = 8 << 10;

/// Where a page can be taken apart so that each piece reads alone as it does in the page: between two blocks that are in no
/// other. What is defined anywhere in the page, its links and footnotes, is kept with them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pieces {
    /// Where they begin, bytes of the page's text; the first behind the front matter.
    starts: Vec<usize>,
    /// Where the last one ends.
    end: usize,
    /// A definition a line, of which the name alone matters.
    definitions: String,
}

impl Pieces {
    /// How many there are: one at least.
    pub fn count(&self) -> usize {
        self.starts.len().max(1)
    }

    /// Where a piece stands in the page's text.
    pub fn range(&self, piece: usize) -> Range<usize> {
        let start = self.starts.get(piece).copied().unwrap_or(self.end);
        start..self.starts.get(piece + 1).copied().unwrap_or(self.end)
    }

    /// Its size in memory, bytes.
    pub fn bytes(&self) -> usize {
        self.starts.len() * size_of::<usize>() + self.definitions.len()
    }

    /// Gives the blocks of one piece of the page `text` to `take`, as [`blocks`](super::blocks) does for all of it.
    pub fn blocks(
        &self,
        text: &str,
        piece: usize,
        take: &mut dyn FnMut(Block<'_>) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let range = self.range(piece);
        let Some(text) = text.get(range.clone()) else { return ControlFlow::Continue(()) };
        if self.definitions.is_empty() || self.count() == 1 || !text.contains('[') {
            return read(&Source::markdown(text, range.start), take);
        }
        // The line between ends whatever would go on.
        let joined = [&self.definitions, "\n***\n", text].concat();
        let before = joined.len() - text.len();
        read(&Source::markdown(&joined, 0), &mut |block| match block.start.checked_sub(before) {
            Some(at) => take(Block { start: at + range.start, ..block }),
            None => ControlFlow::Continue(()),
        })
    }
}

/// Finds the pieces of a page while its events pass by.
#[derive(Debug)]
pub(super) struct Cutter<'a> {
    text: &'a str,
    /// In how many blocks the parser is.
    depth: usize,
    pieces: Pieces,
}

impl<'a> Cutter<'a> {
    /// Begins with the page `text`, whose Markdown begins at the byte `start`, and the names of its links.
    pub(super) fn new<'d>(text: &'a str, start: usize, links: impl Iterator<Item = &'d str>) -> Self {
        let mut pieces = Pieces { starts: vec![start], end: text.len(), definitions: String::new() };
        let mut links: Vec<&str> = links.collect();
        links.sort_unstable();
        for link in links {
            pieces.define("", link);
        }
        Self { text, depth: 0, pieces }
    }

    /// Sees an event that begins at the byte `at` of the page.
    pub(super) fn see(&mut self, event: &Event<'_>, at: usize) {
        match event {
            Event::Start(tag) => {
                if let Tag::FootnoteDefinition(name) = tag {
                    self.pieces.define("^", name);
                }
                if self.depth == 0 && self.follows_an_empty_line(at) {
                    let last = self.pieces.starts.last().copied().unwrap_or(0);
                    if at >= last + PIECE {
                        self.pieces.starts.push(at);
                    }
                }
                self.depth += 1;
            }
            Event::End(_) => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
    }

    /// Whether a line that is not indented begins here, behind an empty one. Behind anything else, such as a definition, the
    /// parser may take for the rest of a paragraph what begins a block where it stands alone.
    fn follows_an_empty_line(&self, at: usize) -> bool {
        let (before, from) = self.text.split_at(at);
        let ended = before.strip_suffix("\r\n").or_else(|| before.strip_suffix(['\n', '\r']));
        let is_empty = |before: &str| before.trim_end_matches([' ', '\t']).ends_with(['\n', '\r']);
        ended.is_some_and(is_empty) && !from.starts_with([' ', '\t', '\n', '\r'])
    }

    pub(super) fn finish(mut self) -> Pieces {
        if self.pieces.definitions.len() > MOST_DEFINITIONS {
            self.pieces.starts.truncate(1);
            self.pieces.definitions = String::new();
        }
        self.pieces
    }
}

impl Pieces {
    fn define(&mut self, sign: &str, name: &str) {
        if self.definitions.len() <= MOST_DEFINITIONS {
            self.definitions.extend(["[", sign, name, "]: x\n"]);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::markdown::{Outline, blocks};

    type Read = Vec<(usize, bool, String)>;

    fn whole(text: &str) -> Read {
        let mut all = Vec::new();
        let _all = blocks(text, &mut |block| {
            all.push((block.start, block.heading, block.text.to_owned()));
            ControlFlow::Continue(())
        });
        all
    }

    fn one_by_one(text: &str) -> (Read, usize) {
        let pieces = Outline::with_pieces(text).1;
        let mut all = Vec::new();
        for piece in 0..pieces.count() {
            let _all = pieces.blocks(text, piece, &mut |block| {
                all.push((block.start, block.heading, block.text.to_owned()));
                ControlFlow::Continue(())
            });
        }
        (all, pieces.count())
    }

    #[test]
    fn pieces_read_as_the_whole() {
        let filling = "Some words that fill a line, and no more.\n".repeat(60);
        let part = format!(
            "{filling}\n# A heading with [Link One] and [text][two]\n\n- a list\n\n  # in it\n\n      code\n\n> quote\n\n```\n# none\n\n{filling}```\n\nA note[^n].\n\n<!--\n\n# not seen\n\n-->\n\n    indented\n\n| a | b |\n|---|---|\n| c | d |\n\n"
        );
        let text = format!(
            "---\ntitle: T\n---\n{}[link  one]: there\n[two]: there\n\n[^n]: what it says\n",
            part.repeat(20)
        );
        let (read, count) = one_by_one(&text);
        assert_eq!(read, whole(&text));
        assert!(count >= 20, "{count}");
        assert!(!read.iter().any(|(.., text)| text.contains('[')));
    }

    #[test]
    fn a_page_of_definitions_is_one_piece() {
        let part = |number| format!("[n{number}]: there\n\nA [n{number}].\n\n");
        let text = (0..2_000).map(part).collect::<Vec<_>>().concat();
        let pieces = Outline::with_pieces(&text).1;
        assert_eq!((pieces.count(), pieces.definitions.len()), (1, 0));
        assert_eq!(one_by_one(&text).0, whole(&text));
    }

    #[test]
    fn a_piece_does_not_begin_in_what_a_definition_leaves_open() {
        let text = format!("[a]\n{}-->\n\n[a]: x\n1. \n", "\nword\n".repeat(PIECE / 6));
        assert_eq!(one_by_one(&text).0, whole(&text));
    }

    proptest! {
        #[test]
        fn any_page_reads_the_same_in_pieces(parts in prop::collection::vec("(# |- |> |1\\. |    |```|~~~|<!--|-->|<pre>|</pre>|\\[a\\]: x|\\[\\^b\\]: y|\\[a\\]|\\[\\^b\\]|===|---|\\| a \\||a|\n|\n\n){1,12}\n", 0..24)) {
            // Between them enough that pieces end.
            let filling = "\nword\n".repeat(PIECE / 6);
            let text = parts.join(&filling);
            prop_assert_eq!(one_by_one(&text).0, whole(&text));
        }
    }
}
