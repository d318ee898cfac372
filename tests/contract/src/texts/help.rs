//! Pages with texts, made by hand.

use portolan_core::git::{Kind, Object, Oid};
use portolan_core::search::{Query, document};
use portolan_core::wiki::RepoId;
use portolan_ports::Index;
use portolan_ports::index::{
    Advance, Advanced, Author, AuthorKind, CommitEntry, FileChange, FileEntry, FileKind, Found, PathChange,
    PutText, TextBehind, TextFilter,
};

use crate::sample::{self, oid};

/// The wiki that most cases use.
pub(super) fn wiki() -> RepoId {
    sample::repo(1, 1)
}

/// The blob of a text.
pub(super) fn blob(text: &str) -> Oid {
    Object::new(Kind::Blob, text.as_bytes().to_vec()).id()
}

/// The page `path` with this text.
pub(super) fn page(path: &str, text: &str) -> FileEntry {
    FileEntry {
        path: format!("{path}.md").into_bytes(),
        kind: FileKind::Page,
        mode: 0o100_644,
        blob: blob(text),
        bytes: text.len() as u64,
        title: format!("Title of {path}"),
        redirect: None,
        last: Oid::ZERO,
        time: 0,
        author: None,
    }
}

pub(super) fn put(path: &str, text: &str) -> FileChange {
    FileChange::Put { file: page(path, text), page: None }
}

pub(super) fn gone(path: &str) -> FileChange {
    FileChange::Gone(format!("{path}.md").into_bytes())
}

/// Commit `number` on the one before, which changes these files.
pub(super) async fn advance_of(index: &dyn Index, wiki: &RepoId, number: u64, files: Vec<FileChange>) {
    let change = |file: &FileChange| {
        let (path, new) = match file {
            FileChange::Put { file, .. } => (file.path.clone(), Some(file.blob)),
            FileChange::Gone(path) => (path.clone(), None),
        };
        PathChange { path, old: new.is_none().then_some(Oid::ZERO), new, mode: 0o100_644, from: None }
    };
    let commit = CommitEntry {
        id: oid(number),
        parents: Vec::new(),
        author: Author { kind: AuthorKind::Git, id: None, name: "Ada".into(), email: None },
        time: 0,
        message: String::new(),
        paths: files.iter().map(change).collect(),
    };
    let from = (number > 1).then(|| oid(number - 1));
    let advance = Advance { from, to: Some(commit.id), commits: vec![commit], files };
    assert_eq!(index.advance(wiki, advance).await.unwrap(), Advanced::Applied);
}

pub(super) async fn advance(index: &dyn Index, number: u64, files: Vec<FileChange>) {
    advance_of(index, &wiki(), number, files).await;
}

/// What is behind: the paths without `.md`, and whether there is a blob.
pub(super) async fn behind(index: &dyn Index) -> Vec<(String, bool)> {
    let behind = index.texts_behind(&wiki(), 1_000).await.unwrap().value;
    let name = |path: Vec<u8>| String::from_utf8(path).unwrap().trim_end_matches(".md").to_owned();
    let mut all: Vec<_> =
        behind.into_iter().map(|TextBehind { path, blob, .. }| (name(path), blob.is_some())).collect();
    all.sort();
    all
}

/// The text of a page, ready to be put.
pub(super) fn text(path: &str, text: &str) -> PutText {
    PutText { path: format!("{path}.md").into_bytes(), text: Some((blob(text), document(text, path))) }
}

pub(super) fn no_text(path: &str) -> PutText {
    PutText { path: format!("{path}.md").into_bytes(), text: None }
}

pub(super) async fn put_texts(index: &dyn Index, texts: Vec<PutText>) {
    index.put_texts(&wiki(), texts).await.unwrap();
}

/// One commit that makes these pages, and their texts.
pub(super) async fn pages(index: &dyn Index, pages: &[(&str, &str)]) {
    advance(index, 1, pages.iter().map(|(path, text)| put(path, text)).collect()).await;
    put_texts(index, pages.iter().map(|(path, content)| text(path, content)).collect()).await;
    assert_eq!(behind(index).await, []);
}

pub(super) async fn search(index: &dyn Index, query: &str, filter: &TextFilter) -> Found {
    index.search(&wiki(), &Query::parse(query), filter, None, 1_000).await.unwrap().value
}

/// The paths of what is found, the best first.
pub(super) fn paths(found: &Found) -> Vec<String> {
    let path = |path: &Vec<u8>| String::from_utf8_lossy(path).trim_end_matches(".md").to_owned();
    found.hits.iter().map(|hit| path(&hit.path)).collect()
}

/// The best first.
pub(super) async fn ranked(index: &dyn Index, query: &str) -> Vec<String> {
    paths(&search(index, query, &TextFilter::default()).await)
}

/// By path, joined.
pub(super) async fn found(index: &dyn Index, query: &str) -> String {
    let mut paths = ranked(index, query).await;
    paths.sort();
    paths.join(" ")
}
