//! The headings of a page, and the sections they make.

use std::collections::HashMap;
use std::ops::Range;

use pulldown_cmark::{Event, Tag, TagEnd};

use super::lines::LineIndex;
use super::pieces::{Cutter, Pieces};
use super::source::Source;

#[cfg(test)]
mod tests;

/// Most characters of a heading's text that count: the rest of a longer one is left out of its path.
const MOST_TITLE: usize = 300;

/// How often names that came out equal by chance are numbered again.
const MOST_ROUNDS: usize = 8;

/// One heading and what is below it. Positions are bytes of the page's text, at beginnings of lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// 1 to 6.
    pub level: u8,
    /// The heading's plain text, cut at 300 characters; of a WikiLink in it, what stands right of the bar.
    pub title: String,
    /// The heading's first line in the page, from 1, front matter counted.
    pub line: usize,
    /// The heading itself, with the end of its last line.
    pub heading: Range<usize>,
    /// Whether it is underlined (`CommonMark` §4.3), and so takes the lines directly above for its text.
    pub setext: bool,
    /// Where the next heading of any level begins, or the text ends.
    pub own_end: usize,
    /// Where the next heading of the same or a higher rank begins, or the text ends.
    pub end: usize,
    /// The section around this one.
    pub parent: Option<usize>,
    /// The last part of its path: the title with every free-standing `>` written `\>`, and the number among its equals.
    pub name: String,
    /// How much of `name` is without that number.
    bare: usize,
}

impl Section {
    /// The bytes of the section with all below it.
    pub fn bytes(&self) -> usize {
        self.end - self.heading.start
    }

    fn bare(&self) -> &str {
        &self.name[..self.bare]
    }
}

/// A section path that names no single section. Indexes are those of [`Outline::sections`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unresolved {
    /// None has this path; one has it but for numbers that belong in it, where there is such a one.
    NoSection(Option<usize>),
    /// These have it, which need a number each.
    SeveralSections(Vec<usize>),
}

/// The sections of a page in the order of the text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outline {
    /// The sections.
    pub sections: Vec<Section>,
}

impl Outline {
    /// Reads the outline of `text`. Headings in quotes, code and HTML make no sections.
    pub fn of(text: &str) -> Self {
        Self::with_pieces(text).0
    }

    /// Reads the outline of `text`, and where it can be taken apart.
    pub fn with_pieces(text: &str) -> (Self, Pieces) {
        let (sections, pieces) = headings(text);
        let mut outline = Self { sections };
        outline.nest(text.len());
        outline.number();
        (outline, pieces)
    }

    /// The path of a section: the names from the outermost section to it, joined by ` > `.
    pub fn path(&self, index: usize) -> String {
        let mut names = Vec::new();
        let mut at = Some(index);
        while let Some(section) = at.and_then(|at| self.sections.get(at)) {
            names.push(section.name.as_str());
            at = section.parent;
        }
        names.reverse();
        names.join(" > ")
    }

    /// The section whose whole path is `path`, case exact.
    pub fn resolve(&self, path: &str) -> Result<usize, Unresolved> {
        let all = |lenient| (0..self.sections.len()).filter(move |&at| self.has_path(at, path, lenient));
        let mut exact: Vec<usize> = all(false).collect();
        match exact.len() {
            1 => return Ok(exact.remove(0)),
            0 => {}
            _ => return Err(Unresolved::SeveralSections(exact)),
        }
        let near: Vec<usize> = all(true).collect();
        Err(if near.len() < 2 {
            Unresolved::NoSection(near.first().copied())
        } else {
            Unresolved::SeveralSections(near)
        })
    }

    /// Whether `path` is the path of a section; `lenient`, also where numbers are left out of it.
    fn has_path(&self, index: usize, path: &str, lenient: bool) -> bool {
        let mut rest = path;
        let mut section = &self.sections[index];
        loop {
            let bare = || if lenient { rest.strip_suffix(section.bare()) } else { None };
            let Some(before) = rest.strip_suffix(section.name.as_str()).or_else(bare) else { return false };
            let Some(parent) = section.parent else { return before.is_empty() };
            let Some(before) = before.strip_suffix(" > ") else { return false };
            (rest, section) = (before, &self.sections[parent]);
        }
    }

    /// Sets where sections end and which is in which.
    fn nest(&mut self, end: usize) {
        let mut open: Vec<usize> = Vec::new();
        for index in 0..self.sections.len() {
            let (level, start) = (self.sections[index].level, self.sections[index].heading.start);
            if let Some(before) = index.checked_sub(1) {
                self.sections[before].own_end = start;
            }
            while let Some(last) = open.pop_if(|last| self.sections[*last].level >= level) {
                self.sections[last].end = start;
            }
            self.sections[index].parent = open.last().copied();
            self.sections[index].own_end = end;
            self.sections[index].end = end;
            open.push(index);
        }
    }

    /// Numbers equal siblings, and once more where a number makes one equal to a heading that is written that way.
    fn number(&mut self) {
        for _ in 0..MOST_ROUNDS {
            let mut seen: HashMap<(Option<usize>, &str), (usize, usize)> = HashMap::new();
            for section in &self.sections {
                seen.entry((section.parent, &section.name)).or_default().0 += 1;
            }
            let mut numbers = vec![0; self.sections.len()];
            for (index, section) in self.sections.iter().enumerate() {
                if let Some((count, number)) = seen.get_mut(&(section.parent, section.name.as_str()))
                    && *count > 1
                {
                    *number += 1;
                    numbers[index] = *number;
                }
            }
            drop(seen);
            for (section, number) in self.sections.iter_mut().zip(&numbers).filter(|(_, number)| **number > 0)
            {
                section.name = format!("{}[{number}]", section.name);
            }
            if numbers.iter().all(|&number| number == 0) {
                return;
            }
        }
    }
}

/// The headings of `text` as sections that end nowhere yet, and its pieces.
fn headings(text: &str) -> (Vec<Section>, Pieces) {
    let source = Source::new(text);
    let lines = LineIndex::new(text);
    let mut sections = Vec::new();
    let mut quotes = 0_usize;
    let mut title: Option<Title> = None;
    let events = source.events();
    let links = events.reference_definitions().iter().map(|(name, _)| name);
    let mut cutter = Cutter::new(text, source.start, links);
    for (event, range) in events {
        cutter.see(&event, range.start + source.start);
        match event {
            Event::Start(Tag::BlockQuote(_)) => quotes += 1,
            Event::End(TagEnd::BlockQuote(_)) => quotes -= 1,
            Event::Start(Tag::Heading { .. }) if quotes == 0 => title = Some(Title::default()),
            Event::End(TagEnd::Heading(level)) => {
                let Some(title) = title.take() else { continue };
                let heading = whole_lines(text, range.start + source.start..range.end + source.start);
                let title = title.finish();
                let name = escape(&title);
                sections.push(Section {
                    level: level as u8,
                    title,
                    line: lines.line(heading.start),
                    setext: is_setext(&text[heading.clone()]),
                    heading,
                    own_end: 0,
                    end: 0,
                    parent: None,
                    bare: name.len(),
                    name,
                });
            }
            Event::Text(part) | Event::Code(part) => {
                if let Some(title) = &mut title {
                    title.push(&part);
                }
            }
            Event::SoftBreak | Event::HardBreak => {
                if let Some(title) = &mut title {
                    title.push(" ");
                }
            }
            _ => {}
        }
    }
    (sections, cutter.finish())
}

/// The plain text of a heading while it is gathered.
#[derive(Default)]
struct Title {
    text: String,
    characters: usize,
}

impl Title {
    fn push(&mut self, part: &str) {
        for character in part.chars().take(MOST_TITLE - self.characters) {
            self.text.push(character);
            self.characters += 1;
        }
    }

    fn finish(self) -> String {
        self.text.trim().to_owned()
    }
}

/// `range` widened to whole lines, the end of the last one included.
fn whole_lines(text: &str, range: Range<usize>) -> Range<usize> {
    let start = text[..range.start].rfind(['\n', '\r']).map_or(0, |at| at + 1);
    // Not over the byte order mark, which belongs to the file and not to its first line.
    let start = if text[start..].starts_with('\u{feff}') { range.start.min(start + 3) } else { start };
    let inner = text[..range.end].trim_end_matches(['\n', '\r']).len().max(range.start);
    let end = text[inner..].find(['\n', '\r']).map_or(text.len(), |at| {
        let end = inner + at;
        end + if text[end..].starts_with("\r\n") { 2 } else { 1 }
    });
    start..end
}

/// Whether a heading is of the underlined form: its last line is nothing but `=` or `-`, and not its only one.
fn is_setext(heading: &str) -> bool {
    let heading = heading.trim_end();
    let Some((_, underline)) = heading.rsplit_once(['\n', '\r']) else { return false };
    let underline = underline.trim();
    !underline.is_empty()
        && (underline.bytes().all(|byte| byte == b'=') || underline.bytes().all(|byte| byte == b'-'))
}

/// `title` as a part of a path: a `>` between blanks or ends, which would read as the joint of two parts, is `\>`.
fn escape(title: &str) -> String {
    let mut out = String::with_capacity(title.len());
    let mut before = ' ';
    let mut characters = title.chars().peekable();
    while let Some(character) = characters.next() {
        if character == '>' && before == ' ' && characters.peek().is_none_or(|after| *after == ' ') {
            out.push('\\');
        }
        out.push(character);
        before = character;
    }
    out
}
