//! Edits in order, all or none.

use std::borrow::Cow;
use std::ops::Range;

use super::{Candidate, Edit, Failure, NotApplied, Reason, replace, section};
use crate::markdown::{LineEnds, front_matter};

/// How many failures name candidates: the search for them reads the whole page.
const MOST_EXPLAINED: usize = 10;

/// One change of bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Splice {
    pub(super) bytes: Range<usize>,
    pub(super) text: String,
}

/// Why there is no change to make; the candidates are looked for only when they are wanted.
pub(super) struct Misfit<'a> {
    pub(super) reason: Reason,
    pub(super) matches: usize,
    pub(super) candidates: Box<dyn FnOnce() -> Vec<Candidate> + 'a>,
}

/// The text after `edits`, each applied to what the one before it left.
///
/// Where all line ends of the text are CRLF, or all LF, those of the edits are taken that way; otherwise every byte
/// counts. The cost of an edit is linear in the text; a section edit reads the outline anew.
pub fn apply(text: &str, edits: &[Edit]) -> Result<String, NotApplied> {
    let mut text = text.to_owned();
    let mut failures: Vec<Failure> = Vec::new();
    for (index, edit) in edits.iter().enumerate() {
        let ends = LineEnds::of(&text);
        let explained = failures.len() < MOST_EXPLAINED;
        let changed = change(&text, ends, edit).map_err(|misfit| Failure {
            index,
            reason: misfit.reason,
            matches: misfit.matches,
            candidates: if explained { (misfit.candidates)() } else { Vec::new() },
        });
        match changed {
            Ok(splice) => text.replace_range(splice.bytes, &splice.text),
            Err(failure) => failures.push(failure),
        }
    }
    if failures.is_empty() { Ok(text) } else { Err(NotApplied { failures }) }
}

fn change<'a>(text: &'a str, ends: LineEnds, edit: &'a Edit) -> Result<Splice, Misfit<'a>> {
    match edit {
        Edit::Replace { old, new } => replace::change(text, adapt(old, ends), &adapt(new, ends)),
        Edit::Section { path, op, content, subtree } => {
            section::change(text, &adapt(content, ends), path, *op, *subtree)
        }
        Edit::Append { content } => Ok(append(text, &adapt(content, ends))),
        Edit::Prepend { content } => Ok(prepend(text, &adapt(content, ends))),
    }
}

/// `part` with the line ends of a text that has but one kind.
pub(super) fn adapt(part: &str, ends: LineEnds) -> Cow<'_, str> {
    match ends {
        LineEnds::Lf if part.contains("\r\n") => Cow::Owned(part.replace("\r\n", "\n")),
        LineEnds::Crlf if part.contains('\n') => Cow::Owned(part.replace("\r\n", "\n").replace('\n', "\r\n")),
        _ => Cow::Borrowed(part),
    }
}

/// The line end to put between a text and what is added: the text's first, else the content's first.
pub(super) fn line_end(text: &str, content: &str) -> &'static str {
    let first = |text: &str| text.find('\n').map(|at| text[..at].ends_with('\r'));
    if first(text).or_else(|| first(content)).unwrap_or(false) { "\r\n" } else { "\n" }
}

fn append(text: &str, content: &str) -> Splice {
    let body = front_matter(text).body;
    let end = line_end(text, content);
    let before = &text[body..];
    let mut added = String::new();
    if !content.is_empty() {
        if !text.is_empty() && !text.ends_with('\n') && text != "\u{feff}" {
            added.push_str(end);
        }
        if section::needs_blank(before, content) {
            added.push_str(end);
        }
        added.push_str(content);
        // A text that ends with a line end still does.
        if text.ends_with('\n') && !content.ends_with('\n') {
            added.push_str(end);
        }
    }
    Splice { bytes: text.len()..text.len(), text: added }
}

fn prepend(text: &str, content: &str) -> Splice {
    let body = front_matter(text).body;
    let end = line_end(text, content);
    let mut added = String::new();
    if !content.is_empty() {
        // Front matter whose closing line is the last of the text, without an end.
        if body == text.len() && body > 0 && !text.ends_with(['\n', '\u{feff}']) {
            added.push_str(end);
        }
        added.push_str(content);
        let after = &text[body..];
        if !after.is_empty() {
            if !content.ends_with('\n') {
                added.push_str(end);
            }
            if section::needs_blank(content, after) {
                added.push_str(end);
            }
        }
    }
    Splice { bytes: body..body, text: added }
}
