//! Parts of pages: sections, ranges of lines, outlines.

use std::ops::Range;

use bytes::Bytes;
use portolan_core::markdown::{LineIndex, LineRange, Outline, Unresolved};
use portolan_core::wiki::edit::{Candidate, section_candidates};

use super::read::PageView;
use crate::{Error, Result};

/// Most candidates that are told where a section's path is not enough.
const MOST_CANDIDATES: usize = 10;

/// Most bytes of an outline's paths: each holds those around it, so that they may be far longer than the page.
const MOST_OUTLINE: usize = 2 << 20;

/// What of a page is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PartOf {
    /// The section with this path in the outline, with all below it.
    Section(String),
    /// These lines.
    Lines(LineRange),
}

/// A part of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PagePart {
    /// Its bytes, exactly.
    pub content: Bytes,
    /// Where it stands in the page's text, in bytes of it.
    pub range: Range<usize>,
    /// The path of the section that it is.
    pub section: Option<String>,
    /// Its first line, from 1.
    pub from: usize,
    /// Its last line; less than the first where it has none.
    pub to: usize,
    /// How many lines the page has.
    pub of: usize,
}

/// A heading of an outline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutlineItem {
    /// The path of its section.
    pub path: String,
    /// 1 to 6.
    pub level: u8,
    /// Its line in the page, from 1, front matter counted.
    pub line: usize,
    /// The bytes of the section with all below it.
    pub bytes: usize,
}

impl PageView {
    /// A part of the page's text.
    pub fn part(&self, of: &PartOf) -> Result<PagePart> {
        let (text, lossy) = self.text();
        match of {
            PartOf::Lines(range) => {
                let cut = range.cut(&text);
                let start = offset_of(&text, cut.content, cut.from > cut.to);
                let range = start..start + cut.content.len();
                Ok(PagePart {
                    content: self.bytes_at(lossy, &range),
                    range,
                    section: None,
                    from: cut.from,
                    to: cut.to,
                    of: cut.of,
                })
            }
            PartOf::Section(path) => {
                let outline = Outline::of(&text);
                let index = outline.resolve(path).map_err(|why| no_section(&outline, path, why))?;
                let section = &outline.sections[index];
                let range = section.heading.start..section.end;
                let lines = LineIndex::new(&text);
                let of = text.matches('\n').count() + usize::from(!text.is_empty() && !text.ends_with('\n'));
                Ok(PagePart {
                    content: self.bytes_at(lossy, &range),
                    section: Some(outline.path(index)),
                    from: section.line,
                    to: lines.line(range.end.max(1) - 1),
                    of,
                    range,
                })
            }
        }
    }

    /// The page's headings in order, and whether some had to be left out.
    pub fn outline(&self) -> (Vec<OutlineItem>, bool) {
        let outline = Outline::of(&self.text().0);
        let mut items = Vec::new();
        let mut bytes = 0;
        for (index, section) in outline.sections.iter().enumerate() {
            let path = outline.path(index);
            // Each has members of its own beside its path.
            bytes += path.len() + 32;
            if bytes > MOST_OUTLINE {
                return (items, true);
            }
            items.push(OutlineItem {
                path,
                level: section.level,
                line: section.line,
                bytes: section.bytes(),
            });
        }
        (items, false)
    }

    /// The page's own bytes at a place in its text.
    fn bytes_at(&self, lossy: bool, range: &Range<usize>) -> Bytes {
        if lossy {
            self.content.slice(raw_at(&self.content, range.start)..raw_at(&self.content, range.end))
        } else {
            self.content.slice(range.clone())
        }
    }
}

/// Where `part`, a slice of `text`, begins in it; the end where it is none.
fn offset_of(text: &str, part: &str, none: bool) -> usize {
    if none { text.len() } else { part.as_ptr() as usize - text.as_ptr() as usize }
}

/// Where the byte of `content` is that stands at `at` in its text, where bytes that are no UTF-8 are replaced.
fn raw_at(content: &[u8], at: usize) -> usize {
    let (mut text, mut raw) = (0, 0);
    for chunk in content.utf8_chunks() {
        let valid = chunk.valid().len();
        if at <= text + valid {
            return raw + (at - text);
        }
        text += valid;
        raw += valid;
        if !chunk.invalid().is_empty() {
            text += char::REPLACEMENT_CHARACTER.len_utf8();
            raw += chunk.invalid().len();
        }
    }
    raw
}

fn no_section(outline: &Outline, path: &str, why: Unresolved) -> Error {
    let candidates = match why {
        Unresolved::NoSection(_) => section_candidates(outline, path),
        Unresolved::SeveralSections(found) => found
            .into_iter()
            .take(MOST_CANDIDATES)
            .map(|at| Candidate { line: outline.sections[at].line, text: outline.path(at), score: 1.0 })
            .collect(),
    };
    Error::SectionNotFound { path: path.chars().take(300).collect(), candidates }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_in_replaced_text_are_found_in_the_bytes() {
        let content = b"a\xff\xfeb\n\xe2\x82c";
        let text = String::from_utf8_lossy(content);
        for (mark, raw) in [("a", 0), ("b", 3), ("\n", 4), ("c", 7)] {
            assert_eq!(raw_at(content, text.find(mark).unwrap()), raw, "{mark:?}");
        }
        assert_eq!(raw_at(content, text.len()), content.len());
    }
}
