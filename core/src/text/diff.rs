//! What differs between two texts, for people and programs to read: hunks with three lines around each change, as
//! structure and as unified text.

use std::ops::Range;

use super::change::{Change, script};
use super::lines::{self, Pieces};
use super::words::Words;

pub use super::unified::Unified;

/// Lines shown around a change.
const CONTEXT: usize = 3;
/// Changes with more bytes on a side have no words marked: they are no edit of a line, and marking costs.
const MARKED: usize = 32 * 1024;

/// The difference between two texts.
#[derive(Debug, Clone)]
pub struct Diff<'a> {
    pub(super) old: Vec<&'a [u8]>,
    pub(super) new: Vec<&'a [u8]>,
    changes: Vec<Change>,
}

/// What a line of a hunk is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Op {
    /// On both sides.
    Context,
    /// Only in the old text.
    Removed,
    /// Only in the new text.
    Added,
}

impl Op {
    /// As unified text begins the line.
    pub fn as_char(self) -> char {
        match self {
            Self::Context => ' ',
            Self::Removed => '-',
            Self::Added => '+',
        }
    }
}

/// The lines of one side that a hunk covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Span {
    /// The first line, counted from 1; where there are none, the line before, 0 at the beginning of the text.
    pub start: usize,
    /// How many.
    pub lines: usize,
}

/// A line of a hunk.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Line<'a> {
    /// What it is.
    pub op: Op,
    /// Its bytes, with its line end; the last line of a text may have none.
    pub text: &'a [u8],
    /// Where lines were replaced by others: the bytes of this line that differ, on character boundaries, ascending and
    /// apart. Empty for context, for lines that were only removed or only added, and for very long changes.
    pub words: Vec<Range<usize>>,
}

/// Changes close together, with what is around them.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Hunk<'a> {
    /// What it covers of the old text.
    pub old: Span,
    /// What it covers of the new text.
    pub new: Span,
    /// Its lines, removed ones before added ones.
    pub lines: Vec<Line<'a>>,
}

impl<'a> Diff<'a> {
    /// What differs from `old` to `new`. The cost is bounded: for 1 MiB of the worst text on either side well below a
    /// second, as a rule a few milliseconds.
    pub fn new(old: &'a [u8], new: &'a [u8]) -> Self {
        let (old, new): (Vec<_>, Vec<_>) = (lines::split(old).collect(), lines::split(new).collect());
        let mut pieces = Pieces::<&[u8]>::new();
        let before: Vec<u32> = old.iter().map(|line| pieces.number(*line)).collect();
        let after: Vec<u32> = new.iter().map(|line| pieces.number(*line)).collect();
        let changes = script(&before, &after, pieces.kinds(), Some(pieces.indents()));
        Self { old, new, changes }
    }

    /// The changed ranges of lines, from the beginning.
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// Whether the texts are the same.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// How many lines were added.
    pub fn added(&self) -> usize {
        self.changes.iter().map(|change| change.new.len()).sum()
    }

    /// How many lines were removed.
    pub fn removed(&self) -> usize {
        self.changes.iter().map(|change| change.old.len()).sum()
    }

    /// The hunks with the changed words marked. They are made one at a time: who has a limit stops in time.
    pub fn hunks(&self) -> impl Iterator<Item = Hunk<'a>> + '_ {
        self.groups().map(|group| {
            let mut lines = Vec::new();
            self.walk(group, |op, line| lines.push(Line { op, text: line, words: Vec::new() }));
            mark_words(&mut lines);
            let (old, new) = self.spans(group);
            Hunk { old, new, lines }
        })
    }

    /// The unified text, cut behind the last line that ends within `limit` bytes.
    pub fn unified(&self, limit: usize) -> Unified {
        super::unified::write(self, limit)
    }

    /// Changes with no more between them than the context of both.
    pub(super) fn groups(&self) -> impl Iterator<Item = &[Change]> {
        self.changes.chunk_by(|one, next| next.old.start - one.old.end <= 2 * CONTEXT)
    }

    /// What a hunk of these changes covers.
    pub(super) fn spans(&self, group: &[Change]) -> (Span, Span) {
        let (Some(first), Some(last)) = (group.first(), group.last()) else {
            return (Span { start: 0, lines: 0 }, Span { start: 0, lines: 0 });
        };
        let before = first.old.start.min(CONTEXT);
        let behind = (self.old.len() - last.old.end).min(CONTEXT);
        let span = |start: usize, end: usize| {
            let lines = end + behind + before - start;
            Span { start: start - before + usize::from(lines > 0), lines }
        };
        (span(first.old.start, last.old.end), span(first.new.start, last.new.end))
    }

    /// The lines of a hunk in their order.
    pub(super) fn walk(&self, group: &[Change], mut line: impl FnMut(Op, &'a [u8])) {
        let mut at = group.first().map_or(0, |first| first.old.start.saturating_sub(CONTEXT));
        for change in group {
            for text in &self.old[at..change.old.start] {
                line(Op::Context, text);
            }
            for text in &self.old[change.old.clone()] {
                line(Op::Removed, text);
            }
            for text in &self.new[change.new.clone()] {
                line(Op::Added, text);
            }
            at = change.old.end;
        }
        for text in &self.old[at..self.old.len().min(at + CONTEXT)] {
            line(Op::Context, text);
        }
    }
}

/// Marks the words that differ wherever lines were replaced by lines.
fn mark_words(lines: &mut [Line<'_>]) {
    for change in lines.chunk_by_mut(|one, next| (one.op == Op::Context) == (next.op == Op::Context)) {
        let added = change.iter().position(|line| line.op == Op::Added).unwrap_or(change.len());
        let (removed, added) = change.split_at_mut(added);
        let (old, new) = (joined(removed), joined(added));
        if old.is_empty() || new.is_empty() || old.len().max(new.len()) > MARKED {
            continue;
        }
        let mut words = Words::new();
        let (old, new) = (words.of(&old), words.of(&new));
        let changes = words.changes(&old, &new);
        spread(removed, changes.iter().map(|change| old.bytes(&change.old)));
        spread(added, changes.iter().map(|change| new.bytes(&change.new)));
    }
}

fn joined(lines: &[Line<'_>]) -> Vec<u8> {
    lines.iter().flat_map(|line| line.text).copied().collect()
}

/// Gives each line what falls on it of ranges that count through all lines; line ends are not marked.
fn spread(lines: &mut [Line<'_>], ranges: impl Iterator<Item = Range<usize>>) {
    let mut lines = lines.iter_mut();
    let mut line = lines.next();
    let mut start = 0;
    for range in ranges {
        while let Some(current) = line.as_deref_mut() {
            let (from, to) = (range.start.max(start), range.end.min(start + visible(current.text)));
            if from < to {
                current.words.push(from - start..to - start);
            }
            if range.end <= start + current.text.len() {
                break;
            }
            start += current.text.len();
            line = lines.next();
        }
    }
}

/// The length of a line without its CR LF or LF.
fn visible(line: &[u8]) -> usize {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line).len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marked(old: &str, new: &str) -> Vec<String> {
        let diff = Diff::new(old.as_bytes(), new.as_bytes());
        let hunks: Vec<_> = diff.hunks().collect();
        let show = |line: &Line<'_>| {
            let mut text = String::from_utf8(line.text.to_vec()).unwrap();
            for range in line.words.iter().rev() {
                text.insert(range.end, ']');
                text.insert(range.start, '[');
            }
            format!("{}{}", line.op.as_char(), text.trim_end())
        };
        hunks.iter().flat_map(|hunk| &hunk.lines).map(show).collect()
    }

    #[test]
    fn words_are_marked_where_lines_are_replaced() {
        assert_eq!(
            marked("a\nthe quick brown fox jumps\nz\n", "a\nthe slow brown fox jumps\nz\n"),
            [" a", "-the [quick] brown fox jumps", "+the [slow] brown fox jumps", " z"]
        );
        assert_eq!(marked("a\n", "a\nb\n"), [" a", "+b"]);
        assert_eq!(
            marked("one two three four\nfive six seven\n", "one two four\nfive six 7\n"),
            ["-one two [three ]four", "-five six [seven]", "+one two four", "+five six [7]"]
        );
    }

    #[test]
    fn hunks_say_what_they_cover() {
        let text = (1..=30).map(|n| n.to_string()).collect::<Vec<_>>().join("\n") + "\n";
        let new = text.replace("\n2\n", "\ntwo\n").replace("\n20\n", "\n").replace("\n26\n", "\n26\nx\n");
        let diff = Diff::new(text.as_bytes(), new.as_bytes());
        let spans: Vec<_> = diff
            .hunks()
            .map(|hunk| [hunk.old.start, hunk.old.lines, hunk.new.start, hunk.new.lines])
            .collect();
        assert_eq!(spans, [[1, 5, 1, 5], [17, 13, 17, 13]]);
        assert_eq!((diff.added(), diff.removed()), (2, 2));
        let diff = Diff::new(b"", b"a\n");
        let hunk = diff.hunks().next().unwrap();
        assert_eq!((hunk.old, hunk.new), (Span { start: 0, lines: 0 }, Span { start: 1, lines: 1 }));
        assert!(Diff::new(b"a", b"a").is_empty());
    }
}
