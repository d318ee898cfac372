//! The elements that are open while a page is written: what is written is well formed, and nests to a depth.
//!
//! A browser, and [ammonia] before it, mends what is not: it reopens what was closed too early, and moves what stands in a
//! table but in no cell. Some texts make that cost a thousand times their length. So no text gets there that needs mending:
//! elements are closed before what they cannot hold, and end tags without a beginning are left out.

/// Most elements in one another. Deeper ones are left out, and what they hold stays.
const MOST_OPEN: usize = 200;

/// How many levels a table and all of its parts need.
const TABLE: usize = 4;

/// What an element is, and so what it holds and where it may stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Stands in a line and holds what stands in lines.
    Inline,
    /// Stands in a line and holds nothing.
    Void,
    /// A block that holds a line.
    Block,
    /// A block that holds nothing.
    BlockVoid,
    /// A block that holds blocks.
    Flow,
    /// A list, or a list of terms.
    List,
    /// A part of a list.
    Item,
    /// A table.
    Table,
    /// A part of a table that holds rows.
    Section,
    /// A row.
    Row,
    /// A cell.
    Cell,
}

use Kind::{Block, Cell, Flow, Inline, Item, List, Row, Section, Table, Void};

impl Kind {
    /// Whether an element of this kind may hold one of kind `inner`.
    fn holds(self, inner: Self) -> bool {
        match self {
            Inline | Block => matches!(inner, Inline | Void),
            Flow | Item | Cell => !matches!(inner, Item | Section | Row | Cell),
            List => !matches!(inner, Section | Row | Cell),
            Table => matches!(inner, Section | Row),
            Section => inner == Row,
            Row => inner == Cell,
            Void | Kind::BlockVoid => false,
        }
    }

    /// Whether an element of this kind ends where one of kind `next` begins, which it does not hold.
    fn ends_before(self, next: Self) -> bool {
        match self {
            Inline | Block => true,
            Item => next == Item,
            Cell => matches!(next, Cell | Row | Section),
            Row => next != Cell,
            Section => next != Row,
            Table => !matches!(next, Section | Row | Cell),
            Flow | List | Void | Kind::BlockVoid => false,
        }
    }
}

/// An open element.
#[derive(Debug)]
struct Open {
    end: &'static str,
    kind: Kind,
    /// The name of an element that was written as HTML; none for one that Markdown makes, which ends where Markdown says.
    raw: Option<&'static str>,
    /// Whether it was written at all.
    shown: bool,
    is_anchor: bool,
}

/// What has been written, and what of it is still open.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    out: String,
    /// What was being written when an aside began.
    around: Vec<String>,
    open: Vec<Open>,
    shown: usize,
    anchors: usize,
    /// Where a `<pre>` has just been opened: a line end right behind it would be lost.
    pre: Option<usize>,
}

impl Tree {
    /// All of it, closed.
    pub(crate) fn finish(mut self) -> String {
        while !self.open.is_empty() {
            self.pop();
        }
        self.out
    }

    /// How much has been written.
    pub(crate) fn len(&self) -> usize {
        self.out.len()
    }

    /// Puts `html`, which is part of a tag, at a place where it was left out.
    pub(crate) fn insert(&mut self, at: usize, html: &str) {
        self.out.insert_str(at, html);
    }

    /// Whether a link is open.
    pub(crate) fn in_anchor(&self) -> bool {
        self.anchors > 0
    }

    /// Writes text that was escaped, or whole inline elements.
    pub(crate) fn inline_html(&mut self, html: &str) {
        let html = match self.pre {
            Some(at) if at == self.out.len() => without_line_ends(html),
            _ => html,
        };
        if html.chars().all(|character| character.is_ascii_whitespace()) {
            self.out.push_str(html);
            return;
        }
        self.make_room(Void);
        self.out.push_str(html);
    }

    /// Writes whole blocks.
    pub(crate) fn block_html(&mut self, html: &str) {
        self.make_room(Flow);
        self.out.push_str(html);
    }

    /// Opens an element that Markdown makes: a block. Answers whether it was written.
    pub(crate) fn open(&mut self, start: &str, end: &'static str, kind: Kind) -> bool {
        self.make_room(kind);
        let room = if kind == Table { TABLE } else { 1 };
        self.push(
            start,
            Open { end, kind, raw: None, shown: self.shown + room <= MOST_OPEN, is_anchor: false },
        )
    }

    /// Opens a part of what was opened last, which is written if that was.
    pub(crate) fn open_part(&mut self, start: &str, end: &'static str, kind: Kind) -> bool {
        let shown = self.open.last().is_some_and(|around| around.shown);
        self.push(start, Open { end, kind, raw: None, shown, is_anchor: false })
    }

    /// Opens a link, whose start tag is none where it leads nowhere or stands in another.
    pub(crate) fn open_link(&mut self, start: Option<&str>) {
        self.make_room(Inline);
        let shown = start.is_some() && self.anchors == 0 && self.shown < MOST_OPEN;
        let open = Open { end: "</a>", kind: Inline, raw: None, shown, is_anchor: shown };
        self.push(start.unwrap_or_default(), open);
    }

    /// Ends what Markdown opened last, and what HTML opened in it.
    pub(crate) fn close(&mut self) {
        while let Some(true) = self.pop() {}
    }

    /// Begins something that is written elsewhere: what it writes is what [`Tree::end_aside`] answers.
    pub(crate) fn begin_aside(&mut self) {
        self.make_room(Flow);
        self.around.push(std::mem::take(&mut self.out));
        self.open.push(Open { end: "", kind: Flow, raw: None, shown: false, is_anchor: false });
    }

    /// Ends it.
    pub(crate) fn end_aside(&mut self) -> String {
        self.close();
        std::mem::replace(&mut self.out, self.around.pop().unwrap_or_default())
    }

    /// Opens an element that was written as HTML; left out where it may not stand. `start` is its tag without `>`.
    pub(crate) fn open_raw(&mut self, name: &'static str, kind: Kind, start: &str, end: &'static str) {
        let is_anchor = name == "a";
        if is_anchor && self.anchors > 0 || !self.has_room(kind) {
            return;
        }
        self.make_room(kind);
        if matches!(kind, Void | Kind::BlockVoid) {
            self.out.push_str(start);
            self.out.push('>');
            return;
        }
        // The parts of a table that is there may always be written.
        let most = if matches!(kind, Section | Row | Cell) { MOST_OPEN + TABLE } else { MOST_OPEN };
        if self.shown >= most {
            return;
        }
        self.push(start, Open { end, kind, raw: Some(name), shown: true, is_anchor });
        self.out.push('>');
        if name == "pre" {
            self.pre = Some(self.out.len());
        }
    }

    /// Closes the element `name` that was opened as HTML; nothing where there is none in what Markdown has open.
    pub(crate) fn close_raw(&mut self, name: &str) {
        let raw = self.open.iter().rev().map_while(|open| open.raw);
        if let Some(above) = raw.enumerate().find(|(_, open)| *open == name).map(|(above, _)| above) {
            for _ in 0..=above {
                self.pop();
            }
        }
    }

    /// How many open elements end before one of this kind; none where it may not stand here at all.
    fn ending(&self, kind: Kind) -> Option<usize> {
        for (above, open) in self.open.iter().rev().enumerate() {
            if open.kind.holds(kind) {
                return Some(above);
            }
            if open.raw.is_none() || !open.kind.ends_before(kind) {
                return None;
            }
        }
        Flow.holds(kind).then_some(self.open.len())
    }

    fn has_room(&self, kind: Kind) -> bool {
        self.ending(kind).is_some()
    }

    fn make_room(&mut self, kind: Kind) {
        for _ in 0..self.ending(kind).unwrap_or(0) {
            self.pop();
        }
    }

    fn push(&mut self, start: &str, open: Open) -> bool {
        let shown = open.shown;
        if shown {
            self.out.push_str(start);
            self.shown += 1;
        }
        self.anchors += usize::from(open.is_anchor);
        self.open.push(open);
        shown
    }

    /// Ends the innermost element; answers whether it was written as HTML.
    fn pop(&mut self) -> Option<bool> {
        let open = self.open.pop()?;
        if open.shown {
            self.out.push_str(open.end);
            self.shown -= 1;
        }
        self.anchors -= usize::from(open.is_anchor);
        Some(open.raw.is_some())
    }
}

/// `html` without line ends at its beginning, however they are written.
fn without_line_ends(mut html: &str) -> &str {
    loop {
        let rest = html.trim_start_matches(['\n', '\r']);
        let lower = rest.get(..12).unwrap_or(rest).to_ascii_lowercase();
        let entity = lower.strip_prefix('&').and_then(|entity| {
            let entity = entity.split(';').next().unwrap_or_default();
            let number = entity.strip_prefix('#').map(|digits| match digits.strip_prefix('x') {
                Some(digits) => u32::from_str_radix(digits, 16).ok(),
                None => digits.parse().ok(),
            });
            (entity == "newline" || matches!(number, Some(Some(10 | 13)))).then_some(entity.len() + 1)
        });
        match entity {
            Some(length) => html = rest[length..].strip_prefix(';').unwrap_or(&rest[length..]),
            None => return rest,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_end_before_what_they_cannot_hold() {
        let mut tree = Tree::default();
        tree.open_raw("p", Block, "<p", "</p>");
        tree.open_raw("b", Inline, "<b", "</b>");
        tree.open_raw("div", Flow, "<div", "</div>");
        tree.open_raw("tr", Row, "<tr", "</tr>");
        tree.inline_html("x");
        tree.close_raw("b");
        tree.open_raw("table", Table, "<table", "</table>");
        tree.open_raw("tr", Row, "<tr", "</tr>");
        tree.open_raw("td", Cell, "<td", "</td>");
        tree.inline_html("1");
        tree.open_raw("td", Cell, "<td", "</td>");
        tree.open_raw("tr", Row, "<tr", "</tr>");
        tree.inline_html(" \n");
        tree.inline_html("out");
        assert_eq!(
            tree.finish(),
            "<p><b></b></p><div>x<table><tr><td>1</td><td></td></tr><tr> \n</tr></table>out</div>"
        );
    }

    #[test]
    fn html_does_not_reach_beyond_what_markdown_has_open() {
        let mut tree = Tree::default();
        tree.open_raw("div", Flow, "<div", "</div>");
        tree.open("<p>", "</p>", Block);
        tree.close_raw("div");
        tree.open_raw("i", Inline, "<i", "</i>");
        tree.open_raw("ul", List, "<ul", "</ul>");
        tree.close();
        tree.close_raw("div");
        tree.inline_html("z");
        assert_eq!(tree.finish(), "<div><p><i></i></p></div>z");
    }

    #[test]
    fn nesting_ends() {
        let mut tree = Tree::default();
        for _ in 0..10_000 {
            tree.open("<blockquote>", "</blockquote>", Flow);
            tree.open_raw("div", Flow, "<div", "</div>");
            tree.open("<table>", "</table>", Table);
            tree.open_part("<tr>", "</tr>", Row);
            tree.open_part("<td>", "</td>", Cell);
        }
        let html = tree.finish();
        assert!(html.len() < 10_000, "{}", html.len());
        assert_eq!(html.matches("<td>").count(), html.matches("<table>").count());
    }

    #[test]
    fn a_line_end_that_a_browser_would_drop_is_dropped() {
        for (html, rest) in [
            ("\n\r\nx", "x"),
            ("&#10;&#x0A;&NewLine;x", "x"),
            ("&#10x", "&#10x"),
            ("&amp;", "&amp;"),
            ("", ""),
        ] {
            assert_eq!(without_line_ends(html), rest, "{html}");
        }
    }
}
