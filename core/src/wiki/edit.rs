//! Edits of a page's text that lose nothing: each names exactly one place, or nothing is changed.
//!
//! Bytes that an edit does not touch stay as they are: line ends, blank lines, byte order mark, front matter, the final
//! line end or its absence.

mod apply;
mod near;
mod replace;
mod section;

#[cfg(test)]
mod tests;

pub use apply::apply;
pub use near::section_candidates;

/// One change of a page's text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edit {
    /// Puts `new` in the place of `old`, which stands in the page exactly once.
    Replace {
        /// What to look for, front matter included; an empty one is found nowhere.
        old: String,
        /// What to put there.
        new: String,
    },
    /// Changes one section.
    Section {
        /// Its whole path in the outline, case exact.
        path: String,
        /// What to do.
        op: SectionOp,
        /// The text to put there, on lines of its own.
        content: String,
        /// Whether the section is taken with all below it; else it ends at the next heading of any level.
        subtree: bool,
    },
    /// Puts `content` on lines of its own at the end of the page.
    Append {
        /// The text.
        content: String,
    },
    /// Puts `content` on lines of its own at the beginning of the page, after front matter.
    Prepend {
        /// The text.
        content: String,
    },
}

/// What is done to a section. Between the content and a heading there is a blank line, unless that heading has text
/// directly beside it already; the blank lines that are there stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SectionOp {
    /// The content takes the place of the section's text; of its heading too where it begins with a heading.
    Replace,
    /// The content goes between the heading and the section's text.
    Prepend,
    /// The content goes to the end of the section's text.
    Append,
    /// The content goes before the heading, set apart by blank lines.
    InsertBefore,
    /// The content goes behind the section, set apart by blank lines.
    InsertAfter,
}

/// Why an edit does not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// The text to replace is not there.
    NoMatch,
    /// It is there more than once.
    SeveralMatches,
    /// No section has this path.
    NoSection,
    /// More than one section has it; they need their numbers.
    SeveralSections,
}

impl Reason {
    /// The word that programs see.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoMatch => "no-match",
            Self::SeveralMatches => "several-matches",
            Self::NoSection => "no-section",
            Self::SeveralSections => "several-sections",
        }
    }
}

/// A place that may be meant.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// Its line, from 1, in the text as it was when the edit's turn came.
    pub line: usize,
    /// The text there, or the path of the section.
    pub text: String,
    /// How much of what was looked for is there, from 0 to 1.
    pub score: f64,
}

/// An edit that does not fit.
#[derive(Debug, Clone, PartialEq)]
pub struct Failure {
    /// Its place among the edits, from 0.
    pub index: usize,
    /// Why.
    pub reason: Reason,
    /// How many places fit: 0 or at least 2.
    pub matches: usize,
    /// Places that may be meant, best first: at most 10.
    pub candidates: Vec<Candidate>,
}

/// Edits that were not applied: none of them was.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error(
    "{} of the edits did not fit the page, so none was applied; the first is edit {}: {}",
    .failures.len(), .failures.first().map_or(0, |failure| failure.index),
    .failures.first().map_or("", |failure| failure.reason.as_str())
)]
pub struct NotApplied {
    /// The edits that do not fit, in order. An edit behind one that does not fit is judged on the text without that one.
    pub failures: Vec<Failure>,
}
