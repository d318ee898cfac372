use futures::future::join_all;
use portolan_core::git::Oid;
use portolan_ports::index::{Advance, Advanced, Answer, ChangeFilter, CommitEntry, FileChange, FileFilter};
use portolan_ports::{Index, Kind};

use super::help::{
    added, advance, blob, change_ids, changed, commit, file, gone, history_ids, oids, pages, paths, put, wiki,
};
use crate::Fixture;
use crate::sample::oid;

/// Fails unless every question is answered as by an empty index.
pub(super) async fn assert_empty(index: &dyn Index) {
    fn nothing<T: Default>() -> Answer<T> {
        Answer { head: None, value: T::default() }
    }
    assert_eq!(index.head(&wiki()).await.unwrap(), None);
    assert_eq!(index.file(&wiki(), &[b"a.md"]).await.unwrap(), nothing());
    assert_eq!(index.files(&wiki(), &FileFilter::default(), None, 10).await.unwrap(), nothing());
    assert_eq!(index.history(&wiki(), b"a.md", None, 10).await.unwrap(), nothing());
    assert_eq!(index.version(&wiki(), b"a.md", blob(1)).await.unwrap(), nothing());
    assert_eq!(index.commit(&wiki(), oid(1)).await.unwrap(), nothing());
    assert_eq!(index.changes(&wiki(), &ChangeFilter::default(), None, 10).await.unwrap(), nothing());
}

pub(super) async fn a_missing_index_answers_as_an_empty_one(index: Fixture<dyn Index>) {
    assert_empty(&*index).await;
    let elsewhere = Advance { from: Some(oid(1)), to: Some(oid(2)), commits: Vec::new(), files: Vec::new() };
    assert_eq!(index.advance(&wiki(), elsewhere).await.unwrap(), Advanced::At(None));
    assert_empty(&*index).await;
}

pub(super) async fn an_advance_moves_the_head(index: Fixture<dyn Index>) {
    pages(&*index, &[b"a.md"]).await;
    assert_eq!(index.head(&wiki()).await.unwrap(), Some(oid(1)));
    advance(
        &*index,
        Some(1),
        vec![commit(2, vec![added("b.md", 2)]), commit(3, vec![])],
        vec![put("b.md", 2)],
    )
    .await;
    assert_eq!(index.head(&wiki()).await.unwrap(), Some(oid(3)));
    assert_eq!(paths(&*index, &FileFilter::default()).await, ["a.md", "b.md"]);
}

pub(super) async fn an_advance_from_another_head_changes_nothing(index: Fixture<dyn Index>) {
    pages(&*index, &[b"a.md"]).await;
    for from in [None, Some(oid(9)), Some(Oid::ZERO)] {
        let commits = vec![commit(2, vec![added("b.md", 2)])];
        let files = vec![put("b.md", 2), gone("a.md")];
        let advance = Advance { from, to: Some(oid(2)), commits, files };
        assert_eq!(index.advance(&wiki(), advance).await.unwrap(), Advanced::At(Some(oid(1))));
    }
    assert_eq!(index.head(&wiki()).await.unwrap(), Some(oid(1)));
    assert_eq!(paths(&*index, &FileFilter::default()).await, ["a.md"]);
    assert_eq!(change_ids(&*index, &ChangeFilter::default()).await, oids([1]));
    assert_eq!(history_ids(&*index, "b.md").await, []);
}

pub(super) async fn an_advance_sent_twice_changes_nothing(index: Fixture<dyn Index>) {
    pages(&*index, &[b"a.md"]).await;
    let commits = vec![commit(2, vec![changed("a.md", 1, 2)])];
    let next = Advance { from: Some(oid(1)), to: Some(oid(2)), commits, files: vec![put("a.md", 2)] };
    assert_eq!(index.advance(&wiki(), next.clone()).await.unwrap(), Advanced::Applied);
    assert_eq!(index.advance(&wiki(), next).await.unwrap(), Advanced::At(Some(oid(2))));
    assert_eq!(history_ids(&*index, "a.md").await, oids([2, 1]));
}

/// Fails unless the advance from the first commit is refused and leaves everything as it was.
async fn assert_refused(index: &dyn Index, commits: Vec<CommitEntry>, files: Vec<FileChange>) {
    let advance = Advance { from: Some(oid(1)), to: Some(oid(9)), commits, files };
    let error = index.advance(&wiki(), advance).await.unwrap_err();
    assert_eq!(error.kind, Kind::Refused, "{error}");
    assert_eq!(index.head(&wiki()).await.unwrap(), Some(oid(1)));
    assert_eq!(change_ids(index, &ChangeFilter::default()).await, oids([1]));
    assert_eq!(paths(index, &FileFilter::default()).await, ["a.md"]);
}

pub(super) async fn a_commit_that_is_there_already_is_refused(index: Fixture<dyn Index>) {
    pages(&*index, &[b"a.md"]).await;
    let commits = vec![commit(2, vec![added("b.md", 2)]), commit(1, vec![added("a.md", 1)])];
    assert_refused(&*index, commits, vec![put("b.md", 2)]).await;
}

pub(super) async fn a_file_that_no_commit_made_is_refused(index: Fixture<dyn Index>) {
    pages(&*index, &[b"a.md"]).await;
    let commits = vec![commit(2, vec![added("b.md", 2)])];
    assert_refused(&*index, commits, vec![put("b.md", 2), gone("a.md"), put("c.md", 3)]).await;
}

pub(super) async fn of_many_advances_exactly_one_wins(index: Fixture<dyn Index>) {
    pages(&*index, &[b"a.md"]).await;
    let tasks = (2..14).map(|number| {
        let index = index.share();
        tokio::spawn(async move {
            let mut next = commit(number, vec![changed("a.md", 1, number)]);
            next.parents = vec![oid(1)];
            let files = vec![put("a.md", number)];
            let advance = Advance { from: Some(oid(1)), to: Some(next.id), commits: vec![next], files };
            index.advance(&wiki(), advance).await.unwrap()
        })
    });
    let results: Vec<_> = join_all(tasks).await.into_iter().map(Result::unwrap).collect();
    let winners: Vec<u64> =
        (2..).zip(&results).filter(|(_, it)| **it == Advanced::Applied).map(|(number, _)| number).collect();
    assert_eq!(winners.len(), 1, "{results:?}");
    let head = oid(winners[0]);
    assert!(
        results.iter().all(|it| matches!(it, Advanced::Applied) || *it == Advanced::At(Some(head))),
        "{results:?}"
    );
    assert_eq!(history_ids(&*index, "a.md").await, [head, oid(1)]);
    assert_eq!(file(&*index, "a.md").await.unwrap().blob, blob(winners[0]));
}

/// A history that begins with a commit without files is no empty index.
pub(super) async fn an_advance_without_commits_moves_the_head(index: Fixture<dyn Index>) {
    advance(&*index, None, vec![commit(1, vec![])], vec![]).await;
    assert_eq!(index.head(&wiki()).await.unwrap(), Some(oid(1)));
    assert_eq!(change_ids(&*index, &ChangeFilter::default()).await, oids([1]));
    assert_eq!(paths(&*index, &FileFilter::default()).await, Vec::<String>::new());
}

pub(super) async fn a_reset_index_is_empty_and_begins_anew(index: Fixture<dyn Index>) {
    index.reset(&wiki()).await.expect("resetting what is missing is harmless");
    pages(&*index, &[b"a.md", b"b.md"]).await;
    index.reset(&wiki()).await.unwrap();
    assert_empty(&*index).await;
    index.reset(&wiki()).await.unwrap();
    // The same commits again, as after damage, but other files.
    pages(&*index, &[b"b.md"]).await;
    assert_eq!(paths(&*index, &FileFilter::default()).await, ["b.md"]);
    assert_eq!(history_ids(&*index, "a.md").await, []);
    assert_eq!(history_ids(&*index, "b.md").await, oids([1]));
}

pub(super) async fn every_answer_names_its_head(index: Fixture<dyn Index>) {
    pages(&*index, &[b"a.md"]).await;
    advance(&*index, Some(1), vec![commit(2, vec![added("b.md", 2)])], vec![put("b.md", 2)]).await;
    let head = Some(oid(2));
    // Also where nothing is found.
    for path in ["a.md", "nothing.md"] {
        let path = path.as_bytes();
        assert_eq!(index.file(&wiki(), &[path]).await.unwrap().head, head);
        assert_eq!(index.history(&wiki(), path, None, 10).await.unwrap().head, head);
        assert_eq!(index.version(&wiki(), path, blob(1)).await.unwrap().head, head);
        let prefix = path.to_vec();
        let filter = FileFilter { prefix: prefix.clone(), ..FileFilter::default() };
        assert_eq!(index.files(&wiki(), &filter, None, 10).await.unwrap().head, head);
        let filter = ChangeFilter { prefix, ..ChangeFilter::default() };
        assert_eq!(index.changes(&wiki(), &filter, None, 10).await.unwrap().head, head);
    }
    for id in [1, 99] {
        assert_eq!(index.commit(&wiki(), oid(id)).await.unwrap().head, head);
    }
    assert_eq!(index.file(&wiki(), &[]).await.unwrap(), Answer { head, value: None });
}
