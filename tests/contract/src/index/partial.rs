//! A long history comes in several advances; until the last there is no head.

use portolan_ports::Index;
use portolan_ports::index::{Advance, Advanced, ChangeFilter, CommitEntry, FileFilter};

use super::advances::assert_empty;
use super::help::{added, change_ids, changed, commit, file, history_ids, oids, pages, paths, put, wiki};
use crate::Fixture;
use crate::sample::oid;

/// Takes in commits without saying where they lead.
async fn more(index: &dyn Index, commits: Vec<CommitEntry>) {
    let advance = Advance { from: None, to: None, commits, files: Vec::new() };
    assert_eq!(index.advance(&wiki(), advance).await.unwrap(), Advanced::Applied);
}

async fn two_parts(index: &dyn Index) {
    more(index, vec![commit(1, vec![added("a.md", 1)]), commit(2, vec![added("b.md", 2)])]).await;
    more(index, vec![commit(3, vec![changed("a.md", 1, 3)])]).await;
}

pub(super) async fn an_unfinished_index_counts_as_empty(index: Fixture<dyn Index>) {
    two_parts(&*index).await;
    assert_empty(&*index).await;
    let elsewhere = Advance { from: Some(oid(3)), to: Some(oid(4)), commits: Vec::new(), files: Vec::new() };
    assert_eq!(index.advance(&wiki(), elsewhere).await.unwrap(), Advanced::At(None));
    assert_empty(&*index).await;
}

pub(super) async fn the_last_advance_finishes_the_index(index: Fixture<dyn Index>) {
    two_parts(&*index).await;
    let last = Advance {
        from: None,
        to: Some(oid(4)),
        commits: vec![commit(4, vec![])],
        files: vec![put("a.md", 3), put("b.md", 2)],
    };
    assert_eq!(index.advance(&wiki(), last).await.unwrap(), Advanced::Applied);
    assert_eq!(index.head(&wiki()).await.unwrap(), Some(oid(4)));
    assert_eq!(change_ids(&*index, &ChangeFilter::default()).await, oids([4, 3, 2, 1]));
    assert_eq!(history_ids(&*index, "a.md").await, oids([3, 1]));
    assert_eq!(paths(&*index, &FileFilter::default()).await, ["a.md", "b.md"]);
    // Changed last in an earlier part than the one that brought the files.
    assert_eq!(file(&*index, "b.md").await.unwrap().last, oid(2));
    assert_eq!(file(&*index, "a.md").await.unwrap().last, oid(3));
}

pub(super) async fn an_unfinished_index_can_be_reset(index: Fixture<dyn Index>) {
    two_parts(&*index).await;
    index.reset(&wiki()).await.unwrap();
    assert_empty(&*index).await;
    // The same commits begin anew.
    pages(&*index, &[b"z.md"]).await;
    assert_eq!(paths(&*index, &FileFilter::default()).await, ["z.md"]);
    assert_eq!(history_ids(&*index, "a.md").await, []);
}
