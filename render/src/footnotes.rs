//! Footnotes, gathered where they are referred to and written at the end. Their ids are numbers, so that no name gets into
//! one.

use std::collections::HashMap;
use std::fmt::Write as _;

#[derive(Debug, Default)]
struct Note {
    references: usize,
    html: Option<String>,
}

/// The footnotes of a page.
#[derive(Debug, Default)]
pub(crate) struct Footnotes {
    numbers: HashMap<String, usize>,
    /// By number, from 1.
    notes: Vec<Note>,
    /// Definitions that nothing has referred to yet.
    unused: HashMap<String, String>,
}

impl Footnotes {
    /// Notes a reference to `name`: its number, and how manieth it is.
    pub(crate) fn refer(&mut self, name: &str) -> (usize, usize) {
        let number = if let Some(number) = self.numbers.get(name) {
            *number
        } else {
            self.notes.push(Note { references: 0, html: self.unused.remove(name) });
            self.numbers.insert(name.to_owned(), self.notes.len());
            self.notes.len()
        };
        let note = &mut self.notes[number - 1];
        note.references += 1;
        (number, note.references)
    }

    /// Keeps what `name` says. The first definition counts.
    pub(crate) fn define(&mut self, name: &str, html: String) {
        match self.numbers.get(name) {
            Some(number) => drop(self.notes[number - 1].html.get_or_insert(html)),
            None => drop(self.unused.entry(name.to_owned()).or_insert(html)),
        }
    }

    /// All that were referred to.
    pub(crate) fn write(&self, prefix: &str) -> String {
        let mut out = String::new();
        if self.notes.is_empty() {
            return out;
        }
        out.push_str("<section class=\"footnotes\">\n<ol>\n");
        for (number, note) in (1..).zip(&self.notes) {
            let html = note.html.as_deref().unwrap_or_default().trim_end();
            let (html, end) = html.strip_suffix("</p>").map_or((html, ""), |html| (html, "</p>"));
            let _ = write!(out, "<li id=\"{prefix}fn-{number}\">{html}");
            for time in 1..=note.references {
                let id = reference(prefix, number, time);
                let _ = write!(out, " <a href=\"#{id}\" class=\"footnote-backref\">↩</a>");
            }
            let _ = writeln!(out, "{end}</li>");
        }
        out.push_str("</ol>\n</section>\n");
        out
    }
}

/// The id of a reference.
pub(crate) fn reference(prefix: &str, number: usize, time: usize) -> String {
    if time == 1 { format!("{prefix}fnref-{number}") } else { format!("{prefix}fnref-{number}-{time}") }
}
