use portolan_core::git::Oid;
use portolan_ports::Index;
use portolan_ports::index::{Author, AuthorKind, ChangeFilter, CommitEntry};

use super::help::{added, advance, change_ids, changed, changes, commit, deleted, oids, put, wiki};
use crate::Fixture;
use crate::sample::oid;

fn by(
    mut commit: CommitEntry,
    kind: AuthorKind,
    id: Option<&str>,
    name: &str,
    email: Option<&str>,
) -> CommitEntry {
    commit.author = Author { kind, id: id.map(Into::into), name: name.into(), email: email.map(Into::into) };
    commit
}

/// Five commits by several authors in two folders; the fourth changes nothing, and the fifth has an old time.
async fn five(index: &dyn Index) -> Vec<CommitEntry> {
    let mut late =
        by(commit(5, vec![changed("b/x.md", 2, 5)]), AuthorKind::Git, None, "", Some("ada@example.org"));
    late.time = 2;
    let commits = vec![
        commit(1, vec![added("a/x.md", 1), added("a_x.md", 1)]),
        by(commit(2, vec![added("b/x.md", 2)]), AuthorKind::Agent, Some("agt_bot"), "Bot", None),
        by(
            commit(3, vec![deleted("a/x.md", 1), added("a/y.md", 1)]),
            AuthorKind::Git,
            None,
            "Bob",
            Some("bob@Example.org"),
        ),
        by(commit(4, vec![]), AuthorKind::Git, None, "bob", None),
        late,
    ];
    let files = vec![put("a/y.md", 1), put("a_x.md", 1), put("b/x.md", 5)];
    advance(index, None, commits.clone(), files).await;
    commits
}

pub(super) async fn changes_are_newest_first(index: Fixture<dyn Index>) {
    let mut expected = five(&*index).await;
    expected.reverse();
    let found = changes(&*index, &ChangeFilter::default()).await;
    let positions: Vec<_> = found.iter().map(|commit| commit.position).collect();
    assert!(positions.is_sorted_by(|newer, older| newer > older), "{positions:?}");
    assert_eq!(found.into_iter().map(|commit| commit.commit).collect::<Vec<_>>(), expected);
}

pub(super) async fn changes_page_without_gaps(index: Fixture<dyn Index>) {
    five(&*index).await;
    let filter = ChangeFilter { prefix: b"a".to_vec(), ..ChangeFilter::default() };
    for (filter, expected) in
        [(ChangeFilter::default(), oids([5, 4, 3, 2, 1]).to_vec()), (filter, oids([3, 1]).to_vec())]
    {
        for limit in [1, 2, 5, 6] {
            let (mut found, mut before) = (Vec::<Oid>::new(), None);
            loop {
                let page = index.changes(&wiki(), &filter, before, limit).await.unwrap().value;
                assert_eq!(
                    page.len(),
                    limit.min(expected.len() - found.len()),
                    "a page is full while there is more"
                );
                let Some(last) = page.last() else { break };
                before = Some(last.position);
                found.extend(page.into_iter().map(|commit| commit.commit.id));
            }
            assert_eq!(found, expected, "in pages of {limit}");
        }
    }
}

/// Times need not rise along a history: each commit is judged by its own.
pub(super) async fn changes_are_filtered_by_time(index: Fixture<dyn Index>) {
    five(&*index).await;
    let since = async |second| {
        change_ids(&*index, &ChangeFilter { since: Some(second), ..ChangeFilter::default() }).await
    };
    assert_eq!(since(i64::MIN).await, oids([5, 4, 3, 2, 1]));
    assert_eq!(since(2).await, oids([5, 4, 3, 2]));
    assert_eq!(since(3).await, oids([4, 3]));
    assert_eq!(since(i64::MAX).await, []);
}

/// By id, by address in any case, by name exactly.
pub(super) async fn changes_are_filtered_by_author(index: Fixture<dyn Index>) {
    five(&*index).await;
    let author = async |who: &str| {
        change_ids(&*index, &ChangeFilter { author: Some(who.into()), ..ChangeFilter::default() }).await
    };
    assert_eq!(author("mem_ada").await, oids([1]));
    assert_eq!(author("agt_bot").await, oids([2]));
    assert_eq!(author("AGT_BOT").await, []);
    assert_eq!(author("aDA@example.ORG").await, oids([5, 1]));
    assert_eq!(author("bob@example.org").await, oids([3]));
    assert_eq!(author("Ada Lovelace").await, oids([1]));
    assert_eq!(author("Ada lovelace").await, []);
    assert_eq!(author("Bob").await, oids([3]));
    assert_eq!(author("bob").await, oids([4]));
    assert_eq!(author("Bo").await, []);
    assert_eq!(author("%").await, []);
}

/// The commits and, of each, the paths.
pub(super) async fn changes_are_filtered_by_prefix(index: Fixture<dyn Index>) {
    let commits = five(&*index).await;
    let found = async |prefix: &[u8]| {
        let filter = ChangeFilter { prefix: prefix.to_vec(), ..ChangeFilter::default() };
        changes(&*index, &filter).await.into_iter().map(|it| it.commit).collect::<Vec<_>>()
    };
    let folder = CommitEntry { paths: vec![added("a/x.md", 1)], ..commits[0].clone() };
    assert_eq!(found(b"a/").await, [commits[2].clone(), folder.clone()]);
    assert_eq!(
        found(b"a/x").await,
        [CommitEntry { paths: vec![deleted("a/x.md", 1)], ..commits[2].clone() }, folder]
    );
    assert_eq!(found(b"a_").await, [CommitEntry { paths: vec![added("a_x.md", 1)], ..commits[0].clone() }]);
    assert_eq!(found(b"b").await, [commits[4].clone(), commits[1].clone()]);
    assert_eq!(found(b"A").await, []);
    assert_eq!(found(b"\xff").await, []);
    let both = ChangeFilter { since: Some(2), author: Some("agt_bot".into()), prefix: b"b/".to_vec() };
    assert_eq!(change_ids(&*index, &both).await, oids([2]));
    assert_eq!(change_ids(&*index, &ChangeFilter { since: Some(3), ..both }).await, []);
}

pub(super) async fn a_commit_that_changes_nothing_is_shown_without_a_prefix(index: Fixture<dyn Index>) {
    five(&*index).await;
    assert!(change_ids(&*index, &ChangeFilter::default()).await.contains(&oid(4)));
}
