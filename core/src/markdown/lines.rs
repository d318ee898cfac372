//! Lines of a text: their numbers, ranges of them, and what ends them.

use std::str::FromStr;

/// How the lines of a text end. A carriage return alone ends no line here, as in git.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineEnds {
    /// The text has no line end.
    None,
    /// All are LF.
    Lf,
    /// All are CRLF.
    Crlf,
    /// Both occur.
    Mixed,
}

impl LineEnds {
    /// The line ends of `text`.
    pub fn of(text: &str) -> Self {
        let bytes = text.as_bytes();
        let (mut lf, mut crlf) = (false, false);
        for at in memchr::memchr_iter(b'\n', bytes) {
            let after_cr = at > 0 && bytes[at - 1] == b'\r';
            crlf |= after_cr;
            lf |= !after_cr;
            if lf && crlf {
                return Self::Mixed;
            }
        }
        match (lf, crlf) {
            (false, false) => Self::None,
            (true, _) => Self::Lf,
            (false, true) => Self::Crlf,
        }
    }
}

/// Finds the line of a position.
#[derive(Debug, Clone)]
pub struct LineIndex {
    ends: Vec<usize>,
}

impl LineIndex {
    /// Reads the lines of `text`.
    pub fn new(text: &str) -> Self {
        Self { ends: memchr::memchr_iter(b'\n', text.as_bytes()).collect() }
    }

    /// The line of the byte at `offset`, from 1.
    pub fn line(&self, offset: usize) -> usize {
        self.ends.partition_point(|&end| end < offset) + 1
    }
}

/// A range of lines, from 1, both ends included: `10-40`, or `10-` for the tenth line to the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineRange {
    from: usize,
    to: Option<usize>,
}

/// The greatest number of a line: what is greater is taken for it. No text has so many lines, and every JSON reader has the number
/// (RFC 8259 §6).
const MOST: usize = (1 << 53) - 1;

/// A text that is no range of lines.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no range of lines: write `10-40` for lines 10 to 40, or `10-` for line 10 to the end")]
pub struct BadLines(String);

impl FromStr for LineRange {
    type Err = BadLines;

    fn from_str(text: &str) -> Result<Self, BadLines> {
        let bad = || BadLines(text.chars().take(40).collect());
        let number = |text: &str| {
            let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            plain.then(|| text.parse().unwrap_or(MOST).min(MOST)).filter(|&number: &usize| number > 0)
        };
        let (from, to) = text.split_once('-').ok_or_else(bad)?;
        let from = number(from).ok_or_else(bad)?;
        let to = if to.is_empty() { None } else { Some(number(to).ok_or_else(bad)?) };
        if to.is_some_and(|to| to < from) { Err(bad()) } else { Ok(Self { from, to }) }
    }
}

/// Lines cut out of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LinesCut<'a> {
    /// The lines with their ends; empty where the text has none of them.
    pub content: &'a str,
    /// The first line asked for.
    pub from: usize,
    /// The last line there is of those asked for; less than `from` where there is none.
    pub to: usize,
    /// How many lines the text has.
    pub of: usize,
}

impl LineRange {
    /// The lines of this range in `text`.
    pub fn cut(self, text: &str) -> LinesCut<'_> {
        let ends: Vec<usize> = memchr::memchr_iter(b'\n', text.as_bytes()).map(|at| at + 1).collect();
        let whole = ends.last().copied().unwrap_or(0) == text.len();
        let of = ends.len() + usize::from(!whole);
        let end = |line: usize| if line == 0 { 0 } else { ends.get(line - 1).copied().unwrap_or(text.len()) };
        let to = self.to.unwrap_or(of).min(of);
        let content = if self.from > to { "" } else { &text[end(self.from - 1)..end(to)] };
        LinesCut { content, from: self.from, to, of }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ranges_are_read_and_cut() {
        for (range, text, content, to, of) in [
            ("1-1", "a\nb\n", "a\n", 1, 2),
            ("2-", "a\nb\nc", "b\nc", 3, 3),
            ("2-9", "a\r\nb\r\n", "b\r\n", 2, 2),
            ("3-9", "a\nb\n", "", 2, 2),
            ("1-", "", "", 0, 0),
            ("99999999999999999999-", "a", "", 1, 1),
            ("1-99999999999999999999", "a\nb", "a\nb", 2, 2),
            ("99999999999999999998-99999999999999999999", "a", "", 1, 1),
        ] {
            let cut = range.parse::<LineRange>().unwrap().cut(text);
            assert_eq!((cut.content, cut.to, cut.of), (content, to, of), "{range} {text:?}");
        }
        let far = "18446744073709551616-".parse::<LineRange>().unwrap().cut("a").from;
        assert_eq!(far, 9_007_199_254_740_991, "a number that every reader of JSON has");
        for bad in ["", "-", "10", "0-3", "3-2", "-4", "a-b", "1-2-3", "+1-2", " 1-2"] {
            assert!(bad.parse::<LineRange>().is_err(), "{bad}");
        }
    }

    #[test]
    fn line_ends_are_told_apart() {
        for (text, ends) in [
            ("a\rb", LineEnds::None),
            ("\na\n", LineEnds::Lf),
            ("\r\na\r\n", LineEnds::Crlf),
            ("a\r\n\n", LineEnds::Mixed),
        ] {
            assert_eq!(LineEnds::of(text), ends, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn cuts_agree_with_a_list_of_lines(text in "[ab\r\n]{0,20}", from in 1_usize..9, more in 0_usize..9) {
            let lines: Vec<_> = text.split_inclusive('\n').collect();
            let cut = LineRange { from, to: Some(from + more) }.cut(&text);
            let model: String = lines.iter().skip(from - 1).take(more + 1).copied().collect();
            prop_assert_eq!((cut.content, cut.of), (model.as_str(), lines.len()));
            let index = LineIndex::new(&text);
            for at in 0..text.len() {
                prop_assert_eq!(index.line(at), text[..at].matches('\n').count() + 1);
            }
        }
    }
}
