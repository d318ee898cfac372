//! What a page says, in one value: its labels, then its links with their keys. Numbers are little-endian; a text is its length and
//! its bytes. What does not decode is damage.

use portolan_core::markdown::{LinkKind, Syntax, WrittenLink};
use portolan_ports::index::PageFacts;

use super::keys::{self, Label, label};
use crate::fault::{Fault, Result};

/// A link as it was stored.
pub(super) struct StoredLink<'a> {
    pub(super) link: WrittenLink<'a>,
    keys: &'a [[u8; 4]],
}

impl StoredLink<'_> {
    /// Its keys.
    pub(super) fn keys(&self) -> impl Iterator<Item = u32> {
        self.keys.iter().map(|key| u32::from_le_bytes(*key))
    }
}

/// What the page `path` says; none where it says nothing.
pub(super) fn encode(path: &str, facts: &PageFacts) -> Option<Vec<u8>> {
    let PageFacts { category, tags, links } = facts;
    let category = category.iter().map(|category| label(Label::Category, category));
    let mut labels: Vec<String> = category.chain(tags.iter().map(|tag| label(Label::Tag, tag))).collect();
    labels.sort();
    labels.dedup();
    if labels.is_empty() && links.is_empty() {
        return None;
    }
    let mut out = Vec::with_capacity(64 * (labels.len() + links.len()));
    number(&mut out, labels.len());
    for label in &labels {
        text(&mut out, label);
    }
    for link in links {
        let keys = keys::of_link(&link.written(), path);
        let kind = match link.kind {
            LinkKind::Wiki => 0,
            LinkKind::Markdown => 1,
            LinkKind::Image => 2,
        };
        let syntax = match link.syntax {
            Syntax::Wiki => 0,
            Syntax::Markdown => 4,
        };
        out.push(kind | syntax | if link.left.is_some() { 8 } else { 0 });
        out.extend_from_slice(&link.line.to_le_bytes());
        // Two sides, each in two spellings and two forms, as a whole or an end.
        out.push(u8::try_from(keys.len()).unwrap_or(u8::MAX));
        for key in keys.iter().take(usize::from(u8::MAX)) {
            out.extend_from_slice(&key.to_le_bytes());
        }
        for part in link.left.iter().chain([&link.target, &link.text]) {
            text(&mut out, part);
        }
    }
    Some(out)
}

fn number(out: &mut Vec<u8>, number: usize) {
    // Bounded by the largest page.
    out.extend_from_slice(&u32::try_from(number).unwrap_or(u32::MAX).to_le_bytes());
}

fn text(out: &mut Vec<u8>, text: &str) {
    number(out, text.len());
    out.extend_from_slice(text.as_bytes());
}

/// Takes a value apart.
pub(super) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// The labels in `facts`, and a reader of its links.
    pub(super) fn new(facts: &'a [u8]) -> Result<(Vec<&'a str>, Self)> {
        let mut reader = Self(facts);
        let count = reader.number()?;
        let mut labels = Vec::new();
        for _ in 0..count {
            labels.push(reader.text()?);
        }
        Ok((labels, reader))
    }

    /// The next link.
    pub(super) fn link(&mut self) -> Result<Option<StoredLink<'a>>> {
        if self.0.is_empty() {
            return Ok(None);
        }
        let mark = self.bytes(1)?[0];
        let kind = match mark & 3 {
            0 => LinkKind::Wiki,
            1 => LinkKind::Markdown,
            2 => LinkKind::Image,
            other => return Err(Fault::damaged(format!("there is no kind {other} of links"))),
        };
        let syntax = if mark & 4 == 0 { Syntax::Wiki } else { Syntax::Markdown };
        let line = self.number()?;
        let keys = usize::from(self.bytes(1)?[0]);
        let (keys, _) = self.bytes(4 * keys)?.as_chunks();
        let left = if mark & 8 == 0 { None } else { Some(self.text()?) };
        let (target, text) = (self.text()?, self.text()?);
        Ok(Some(StoredLink { link: WrittenLink { kind, syntax, line, left, target, text }, keys }))
    }

    fn bytes(&mut self, count: usize) -> Result<&'a [u8]> {
        let (bytes, rest) =
            self.0.split_at_checked(count).ok_or_else(|| Fault::damaged("a page's links are cut"))?;
        self.0 = rest;
        Ok(bytes)
    }

    fn number(&mut self) -> Result<u32> {
        let bytes = self.bytes(4)?;
        Ok(bytes.iter().rev().fold(0, |sum, byte| sum << 8 | u32::from(*byte)))
    }

    fn text(&mut self) -> Result<&'a str> {
        let length = usize::try_from(self.number()?).unwrap_or(usize::MAX);
        std::str::from_utf8(self.bytes(length)?).map_err(|_| Fault::damaged("a page's links are no UTF-8"))
    }
}

#[cfg(test)]
mod tests {
    use portolan_core::markdown::page_links;

    use super::*;

    #[test]
    fn what_was_stored_is_read() {
        let links = page_links("[[A|B]] [x](y.md) ![[p.png]]\n\n![q](r.png)");
        let tags = vec!["X".to_owned(), "x".into(), "\u{e4}".into()];
        let facts = PageFacts { category: Some("C".into()), tags, links };
        let stored = encode("F/P", &facts).unwrap();
        let (labels, mut reader) = Reader::new(&stored).unwrap();
        assert_eq!(labels, ["cc", "tx", "t\u{e4}"]);
        for link in &facts.links {
            let read = reader.link().unwrap().unwrap();
            assert_eq!(read.link, link.written());
            assert_eq!(read.keys().collect::<Vec<_>>(), keys::of_link(&link.written(), "F/P"));
        }
        assert!(reader.link().unwrap().is_none());
        assert_eq!(encode("P", &PageFacts::default()), None);
        // Whatever is cut off is noticed, or a link is missing.
        for end in 0..stored.len() {
            let whole = Reader::new(&stored[..end]).and_then(|(_, mut reader)| {
                let mut count = 0;
                while reader.link()?.is_some() {
                    count += 1;
                }
                Ok(count)
            });
            assert!(whole.map_or(true, |count| count < facts.links.len()), "{end}");
        }
    }
}
