//! Merging of texts: when it is done, and that nothing but speed comes of it.

use std::ops::RangeInclusive;
use std::sync::Arc;

use portolan_core::search::{Query, document};
use portolan_core::wiki::RepoId;
use portolan_ports::index::{PutText, TextFilter, Texts};

use super::{Fixture, oid, repo};
use crate::{Options, texts, wiki};

/// The text that the page `path` has since commit `number`.
fn put(path: &str, number: u64) -> PutText {
    let text = format!("# Page {path}\n\nEvery page says this, and {} too.\n", number % 7);
    PutText {
        text: Some((oid(1_000_000 + number), document(&text, path))),
        path: format!("{path}.md").into_bytes(),
    }
}

/// Commits a page with each of these numbers, and puts the texts of five at once; and that of the page `A`, which each of them changes.
async fn pages(fixture: &Fixture, repo: &RepoId, numbers: RangeInclusive<u64>) {
    fixture.advance(repo, numbers.clone()).await;
    let mut texts: Vec<_> = numbers.clone().map(|number| put(&number.to_string(), number)).collect();
    texts.push(put("A", *numbers.end()));
    for some in texts.chunks(5) {
        fixture.indexes.put_texts(repo, some.to_vec()).await.unwrap();
    }
}

async fn found(fixture: &Fixture, repo: &RepoId, query: &str) -> Vec<Vec<u8>> {
    let (query, filter) = (Query::parse(query), TextFilter::default());
    let found = fixture.indexes.search(repo, &query, &filter, None, 1_000).await.unwrap();
    found.value.hits.into_iter().map(|hit| hit.path).collect()
}

/// How many segments there are, and whether a merge is due.
async fn state(fixture: &Fixture, repo: &RepoId) -> (i64, bool) {
    let wiki = fixture.indexes.indexes.opened(repo).unwrap();
    let writer = wiki.writer.lock().await;
    let sql = "SELECT count(DISTINCT segid) FROM texts_index_idx";
    let segments = writer.query_row(sql, [], |row| row.get(0)).unwrap();
    (segments, texts::merge_is_due(&writer).unwrap())
}

/// Waits until whoever merges has ended; answers how many segments there are then.
async fn merged(fixture: &Fixture, repo: &RepoId) -> i64 {
    let wiki = fixture.indexes.indexes.opened(repo).unwrap();
    let _ended = wiki.merging.lock().await;
    let (segments, is_due) = state(fixture, repo).await;
    assert!(!is_due, "never merged: {segments} segments");
    segments
}

#[tokio::test]
async fn what_came_in_is_merged_when_it_is_quiet() {
    let (fixture, repo) = (Fixture::new(Options::default()), repo(1));
    pages(&fixture, &repo, 1..=60).await;
    assert!(!state(&fixture, &repo).await.1, "few texts are left as they are");
    pages(&fixture, &repo, 61..=203).await;
    let (before, is_due) = state(&fixture, &repo).await;
    assert!(before > 3 && is_due, "{before} segments");
    let (all, some) =
        (found(&fixture, &repo, "\"every page says\"").await, found(&fixture, &repo, "3").await);
    // The page `A` says 0, as the last does.
    assert_eq!((all.len(), some.len()), (204, 29));
    let segments = merged(&fixture, &repo).await;
    assert!(segments <= 3, "{segments} segments");
    assert_eq!(found(&fixture, &repo, "\"every page says\"").await, all);
    assert_eq!(found(&fixture, &repo, "3").await, some);
    // And once more; and by another process, if this one ends too early.
    pages(&fixture, &repo, 204..=300).await;
    merged(&fixture, &repo).await;
    pages(&fixture, &repo, 301..=400).await;
    assert!(state(&fixture, &repo).await.1);
    let fixture = fixture.reopened();
    assert_eq!(found(&fixture, &repo, "\"every page says\"").await.len(), 401);
    merged(&fixture, &repo).await;
    assert_eq!(found(&fixture, &repo, "\"every page says\"").await.len(), 401);
}

#[tokio::test]
async fn a_merge_between_whose_steps_pages_change_loses_nothing() {
    let (fixture, repo) = (Fixture::new(Options::default()), repo(1));
    pages(&fixture, &repo, 1..=400).await;
    let merge = async || {
        let wiki = fixture.indexes.indexes.opened(&repo).unwrap();
        let writer = Arc::clone(&wiki.writer).lock_owned().await;
        wiki::transact(&writer, || texts::merge_step(&writer)).unwrap()
    };
    for number in 401..=430 {
        let _more = merge().await;
        pages(&fixture, &repo, number..=number).await;
        let all = found(&fixture, &repo, "\"every page says\"").await;
        assert_eq!(all.len() as u64, number + 1);
        let said = found(&fixture, &repo, &format!("{} a", number % 7)).await;
        assert_eq!(said, [b"A.md"], "{number}");
    }
    while merge().await {}
    let (segments, is_due) = state(&fixture, &repo).await;
    assert!(segments <= 4 && !is_due, "{segments} segments");
    assert_eq!(found(&fixture, &repo, "\"every page says\"").await.len(), 431);
    let wiki = fixture.indexes.indexes.opened(&repo).unwrap();
    let writer = wiki.writer.lock().await;
    writer.execute("INSERT INTO texts_index (texts_index) VALUES ('integrity-check')", []).unwrap();
}
