//! The differences in answers.

mod file;

use portolan_core::text::diff::Diff;

pub use file::{FileDifference, Hunk, HunkLine};
pub(crate) use file::{Room, Text};

/// A unified difference, cut where it grows too long for an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unified {
    /// The text, as `git diff` prints it without file names; empty where nothing differs.
    pub text: String,
    /// Whether it was cut.
    pub cut: bool,
}

/// Bytes of a difference in an answer.
const MOST: usize = 64 * 1024;

/// The unified difference from `old` to `new`, with three lines of context.
pub fn unified(old: &str, new: &str) -> Unified {
    let unified = Diff::new(old.as_bytes(), new.as_bytes()).unified(MOST);
    Unified { text: unified.to_text().into_owned(), cut: unified.cut }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_one_is_cut_at_a_line() {
        let new = "another line\n".repeat(20_000);
        let diff = unified("", &new);
        assert!(diff.cut && diff.text.len() <= MOST && diff.text.ends_with('\n'));
    }
}
