use portolan_ports::Index;
use portolan_ports::index::{
    Author, AuthorKind, ChangeAt, ChangeFilter, CommitEntry, FileFilter, HistoryEntry, Position,
};

use super::help::{
    added, advance, blob, changed, changes, commit, deleted, file, gone, history, history_ids, oids, pages,
    paths, put, wiki,
};
use crate::Fixture;
use crate::sample::oid;

/// Ten commits, each a new version of `a.md`; the even ones change `b.md` too.
async fn ten(index: &dyn Index) -> Vec<CommitEntry> {
    let mut commits = vec![commit(1, vec![added("a.md", 1)])];
    for number in 2..=10 {
        let mut paths = vec![changed("a.md", number - 1, number)];
        if number % 2 == 0 {
            paths.push(if number == 2 { added("b.md", 2) } else { changed("b.md", number - 2, number) });
        }
        commits.push(commit(number, paths));
    }
    advance(index, None, commits[..4].to_vec(), vec![put("a.md", 4), put("b.md", 4)]).await;
    advance(index, Some(4), commits[4..].to_vec(), vec![put("a.md", 10), put("b.md", 10)]).await;
    commits
}

pub(super) async fn a_history_is_newest_first(index: Fixture<dyn Index>) {
    ten(&*index).await;
    assert_eq!(history_ids(&*index, "a.md").await, oids([10, 9, 8, 7, 6, 5, 4, 3, 2, 1]));
    assert_eq!(history_ids(&*index, "b.md").await, oids([10, 8, 6, 4, 2]));
    let positions: Vec<_> =
        history(&*index, "a.md", None, 100).await.into_iter().map(|entry| entry.position).collect();
    assert!(positions.is_sorted_by(|newer, older| newer > older), "{positions:?}");
}

pub(super) async fn a_history_pages_without_gaps(index: Fixture<dyn Index>) {
    ten(&*index).await;
    for limit in [1, 2, 5, 6] {
        let (mut found, mut before) = (Vec::new(), None);
        loop {
            let page = history(&*index, "b.md", before, limit).await;
            assert!(page.len() <= limit);
            let Some(last) = page.last() else { break };
            assert!(found.len() < 5, "in pages of {limit} the history has no end");
            before = Some(last.position);
            found.extend(page.into_iter().map(|entry| entry.commit.id));
        }
        assert_eq!(found, oids([10, 8, 6, 4, 2]), "in pages of {limit}");
    }
}

/// The commit is answered as it was given, but for the other paths.
pub(super) async fn a_history_shows_one_path_of_each_commit(index: Fixture<dyn Index>) {
    let author = Author { kind: AuthorKind::Git, id: None, name: String::new(), email: None };
    let strange = CommitEntry {
        id: oid(1),
        parents: vec![oid(501), oid(500), oid(502)],
        author,
        time: -62_135_596_800,
        message: "\u{feff}No end \u{1f6aa}\r\n\n\tnor \"sense\"".into(),
        paths: vec![added(b"a\xff.md", 1), changed("b.md", 7, 8), deleted("c.md", 3)],
    };
    advance(&*index, None, vec![strange.clone()], vec![put(b"a\xff.md", 1), put("b.md", 8)]).await;
    for change in &strange.paths {
        let found = history(&*index, &change.path, None, 10).await;
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].commit, CommitEntry { paths: vec![change.clone()], ..strange.clone() });
    }
    for kind in [AuthorKind::Agent, AuthorKind::Operator, AuthorKind::Member] {
        index.reset(&wiki()).await.unwrap();
        let mut commit = commit(1, vec![added("a.md", 1)]);
        commit.author.kind = kind;
        advance(&*index, None, vec![commit.clone()], vec![put("a.md", 1)]).await;
        assert_eq!(history(&*index, "a.md", None, 10).await[0].commit, commit);
        assert_eq!(file(&*index, "a.md").await.unwrap().author, Some(commit.author));
    }
}

pub(super) async fn a_history_goes_back_beyond_a_deletion(index: Fixture<dyn Index>) {
    let commits = vec![
        commit(1, vec![added("a.md", 1)]),
        commit(2, vec![deleted("a.md", 1)]),
        commit(3, vec![added("other.md", 3)]),
        commit(4, vec![added("a.md", 4)]),
        commit(5, vec![deleted("a.md", 4)]),
    ];
    advance(&*index, None, commits, vec![put("other.md", 3)]).await;
    assert_eq!(file(&*index, "a.md").await, None);
    let found = history(&*index, "a.md", None, 10).await;
    let blobs: Vec<_> =
        found.iter().map(|entry| (entry.commit.paths[0].old, entry.commit.paths[0].new)).collect();
    let (one, four) = (Some(blob(1)), Some(blob(4)));
    assert_eq!(blobs, [(four, None), (None, four), (one, None), (None, one)]);
}

/// The caller leaves out of a merge what one of its parents had already.
pub(super) async fn a_merge_is_in_the_history_of_what_it_changed_alone(index: Fixture<dyn Index>) {
    let with_parents = |mut commit: CommitEntry, parents: &[u64]| {
        commit.parents = parents.iter().copied().map(oid).collect();
        commit
    };
    let commits = vec![
        commit(1, vec![added("a.md", 1), added("b.md", 1), added("c.md", 1)]),
        with_parents(commit(2, vec![changed("a.md", 1, 2)]), &[1]),
        with_parents(commit(3, vec![changed("b.md", 1, 3), changed("c.md", 1, 3)]), &[1]),
        with_parents(commit(4, vec![changed("c.md", 1, 4)]), &[2, 3]),
    ];
    let files = vec![put("a.md", 2), put("b.md", 3), put("c.md", 4)];
    advance(&*index, None, commits.clone(), files).await;
    assert_eq!(history_ids(&*index, "a.md").await, oids([2, 1]));
    assert_eq!(history_ids(&*index, "b.md").await, oids([3, 1]));
    assert_eq!(history_ids(&*index, "c.md").await, oids([4, 3, 1]));
    assert_eq!(file(&*index, "b.md").await.unwrap().last, oid(3));
    assert_eq!(history(&*index, "c.md", None, 1).await[0].commit.parents, oids([2, 3]));
    let all: Vec<_> =
        changes(&*index, &ChangeFilter::default()).await.into_iter().rev().map(|it| it.commit).collect();
    assert_eq!(all, commits);
}

pub(super) async fn a_missing_path_has_no_history(index: Fixture<dyn Index>) {
    pages(&*index, &[b"a.md", b"folder/b.md"]).await;
    for path in ["b.md", "A.md", "a.m", "a.md/", "folder", "folder/", ""] {
        assert_eq!(history_ids(&*index, path).await, [], "{path}");
    }
    assert_eq!(
        index.version(&wiki(), b"folder/b.md", blob(1)).await.unwrap().value,
        None,
        "a blob of another file"
    );
}

pub(super) async fn a_version_is_found_by_its_blob(index: Fixture<dyn Index>) {
    let commits = vec![
        commit(1, vec![added("a.md", 1), added("b.md", 7)]),
        commit(2, vec![changed("a.md", 1, 2)]),
        commit(3, vec![changed("a.md", 2, 1)]),
        commit(4, vec![deleted("a.md", 1)]),
    ];
    advance(&*index, None, commits, vec![put("b.md", 7)]).await;
    let version = async |path: &str, number| {
        let found = index.version(&wiki(), path.as_bytes(), blob(number)).await.unwrap().value?;
        assert_eq!(found.commit.paths.len(), 1);
        Some((found.commit.id, found.commit.paths[0].clone()))
    };
    // The newest that made it, of two.
    assert_eq!(version("a.md", 1).await, Some((oid(3), changed("a.md", 2, 1))));
    assert_eq!(version("a.md", 2).await, Some((oid(2), changed("a.md", 1, 2))));
    assert_eq!(version("a.md", 7).await, None);
    assert_eq!(version("b.md", 7).await, Some((oid(1), added("b.md", 7))));
}

pub(super) async fn a_commit_is_found_by_its_id(index: Fixture<dyn Index>) {
    let commits = ten(&*index).await;
    for commit in commits {
        let found = index.commit(&wiki(), commit.id).await.unwrap().value.unwrap();
        assert_eq!(found.commit, CommitEntry { paths: Vec::new(), ..commit });
    }
    assert_eq!(index.commit(&wiki(), oid(11)).await.unwrap().value, None);
    assert_eq!(index.commit(&wiki(), blob(1)).await.unwrap().value, None);
}

pub(super) async fn commits_are_found_by_their_places(index: Fixture<dyn Index>) {
    assert_eq!(index.commits_at(&wiki(), &[0, 1]).await.unwrap().value, [], "of a missing index");
    let commits = ten(&*index).await;
    let mut all = Vec::new();
    for commit in &commits {
        all.push(index.commit(&wiki(), commit.id).await.unwrap().value.unwrap());
    }
    all.reverse();
    let mut positions: Vec<_> = all.iter().map(|at| at.position).collect();
    positions.insert(3, Position::MAX);
    positions.push(all[0].position + 1);
    assert_eq!(index.commits_at(&wiki(), &positions).await.unwrap().value, all);
    assert_eq!(index.commits_at(&wiki(), &[]).await.unwrap().value, []);
}

pub(super) async fn what_was_made_of_a_file_is_its_history_without_the_commits(index: Fixture<dyn Index>) {
    ten(&*index).await;
    for path in ["a.md", "b.md", "c.md"] {
        for limit in [1, 4, 100] {
            let mut before = None;
            loop {
                let entries = history(&*index, path, before, limit).await;
                let changes =
                    index.file_changes(&wiki(), path.as_bytes(), before, limit).await.unwrap().value;
                let change = |entry: &HistoryEntry| ChangeAt {
                    position: entry.position,
                    change: entry.commit.paths[0].clone(),
                };
                assert_eq!(changes, entries.iter().map(change).collect::<Vec<_>>(), "{path}");
                let Some(last) = entries.last() else { break };
                before = Some(last.position);
            }
        }
    }
}

pub(super) async fn the_newest_merge_is_found(index: Fixture<dyn Index>) {
    let newest = async || index.newest_merge(&wiki()).await.unwrap().value;
    assert_eq!(newest().await, None, "of a missing index");
    let with_parents = |number: u64, parents: &[u64]| CommitEntry {
        parents: parents.iter().copied().map(oid).collect(),
        ..commit(number, vec![changed("a.md", number - 1, number)])
    };
    let first = vec![commit(1, vec![added("a.md", 1)]), with_parents(2, &[1]), with_parents(3, &[2])];
    advance(&*index, None, first, vec![put("a.md", 3)]).await;
    assert_eq!(newest().await, None, "of a chain");
    let merge = with_parents(6, &[5, 4]);
    let more = vec![
        with_parents(4, &[3]),
        with_parents(5, &[3]),
        merge.clone(),
        with_parents(7, &[6]),
        with_parents(8, &[7]),
    ];
    advance(&*index, Some(3), more, vec![put("a.md", 8)]).await;
    let found = newest().await.unwrap();
    assert_eq!(found.commit, CommitEntry { paths: Vec::new(), ..merge });
    assert_eq!(Some(found), index.commit(&wiki(), oid(6)).await.unwrap().value);
}

pub(super) async fn positions_are_the_same_in_every_answer(index: Fixture<dyn Index>) {
    ten(&*index).await;
    let all = changes(&*index, &ChangeFilter::default()).await;
    let histories =
        [history(&*index, "a.md", None, 100).await, history(&*index, "b.md", None, 100).await].concat();
    for entry in histories {
        let at = index.commit(&wiki(), entry.commit.id).await.unwrap().value.unwrap().position;
        assert_eq!(entry.position, at);
        assert!(all.iter().any(|commit| (commit.position, commit.commit.id) == (at, entry.commit.id)));
    }
    // Positions stay as they are when the index moves on.
    let before = history(&*index, "a.md", None, 1).await[0].position;
    advance(&*index, Some(10), vec![commit(11, vec![deleted("a.md", 10)])], vec![gone("a.md")]).await;
    let found = history(&*index, "a.md", None, 2).await;
    assert_eq!(found[1].position, before);
    assert!(found[0].position > before);
    assert_eq!(history(&*index, "a.md", Some(found[0].position), 1).await[0].commit.id, oid(10));
    assert_eq!(paths(&*index, &FileFilter::default()).await, ["b.md"]);
}
