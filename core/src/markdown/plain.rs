//! A page's text as its readers see it: without markup, block by block.

use std::ops::ControlFlow;

use pulldown_cmark::{Event, Tag, TagEnd};

use super::source::Source;

/// A block of a page: a paragraph, a heading, a table's cell, a piece of code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Block<'a> {
    /// Where it begins in the page's text, bytes.
    pub start: usize,
    /// Whether it is a heading.
    pub heading: bool,
    /// Its plain text, with the line ends it has in the page.
    pub text: &'a str,
    /// Where the links in it lead, one a line.
    pub targets: &'a str,
}

/// Gives the blocks of `text` that have any to `take`, in their order, until it has enough. Of raw HTML the text between tags counts.
pub fn blocks(text: &str, take: &mut dyn FnMut(Block<'_>) -> ControlFlow<()>) -> ControlFlow<()> {
    read(&Source::new(text), take)
}

/// Gives the blocks of a source to `take`.
pub(super) fn read(
    source: &Source<'_>,
    take: &mut dyn FnMut(Block<'_>) -> ControlFlow<()>,
) -> ControlFlow<()> {
    let mut gathered = Gathered::default();
    for (event, range) in source.events() {
        let at = range.start + source.start;
        match event {
            Event::Start(tag) => match tag {
                Tag::Heading { .. } => {
                    gathered.end(take)?;
                    gathered.heading = true;
                }
                Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. } => gathered.target(&dest_url),
                Tag::Emphasis | Tag::Strong | Tag::Strikethrough | Tag::Superscript | Tag::Subscript => {}
                _ => gathered.end(take)?,
            },
            Event::End(tag) => match tag {
                TagEnd::Heading(_) => {
                    gathered.end(take)?;
                    gathered.heading = false;
                }
                TagEnd::Link
                | TagEnd::Image
                | TagEnd::Emphasis
                | TagEnd::Strong
                | TagEnd::Strikethrough
                | TagEnd::Superscript
                | TagEnd::Subscript => {}
                _ => gathered.end(take)?,
            },
            Event::Text(part) | Event::Code(part) | Event::InlineMath(part) | Event::DisplayMath(part) => {
                gathered.push(&part, at);
            }
            Event::SoftBreak | Event::HardBreak => gathered.push("\n", at),
            Event::Html(html) | Event::InlineHtml(html) => gathered.html(&html, at),
            Event::Rule => gathered.end(take)?,
            Event::FootnoteReference(_) | Event::TaskListMarker(_) => {}
        }
    }
    gathered.end(take)
}

/// A block that is being read.
#[derive(Default)]
struct Gathered {
    text: String,
    targets: String,
    start: usize,
    heading: bool,
    /// Inside a tag of raw HTML.
    in_tag: bool,
}

impl Gathered {
    fn push(&mut self, part: &str, at: usize) {
        if self.text.is_empty() {
            self.start = at;
        }
        self.text.push_str(part);
    }

    fn html(&mut self, html: &str, at: usize) {
        for part in html.split_inclusive(['<', '>']) {
            let bare = part.trim_end_matches(['<', '>']);
            if !self.in_tag {
                self.push(bare, at);
                self.push(" ", at);
            }
            self.in_tag = match part.as_bytes().last() {
                Some(b'<') => true,
                Some(b'>') => false,
                _ => self.in_tag,
            };
        }
    }

    fn target(&mut self, url: &str) {
        self.targets.push_str(url);
        self.targets.push('\n');
    }

    fn end(&mut self, take: &mut dyn FnMut(Block<'_>) -> ControlFlow<()>) -> ControlFlow<()> {
        self.in_tag = false;
        let Self { text, targets, start, heading, .. } = self;
        let flow = if text.trim().is_empty() && targets.is_empty() {
            ControlFlow::Continue(())
        } else {
            take(Block { start: *start, heading: *heading, text, targets })
        };
        self.text.clear();
        self.targets.clear();
        flow
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(text: &str) -> Vec<String> {
        let mut shown = Vec::new();
        let _all = blocks(text, &mut |block| {
            let mark = if block.heading { "# " } else { "" };
            let targets = if block.targets.is_empty() { "" } else { " -> " };
            shown.push(format!("{mark}{}{targets}{}", block.text.trim(), block.targets.trim()));
            ControlFlow::Continue(())
        });
        shown
    }

    #[test]
    fn markup_is_not_text() {
        let text = "---\ntitle: x\n---\n# A *big* `one`\n\nSome **bold**\ntext, [a link](there.md), ![an image](i.png).\n\n\
                    - one\n- two [[Page|shown]]\n\n| a | b |\n|---|---|\n| c | d |\n\n```rust\nlet x = 1;\n```\n\n<p class=\"x\">raw <b>html</b></p>\n\n> quoted\n";
        assert_eq!(
            shown(text),
            [
                "# A big one",
                "Some bold\ntext, a link, an image. -> there.md\ni.png",
                "one",
                "two shown -> Page",
                "a",
                "b",
                "c",
                "d",
                "let x = 1;",
                "raw  html",
                "quoted",
            ]
        );
    }

    proptest! {
        #[test]
        fn blocks_stand_in_the_text(text in "([-#>*_`|<\\[\\]() a-cé\n]|\\[\\[|```){0,60}") {
            let mut last = 0;
            let _all = blocks(&text, &mut |block| {
                assert!(text.is_char_boundary(block.start) && block.start <= text.len());
                assert!(block.start >= last || block.text.is_empty());
                last = last.max(block.start);
                ControlFlow::Continue(())
            });
        }
    }
}
