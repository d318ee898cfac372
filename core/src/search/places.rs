//! What of a page is worth keeping, so that pieces of it are shown without reading all of it.

use crate::markdown::{Outline, Pieces};

/// Most bytes of section paths that are kept of one page; with more they are found by reading it.
const MOST_PATHS: usize = 64 << 10;

/// Where a page's pieces and sections are. Made of its text alone, so it may be kept as long as that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Places {
    pub(super) pieces: Pieces,
    /// Where sections begin, and their paths; none where these are too long.
    sections: Option<Vec<(usize, Box<str>)>>,
}

impl Places {
    /// Reads the page `text`.
    pub fn of(text: &str) -> Self {
        let (outline, pieces) = Outline::with_pieces(super::looked_at(text));
        let mut bytes = 0;
        let sections = (0..outline.sections.len()).map(|index| {
            let path = outline.path(index);
            bytes += path.len() + size_of::<(usize, Box<str>)>();
            (bytes <= MOST_PATHS).then(|| (outline.sections[index].heading.start, path.into()))
        });
        Self { pieces, sections: sections.collect() }
    }

    /// Its size in memory, bytes.
    pub fn bytes(&self) -> usize {
        let paths =
            self.sections.iter().flatten().map(|(_, path)| path.len() + size_of::<(usize, Box<str>)>());
        size_of::<Self>() + self.pieces.bytes() + paths.sum::<usize>()
    }

    /// The path of the section around the byte `at` of `text`, which these are the places of.
    pub(super) fn section(&self, text: &str, at: usize) -> Option<String> {
        if let Some(sections) = &self.sections {
            let after = sections.partition_point(|(start, _)| *start <= at);
            return Some(sections[after.checked_sub(1)?].1.to_string());
        }
        let outline = Outline::of(text);
        let after = outline.sections.partition_point(|section| section.heading.start <= at);
        Some(outline.path(after.checked_sub(1)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_paths_are_not_kept_and_are_the_same() {
        let heading = "x".repeat(200);
        let text = format!("# {heading}\n\n## {heading}\n\n{}", "### a\n\ntext\n\n".repeat(500));
        let places = Places::of(&text);
        assert!(places.sections.is_none() && places.bytes() < 1024, "{}", places.bytes());
        let path = format!("{heading} > {heading} > a[500]");
        assert_eq!(places.section(&text, text.len()).as_deref(), Some(path.as_str()));
        let short = text.replace(&heading, "y");
        let kept = Places::of(&short);
        assert!(kept.sections.is_some() && kept.bytes() > 500 * 24);
        assert_eq!(kept.section(&short, short.len()).as_deref(), Some("y > y > a[500]"));
        assert_eq!(Places::of("text\n").section("text\n", 2), None);
    }
}
