//! The commits of one wiki, and questions about them.

use portolan_core::git::Oid;
use portolan_ports::index::{
    Author, ChangeFilter, CommitAt, CommitEntry, HistoryEntry, PathChange, Position,
};

use super::wiki::begins;

/// Commits in topological order, parents first. A commit's position is its place here.
#[derive(Debug, Clone, Default)]
pub(super) struct History(Vec<CommitEntry>);

impl History {
    pub(super) fn push(&mut self, commit: CommitEntry) {
        self.0.push(commit);
    }

    pub(super) fn contains(&self, id: Oid) -> bool {
        self.0.iter().any(|commit| commit.id == id)
    }

    /// All commits before `before`, newest first.
    fn down(&self, before: Option<Position>) -> impl Iterator<Item = (Position, &CommitEntry)> {
        let older =
            (0..).zip(&self.0).filter(move |(position, _)| before.is_none_or(|before| *position < before));
        let mut older: Vec<_> = older.collect();
        older.reverse();
        older.into_iter()
    }

    /// The history of the file that is at `path` in the end, across its renames, newest first.
    pub(super) fn of(&self, path: &[u8], before: Option<Position>) -> impl Iterator<Item = HistoryEntry> {
        let mut path = path.to_vec();
        self.down(None)
            .filter_map(move |(position, commit)| {
                let change = commit.paths.iter().find(|change| change.path == path)?.clone();
                if let Some(from) = &change.from {
                    path.clone_from(from);
                }
                Some(HistoryEntry { position, commit: CommitEntry { paths: vec![change], ..commit.clone() } })
            })
            .filter(move |entry| before.is_none_or(|before| entry.position < before))
    }

    /// What the file that was at `path` at the position `at` was called at the position `then`; none where it came since.
    pub(super) fn former_name(&self, path: &[u8], at: Position, then: Position) -> Option<Vec<u8>> {
        let mut path = path.to_vec();
        for (_, commit) in self.down(Some(at + 1)).take_while(|(position, _)| *position > then) {
            match commit.paths.iter().find(|change| change.path == path) {
                Some(PathChange { from: Some(from), .. }) => path.clone_from(from),
                Some(PathChange { old: None, .. }) => return None,
                // What is there was left behind.
                _ if commit.paths.iter().any(|change| change.from.as_ref() == Some(&path)) => return None,
                _ => {}
            }
        }
        self.0.iter().any(|commit| commit.paths.iter().any(|change| change.path == path)).then_some(path)
    }

    pub(super) fn commit(&self, id: Oid) -> Option<CommitAt> {
        let (position, commit) = self.down(None).find(|(_, commit)| commit.id == id)?;
        Some(CommitAt { position, commit: CommitEntry { paths: Vec::new(), ..commit.clone() } })
    }

    pub(super) fn at(&self, position: Position) -> Option<CommitAt> {
        let commit = self.0.get(usize::try_from(position).ok()?)?;
        Some(CommitAt { position, commit: CommitEntry { paths: Vec::new(), ..commit.clone() } })
    }

    pub(super) fn newest_merge(&self) -> Option<CommitAt> {
        let (position, commit) = self.down(None).find(|(_, commit)| commit.parents.len() > 1)?;
        Some(CommitAt { position, commit: CommitEntry { paths: Vec::new(), ..commit.clone() } })
    }

    pub(super) fn changes(
        &self,
        filter: &ChangeFilter,
        before: Option<Position>,
    ) -> impl Iterator<Item = CommitAt> {
        self.down(before)
            .filter(|(_, commit)| filter.since.is_none_or(|since| commit.time >= since))
            .filter(|(_, commit)| filter.author.as_deref().is_none_or(|wanted| is_by(&commit.author, wanted)))
            .filter_map(|(position, commit)| {
                let mut commit = commit.clone();
                commit.paths.retain(|change| begins(&change.path, &filter.prefix));
                let passes = filter.prefix.is_empty() || !commit.paths.is_empty();
                passes.then_some(CommitAt { position, commit })
            })
    }
}

fn is_by(author: &Author, wanted: &str) -> bool {
    author.id.as_deref() == Some(wanted)
        || author.name == wanted
        || author.email.as_ref().is_some_and(|email| email.to_lowercase() == wanted.to_lowercase())
}
