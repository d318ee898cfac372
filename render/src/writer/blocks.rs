//! Blocks: headings, code, tables, alerts.

use pulldown_cmark::{Alignment, BlockQuoteKind, Tag};

use super::{Kind, Writer, escape};

impl Writer<'_> {
    /// Begins a part of the innermost table.
    pub(super) fn table_part(&mut self, tag: &Tag<'_>) {
        let Some(table) = self.tables.last_mut() else { return };
        match tag {
            Tag::TableHead => {
                (table.in_head, table.column) = (true, 0);
                self.tree.open_part("<thead>\n<tr>\n", "</tr>\n</thead>\n", Kind::Row);
            }
            Tag::TableRow => {
                table.column = 0;
                if !std::mem::replace(&mut table.in_body, true) {
                    self.tree.open_part("<tbody>\n", "</tbody>\n", Kind::Section);
                }
                self.tree.open_part("<tr>\n", "</tr>\n", Kind::Row);
            }
            _ => {
                let alignment = table.alignments.get(table.column).copied().unwrap_or(Alignment::None);
                table.column += 1;
                let (name, end) = if table.in_head { ("th", "</th>\n") } else { ("td", "</td>\n") };
                let align = match alignment {
                    Alignment::None => "",
                    Alignment::Left => " align=\"left\"",
                    Alignment::Center => " align=\"center\"",
                    Alignment::Right => " align=\"right\"",
                };
                self.tree.open_part(&format!("<{name}{align}>"), end, Kind::Cell);
            }
        }
    }

    /// Ends a heading, whose id is known now.
    pub(super) fn end_heading(&mut self) {
        if let Some(heading) = self.heading.take()
            && let Some(id) = self.slugs.id(&heading.text)
            && let Some(at) = heading.at
        {
            let mut attribute = String::new();
            escape::attribute(&mut attribute, "id", &format!("{}{id}", self.options.id_prefix));
            self.tree.insert(at, &attribute);
        }
        self.tree.close();
    }

    /// Ends a block of code.
    pub(super) fn end_code(&mut self) {
        let Some((language, code)) = self.code.take() else { return };
        let mut html = String::from("<pre><code");
        if let Some(language) = &language {
            escape::attribute(&mut html, "class", &format!("language-{language}"));
        }
        html.push('>');
        let go_on = self.options.go_on;
        match language.and_then(|language| self.highlighter.highlight(&code, &language, go_on)) {
            Some(highlighted) => html.push_str(&highlighted),
            None => escape::text(&mut html, &code),
        }
        html.push_str("</code></pre>\n");
        self.tree.block_html(&html);
    }
}

/// The tags of headings, by level.
pub(super) const HEADINGS: [(&str, &str); 6] = [
    ("<h1>", "</h1>\n"),
    ("<h2>", "</h2>\n"),
    ("<h3>", "</h3>\n"),
    ("<h4>", "</h4>\n"),
    ("<h5>", "</h5>\n"),
    ("<h6>", "</h6>\n"),
];

/// The beginning of an alert.
pub(super) fn alert(kind: BlockQuoteKind) -> String {
    let (class, title) = match kind {
        BlockQuoteKind::Note => ("note", "Note"),
        BlockQuoteKind::Tip => ("tip", "Tip"),
        BlockQuoteKind::Important => ("important", "Important"),
        BlockQuoteKind::Warning => ("warning", "Warning"),
        BlockQuoteKind::Caution => ("caution", "Caution"),
    };
    format!(
        "<div class=\"markdown-alert markdown-alert-{class}\">\n<p class=\"markdown-alert-title\">{title}</p>\n"
    )
}
