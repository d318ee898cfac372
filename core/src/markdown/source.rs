//! A text made ready for the parser.

use std::borrow::Cow;

use pulldown_cmark::{OffsetIter, Options, Parser};

use super::front::front_matter;

/// Most bytes at the beginning of a line that may open quotes, lists and footnotes or indent. The parser's time grows
/// with lines × depth, so depth has to have an end; no one writes a hundred lists into one another.
const MOST_PREFIX: usize = 256;

/// The Markdown of a page: its text without front matter and byte order mark. Whoever outlines, links or renders a page
/// reads it here, so that all of them judge the same text with the same grammar.
#[derive(Debug)]
pub struct Source<'a> {
    /// Where the Markdown begins in the page's text: to be added to every position of the parser.
    pub start: usize,
    markdown: Cow<'a, str>,
}

impl<'a> Source<'a> {
    /// Makes the page `text` ready.
    pub fn new(text: &'a str) -> Self {
        let start = front_matter(text).body;
        Self { start, markdown: shallow(&text[start..]) }
    }

    /// Makes a text ready that has no front matter, and stands at the byte `start` of its page.
    pub(super) fn markdown(text: &'a str, start: usize) -> Self {
        Self { start, markdown: shallow(text) }
    }

    /// The parser's events with their positions, to which [`Source::start`] is to be added.
    pub fn events(&self) -> OffsetIter<'_> {
        let options = Options::ENABLE_TABLES
            | Options::ENABLE_FOOTNOTES
            | Options::ENABLE_STRIKETHROUGH
            | Options::ENABLE_TASKLISTS
            | Options::ENABLE_GFM
            | Options::ENABLE_WIKILINKS;
        Parser::new_ext(&self.markdown, options).into_offset_iter()
    }
}

/// `text` with one byte replaced in each line that nests too deep, so that what follows there is plain text. Positions
/// stay as they are.
fn shallow(text: &str) -> Cow<'_, str> {
    let mut out = String::new();
    let mut copied = 0;
    let mut start = 0;
    for line in text.split_inclusive(['\n', '\r']) {
        if line.len() > MOST_PREFIX
            && let Some(at) = too_deep(line.as_bytes())
        {
            out.push_str(&text[copied..start + at]);
            out.push('x');
            copied = start + at + 1;
        }
        start += line.len();
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(&text[copied..]);
    Cow::Owned(out)
}

/// Where the prefix of `line` passes [`MOST_PREFIX`] bytes, if it does: at an ASCII byte.
fn too_deep(line: &[u8]) -> Option<usize> {
    let mut at = 0;
    let blank = |at: usize| line.get(at).is_none_or(u8::is_ascii_whitespace);
    loop {
        let next = match *line.get(at)? {
            b' ' | b'\t' | b'>' => at + 1,
            b'-' | b'+' | b'*' if blank(at + 1) => at + 1,
            b'0'..=b'9' => {
                let digits = line[at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
                let after = at + digits;
                if !matches!(line.get(after), Some(b'.' | b')')) || !blank(after + 1) {
                    return None;
                }
                after + 1
            }
            b'[' if line.get(at + 1) == Some(&b'^') => {
                let label = line[at..].windows(2).position(|pair| pair == b"]:")?;
                at + label + 2
            }
            _ => return None,
        };
        // A line that is blank from here on opens nothing.
        if at >= MOST_PREFIX && !line[at..].iter().all(u8::is_ascii_whitespace) {
            return line[at].is_ascii().then_some(at);
        }
        at = next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_nests_too_deep_is_replaced() {
        for text in ["", "> - a\n", &format!("{}\n", " ".repeat(999)), &"-".repeat(999), &"a".repeat(999)] {
            assert!(matches!(shallow(text), Cow::Borrowed(_)), "{text:?}");
        }
        for text in [">".repeat(999), "- ".repeat(999), "1. ".repeat(999), "[^é]: ".repeat(999)] {
            let text = format!("a\n{text}b\r\n");
            let shallow = shallow(&text);
            let differ = text.bytes().zip(shallow.bytes()).filter(|(one, other)| one != other).count();
            assert_eq!((shallow.len(), differ), (text.len(), 1), "{text}");
        }
    }

    #[test]
    fn blank_scan_is_bounded() {
        // One line of blanks with a letter at its end: looked at once, not once a blank.
        let text = format!("{}a", " ".repeat(1 << 20));
        assert_eq!(too_deep(text.as_bytes()), Some(MOST_PREFIX));
    }
}
