//! Histories: of one page, and of a whole wiki.

use std::collections::HashSet;

use jiff::Timestamp;
use portolan_core::access::Operation;
use portolan_core::git::Oid;
use portolan_core::wiki::path::{Entry, PageKind, PathPrefix, Requested, classify};
use portolan_ports::index::{Author, ChangeFilter, CommitEntry, PathChange};

use crate::list::{Listed, Paging};
use crate::{Admitted, Error, Portolan, Result};

/// What a commit did to a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// It made it.
    Added,
    /// It changed it.
    Modified,
    /// It deleted it.
    Deleted,
    /// It moved it here from another path.
    Renamed,
}

impl What {
    /// Its word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Modified => "modified",
            Self::Deleted => "deleted",
            Self::Renamed => "renamed",
        }
    }
}

/// Whether a path is a page's or another file's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PathKindName {
    /// A page; its path is without `.md`.
    Page,
    /// Any other file.
    File,
}

impl PathKindName {
    /// Its word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::File => "file",
        }
    }
}

/// What a commit did to one path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitPath {
    /// The path.
    pub path: String,
    /// A page's or another file's.
    pub kind: PathKindName,
    /// What was done.
    pub what: What,
    /// The blob after it.
    pub version: Option<Oid>,
    /// The path before it, where it was renamed.
    pub from: Option<String>,
}

/// A commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// Its id.
    pub revision: Oid,
    /// Its parents.
    pub parents: Vec<Oid>,
    /// Who made it.
    pub author: Author,
    /// Its message.
    pub message: String,
    /// Its time.
    pub time: Timestamp,
    /// What it did, by path.
    pub paths: Vec<CommitPath>,
}

/// Part of a page's history.
pub type PathHistory = Listed<Commit>;

/// Which commits of a wiki.
#[derive(Debug, Clone, Default)]
pub struct ChangesFilter {
    /// Only commits of this time or later.
    pub since: Option<Timestamp>,
    /// Only of the author with this id, address or name.
    pub author: Option<String>,
    /// Only what begins with this.
    pub prefix: PathPrefix,
}

impl Portolan {
    /// The commits that changed a page or, where there never was such a page, another file, newest first. What was deleted
    /// has its history still.
    pub async fn page_history(
        &self,
        admitted: &Admitted,
        path: &Requested<PageKind>,
        paging: &Paging,
    ) -> Result<PathHistory> {
        admitted.must_be(Operation::HistoryRead)?;
        let result = self.history_of(admitted, path, paging).await;
        let target = format!("{}/{}", crate::wikis::wiki_name(admitted), path.canonical());
        self.noted(admitted, &target, result)
    }

    async fn history_of(
        &self,
        admitted: &Admitted,
        path: &Requested<PageKind>,
        paging: &Paging,
    ) -> Result<PathHistory> {
        let list = list_name("history", admitted, path.canonical().as_str());
        // A bad cursor is told before a missing wiki.
        let before = paging.after_number(&list)?;
        let (wiki, head) = admitted.handle()?;
        let Some(name) = self.subject(&wiki, head.commit, path).await? else {
            return Err(Error::not_found("page"));
        };
        let (name, repo) = (name.as_slice(), &wiki.repo);
        let answer = self
            .at_head(&wiki, head.commit, |index| async move {
                index.history(repo, name, before, paging.limit + 1).await
            })
            .await?;
        let items = answer.value.into_iter().map(|entry| (entry.position.to_string(), commit(entry.commit)));
        Ok(Listed::page(&list, items.collect(), paging))
    }

    /// The commits of a wiki, newest first, each with what it changed.
    pub async fn wiki_changes(
        &self,
        admitted: &Admitted,
        filter: &ChangesFilter,
        paging: &Paging,
    ) -> Result<Listed<Commit>> {
        admitted.must_be(Operation::ChangesRead)?;
        let result = self.changes_of(admitted, filter, paging).await;
        self.noted(admitted, &crate::wikis::wiki_name(admitted), result)
    }

    async fn changes_of(
        &self,
        admitted: &Admitted,
        filter: &ChangesFilter,
        paging: &Paging,
    ) -> Result<Listed<Commit>> {
        let list = list_name("changes", admitted, "");
        // A bad cursor is told before a missing wiki.
        let before = paging.after_number(&list)?;
        let (wiki, head) = admitted.handle()?;
        let filter = ChangeFilter {
            since: filter.since.map(ceil_seconds),
            author: filter.author.clone(),
            prefix: filter.prefix.as_str().as_bytes().to_vec(),
        };
        let (filter, repo) = (&filter, &wiki.repo);
        let answer = self
            .at_head(&wiki, head.commit, |index| async move {
                index.changes(repo, filter, before, paging.limit + 1).await
            })
            .await?;
        let items = answer.value.into_iter().map(|at| (at.position.to_string(), commit(at.commit))).collect();
        Ok(Listed::page(&list, items, paging))
    }
}

/// What cursors of a wiki's list are made for.
pub(crate) fn list_name(list: &str, admitted: &Admitted, of: &str) -> String {
    let wiki = admitted.wiki.as_ref().map_or_else(String::new, |(wiki, ..)| wiki.id.to_string());
    format!("{list} {wiki} {of}")
}

/// A commit as it is shown.
pub(crate) fn commit(entry: CommitEntry) -> Commit {
    let CommitEntry { id, parents, author, time: seconds, message, paths } = entry;
    // A rename that changes only case leaves nothing behind: that the old name is gone is part of it.
    let moved: HashSet<&[u8]> = paths.iter().filter_map(|change| change.from.as_deref()).collect();
    let is_moved = |change: &PathChange| change.new.is_none() && moved.contains(&*change.path);
    let paths = paths.iter().filter(|change| !is_moved(change)).map(path).collect();
    Commit { revision: id, parents, author, message, time: time(seconds), paths }
}

fn path(change: &PathChange) -> CommitPath {
    let what = match (&change.from, change.old, change.new) {
        (Some(_), ..) => What::Renamed,
        (None, None, _) => What::Added,
        (None, Some(_), Some(_)) => What::Modified,
        (None, Some(_), None) => What::Deleted,
    };
    let (path, kind) = shown(&change.path, change.mode);
    let from = change.from.as_ref().map(|from| shown(from, change.mode).0);
    CommitPath { path, kind, what, version: change.new, from }
}

/// How answers name what is at a path in git.
pub(super) fn shown(path: &[u8], mode: u32) -> (String, PathKindName) {
    // A symbolic link is no page, whatever it is called.
    match classify(path, mode) {
        Entry::Page(page) => (page.as_str().to_owned(), PathKindName::Page),
        Entry::File(_) | Entry::Kept(_) => (String::from_utf8_lossy(path).into_owned(), PathKindName::File),
    }
}

/// A commit's time. Git's times can be any number; one out of range is shown as the nearest there is.
pub(super) fn time(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap_or(if seconds < 0 { Timestamp::MIN } else { Timestamp::MAX })
}

/// The first whole second at or after `time`: commits have whole seconds, and `since` is inclusive.
pub(super) fn ceil_seconds(time: Timestamp) -> i64 {
    time.as_second() + i64::from(time.subsec_nanosecond() > 0)
}
