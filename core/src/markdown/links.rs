//! The links that a page holds: what they name, and the bytes that name it.

pub(super) mod asked;
pub(super) mod destination;
pub(super) mod kept;
pub(super) mod resolve;
pub(super) mod rewrite;
pub(super) mod spell;

use std::ops::Range;

use pulldown_cmark::{Event, LinkType, Tag, TagEnd};

use self::destination::Raw;
use super::lines::LineIndex;
use super::source::Source;

#[cfg(test)]
mod tests;

/// Most characters of a link's text that are kept.
const MOST_TEXT: usize = 300;

/// How many links and images around a text gather it: more than anyone nests, and few enough to bound the time.
const MOST_AROUND: usize = 4;

/// What a link is to a reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkKind {
    /// `[[Page]]`
    Wiki,
    /// `[text](page.md)` or by reference.
    Markdown,
    /// `![alt](image.png)`, also by reference, and `![[image.png]]`.
    Image,
}

impl LinkKind {
    /// The word that programs see.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Wiki => "wiki",
            Self::Markdown => "markdown",
            Self::Image => "image",
        }
    }
}

/// How a link is written, which decides how its target is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Syntax {
    /// Between double brackets: a name, taken as it stands.
    Wiki,
    /// A URL reference (RFC 3986 §4.1), relative to the page.
    Markdown,
}

/// The side of a WikiLink's bar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Left of it.
    Left,
    /// Right of it, or the whole where there is no bar; of other links always this.
    Right,
}

/// A target as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Where it stands in the page's text, without brackets or blanks around it. `None` where its bytes could not be
    /// told for sure, as where a quote's mark stands between it and its bracket; it is then never rewritten.
    pub bytes: Option<Range<usize>>,
    /// What it says, `CommonMark`'s escapes and entities resolved; not percent-decoded.
    pub target: String,
    /// Whether it stands in angle brackets, between which blanks may stand.
    pub bracketed: bool,
}

/// A link or an image. Automatic links (`<https://…>`) are none: they never name a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// What it is to a reader.
    pub kind: LinkKind,
    /// How it is written.
    pub syntax: Syntax,
    /// The line it begins on, from 1, front matter counted.
    pub line: usize,
    /// The whole link in the page's text; of a reference its use, not its definition.
    pub span: Range<usize>,
    /// The plain text shown, cut at 300 characters. Of a WikiLink with a bar see [`Link::shown`].
    pub text: String,
    /// Its target; of a WikiLink with a bar what stands right of it.
    pub target: Written,
    /// What stands left of a WikiLink's bar.
    pub left: Option<Written>,
}

impl Link {
    /// The text shown where `side` turned out to be the target.
    pub fn shown(&self, side: Side) -> &str {
        match (&self.left, side) {
            // `[[Page|]]` has no text.
            (Some(left), Side::Left) if self.target.target.is_empty() => &left.target,
            (Some(_), Side::Left) => &self.target.target,
            (Some(left), Side::Right) => &left.target,
            (None, _) => &self.text,
        }
    }
}

/// The links of `text` in the order in which they begin. None stands in code, HTML or front matter.
pub fn links(text: &str) -> Vec<Link> {
    let source = Source::new(text);
    let mut reader =
        Reader { text, lines: LineIndex::new(text), links: Vec::new(), open: Vec::new(), table: 0 };
    let mut events = source.events();
    while let Some((event, range)) = events.next() {
        let range = range.start + source.start..range.end + source.start;
        match event {
            Event::Start(Tag::Table(_)) => reader.table += 1,
            Event::End(TagEnd::Table) => reader.table -= 1,
            Event::Start(Tag::Link { link_type, dest_url, id, .. }) => {
                let defined =
                    events.reference_definitions().get(&id).map(|found| found.span.start + source.start);
                reader.begin(LinkKind::Markdown, link_type, &dest_url, defined, range);
            }
            Event::Start(Tag::Image { link_type, dest_url, id, .. }) => {
                let defined =
                    events.reference_definitions().get(&id).map(|found| found.span.start + source.start);
                reader.begin(LinkKind::Image, link_type, &dest_url, defined, range);
            }
            Event::End(TagEnd::Link | TagEnd::Image) => reader.end(range.end),
            Event::Text(part) | Event::Code(part) => reader.inside(&part, range.end),
            Event::SoftBreak | Event::HardBreak => reader.inside(" ", range.end),
            Event::Start(_) => {}
            _ => reader.inside("", range.end),
        }
    }
    reader.links
}

/// A link whose text is being read.
struct Open {
    /// Its place among the links; none where it is not listed.
    index: Option<usize>,
    link_type: LinkType,
    /// Where what has been read of its text ends.
    read: usize,
    /// Characters of its text so far.
    characters: usize,
}

struct Reader<'a> {
    text: &'a str,
    lines: LineIndex,
    links: Vec<Link>,
    open: Vec<Open>,
    table: usize,
}

impl Reader<'_> {
    fn begin(
        &mut self,
        kind: LinkKind,
        link_type: LinkType,
        url: &str,
        defined: Option<usize>,
        range: Range<usize>,
    ) {
        let wiki = matches!(link_type, LinkType::WikiLink { .. });
        let link = match link_type {
            LinkType::Autolink | LinkType::Email => None,
            LinkType::WikiLink { .. } => self.citation(kind, &range).or_else(|| self.wiki(kind, &range)),
            _ => {
                // The end of an inline link's text is not known yet: its target is found when the link ends.
                let raw = defined
                    .filter(|_| link_type != LinkType::Inline)
                    .and_then(|at| destination::defined(self.text, at));
                Some(self.link(kind, Syntax::Markdown, &range, written(raw, url)))
            }
        };
        let index = link.map(|link| {
            self.links.push(link);
            self.links.len() - 1
        });
        let read = range.start + if kind == LinkKind::Image { 2 } else { 1 };
        // The text of a WikiLink is read from its source.
        let characters = if wiki { MOST_TEXT } else { 0 };
        self.open.push(Open { index, link_type, read, characters });
    }

    fn link(&self, kind: LinkKind, syntax: Syntax, span: &Range<usize>, target: Written) -> Link {
        let line = self.lines.line(span.start);
        Link { kind, syntax, line, span: span.clone(), text: String::new(), target, left: None }
    }

    /// `[[1]](there)`, which is no WikiLink but a Markdown link whose text is `[1]`, as citations are written.
    fn citation(&self, kind: LinkKind, span: &Range<usize>) -> Option<Link> {
        let text = self.text[span.clone()].strip_prefix('[')?.strip_suffix(']')?;
        let raw = destination::in_parentheses(self.text, span.end)?;
        // `[[Page]](s)` is a WikiLink and an ending.
        if !raw.text.contains(['/', '.', '#', ':']) {
            return None;
        }
        let target =
            Written { target: raw.text.to_owned(), bracketed: raw.bracketed, bytes: Some(raw.bytes) };
        Some(Link { text: cut(text), ..self.link(kind, Syntax::Markdown, span, target) })
    }

    /// The WikiLink at `span`; none where it goes over a line's end, which no wiki takes for a link.
    fn wiki(&self, kind: LinkKind, span: &Range<usize>) -> Option<Link> {
        let image = kind == LinkKind::Image;
        let open = if image { "![[" } else { "[[" };
        let inner = self.text[span.clone()].strip_prefix(open)?.strip_suffix("]]")?;
        if inner.contains(['\n', '\r']) {
            return None;
        }
        let start = span.start + open.len();
        let side = |part: &str, at: usize| {
            let trimmed = part.trim_start();
            let at = start + at + (part.len() - trimmed.len());
            let trimmed = trimmed.trim_end();
            Written { bytes: Some(at..at + trimmed.len()), target: trimmed.to_owned(), bracketed: false }
        };
        let kind = if image { LinkKind::Image } else { LinkKind::Wiki };
        let (Some(first), Some(last)) = (inner.find('|'), inner.rfind('|')) else {
            let target = side(inner, 0);
            let text = cut(&target.target);
            return Some(Link { text, ..self.link(kind, Syntax::Wiki, span, target) });
        };
        // In a table the bar is written `\|`, as a bare one ends the cell.
        let left = if self.table > 0 { inner[..first].trim_end_matches('\\') } else { &inner[..first] };
        let target = side(&inner[last + 1..], last + 1);
        let left = Some(side(left, 0));
        Some(Link { text: cut(&target.target), left, ..self.link(kind, Syntax::Wiki, span, target) })
    }

    /// Notes a part of the text of the links around it.
    fn inside(&mut self, part: &str, end: usize) {
        let from = self.open.len().saturating_sub(MOST_AROUND);
        for open in &mut self.open[from..] {
            open.read = open.read.max(end);
            let Some(index) = open.index else { continue };
            for character in part.chars().take(MOST_TEXT.saturating_sub(open.characters)) {
                self.links[index].text.push(character);
                open.characters += 1;
            }
        }
    }

    fn end(&mut self, end: usize) {
        let Some(open) = self.open.pop() else { return };
        if let Some(index) = open.index
            && open.link_type == LinkType::Inline
        {
            let target = &mut self.links[index].target;
            *target = written(destination::inline(self.text, open.read, end), &target.target);
        }
        if let Some(around) = self.open.last_mut() {
            around.read = around.read.max(end);
        }
    }
}

/// The target that the parser read as `url`, at the place `raw` where that is plainly the same.
fn written(raw: Option<Raw<'_>>, url: &str) -> Written {
    let raw = raw.filter(|raw| raw.says(url));
    Written {
        bracketed: raw.as_ref().is_some_and(|raw| raw.bracketed),
        bytes: raw.map(|raw| raw.bytes),
        target: url.to_owned(),
    }
}

fn cut(text: &str) -> String {
    text.chars().take(MOST_TEXT).collect()
}
