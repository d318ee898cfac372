//! The unified form of a difference, as `git diff` prints it below the names of the files; section headings behind the
//! second `@@` are left out.

use std::borrow::Cow;

use super::diff::{Diff, Op, Span};
use super::lines;

/// The unified form of a difference.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Unified {
    /// The text; empty where nothing differs. In the encoding of the texts compared.
    pub text: Vec<u8>,
    /// Whether lines at its end were left out. The last hunk then says more lines than follow.
    pub cut: bool,
}

impl Unified {
    /// The text with U+FFFD for what is no UTF-8.
    pub fn to_text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.text)
    }
}

pub(super) fn write(diff: &Diff<'_>, limit: usize) -> Unified {
    let mut unified = Unified::default();
    for group in diff.groups() {
        let (old, new) = diff.spans(group);
        let header = format!("@@ -{} +{} @@\n", range(old), range(new));
        unified.push(limit, [header.as_bytes()]);
        diff.walk(group, |op, line| {
            let mark: &[u8] = match op {
                Op::Context => b" ",
                Op::Removed => b"-",
                Op::Added => b"+",
            };
            let end: &[u8] = if line.ends_with(b"\n") { b"" } else { b"\n\\ No newline at end of file\n" };
            unified.push(limit, [mark, line, end]);
        });
        if unified.cut {
            break;
        }
    }
    unified
}

impl Unified {
    /// Appends a line, unless it or one before it is too much.
    fn push<const N: usize>(&mut self, limit: usize, line: [&[u8]; N]) {
        let size: usize = line.iter().map(|part| part.len()).sum();
        self.cut |= self.text.len() + size > limit;
        if !self.cut {
            lines::append(&mut self.text, &line);
        }
    }
}

/// One line needs no count.
fn range(span: Span) -> String {
    match span.lines {
        1 => span.start.to_string(),
        lines => format!("{},{lines}", span.start),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unified(old: &str, new: &str) -> String {
        let unified = Diff::new(old.as_bytes(), new.as_bytes()).unified(usize::MAX);
        assert!(!unified.cut);
        unified.to_text().into_owned()
    }

    #[test]
    fn a_change_is_shown_with_its_context() {
        assert_eq!(unified("a\nb\nc\n", "a\nB\nc\n"), "@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n");
        assert_eq!(unified("same\n", "same\n"), "");
        assert_eq!(unified("", "a\n"), "@@ -0,0 +1 @@\n+a\n");
        assert_eq!(unified("a\nb\n", ""), "@@ -1,2 +0,0 @@\n-a\n-b\n");
        assert_eq!(unified("a\nb", "a\nb\n"), "@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+b\n");
    }

    #[test]
    fn a_long_one_is_cut_at_a_line() {
        let new = "another line\n".repeat(20_000);
        let unified = Diff::new(b"", new.as_bytes()).unified(1000);
        assert!(unified.cut && unified.text.ends_with(b"another line\n"));
        assert!((1000 - 14..=1000).contains(&unified.text.len()));
        let all = Diff::new(b"", b"a\n").unified(18);
        assert_eq!((all.text.len(), all.cut), (18 - 1, false));
    }
}
