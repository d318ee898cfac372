//! What is shown of a page that was found.

use std::ops::Range;

use super::matches::{Match, matches};
use super::query::Query;
use super::tokens::Flow;
use crate::markdown::{Outline, blocks};

/// Most characters of a snippet, without the dots where it is cut.
const MOST: usize = 240;
/// How many of them stand before the first match, at most.
const BEFORE: usize = 60;
/// Bytes behind the first match that are enough for a snippet, whatever characters they are of.
const AFTER: usize = 5 * MOST;
/// Most places of a page that are weighed against each other.
const MOST_MATCHES: usize = 2_000;

/// A piece of a page, as plain text in one line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Snippet {
    /// The text; `…` stands where it is cut.
    pub text: String,
    /// What was found in it: first and one after the last, counted in characters (Unicode scalar values) of the text; in
    /// order, not overlapping.
    pub matches: Vec<[usize; 2]>,
    /// The path of the section it is from, as [`Outline::path`] has it.
    pub section: Option<String>,
}

/// The piece of a page in which the most of `query` stands close together, the first of several; its beginning where nothing of it
/// stands in the text (but perhaps in its front matter or its path).
pub fn snippet(text: &str, query: &Query) -> Snippet {
    let text = super::looked_at(text);
    let mut scan = Scan { clauses: query.wanted.len(), ..Scan::default() };
    let _scanned = blocks(text, &mut |block| scan.block(block.start, block.text, query));
    let window = scan.best();
    let shown = window.clone().unwrap_or(0..0);
    let section = window.and_then(|window| section(text, scan.source(scan.found[window.start].start)));
    let found = &scan.found[shown];
    let (text, matches) = cut(&scan.plain, found);
    Snippet { text, matches, section }
}

/// About the first `bytes` of `text`.
fn upto(text: &str, bytes: usize) -> &str {
    &text[..text.floor_char_boundary(bytes)]
}

/// The path of the section around the byte `at` of `text`.
fn section(text: &str, at: usize) -> Option<String> {
    let outline = Outline::of(text);
    let after = outline.sections.partition_point(|section| section.heading.start <= at);
    Some(outline.path(after.checked_sub(1)?))
}

/// The plain text as far as it was read.
#[derive(Default)]
struct Scan {
    clauses: usize,
    plain: String,
    /// Where blocks begin: in `plain`, and in the page's text.
    starts: Vec<(usize, usize)>,
    /// In the order of `plain`.
    found: Vec<Match>,
    /// How much of `plain` is needed, once all was found close together.
    enough: Option<usize>,
}

impl Scan {
    fn block(&mut self, source: usize, text: &str, query: &Query) -> Flow {
        if !self.plain.is_empty() {
            self.plain.push('\n');
        }
        let start = self.plain.len();
        self.starts.push((start, source));
        self.plain.push_str(text);
        match self.enough {
            None => self.look(start, text, query),
            Some(enough) => self.gather(start, upto(text, enough.saturating_sub(start)), query),
        }
        match self.enough {
            Some(enough) if self.plain.len() >= enough => Flow::Break(()),
            _ => Flow::Continue(()),
        }
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
            near = first.filter(|first| one.end.saturating_sub(*first) <= MOST - BEFORE);
            if near.is_some() || found.len() >= MOST_MATCHES { Flow::Break(()) } else { Flow::Continue(()) }
        });
        if let Some(near) = near {
            // And what else stands there.
            self.found.truncate(before);
            let until = near + AFTER;
            self.gather(start + near, upto(&text[near..], AFTER), query);
            self.enough = Some(start + until);
        } else if self.found.len() >= MOST_MATCHES {
            self.enough = Some(0);
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
    fn best(&mut self) -> Option<Range<usize>> {
        self.found.sort_by_key(|found| (found.start, found.end));
        let mut counts = vec![0_usize; self.clauses];
        let (mut first, mut distinct) = (0, 0);
        let mut best: Option<(usize, usize, Range<usize>)> = None;
        for next in 0..self.found.len() {
            let Match { clause, end, .. } = self.found[next];
            distinct += usize::from(counts[clause] == 0);
            counts[clause] += 1;
            while first < next && end.saturating_sub(self.found[first].start) > MOST - BEFORE {
                let clause = self.found[first].clause;
                counts[clause] -= 1;
                distinct -= usize::from(counts[clause] == 0);
                first += 1;
            }
            let many = (next + 1 - first).min(8);
            if best.as_ref().is_none_or(|(kinds, count, _)| (distinct, many) > (*kinds, *count)) {
                best = Some((distinct, many, first..next + 1));
            }
        }
        best.map(|(.., window)| window)
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
        if character.is_whitespace() || character.is_control() {
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

/// Characters that are not seen, and could turn the others around.
fn is_hidden(character: char) -> bool {
    matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
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
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The snippet with what was found in brackets.
    fn shown(text: &str, query: &str) -> String {
        let Snippet { text, matches, section } = snippet(text, &Query::parse(query));
        let mut out = String::new();
        for (at, character) in text.chars().chain(['\0']).enumerate() {
            out.extend(matches.iter().filter(|it| it[1] == at).map(|_| ']'));
            out.extend(matches.iter().filter(|it| it[0] == at).map(|_| '['));
            out.push(character);
        }
        format!("{}: {}", section.unwrap_or_default(), out.trim_end_matches('\0'))
    }

    #[test]
    fn the_best_piece_is_shown() {
        let page = format!(
            "---\ntitle: T\n---\n# Top\n\nOne alone.\n\n{}\n\n## Inner\n\nHere *one* and\ntwo  stand `together`. More.\n",
            "Filling words. ".repeat(60)
        );
        assert!(shown(&page, "one two").starts_with("Top > Inner: …"), "{}", shown(&page, "one two"));
        assert!(shown(&page, "one two").contains("Here [one] and [two] stand together. More."));
        assert!(shown(&page, "one").starts_with("Top: Top [One] alone. Filling words."));
        assert!(shown(&page, "one").ends_with('…'));
        assert!(shown(&page, "\"and two\"").contains("one [and two] stand"));
        assert!(shown(&page, "tog*").contains("stand [together]."));
        assert!(shown(&page, "inner").starts_with("Top > Inner: "));
        // Found in front matter alone.
        assert!(shown(&page, "t").starts_with(": Top One alone."));
    }

    #[test]
    fn what_was_found_is_marked_as_its_readers_see_it() {
        for (text, query, expected) in [
            ("Nach Zürich und", "zurich", ": Nach [Zürich] und"),
            ("我喜欢中文字典", "中文", ": 我喜欢[中文]字典"),
            ("我喜欢中文字典", "字", ": 我喜欢中文[字]典"),
            ("我喜欢中文字典", "典", ": 我喜欢中文字[典]"),
            ("The PageList type", "list", ": The Page[List] type"),
            ("The PageList type", "page_list", ": The [PageList] type"),
            ("an e-mail now", "email", ": an [e-mail] now"),
            ("wo wor word", "wor*", ": wo [wor] [word]"),
            ("one two three", "\"two three\" two", ": one [two three]"),
            ("a\u{202e}b <script>x</script>", "b", ": ab x"),
        ] {
            assert_eq!(shown(text, query), expected, "{text} {query}");
        }
    }

    proptest! {
        #[test]
        fn ranges_are_on_what_was_looked_for(words in prop::collection::vec("[a-dA-Dé]{1,3}|[中文]{1,3}|\n|#|\\*b\\*", 0..200), query in "([a-dé]{1,2}|[中文])( [a-d]{1,2})?") {
            let text = words.join(" ");
            let query = Query::parse(&query);
            let Snippet { text: shown, matches: found, .. } = snippet(&text, &query);
            let characters: Vec<char> = shown.chars().collect();
            prop_assert!(characters.len() <= MOST + 2);
            prop_assert!(!shown.contains(['\n', '\t']) && !shown.contains("  "));
            let mut last = 0;
            for [start, end] in found {
                prop_assert!(last <= start && start < end && end <= characters.len());
                last = end;
                let part: String = characters[start..end].iter().collect();
                let mut hits = 0;
                let _all = matches(&part, &query, &mut |_| { hits += 1; Flow::Continue(()) });
                prop_assert!(hits > 0, "{} in {}", part, shown);
            }
        }
    }
}
