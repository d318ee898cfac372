//! Merging of texts: when it is done, and that nothing but speed comes of it.

use std::sync::Arc;
use std::time::Duration;

use portolan_core::search::{Query, document};
use portolan_core::wiki::RepoId;
use portolan_ports::index::{PutText, TextFilter, Texts};
use rusqlite::Connection;

use super::{Fixture, oid, repo};
use crate::{Options, texts, wiki};

/// The text of the page of commit `number`.
fn put(number: u64) -> PutText {
    let text = format!("# Page {number}\n\nEvery page says this, and {} too.\n", number % 7);
    let path = format!("{number}.md");
    PutText { text: Some((oid(1_000_000 + number), document(&text, &path))), path: path.into_bytes() }
}

/// Commits pages with these numbers, and puts the texts of five at once.
async fn pages(fixture: &Fixture, repo: &RepoId, numbers: std::ops::RangeInclusive<u64>) {
    fixture.advance(repo, numbers.clone()).await;
    let texts: Vec<_> = numbers.map(put).collect();
    for some in texts.chunks(5) {
        fixture.indexes.put_texts(repo, some.to_vec()).await.unwrap();
    }
}

async fn found(fixture: &Fixture, repo: &RepoId, query: &str) -> Vec<Vec<u8>> {
    let (query, filter) = (Query::parse(query), TextFilter::default());
    let found = fixture.indexes.search(repo, &query, &filter, None, 1_000).await.unwrap();
    found.value.hits.into_iter().map(|hit| hit.path).collect()
}

fn segments(connection: &Connection) -> i64 {
    let sql = "SELECT count(DISTINCT segid) FROM texts_index_idx";
    connection.query_row(sql, [], |row| row.get(0)).unwrap()
}

/// What tells whether it is time: there are so many segments, and it is due.
async fn state(fixture: &Fixture, repo: &RepoId) -> (i64, bool) {
    let wiki = fixture.indexes.indexes.opened(repo).unwrap();
    let writer = wiki.writer.lock().await;
    (segments(&writer), texts::merge_is_due(&writer).unwrap())
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
    assert_eq!((all.len(), some.len()), (203, 29));
    for _ in 0..600 {
        if state(&fixture, &repo).await == (1, false) {
            assert_eq!(found(&fixture, &repo, "\"every page says\"").await, all);
            assert_eq!(found(&fixture, &repo, "3").await, some);
            // A few more do not make it worth while.
            pages(&fixture, &repo, 204..=223).await;
            assert!(!state(&fixture, &repo).await.1);
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("never merged: {:?}", state(&fixture, &repo).await);
}

#[tokio::test]
async fn a_merge_that_is_broken_off_loses_nothing() {
    let (fixture, repo) = (Fixture::new(Options::default()), repo(1));
    pages(&fixture, &repo, 1..=400).await;
    let merge = async |is_first| {
        let wiki = fixture.indexes.indexes.opened(&repo).unwrap();
        let writer = Arc::clone(&wiki.writer).lock_owned().await;
        wiki::transact(&writer, || texts::merge_step(&writer, is_first)).unwrap()
    };
    for (round, number) in (401..=430).enumerate() {
        // Begun, gone on with, and begun again, while pages come and change.
        let _more = merge(round % 3 == 0).await;
        pages(&fixture, &repo, number..=number).await;
        assert_eq!(
            found(&fixture, &repo, "\"every page says\"").await.len(),
            usize::try_from(number).unwrap()
        );
    }
    let mut steps = 0;
    while merge(steps == 0).await {
        steps += 1;
    }
    assert_eq!(state(&fixture, &repo).await, (1, false));
    assert_eq!(found(&fixture, &repo, "\"every page says\"").await.len(), 430);
    let wiki = fixture.indexes.indexes.opened(&repo).unwrap();
    let writer = wiki.writer.lock().await;
    writer.execute("INSERT INTO texts_index (texts_index) VALUES ('integrity-check')", []).unwrap();
}
