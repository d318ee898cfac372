//! Whether the library has what the model has.

use std::collections::BTreeSet;

use portolan::core::access::Operation;
use portolan::core::git::Oid;
use portolan::core::markdown::{NameKind, Resolved, links, resolve};
use portolan::core::wiki::page::parts;
use portolan::core::wiki::path::PAGE_SUFFIX;
use portolan::{ChangesFilter, Commit, Error, What};

use super::plain::{Change, Plain, redirect, version};
use crate::derived::answers;
use crate::support::World;
use crate::support::git::fsck;

/// The same head, pages, texts and links.
pub(super) async fn compare(world: &World, plain: &Plain) {
    let owner = &world.owner;
    assert_eq!(owner.head().await.unwrap(), plain.head());
    let listed: Vec<(String, Oid, Option<String>)> = owner
        .pages("")
        .await
        .unwrap()
        .into_iter()
        .map(|page| (page.path.to_string(), page.version, page.redirect))
        .collect();
    let expected: Vec<_> =
        plain.pages().map(|(page, text)| (page.to_owned(), version(text), redirect(text))).collect();
    assert_eq!(listed, expected, "the list of pages");
    for (page, text) in plain.pages() {
        let admitted = owner.admit(Operation::PageRead).await.unwrap();
        let read = owner.read(page).await.unwrap();
        assert_eq!(read.text().0, text, "the text of {page}");
        let git = format!("{page}.md");
        let last = plain.history(&git).next().map(|(revision, _)| revision);
        assert_eq!(Some(read.revision), last, "the last change of {page}");
        let found = owner.portolan.links_of(&admitted, &read).await.unwrap();
        assert_eq!(found.links_to, links_to(plain, page, text), "what {page} links to");
        let linked: Vec<String> = found.linked_from;
        let mut sorted = linked.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, linked_from(plain, page), "what links to {page}");
    }
}

/// The paths that a page links to, each once.
fn links_to(plain: &Plain, page: &str, text: &str) -> Vec<String> {
    let names = plain.names();
    let mut paths = Vec::new();
    for link in links(text) {
        if let Resolved::To(target) = resolve(&link, page, &names)
            && !paths.contains(&target.path)
        {
            paths.push(target.path);
        }
    }
    paths
}

/// The pages that link to a page, in order.
fn linked_from(plain: &Plain, page: &str) -> Vec<String> {
    let names = plain.names();
    let leads_here = |from: &str, text: &str| {
        links(text).iter().any(|link| match resolve(link, from, &names) {
            Resolved::To(target) => target.path == page && target.kind != Some(NameKind::File),
            Resolved::External | Resolved::Here => false,
        })
    };
    let mut from: Vec<String> = plain
        .pages()
        .filter(|(from, text)| leads_here(from, text))
        .map(|(from, _)| from.to_owned())
        .collect();
    from.sort_unstable();
    from
}

/// Exactly the pages that say `word` are found by it.
pub(super) async fn found(world: &World, plain: &Plain, word: &str) {
    let found: BTreeSet<String> = world.owner.search(word).await.into_iter().collect();
    let says = |text: &str| text.split(|c: char| !c.is_alphanumeric()).any(|part| part == word);
    let pages = plain.pages().filter(|(_, text)| says(parts(text).body) && redirect(text).is_none());
    assert_eq!(found, pages.map(|(page, _)| page.to_owned()).collect(), "found by {word}");
}

/// What a commit did to a path, as histories tell it.
type Told = (String, What, Option<Oid>, Option<String>);

fn told(change: &Change) -> Told {
    let shown = |path: &str| path.strip_suffix(".md").unwrap_or(path).to_owned();
    let what = match (&change.from, &change.before, &change.after) {
        (Some(_), ..) => What::Renamed,
        (None, None, _) => What::Added,
        (None, Some(_), Some(_)) => What::Modified,
        (None, Some(_), None) => What::Deleted,
    };
    let after = change.after.as_deref().map(version);
    (shown(&change.path), what, after, change.from.as_deref().map(shown))
}

fn shown(commit: Commit) -> (Oid, Vec<Told>) {
    let told = |path: portolan::CommitPath| (path.path, path.what, path.version, path.from);
    let mut paths: Vec<Told> = commit.paths.into_iter().map(told).collect();
    paths.sort_by(|one, other| one.0.cmp(&other.0));
    (commit.revision, paths)
}

/// The same histories, what is deleted is said to be so, and the index is what git says, which itself finds no fault.
pub(super) async fn compare_all(world: &World, plain: &Plain) {
    let owner = &world.owner;
    let changes: Vec<_> =
        owner.changes(&ChangesFilter::default()).await.unwrap().into_iter().map(shown).collect();
    let expected = plain.commits.iter().rev().map(|(revision, changes)| {
        // What a renaming took away is told by where it went.
        let moved = |gone: &&Change| {
            gone.after.is_none() && changes.iter().any(|change| change.from.as_ref() == Some(&gone.path))
        };
        let mut paths: Vec<Told> = changes.iter().filter(|change| !moved(change)).map(told).collect();
        paths.sort_by(|one, other| one.0.cmp(&other.0));
        (*revision, paths)
    });
    assert_eq!(changes, expected.collect::<Vec<_>>(), "the wiki's history");
    let touched: BTreeSet<&String> =
        plain.commits.iter().flat_map(|(_, changes)| changes).map(|change| &change.path).collect();
    for path in touched {
        let name = path.strip_suffix(".md").unwrap_or(path);
        let history: Vec<_> = owner.history(name).await.unwrap().into_iter().map(shown).collect();
        let expected: Vec<_> =
            plain.history(path).map(|(revision, change)| (revision, vec![told(change)])).collect();
        assert_eq!(history, expected, "the history of {name}");
        if path.ends_with(PAGE_SUFFIX) && !plain.files.contains_key(path) {
            let Err(Error::NotFound { deleted_in, .. }) = owner.read(name).await else {
                panic!("{name} is there still")
            };
            assert_eq!(deleted_in, plain.history(path).next().map(|(revision, _)| revision), "{name}");
        }
    }
    let repo = world.stores.repo("notes").await;
    let incremental = answers(&world.stores, &repo).await;
    world.stores.index.reset(&repo).await.unwrap();
    owner.pages("").await.unwrap();
    let built = answers(&world.stores, &repo).await;
    let differ = built.iter().zip(&incremental).find(|(built, incremental)| built != incremental);
    assert_eq!((differ, built.len()), (None, incremental.len()), "the index as it is built from git");
    if let Some(path) = world.stores.objects.local_path(&repo) {
        assert_eq!(world.stores.objects.shown(&repo).await.unwrap(), plain.head(), "what plain git shows");
        fsck(&path);
    }
}
