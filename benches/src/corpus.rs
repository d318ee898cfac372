//! The pages and the history that are measured on: made from numbers alone, so every run has the same.

use std::fmt::Write as _;
use std::io::{self, Write};

use crate::plan::Shape;

const WORDS: [&str; 48] = [
    "page", "wiki", "commit", "server", "agent", "version", "history", "branch", "folder", "author",
    "review", "deploy", "budget", "ledger", "segment", "token", "member", "tenant", "the", "a", "of", "to",
    "and", "in", "is", "for", "with", "every", "never", "before", "after", "when", "first", "last", "small",
    "large", "open", "closed", "writes", "reads", "keeps", "shows", "measured", "expected", "request",
    "answer", "object", "index",
];

/// Splitmix64 (Steele, Lea, Flood 2014): enough to scatter, the same on every machine.
#[derive(Debug, Clone)]
pub(crate) struct Numbers(u64);

impl Numbers {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `limit`.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit as u64).unwrap_or(0)
    }
}

/// The pages of a wiki.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Corpus {
    pub(crate) shape: Shape,
    pub(crate) pages: usize,
}

/// The page whose history is asked for.
pub(crate) const FOLLOWED: usize = 7;

impl Corpus {
    /// Path of a page, as in the interface: without `.md`. No character of it needs an escape in a URL.
    pub(crate) fn path(&self, page: usize) -> String {
        match self.shape {
            Shape::Folders => format!("Folder-{:02}/Page-{page:05}", page % 100),
            Shape::Flat => format!("Page-{page:05}"),
        }
    }

    /// Text of a page after its `edit`-th change, about 2 KB. Each edit rewrites one of its paragraphs.
    pub(crate) fn text(page: usize, edit: u64) -> String {
        let mut text = format!("# Page {page}\n");
        let paragraphs = 8;
        for paragraph in 0..paragraphs {
            // The number of the last edit that fell on this paragraph.
            let last = match edit % paragraphs {
                at if paragraph <= at => edit - at + paragraph,
                at => (edit - at + paragraph).saturating_sub(paragraphs),
            };
            let mut numbers = Numbers::new((page as u64) << 40 | last << 8 | paragraph);
            text.push('\n');
            for word in 0..38 {
                text.push_str(WORDS[numbers.below(WORDS.len())]);
                text.push(if word == 37 { '.' } else { ' ' });
            }
            // `String` cannot fail to be written to.
            let _ = writeln!(text, " {:x}", numbers.next());
        }
        text
    }

    /// Pages of `writers` writers, one each, spread over the wiki.
    pub(crate) fn written(&self, writers: usize) -> Vec<usize> {
        (0..writers).map(|writer| writer * (self.pages / writers) + writer).collect()
    }

    /// A history for `git fast-import`: the first commit makes all pages, each further one changes one of them, and
    /// `revisions` of them, evenly spread, the followed one.
    pub(crate) fn history(&self, commits: usize, revisions: usize, out: &mut dyn Write) -> io::Result<()> {
        self.commit(out, 0, &(0..self.pages).map(|page| (page, 0)).collect::<Vec<_>>(), false)?;
        let mut edits = vec![0_u64; self.pages];
        for (commit, page) in self.changes(commits, revisions) {
            edits[page] += 1;
            self.commit(out, commit, &[(page, edits[page])], false)?;
        }
        Ok(())
    }

    /// The text of every page after that history.
    pub(crate) fn texts(&self, commits: usize, revisions: usize) -> Vec<String> {
        let mut edits = vec![0_u64; self.pages];
        self.changes(commits, revisions).for_each(|(_, page)| edits[page] += 1);
        edits.into_iter().enumerate().map(|(page, edit)| Self::text(page, edit)).collect()
    }

    /// The page that each commit after the first changes.
    fn changes(&self, commits: usize, revisions: usize) -> impl Iterator<Item = (usize, usize)> {
        let mut numbers = Numbers::new(commits as u64);
        let (every, others) = ((commits / revisions).max(1), self.pages - FOLLOWED - 1);
        (1..commits).map(move |commit| match commit % every {
            0 => (commit, FOLLOWED),
            _ => (commit, FOLLOWED + 1 + numbers.below(others)),
        })
    }

    /// Commits of one page each on top of `refs/heads/main`, as the writers make them, in turn.
    pub(crate) fn stream(&self, commits: usize, writers: usize, out: &mut dyn Write) -> io::Result<()> {
        let pages = self.written(writers);
        for commit in 0..commits {
            let edit = 1_000_000 + (commit / writers) as u64;
            self.commit(out, 1_000_000 + commit, &[(pages[commit % writers], edit)], commit == 0)?;
        }
        Ok(())
    }

    fn commit(
        &self,
        out: &mut dyn Write,
        number: usize,
        changes: &[(usize, u64)],
        onto: bool,
    ) -> io::Result<()> {
        let time = 1_600_000_000 + number * 60;
        let message = format!("Change {number}\n");
        write!(out, "commit refs/heads/main\ncommitter Writer <writer@portolan.invalid> {time} +0000\n")?;
        write!(out, "data {}\n{message}\n", message.len())?;
        if onto {
            writeln!(out, "from refs/heads/main^0")?;
        }
        for (page, edit) in changes {
            let text = Self::text(*page, *edit);
            write!(out, "M 100644 inline {}.md\ndata {}\n{text}\n", self.path(*page), text.len())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edit_changes_one_paragraph_of_about_two_kilobytes() {
        for edit in 1..40 {
            let (before, after) = (Corpus::text(3, edit - 1), Corpus::text(3, edit));
            assert!((1_700..2_400).contains(&after.len()), "{} bytes", after.len());
            let changed = before.lines().zip(after.lines()).filter(|(old, new)| old != new).count();
            assert_eq!(changed, 1, "edit {edit}");
        }
    }

    #[test]
    fn pages_and_writers_have_their_own_paths() {
        for shape in Shape::ALL {
            let corpus = Corpus { shape, pages: 300 };
            let mut paths: Vec<_> = (0..300).map(|page| corpus.path(page)).collect();
            paths.sort();
            paths.dedup();
            assert_eq!(paths.len(), 300);
            let mut written = corpus.written(16);
            assert!(written.iter().all(|page| *page < 300));
            written.dedup();
            assert_eq!(written.len(), 16);
        }
    }
}
