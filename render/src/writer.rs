//! From the parser's events to HTML.

use std::collections::HashMap;
use std::ops::Range;

use portolan_core::markdown::{Link, LinkKind, Names, Resolved, Source, Syntax, links};
use pulldown_cmark::{Alignment, CodeBlockKind, Event, LinkType, Tag, TagEnd};

use crate::address::{Address, Addressing};
use crate::autolink::{Piece, pieces};
use crate::footnotes::{Footnotes, reference};
use crate::highlight::{Highlighter, language};
use crate::options::RenderOptions;
use crate::slug::Slugs;
use crate::tree::{Kind, Tree};
use crate::{escape, raw};
use blocks::{HEADINGS, alert};

mod blocks;
mod links_in_text;

/// What ends something that has begun.
#[derive(Debug)]
enum Close {
    /// It was not written, or is no element.
    Nothing,
    /// An element.
    Element,
    Heading,
    Code,
    Html,
    Image(Picture),
    Footnote(String),
    Table,
    Item,
}

/// An image whose text is being gathered.
#[derive(Debug)]
struct Picture {
    address: Address,
    title: String,
    size: Option<(u32, Option<u32>)>,
}

/// A heading whose text is being gathered.
#[derive(Debug)]
struct Heading {
    /// Where its id goes; none where it is not shown.
    at: Option<usize>,
    text: String,
}

/// A table that is being written.
#[derive(Debug)]
struct Table {
    alignments: Vec<Alignment>,
    column: usize,
    in_head: bool,
    in_body: bool,
}

struct Writer<'a> {
    text: &'a str,
    addressing: Addressing<'a>,
    options: &'a RenderOptions<'a>,
    links: HashMap<(usize, usize), Link>,
    tree: Tree,
    closes: Vec<Close>,
    /// Text that is not written yet: the parser hands it over in pieces.
    pending: String,
    /// How many levels of what is passed over are open.
    skipped: usize,
    /// Up to where the text has been written already, as part of a citation.
    done: usize,
    /// The text of an image.
    alt: Option<String>,
    heading: Option<Heading>,
    slugs: Slugs,
    code: Option<(Option<String>, String)>,
    html: Option<String>,
    /// An element whose text goes with it.
    muted: Option<&'static str>,
    footnotes: Footnotes,
    /// How many footnotes are open: they are written whatever part is asked for.
    notes: usize,
    tables: Vec<Table>,
    /// Where classes of open list items go.
    items: Vec<Option<usize>>,
    highlighter: Highlighter,
}

/// The page `text` at `path` as HTML that is yet to be sanitised.
pub(crate) fn write(text: &str, path: &str, names: &dyn Names, options: &RenderOptions<'_>) -> String {
    let source = Source::new(text);
    let links = links(text).into_iter().map(|link| ((link.span.start, link.span.end), link)).collect();
    let mut writer = Writer {
        text,
        addressing: Addressing::new(path, names, options),
        options,
        links,
        tree: Tree::default(),
        closes: Vec::new(),
        pending: String::new(),
        skipped: 0,
        done: 0,
        alt: None,
        heading: None,
        slugs: Slugs::default(),
        code: None,
        html: None,
        muted: None,
        footnotes: Footnotes::default(),
        notes: 0,
        tables: Vec::new(),
        items: Vec::new(),
        highlighter: Highlighter::default(),
    };
    for (event, range) in source.events() {
        writer.event(event, range.start + source.start..range.end + source.start);
    }
    writer.flush();
    let footnotes = writer.footnotes.write(options.id_prefix);
    let mut html = writer.tree.finish();
    html.push_str(&footnotes);
    html
}

impl Writer<'_> {
    fn event(&mut self, event: Event<'_>, range: Range<usize>) {
        if self.skipped > 0 {
            match event {
                Event::Start(_) => self.skipped += 1,
                Event::End(_) => self.skipped -= 1,
                _ => {}
            }
            return;
        }
        match event {
            Event::Start(tag) => {
                self.flush();
                let close = self.start(tag, &range);
                if let Some(close) = close {
                    self.closes.push(close);
                }
            }
            Event::End(tag) => {
                self.flush();
                self.end(tag);
            }
            _ if range.start < self.done => self.rest(&event, &range),
            _ if !self.is_in_part(&range) => self.unseen(&event),
            Event::Text(text) => self.push_text(&text),
            Event::Code(text) | Event::InlineMath(text) | Event::DisplayMath(text) => self.code_span(&text),
            Event::Html(html) => match &mut self.html {
                Some(block) => block.push_str(&html),
                None => self.inline_html(&html),
            },
            Event::InlineHtml(html) => self.inline_html(&html),
            Event::FootnoteReference(name) => self.footnote(&name),
            Event::SoftBreak => self.push_break("\n"),
            Event::HardBreak => self.push_break("<br>\n"),
            Event::Rule => {
                self.flush();
                self.tree.block_html("<hr>\n");
            }
            Event::TaskListMarker(checked) => self.task(checked),
        }
    }

    /// Whether what begins there is asked for.
    fn is_in_part(&self, range: &Range<usize>) -> bool {
        self.notes > 0 || self.options.part.as_ref().is_none_or(|part| part.contains(&range.start))
    }

    /// Whether something of what is there is asked for.
    fn touches_part(&self, range: &Range<usize>) -> bool {
        let touches = |part: &Range<usize>| range.start < part.end && part.start < range.end;
        self.notes > 0 || self.options.part.as_ref().is_none_or(touches)
    }

    /// What stands behind a citation in the text that the citation has part of.
    fn rest(&mut self, event: &Event<'_>, range: &Range<usize>) {
        let done = self.done;
        if let Event::Text(text) = event
            && range.end > done
            && self.text.get(range.clone()) == Some(text)
            && let Some(rest) = self.text.get(done..range.end)
        {
            self.push_text(rest);
        }
    }

    /// What is not shown may be part of a heading, whose id counts.
    fn unseen(&mut self, event: &Event<'_>) {
        if let (Some(heading), Event::Text(text) | Event::Code(text)) = (&mut self.heading, event) {
            heading.text.push_str(text);
        }
    }

    fn push_text(&mut self, text: &str) {
        if let Some((_, code)) = &mut self.code {
            code.push_str(text);
            return;
        }
        if self.muted.is_some() {
            return;
        }
        if let Some(heading) = &mut self.heading {
            heading.text.push_str(text);
        }
        match &mut self.alt {
            Some(alt) => alt.push_str(text),
            None => self.pending.push_str(text),
        }
    }

    /// Writes the text that has come together.
    fn flush(&mut self) {
        if self.pending.is_empty() {
            return;
        }
        let text = std::mem::take(&mut self.pending);
        let mut html = String::with_capacity(text.len() + text.len() / 16);
        if self.tree.in_anchor() {
            escape::text(&mut html, &text);
        } else {
            pieces(&text, |piece| match piece {
                Piece::Text(text) => escape::text(&mut html, text),
                Piece::Link(written, followed) => {
                    let anchor = Addressing::anchor(&self.addressing.outside(&followed), "");
                    html.push_str(anchor.as_deref().unwrap_or_default());
                    escape::text(&mut html, written);
                    html.push_str(anchor.map_or("", |_| "</a>"));
                }
            });
        }
        self.tree.inline_html(&html);
        self.pending = text;
        self.pending.clear();
    }

    fn push_break(&mut self, html: &str) {
        if let Some(heading) = &mut self.heading {
            heading.text.push(' ');
        }
        if let Some(alt) = &mut self.alt {
            alt.push(' ');
        } else if html == "\n" {
            self.pending.push('\n');
        } else {
            self.flush();
            self.tree.inline_html(html);
        }
    }

    fn code_span(&mut self, text: &str) {
        if self.muted.is_some() {
            return;
        }
        if let Some(heading) = &mut self.heading {
            heading.text.push_str(text);
        }
        if let Some(alt) = &mut self.alt {
            alt.push_str(text);
            return;
        }
        self.flush();
        let mut html = String::from("<code>");
        escape::text(&mut html, text);
        html.push_str("</code>");
        self.tree.inline_html(&html);
    }

    fn inline_html(&mut self, html: &str) {
        if self.alt.is_some() {
            return;
        }
        self.flush();
        match self.muted {
            Some(name) if raw::ends(html, name) => self.muted = None,
            Some(_) => {}
            None => self.muted = raw::write(&mut self.tree, html, &self.addressing),
        }
    }

    fn footnote(&mut self, name: &str) {
        if self.alt.is_some() || self.muted.is_some() {
            return;
        }
        self.flush();
        let prefix = self.options.id_prefix;
        let (number, time) = self.footnotes.refer(name);
        let html = if self.tree.in_anchor() {
            format!("<sup class=\"footnote-ref\">{number}</sup>")
        } else {
            let id = reference(prefix, number, time);
            format!(
                "<sup class=\"footnote-ref\"><a href=\"#{prefix}fn-{number}\" id=\"{id}\">{number}</a></sup>"
            )
        };
        self.tree.inline_html(&html);
    }

    fn task(&mut self, checked: bool) {
        self.flush();
        if let Some(Some(at)) = self.items.last().copied() {
            self.tree.insert(at, " class=\"task-list-item\"");
        }
        let checked = if checked { " checked=\"\"" } else { "" };
        self.tree.inline_html(&format!("<input type=\"checkbox\" disabled=\"\"{checked}> "));
    }

    /// Begins something; answers what ends it, or none where all of it is passed over.
    fn start(&mut self, tag: Tag<'_>, range: &Range<usize>) -> Option<Close> {
        if let Tag::FootnoteDefinition(name) = tag {
            self.notes += 1;
            self.tree.begin_aside();
            return Some(Close::Footnote(name.into_string()));
        }
        if range.end <= self.done {
            // Part of a citation's address or title.
            self.skipped = 1;
            return None;
        }
        let shown = self.touches_part(range);
        if let Tag::Heading { level, .. } = tag {
            let (start, end) = HEADINGS[level as usize - 1];
            let at = (shown && self.tree.open(start, end, Kind::Block)).then(|| self.tree.len() - 1);
            self.heading = Some(Heading { at, text: String::new() });
            return Some(if shown { Close::Heading } else { Close::Nothing });
        }
        if !shown {
            return Some(Close::Nothing);
        }
        if self.alt.is_some() && !matches!(tag, Tag::Link { .. } | Tag::Image { .. }) {
            return Some(Close::Nothing);
        }
        match tag {
            Tag::Link { link_type, dest_url, title, .. } => {
                return self.link(link_type, &dest_url, &title, LinkKind::Markdown, range);
            }
            Tag::Image { link_type, dest_url, title, .. } => {
                return self.link(link_type, &dest_url, &title, LinkKind::Image, range);
            }
            Tag::CodeBlock(kind) => {
                let language = match kind {
                    CodeBlockKind::Fenced(info) => language(&info),
                    CodeBlockKind::Indented => None,
                };
                self.code = Some((language, String::new()));
                return Some(Close::Code);
            }
            Tag::HtmlBlock => {
                self.html = Some(String::new());
                return Some(Close::Html);
            }
            Tag::Table(alignments) => {
                let table = Table { alignments, column: 0, in_head: false, in_body: false };
                self.tree.open("<table>\n", "</table>\n", Kind::Table);
                self.tables.push(table);
                return Some(Close::Table);
            }
            Tag::Item => {
                let shown = self.tree.open_part("<li>", "</li>\n", Kind::Item);
                self.items.push(shown.then(|| self.tree.len() - 1));
                return Some(Close::Item);
            }
            Tag::TableHead | Tag::TableRow | Tag::TableCell => self.table_part(&tag),
            Tag::Paragraph => drop(self.tree.open("<p>", "</p>\n", Kind::Block)),
            Tag::BlockQuote(None) => drop(self.tree.open("<blockquote>\n", "</blockquote>\n", Kind::Flow)),
            Tag::BlockQuote(Some(kind)) => drop(self.tree.open(&alert(kind), "</div>\n", Kind::Flow)),
            Tag::List(None) => drop(self.tree.open("<ul>\n", "</ul>\n", Kind::List)),
            Tag::List(Some(1)) => drop(self.tree.open("<ol>\n", "</ol>\n", Kind::List)),
            Tag::List(Some(first)) => {
                self.tree.open(&format!("<ol start=\"{first}\">\n"), "</ol>\n", Kind::List);
            }
            Tag::Emphasis => drop(self.tree.open("<em>", "</em>", Kind::Inline)),
            Tag::Strong => drop(self.tree.open("<strong>", "</strong>", Kind::Inline)),
            Tag::Strikethrough => drop(self.tree.open("<del>", "</del>", Kind::Inline)),
            _ => return Some(Close::Nothing),
        }
        Some(Close::Element)
    }

    fn end(&mut self, tag: TagEnd) {
        if matches!(tag, TagEnd::Paragraph | TagEnd::Heading(_) | TagEnd::TableCell | TagEnd::Item) {
            self.muted = None;
        }
        match self.closes.pop() {
            None | Some(Close::Nothing) => {
                if matches!(tag, TagEnd::Heading(_))
                    && let Some(heading) = self.heading.take()
                {
                    // Not shown, but the next equal one gets the next number.
                    self.slugs.id(&heading.text);
                }
            }
            Some(Close::Element) => {
                if let (TagEnd::TableHead, Some(table)) = (tag, self.tables.last_mut()) {
                    table.in_head = false;
                }
                self.tree.close();
            }
            Some(Close::Table) => {
                if self.tables.pop().is_some_and(|table| table.in_body) {
                    self.tree.close();
                }
                self.tree.close();
            }
            Some(Close::Item) => {
                self.items.pop();
                self.tree.close();
            }
            Some(Close::Heading) => self.end_heading(),
            Some(Close::Code) => self.end_code(),
            Some(Close::Html) => {
                let html = self.html.take().unwrap_or_default();
                raw::write(&mut self.tree, &html, &self.addressing);
            }
            Some(Close::Image(picture)) => self.end_image(&picture),
            Some(Close::Footnote(name)) => {
                self.notes -= 1;
                let html = self.tree.end_aside();
                self.footnotes.define(&name, html);
            }
        }
    }
}
