//! Links and images.

use super::{Addressing, Close, Link, LinkKind, LinkType, Picture, Range, Resolved, Syntax, Writer, escape};

impl Writer<'_> {
    /// Begins a link or an image; answers what ends it, or none where all of it was written and its text is passed over.
    pub(super) fn link(
        &mut self,
        link_type: LinkType,
        url: &str,
        title: &str,
        kind: LinkKind,
        range: &Range<usize>,
    ) -> Option<Close> {
        let link = match link_type {
            LinkType::Autolink | LinkType::Email => {
                let mail = if link_type == LinkType::Email { "mailto:" } else { "" };
                if self.alt.is_none() {
                    let address = self.addressing.outside(&format!("{mail}{url}"));
                    self.tree.open_link(Addressing::anchor(&address, "").as_deref());
                    return Some(Close::Element);
                }
                return Some(Close::Nothing);
            }
            _ => self.links.remove(&(range.start, range.end)),
        };
        let is_wiki = matches!(link_type, LinkType::WikiLink { .. });
        match link {
            Some(link) if is_wiki => {
                self.wiki(&link);
                self.skipped = 1;
                None
            }
            None if is_wiki => {
                let written = self.text.get(range.clone()).unwrap_or_default().to_owned();
                self.push_text(&written);
                self.skipped = 1;
                None
            }
            Some(link) if kind == LinkKind::Image => {
                if self.alt.is_some() {
                    return Some(Close::Nothing);
                }
                let address = self.addressing.address(&link);
                self.alt = Some(String::new());
                Some(Close::Image(Picture { address, title: title.to_owned(), size: None }))
            }
            Some(link) if self.alt.is_none() => {
                let address = self.addressing.address(&link);
                self.tree.open_link(Addressing::anchor(&address, title).as_deref());
                Some(Close::Element)
            }
            _ => Some(Close::Nothing),
        }
    }

    /// Writes what stands between double brackets: a WikiLink, or a citation.
    fn wiki(&mut self, link: &Link) {
        let (resolved, address) = self.addressing.look_up(link);
        let shown = match (&resolved, link.syntax) {
            (_, Syntax::Markdown) => {
                self.done = end_of_citation(self.text, link).unwrap_or(self.done);
                link.text.as_str()
            }
            (Resolved::To(target), Syntax::Wiki) => link.shown(target.side),
            (_, Syntax::Wiki) => link.shown(portolan_core::markdown::Side::Right),
        };
        if let Some(heading) = &mut self.heading {
            heading.text.push_str(shown);
        }
        if let Some(alt) = &mut self.alt {
            alt.push_str(shown);
        } else if self.muted.is_some() {
        } else if link.kind == LinkKind::Image {
            let size = size(shown).filter(|_| link.left.is_some());
            self.alt = Some(if size.is_some() { name(&resolved) } else { shown.to_owned() });
            self.end_image(&Picture { address, title: String::new(), size });
        } else {
            let mut text = String::new();
            escape::text(&mut text, shown);
            self.tree.open_link(Addressing::anchor(&address, "").as_deref());
            self.tree.inline_html(&text);
            self.tree.close();
        }
    }

    /// Writes an image; where it is none that may be shown, its text, as a link where that may be followed.
    pub(super) fn end_image(&mut self, picture: &Picture) {
        let alt = self.alt.take().unwrap_or_default();
        if self.muted.is_some() {
            return;
        }
        let Picture { address, title, size } = picture;
        if let (true, Some(url)) = (address.image, &address.url) {
            let mut html = String::from("<img");
            escape::attribute(&mut html, "src", url);
            escape::attribute(&mut html, "alt", &alt);
            if !title.is_empty() {
                escape::attribute(&mut html, "title", title);
            }
            if let Some((width, height)) = size {
                escape::attribute(&mut html, "width", &width.to_string());
                if let Some(height) = height {
                    escape::attribute(&mut html, "height", &height.to_string());
                }
            }
            html.push('>');
            self.tree.inline_html(&html);
            return;
        }
        let mut text = String::new();
        escape::text(&mut text, &alt);
        self.tree.open_link(Addressing::anchor(address, title).as_deref());
        self.tree.inline_html(&text);
        self.tree.close();
    }
}

/// The size of an image as Obsidian writes it: `300` or `300x200`.
fn size(text: &str) -> Option<(u32, Option<u32>)> {
    let number = |text: &str| {
        let plain = (1..=4).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        plain.then(|| text.parse().ok()).flatten().filter(|number| *number > 0)
    };
    match text.split_once('x') {
        None => Some((number(text)?, None)),
        Some((width, height)) => Some((number(width)?, Some(number(height)?))),
    }
}

/// What an image is called that has no text.
fn name(resolved: &Resolved) -> String {
    match resolved {
        Resolved::To(target) => target.path.rsplit('/').next().unwrap_or_default().to_owned(),
        Resolved::External | Resolved::Here => String::new(),
    }
}

/// Where a citation ends: behind the parenthesis that closes its address, and its title where it has one.
fn end_of_citation(text: &str, link: &Link) -> Option<usize> {
    let end = link.target.bytes.as_ref()?.end + usize::from(link.target.bracketed);
    let blanks = |at: usize| {
        let rest = text.get(at..)?;
        Some(at + (rest.len() - rest.trim_start_matches([' ', '\t', '\n', '\r']).len()))
    };
    let at = blanks(end)?;
    let close = match *text.as_bytes().get(at)? {
        b')' => return Some(at + 1),
        b'(' => b')',
        quote @ (b'"' | b'\'') => quote,
        _ => return None,
    };
    let title = text.as_bytes().get(at + 1..)?;
    let mut escaped = false;
    let length = title.iter().take(1000).position(|&byte| {
        let found = byte == close && !escaped;
        escaped = byte == b'\\' && !escaped;
        found
    })?;
    let at = blanks(at + 1 + length + 1)?;
    (text.as_bytes().get(at) == Some(&b')')).then_some(at + 1)
}
