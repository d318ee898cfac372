//! Small histories, made by hand.

use portolan_core::git::Oid;
use portolan_core::markdown::page_links;
use portolan_core::wiki::RepoId;
use portolan_core::wiki::page::{Facts, facts};
use portolan_ports::Index;
use portolan_ports::index::{
    Advance, Advanced, Author, AuthorKind, ChangeFilter, CommitAt, CommitEntry, FileChange, FileEntry,
    FileFilter, FileKind, HistoryEntry, PageFacts, PathChange, Position,
};

use crate::sample::{self, oid};

/// The wiki that most cases use.
pub(super) fn wiki() -> RepoId {
    sample::repo(1, 1)
}

/// Blob number `number`.
pub(super) fn blob(number: u64) -> Oid {
    oid(1_000_000 + number)
}

pub(super) fn ada() -> Author {
    let (id, email) = ("mem_ada".to_owned(), "Ada@Example.org".to_owned());
    Author { kind: AuthorKind::Member, id: Some(id), name: "Ada Lovelace".into(), email: Some(email) }
}

/// Commit number `number` by Ada, `number` seconds after 1970, on the one before.
pub(super) fn commit(number: u64, paths: Vec<PathChange>) -> CommitEntry {
    CommitEntry {
        id: oid(number),
        parents: number.checked_sub(1).filter(|parent| *parent > 0).map(oid).into_iter().collect(),
        author: ada(),
        time: i64::try_from(number).expect("a commit's number is small"),
        message: format!("change {number}\n"),
        paths,
    }
}

fn path_change(path: &[u8], old: Option<u64>, new: Option<u64>) -> PathChange {
    PathChange { path: path.to_vec(), old: old.map(blob), new: new.map(blob), mode: 0o100_644, from: None }
}

pub(super) fn added(path: impl AsRef<[u8]>, new: u64) -> PathChange {
    path_change(path.as_ref(), None, Some(new))
}

pub(super) fn changed(path: impl AsRef<[u8]>, old: u64, new: u64) -> PathChange {
    path_change(path.as_ref(), Some(old), Some(new))
}

/// The file at `path` had been at `from`; a stub with blob `old` may have been in its place.
pub(super) fn renamed(from: &str, path: &str, old: Option<u64>, new: u64) -> PathChange {
    PathChange { from: Some(from.into()), ..path_change(path.as_bytes(), old, Some(new)) }
}

pub(super) fn deleted(path: impl AsRef<[u8]>, old: u64) -> PathChange {
    path_change(path.as_ref(), Some(old), None)
}

/// The page `path` with blob number `number`. What the index finds out itself is wrong in it.
pub(super) fn page(path: impl AsRef<[u8]>, number: u64) -> FileEntry {
    FileEntry {
        path: path.as_ref().to_vec(),
        kind: FileKind::Page,
        mode: 0o100_644,
        blob: blob(number),
        bytes: number,
        title: format!("Title {number}"),
        redirect: None,
        last: Oid::ZERO,
        time: -1,
        author: None,
    }
}

pub(super) fn put(path: impl AsRef<[u8]>, number: u64) -> FileChange {
    as_it_is(page(path, number))
}

/// The file is there, and says nothing.
pub(super) fn as_it_is(file: FileEntry) -> FileChange {
    FileChange::Put { file, page: None }
}

/// The page `path` with blob number `number` and this text.
pub(super) fn says(path: &str, number: u64, text: &str) -> FileChange {
    let Facts { title, redirect, category, tags } = facts(text, path);
    let page = Some(PageFacts { category, tags, links: page_links(text) });
    FileChange::Put { file: FileEntry { title, redirect, ..self::page(path, number) }, page }
}

pub(super) fn gone(path: impl AsRef<[u8]>) -> FileChange {
    FileChange::Gone(path.as_ref().to_vec())
}

/// Moves the index to the last of `commits`, which must work.
pub(super) async fn advance(
    index: &dyn Index,
    from: Option<u64>,
    commits: Vec<CommitEntry>,
    files: Vec<FileChange>,
) -> Oid {
    let to = commits.last().expect("an advance of a case has commits").id;
    let advance = Advance { from: from.map(oid), to: Some(to), commits, files };
    assert_eq!(index.advance(&wiki(), advance).await.expect("advancing works"), Advanced::Applied);
    to
}

/// One commit that creates these pages.
pub(super) async fn pages(index: &dyn Index, paths: &[&[u8]]) {
    let changes = (1..).zip(paths).map(|(number, path)| added(path, number)).collect();
    let files = (1..).zip(paths).map(|(number, path)| put(path, number)).collect();
    advance(index, None, vec![commit(1, changes)], files).await;
}

pub(super) async fn file(index: &dyn Index, path: impl AsRef<[u8]>) -> Option<FileEntry> {
    index.file(&wiki(), &[path.as_ref()]).await.expect("asking works").value
}

pub(super) async fn files(index: &dyn Index, filter: &FileFilter) -> Vec<FileEntry> {
    index.files(&wiki(), filter, None, 1000).await.expect("asking works").value
}

/// The paths of all files that pass the filter.
pub(super) async fn paths(index: &dyn Index, filter: &FileFilter) -> Vec<String> {
    files(index, filter).await.iter().map(|file| String::from_utf8_lossy(&file.path).into_owned()).collect()
}

pub(super) async fn history(
    index: &dyn Index,
    path: impl AsRef<[u8]>,
    before: Option<Position>,
    limit: usize,
) -> Vec<HistoryEntry> {
    index.history(&wiki(), path.as_ref(), before, limit).await.expect("asking works").value
}

/// The ids of the commits in a path's history, newest first.
pub(super) async fn history_ids(index: &dyn Index, path: impl AsRef<[u8]>) -> Vec<Oid> {
    history(index, path, None, 1000).await.into_iter().map(|entry| entry.commit.id).collect()
}

pub(super) async fn changes(index: &dyn Index, filter: &ChangeFilter) -> Vec<CommitAt> {
    index.changes(&wiki(), filter, None, 1000).await.expect("asking works").value
}

/// The ids of the commits that pass the filter, newest first.
pub(super) async fn change_ids(index: &dyn Index, filter: &ChangeFilter) -> Vec<Oid> {
    changes(index, filter).await.into_iter().map(|commit| commit.commit.id).collect()
}

pub(super) fn oids<const N: usize>(numbers: [u64; N]) -> [Oid; N] {
    numbers.map(oid)
}
