//! Differences between two texts, line by line.

use imara_diff::{Algorithm, BasicLineDiffPrinter, Diff, InternedInput, UnifiedDiffConfig};

/// A unified difference, cut where it grows too long for an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unified {
    /// The text, as `diff -u` without file names; empty where nothing differs.
    pub text: String,
    /// Whether it was cut.
    pub cut: bool,
}

/// Bytes of a difference in an answer.
const MOST: usize = 64 * 1024;

/// The unified difference from `old` to `new`, with three lines of context.
pub fn unified(old: &str, new: &str) -> Unified {
    let input = InternedInput::new(old, new);
    let mut diff = Diff::compute(Algorithm::Histogram, &input);
    diff.postprocess_lines(&input);
    let printer = BasicLineDiffPrinter(&input.interner);
    let mut text = diff.unified_diff(&printer, UnifiedDiffConfig::default(), &input).to_string();
    // A side without lines begins at line 0 (POSIX, `diff -u`); it can only be the whole text.
    if old.is_empty() {
        text = text.replacen("@@ -1,0 ", "@@ -0,0 ", 1);
    }
    if new.is_empty() {
        text = text.replacen(" +1,0 @@", " +0,0 @@", 1);
    }
    let cut = text.len() > MOST;
    if cut {
        let end = text.floor_char_boundary(MOST);
        text.truncate(text[..end].rfind('\n').map_or(end, |at| at + 1));
    }
    Unified { text, cut }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_shown_with_its_context() {
        let diff = unified("a\nb\nc\n", "a\nB\nc\n");
        assert_eq!(diff, Unified { text: "@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n".into(), cut: false });
        assert_eq!(unified("same\n", "same\n").text, "");
        assert_eq!(unified("", "a\n").text, "@@ -0,0 +1,1 @@\n+a\n");
        assert_eq!(unified("a\nb\n", "").text, "@@ -1,2 +0,0 @@\n-a\n-b\n");
    }

    #[test]
    fn a_long_one_is_cut_at_a_line() {
        let new = "another line\n".repeat(20_000);
        let diff = unified("", &new);
        assert!(diff.cut && diff.text.len() <= MOST && diff.text.ends_with('\n'));
    }
}
