//! Changes of one section.

use std::ops::Range;

use super::apply::{Misfit, Splice, line_end};
use super::near::{MOST_CANDIDATES, section_candidates};
use super::{Candidate, Reason, SectionOp};
use crate::markdown::{Outline, Section, Unresolved, front_matter};

pub(super) fn change<'a>(
    text: &'a str,
    content: &str,
    path: &'a str,
    op: SectionOp,
    subtree: bool,
) -> Result<Splice, Misfit<'a>> {
    let outline = Outline::of(text);
    match outline.resolve(path) {
        Ok(index) => {
            let place = Place { text, outline: &outline, index, subtree };
            Ok(place.change(op, content))
        }
        Err(Unresolved::SeveralSections(found)) => Err(Misfit {
            reason: Reason::SeveralSections,
            matches: found.len(),
            candidates: Box::new(move || {
                let shown = found.into_iter().take(MOST_CANDIDATES);
                shown.map(|index| candidate(&outline, index, 1.0)).collect()
            }),
        }),
        Err(Unresolved::NoSection(_)) => Err(Misfit {
            reason: Reason::NoSection,
            matches: 0,
            candidates: Box::new(move || section_candidates(&outline, path)),
        }),
    }
}

pub(super) fn candidate(outline: &Outline, index: usize, score: f64) -> Candidate {
    Candidate { line: outline.sections[index].line, text: outline.path(index), score }
}

/// The section to change.
struct Place<'a> {
    text: &'a str,
    outline: &'a Outline,
    index: usize,
    subtree: bool,
}

impl Place<'_> {
    fn change(&self, op: SectionOp, content: &str) -> Splice {
        let section = &self.outline.sections[self.index];
        let heading = section.heading.clone();
        let end = if self.subtree { section.end } else { section.own_end };
        let inner = written(self.text, heading.end..end);
        if content.trim().is_empty() {
            return if op == SectionOp::Replace { self.empty(&heading, &inner) } else { nothing(&heading) };
        }
        match op {
            SectionOp::Replace if begins_with_heading(content) => {
                self.put(heading.start..inner.end, content, Beside::Instead)
            }
            SectionOp::Replace => self.put(inner, content, Beside::Text),
            SectionOp::Prepend => self.put(inner.start..inner.start, content, Beside::Text),
            SectionOp::Append => self.put(inner.end..inner.end, content, Beside::Text),
            SectionOp::InsertBefore => self.put(heading.start..heading.start, content, Beside::Apart),
            SectionOp::InsertAfter => self.put(inner.end..inner.end, content, Beside::Apart),
        }
    }

    /// Takes the section's text away, and one of the two gaps that were around it.
    fn empty(&self, heading: &Range<usize>, inner: &Range<usize>) -> Splice {
        let gap_after = begins_blank(&self.text[inner.end..]);
        let start = if gap_after { heading.end } else { inner.start };
        Splice { bytes: start..inner.end, text: String::new() }
    }

    /// Puts `content` in the place of `bytes`, which are whole lines.
    fn put(&self, bytes: Range<usize>, content: &str, beside: Beside) -> Splice {
        let end = line_end(self.text, content);
        let before = &self.text[front_matter(self.text).body..bytes.start];
        let after = &self.text[bytes.end..];
        let heading_before = self.heading_before(bytes.start);
        let ahead = self.heading_ahead(bytes.end);
        let last = after.trim().is_empty();

        // Blank lines of the content give way to those that the page has, or gets, beside a heading.
        let mut content = content;
        if heading_before || beside != Beside::Text {
            content = skip_blank(content);
        }
        if last || ahead.is_some() || beside != Beside::Text {
            content = content.trim_end_matches(['\n', '\r', ' ', '\t']);
        }

        let mut text = String::with_capacity(content.len() + 8);
        if !before.is_empty() && !before.ends_with(['\n', '\r']) {
            text.push_str(end);
        }
        if touch(before, content) {
            // The heading before has text directly beside it: that is how this page is written.
            let tight = heading_before && !last && !begins_blank(&self.text[bytes.start..]);
            let apart = match beside {
                Beside::Apart => true,
                Beside::Instead => begins_with_setext(content),
                Beside::Text => begins_with_heading(content) || heading_before && !tight,
            };
            if apart || is_underline(content) {
                text.push_str(end);
            }
        }
        text.push_str(content);
        let ends_line = if last && after.is_empty() { self.text.ends_with('\n') } else { true };
        if ends_line && !content.ends_with('\n') {
            text.push_str(end);
        }
        if touch(content, after) {
            let setext = ahead.is_some_and(|section| section.setext);
            if beside == Beside::Apart || setext || is_underline(after) {
                text.push_str(end);
            }
        }
        Splice { bytes, text }
    }

    /// Whether a heading is the last thing before `at`.
    fn heading_before(&self, at: usize) -> bool {
        let sections = &self.outline.sections;
        let before = sections.partition_point(|section| section.heading.end <= at).checked_sub(1);
        before.is_some_and(|index| self.text[sections[index].heading.end..at].trim().is_empty())
    }

    /// The section whose heading is the next thing at or behind `at`.
    fn heading_ahead(&self, at: usize) -> Option<&Section> {
        let sections = &self.outline.sections;
        let next = sections.get(sections.partition_point(|section| section.heading.start < at))?;
        self.text[at..next.heading.start].trim().is_empty().then_some(next)
    }
}

/// How a content stands to the text around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Beside {
    /// Next to text that it continues.
    Text,
    /// A block of its own.
    Apart,
    /// In the place of a section, heading included.
    Instead,
}

fn nothing(heading: &Range<usize>) -> Splice {
    Splice { bytes: heading.start..heading.start, text: String::new() }
}

/// The lines of `range` from the first to the last that is not blank; where all are, none, at its beginning.
fn written(text: &str, range: Range<usize>) -> Range<usize> {
    let part = &text[range.clone()];
    let start = range.start + (part.len() - skip_blank(part).len());
    let bare = part.trim_end();
    if bare.is_empty() {
        return range.start..range.start;
    }
    let end = range.start + bare.len();
    let end = text[end..range.end].find('\n').map_or(range.end, |at| end + at + 1);
    start..end
}

/// `text` from its first line that is not blank.
fn skip_blank(text: &str) -> &str {
    let blank = text.len() - text.trim_start().len();
    text[..blank].rfind('\n').map_or(text, |at| &text[at + 1..])
}

fn begins_blank(text: &str) -> bool {
    text.lines().next().is_none_or(|line| line.trim().is_empty())
}

/// Whether two texts, put one after the other on lines of their own, have no blank line between them.
fn touch(before: &str, after: &str) -> bool {
    let last = before.lines().next_back();
    last.is_some_and(|line| !line.trim().is_empty()) && !begins_blank(after)
}

/// Whether a blank line has to stand between two parts of a page that touch: one ends or begins with a heading there, or
/// would become one.
pub(super) fn needs_blank(before: &str, after: &str) -> bool {
    touch(before, after) && (begins_with_heading(after) || is_underline(after) || ends_with_heading(before))
}

/// Whether the first line would make a heading of a paragraph directly above (`CommonMark` 0.31 §4.3).
fn is_underline(text: &str) -> bool {
    let line = text.lines().next().unwrap_or_default().trim();
    !line.is_empty() && (line.bytes().all(|byte| byte == b'=') || line.bytes().all(|byte| byte == b'-'))
}

fn begins_with_heading(text: &str) -> bool {
    first_heading(text).is_some()
}

fn begins_with_setext(text: &str) -> bool {
    first_heading(text).is_some_and(|section| section.setext)
}

/// The heading that `text` begins with. A heading is whole before the first blank line.
fn first_heading(text: &str) -> Option<Section> {
    let text = skip_blank(text);
    let mut end = 0;
    for line in text.split_inclusive('\n').take_while(|line| !line.trim().is_empty()) {
        end += line.len();
    }
    Outline::of(&text[..end]).sections.into_iter().next().filter(|section| section.heading.start == 0)
}

fn ends_with_heading(text: &str) -> bool {
    Outline::of(text).sections.last().is_some_and(|section| section.heading.end == text.len())
}
