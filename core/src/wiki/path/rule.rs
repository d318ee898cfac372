//! What can be wrong with a path.

use super::{MAX_PATH_BYTES, MAX_SEGMENT_BYTES};

/// The rule that a path breaks. Shown, it continues "the path …" or "segment … of the path …".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Rule {
    /// No text at all.
    #[error("is empty: give a name such as `Guides/Start`")]
    Empty,
    /// Nothing before the first slash, after the last, or between two.
    #[error("is empty: write single slashes, and none at the start or the end")]
    EmptySegment,
    /// `.` or `..`.
    #[error("is a relative step: write the path from the root of the wiki")]
    Relative,
    /// Begins with a dot: kept on import, but never served and never made.
    #[error("begins with a dot, and such names are neither pages nor files here: take the dot away")]
    DotName,
    /// A file system or git may take it for `.git` or for another of git's own files.
    #[error("can be read as one of git's own names by some file system: choose another name")]
    GitName,
    /// A device name on Windows, with or without an extension.
    #[error("is a device name on Windows: choose another name, for example with a word added")]
    Device,
    /// A colon.
    #[error("contains `:`, which some file systems cannot store: use another character")]
    Colon,
    /// A backslash.
    #[error("contains a backslash: separate folders with `/`, or use another character")]
    Backslash,
    /// A control character (general category Cc).
    #[error("contains the control character U+{:04X}: take it out", u32::from(*.0))]
    Control(char),
    /// A bidi-control or zero-width character.
    #[error("contains the invisible character U+{:04X}: take it out", u32::from(*.0))]
    Invisible(char),
    /// A zero-width joiner or non-joiner that does not stand between two non-ASCII characters.
    #[error(
        "has the joiner U+{:04X} at a place where it is not between two non-ASCII characters: take it out",
        u32::from(*.0)
    )]
    Joiner(char),
    /// `White_Space` at the start or the end.
    #[error("begins or ends with a space: take it away")]
    OuterSpace,
    /// A dot at the end.
    #[error("ends with a dot: take it away")]
    TrailingDot,
    /// More than [`MAX_SEGMENT_BYTES`]; carries the bytes in canonical form with a page's `.md`.
    #[error("has {0} bytes of UTF-8, `.md` included where it is a page: shorten it to {max}", max = MAX_SEGMENT_BYTES)]
    SegmentTooLong(usize),
    /// More than [`MAX_PATH_BYTES`]; carries the bytes in canonical form with a page's `.md`.
    #[error("has {0} bytes of UTF-8, `.md` included where it is a page: shorten it to {max}", max = MAX_PATH_BYTES)]
    PathTooLong(usize),
    /// A `%` without two hexadecimal digits.
    #[error("has a `%` without two hexadecimal digits after it: write a percent sign as `%25`")]
    BadEscape,
    /// `%2F`.
    #[error("contains `%2F`: write the slash between folders as it is; no name contains one")]
    EncodedSlash,
    /// Bytes that are no UTF-8.
    #[error("is not UTF-8: encode the name as UTF-8")]
    NotUtf8,
    /// A page's name where another file's is expected.
    #[error("ends with `.md` and so is a page: use it as a page")]
    PageSuffix,
}

/// Text that is no path. Its message names the segment, the rule and the remedy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.message())]
pub struct BadPath {
    /// The rule that is broken; of several the one that decides the answer (a dot name comes last).
    pub rule: Rule,
    /// Which segment breaks it, counted from 0; 0 also where the rule is about the whole path.
    pub index: usize,
    /// That segment, bytes that are no UTF-8 replaced; of a URL still encoded where decoding failed.
    pub segment: String,
}

/// Most characters of a segment that a message repeats.
const SHOWN: usize = 60;

impl BadPath {
    pub(super) fn new(rule: Rule, index: usize, segment: &str) -> Self {
        Self { rule, index, segment: segment.to_owned() }
    }

    /// Whether a segment's leading dot is all that is wrong. Reading such a path finds nothing (imports may have brought
    /// it, but it is never served); writing it is refused like any other bad path.
    pub fn is_dot_name(&self) -> bool {
        matches!(self.rule, Rule::DotName | Rule::GitName) && self.segment.starts_with('.')
    }

    fn message(&self) -> String {
        let Self { rule, index, segment } = self;
        if matches!(rule, Rule::Empty | Rule::PathTooLong(_)) {
            return format!("the path {rule}");
        }
        let mut shown: String = segment.chars().take(SHOWN).collect();
        if shown.len() < segment.len() {
            shown.push('…');
        }
        format!("segment {} of the path, {shown:?}, {rule}", index + 1)
    }
}
