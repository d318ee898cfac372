use portolan_core::git::Oid;
use portolan_ports::Index;
use portolan_ports::index::ChangeFilter;

use super::help::{
    added, advance, blob, changed, changes, commit, deleted, gone, history, put, renamed, wiki,
};
use crate::Fixture;
use crate::sample::oid;

/// Commit and path of each entry of a history, in pages of `limit`.
async fn entries(index: &dyn Index, path: &str, limit: usize) -> Vec<(Oid, String)> {
    let (mut found, mut before) = (Vec::new(), None);
    loop {
        let page = history(index, path, before, limit).await;
        let Some(last) = page.last() else { return found };
        assert!(found.len() < 100, "in pages of {limit} the history of {path} has no end");
        before = Some(last.position);
        found.extend(page.into_iter().map(|entry| {
            let path = String::from_utf8_lossy(&entry.commit.paths[0].path).into_owned();
            (entry.commit.id, path)
        }));
    }
}

fn at<const N: usize>(entries: [(u64, &str); N]) -> Vec<(Oid, String)> {
    entries.map(|(number, path)| (oid(number), path.to_owned())).to_vec()
}

/// `a` is made, changed, moved to `b`, which leaves a stub, and changed; something else was at `b` once.
async fn moved(index: &dyn Index) {
    let commits = vec![
        commit(1, vec![added("b.md", 100)]),
        commit(2, vec![added("a.md", 1), deleted("b.md", 100)]),
        commit(3, vec![changed("a.md", 1, 2)]),
        commit(4, vec![changed("a.md", 2, 50), renamed("a.md", "b.md", None, 3)]),
    ];
    advance(index, None, commits, vec![put("a.md", 50), put("b.md", 3)]).await;
    advance(index, Some(4), vec![commit(5, vec![changed("b.md", 3, 4)])], vec![put("b.md", 4)]).await;
}

pub(super) async fn a_history_follows_a_rename(index: Fixture<dyn Index>) {
    moved(&*index).await;
    for limit in [1, 2, 3, 100] {
        assert_eq!(
            entries(&*index, "b.md", limit).await,
            at([(5, "b.md"), (4, "b.md"), (3, "a.md"), (2, "a.md")]),
            "in pages of {limit}"
        );
        assert_eq!(entries(&*index, "a.md", limit).await, at([(4, "a.md"), (3, "a.md"), (2, "a.md")]));
    }
    let rename = &history(&*index, "b.md", None, 2).await[1].commit.paths;
    assert_eq!(*rename, [renamed("a.md", "b.md", None, 3)]);
}

pub(super) async fn a_history_follows_a_rename_there_and_back(index: Fixture<dyn Index>) {
    let commits = vec![
        commit(1, vec![added("a.md", 1)]),
        commit(2, vec![changed("a.md", 1, 50), renamed("a.md", "b.md", None, 1)]),
        commit(3, vec![changed("b.md", 1, 2)]),
        commit(4, vec![renamed("b.md", "a.md", Some(50), 2), changed("b.md", 2, 51)]),
        commit(5, vec![changed("a.md", 2, 3)]),
        // Changes of case leave no stub.
        commit(6, vec![deleted("a.md", 3), renamed("a.md", "A.md", None, 3)]),
    ];
    let files = vec![put("A.md", 3), put("b.md", 51)];
    advance(&*index, None, commits, files).await;
    let whole = [(5, "a.md"), (4, "a.md"), (3, "b.md"), (2, "b.md"), (1, "a.md")];
    for limit in [1, 2, 4, 100] {
        assert_eq!(entries(&*index, "A.md", limit).await, [at([(6, "A.md")]), at(whole)].concat());
        assert_eq!(entries(&*index, "a.md", limit).await, [at([(6, "a.md")]), at(whole)].concat());
        assert_eq!(
            entries(&*index, "b.md", limit).await,
            at([(4, "b.md"), (3, "b.md"), (2, "b.md"), (1, "a.md")])
        );
    }
}

pub(super) async fn a_version_under_a_former_name_is_found(index: Fixture<dyn Index>) {
    moved(&*index).await;
    let of = async |path: &str, number| {
        let found = index.version(&wiki(), path.as_bytes(), blob(number)).await.unwrap().value?;
        Some((found.commit.id, String::from_utf8_lossy(&found.commit.paths[0].path).into_owned()))
    };
    for (path, number, expected) in [
        ("b.md", 4, Some((5, "b.md"))),
        ("b.md", 3, Some((4, "b.md"))),
        ("b.md", 2, Some((3, "a.md"))),
        ("b.md", 1, Some((2, "a.md"))),
        // The stub is the other page's, and what was here before is no version of what came.
        ("b.md", 50, None),
        ("b.md", 100, None),
        ("a.md", 50, Some((4, "a.md"))),
        ("a.md", 2, Some((3, "a.md"))),
        ("a.md", 3, None),
    ] {
        let expected = expected.map(|(commit, path): (u64, &str)| (oid(commit), path.to_owned()));
        assert_eq!(of(path, number).await, expected, "{path} {number}");
    }
    // A page that is moved away and another that comes in its place.
    let comes = commit(6, vec![deleted("b.md", 4), changed("a.md", 50, 7)]);
    advance(&*index, Some(5), vec![comes], vec![gone("b.md"), put("a.md", 7)]).await;
    assert_eq!(of("a.md", 7).await, Some((oid(6), "a.md".to_owned())));
    assert_eq!(of("b.md", 1).await, Some((oid(2), "a.md".to_owned())));
}

pub(super) async fn changes_say_where_a_file_came_from(index: Fixture<dyn Index>) {
    moved(&*index).await;
    let all = changes(&*index, &ChangeFilter::default()).await;
    assert_eq!(all[1].commit.paths, [changed("a.md", 2, 50), renamed("a.md", "b.md", None, 3)]);
    let under = ChangeFilter { prefix: b"b".to_vec(), ..ChangeFilter::default() };
    assert_eq!(changes(&*index, &under).await[1].commit.paths, [renamed("a.md", "b.md", None, 3)]);
}

pub(super) async fn what_a_file_was_called_is_found(index: Fixture<dyn Index>) {
    let commits = vec![
        commit(1, vec![added("a.md", 1)]),
        commit(2, vec![changed("a.md", 1, 50), renamed("a.md", "b.md", None, 1)]),
        commit(3, vec![changed("b.md", 1, 2)]),
        // Back, onto the stub.
        commit(4, vec![renamed("b.md", "a.md", Some(50), 2), changed("b.md", 2, 51)]),
        // A change of case leaves no stub.
        commit(5, vec![deleted("a.md", 2), renamed("a.md", "A.md", None, 2)]),
        commit(6, vec![deleted("A.md", 2), deleted("b.md", 51)]),
        commit(7, vec![added("A.md", 7), added("b.md", 8)]),
    ];
    advance(&*index, None, commits, vec![put("A.md", 7), put("b.md", 8)]).await;
    let mut positions = vec![];
    for number in 1..=7 {
        positions.push(index.commit(&wiki(), oid(number)).await.unwrap().value.unwrap().position);
    }
    for (path, at, then, expected) in [
        ("a.md", 1, 1, Some("a.md")),
        ("b.md", 2, 1, Some("a.md")),
        ("b.md", 3, 1, Some("a.md")),
        ("b.md", 3, 2, Some("b.md")),
        // The stub is no page that was there before.
        ("a.md", 2, 1, None),
        ("a.md", 3, 2, Some("a.md")),
        ("b.md", 4, 3, None),
        ("b.md", 4, 1, None),
        ("a.md", 4, 3, Some("b.md")),
        ("a.md", 4, 1, Some("a.md")),
        ("A.md", 5, 4, Some("a.md")),
        ("A.md", 5, 3, Some("b.md")),
        ("A.md", 5, 1, Some("a.md")),
        // Made anew.
        ("A.md", 7, 5, None),
        ("b.md", 7, 1, None),
        ("A.md", 7, 7, Some("A.md")),
        ("none.md", 7, 1, None),
    ] {
        let found = index
            .former_name(&wiki(), path.as_bytes(), positions[at - 1], positions[then - 1])
            .await
            .unwrap();
        let found = found.value.map(|name| String::from_utf8(name).unwrap());
        assert_eq!(found.as_deref(), expected, "{path} at {at}, at {then}");
    }
}
