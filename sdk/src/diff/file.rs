//! How one file differs, within the limits of an answer.

use portolan_core::git::Oid;
use portolan_core::text::diff::{self, Diff};

pub(crate) use bytes::Bytes as Text;
use portolan_core::text::diff::Span;

use super::MOST;
use crate::{PathKindName, What};

/// The longest text that is compared, bytes.
const TEXT: usize = 2 << 20;
/// Bytes of texts read for one answer: after the file that goes beyond it, files are only named.
const READ: usize = 32 << 20;
/// Bytes of differences in one answer, of unified text and of hunks each.
const TOLD: usize = 2 << 20;
/// A text with a NUL in so many bytes at its beginning is binary, as for git (`buffer_is_binary` in `xdiff-interface.c`).
const LOOKED_AT: usize = 8000;

/// How one file differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileDifference {
    /// Its path.
    pub path: String,
    /// A page's or another file's.
    pub kind: PathKindName,
    /// What became of it.
    pub what: What,
    /// Its path before, where it was renamed.
    pub from: Option<String>,
    /// The blob after it.
    pub version: Option<Oid>,
    /// The difference as `git diff` prints it below the names of the files; empty where only its mode differs.
    pub unified: String,
    /// The same as hunks.
    pub hunks: Vec<Hunk>,
    /// Whether lines at the end of both were left out. The last hunk then says more lines than follow.
    pub cut: bool,
    /// Whether it is no text, so that nothing is told of what differs.
    pub binary: bool,
    /// Whether it is too long to be compared, or files before it in the answer took all the room.
    pub too_large: bool,
}

/// Changes close together, with what is around them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hunk {
    /// What it covers of the old text.
    pub old: Span,
    /// What it covers of the new text.
    pub new: Span,
    /// Its lines.
    pub lines: Vec<HunkLine>,
}

/// A line of a hunk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HunkLine {
    /// `' '` for one on both sides, `'-'` for one of the old text, `'+'` for one of the new.
    pub op: char,
    /// Its text without the LF.
    pub text: String,
    /// The parts of it that differ from the line it replaced, or that replaced it: characters from, and up to but without.
    pub words: Vec<(usize, usize)>,
    /// Whether it is the last line of its text and has no LF.
    pub is_open: bool,
}

/// What is left of an answer's limits.
#[derive(Debug)]
pub(crate) struct Room {
    read: usize,
    told: usize,
}

impl Default for Room {
    fn default() -> Self {
        Self { read: READ, told: TOLD }
    }
}

impl Room {
    /// Whether texts may still be read.
    pub(crate) fn may_read(&self) -> bool {
        self.read > 0 && self.told > 0
    }
}

impl FileDifference {
    /// A file of which only this is known so far.
    pub(crate) fn new(path: String, kind: PathKindName, what: What, version: Option<Oid>) -> Self {
        let (unified, hunks) = (String::new(), Vec::new());
        let from = None;
        Self { path, kind, what, from, version, unified, hunks, cut: false, binary: false, too_large: false }
    }

    /// Tells how its texts differ.
    pub(crate) fn compare(&mut self, old: &[u8], new: &[u8], room: &mut Room) {
        room.read = room.read.saturating_sub(old.len() + new.len());
        self.binary = is_binary(old) || is_binary(new);
        self.too_large = !self.binary && old.len().max(new.len()) > TEXT;
        if self.binary || self.too_large {
            return;
        }
        let limit = MOST.min(room.told);
        let diff = Diff::new(old, new);
        let unified = diff.unified(limit);
        self.unified = unified.to_text().into_owned();
        self.cut = unified.cut;
        self.hunks = hunks(&diff, limit, &mut self.cut);
        // What is left after a cut is too little for anything.
        let is_full = self.cut && limit < MOST;
        room.told = if is_full { 0 } else { room.told.saturating_sub(unified.text.len()) };
    }
}

fn is_binary(text: &[u8]) -> bool {
    text[..text.len().min(LOOKED_AT)].contains(&0)
}

/// The hunks, as far as their lines take no more than `limit` bytes.
fn hunks(diff: &Diff<'_>, limit: usize, cut: &mut bool) -> Vec<Hunk> {
    let mut hunks = Vec::new();
    let mut left = limit;
    for diff::Hunk { old, new, lines } in diff.hunks() {
        let kept = lines.iter().map_while(|line| {
            left = left.checked_sub(line.text.len() + 1)?;
            Some(told(line))
        });
        let kept: Vec<HunkLine> = kept.collect();
        let is_cut = kept.len() < lines.len();
        hunks.push(Hunk { old, new, lines: kept });
        if is_cut {
            *cut = true;
            break;
        }
    }
    hunks
}

fn told(line: &diff::Line<'_>) -> HunkLine {
    let (text, is_open) = match line.text.strip_suffix(b"\n") {
        Some(text) => (text, false),
        None => (line.text, true),
    };
    let characters = |bytes: usize| String::from_utf8_lossy(&text[..bytes.min(text.len())]).chars().count();
    let words = line.words.iter().map(|word| (characters(word.start), characters(word.end)));
    HunkLine {
        op: line.op.as_char(),
        text: String::from_utf8_lossy(text).into_owned(),
        words: words.filter(|(start, end)| start < end).collect(),
        is_open,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compared(old: &[u8], new: &[u8]) -> FileDifference {
        let mut file = FileDifference::new("a".into(), PathKindName::Page, What::Modified, None);
        file.compare(old, new, &mut Room::default());
        file
    }

    #[test]
    fn words_are_marked_in_characters() {
        let file = compared("Größe: über neun\n".as_bytes(), "Größe: über zehn".as_bytes());
        let [hunk] = &file.hunks[..] else { panic!("{file:?}") };
        let lines: Vec<_> =
            hunk.lines.iter().map(|line| (line.op, line.text.as_str(), &line.words[..])).collect();
        assert_eq!(
            lines,
            [('-', "Größe: über neun", &[(12, 16)][..]), ('+', "Größe: über zehn", &[(12, 16)])]
        );
        assert_eq!(hunk.lines.iter().map(|line| line.is_open).collect::<Vec<_>>(), [false, true]);
    }

    #[test]
    fn what_is_no_text_or_too_long_is_only_named() {
        let file = compared(b"a\n", b"a\0\n");
        assert!(file.binary && !file.too_large && file.hunks.is_empty() && file.unified.is_empty());
        let file = compared(b"a\n", &vec![b'x'; TEXT + 1]);
        assert!(file.too_large && !file.binary && file.hunks.is_empty());
    }

    #[test]
    fn a_long_one_is_cut_in_both_forms() {
        let new = "another line\n".repeat(20_000);
        let file = compared(b"", new.as_bytes());
        assert!(file.cut && file.unified.len() <= MOST);
        let lines = file.hunks[0].lines.len();
        assert!(lines < 20_000 && lines * 14 <= MOST && (lines + 1) * 14 > MOST, "{lines}");
        assert_eq!(file.hunks[0].new.lines, 20_000);
    }

    #[test]
    fn an_answer_as_a_whole_is_bounded() {
        let mut room = Room::default();
        let new = "another line\n".repeat(20_000);
        let mut told = 0;
        for _ in 0..100 {
            let mut file = FileDifference::new("a".into(), PathKindName::Page, What::Added, None);
            if room.may_read() {
                file.compare(b"", new.as_bytes(), &mut room);
            }
            told += file.unified.len();
        }
        assert!(!room.may_read() && told <= TOLD, "{told}");
    }
}
