//! How much is measured.

use std::time::Duration;

/// How the pages lie in folders.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Shape {
    /// In 100 folders.
    Folders,
    /// All in one folder.
    Flat,
}

impl Shape {
    pub(crate) const ALL: [Self; 2] = [Self::Folders, Self::Flat];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Folders => "folders",
            Self::Flat => "flat",
        }
    }
}

/// Sizes and times of one run.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    /// Pages of the wiki.
    pub(crate) pages: usize,
    /// Commits of its history, the first of which makes all pages.
    pub(crate) commits: usize,
    /// Commits of the long history.
    pub(crate) long_commits: usize,
    /// Revisions of the page whose history is asked for.
    pub(crate) revisions: usize,
    /// How long each rate is measured.
    pub(crate) window: Duration,
    /// How often two sides that are compared take turns.
    pub(crate) rounds: usize,
    /// Writers at once.
    pub(crate) writers: usize,
    /// Commits between the rate at the start and the one at the end.
    pub(crate) further: u64,
    /// Commits that `git fast-import` makes.
    pub(crate) stream: usize,
    /// Requests of each kind for a history, a list, a search or a blame; git is asked a tenth as often at most.
    pub(crate) asked: usize,
    /// Starts of the server.
    pub(crate) starts: usize,
}

impl Plan {
    /// What the targets are stated for.
    pub(crate) const fn full() -> Self {
        Self {
            pages: 10_000,
            commits: 5_000,
            long_commits: 100_000,
            revisions: 500,
            window: Duration::from_secs(4),
            rounds: 3,
            writers: 16,
            further: 5_000,
            stream: 2_000,
            asked: 300,
            starts: 7,
        }
    }

    /// Small and short: proves that the harness works; its numbers mean nothing.
    pub(crate) const fn quick() -> Self {
        Self {
            pages: 300,
            commits: 200,
            long_commits: 1_000,
            revisions: 50,
            window: Duration::from_millis(300),
            rounds: 1,
            writers: 16,
            further: 300,
            stream: 300,
            asked: 20,
            starts: 2,
        }
    }
}
