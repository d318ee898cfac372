//! No question passes over all of a table: `statement::prepare` refuses plans that do, here for questions that find something.

use portolan_core::search::Query;
use portolan_ports::Index;
use portolan_ports::index::{ChangeFilter, FileFilter, TextFilter, Texts};

use super::{Fixture, oid, repo};
use crate::Options;

#[tokio::test]
async fn nothing_scans_or_sorts() {
    let fixture = Fixture::new(Options::default());
    let wiki = repo(1);
    fixture.advance(&wiki, 1..=300).await;
    let indexes = &fixture.indexes;

    indexes.file(&wiki, &[b"A.md"]).await.unwrap();
    for filter in [
        FileFilter::default(),
        FileFilter { prefix: b"1".to_vec(), ..FileFilter::default() },
        FileFilter { updated_since: Some(1_290), ..FileFilter::default() },
        FileFilter { executable: true, ..FileFilter::default() },
        FileFilter {
            executable: true,
            updated_since: Some(1),
            prefix: b"1".to_vec(),
            ..FileFilter::default()
        },
    ] {
        indexes.files(&wiki, &filter, Some(b"0"), 5).await.unwrap();
    }
    let filters = [TextFilter::default(), TextFilter { prefix: b"1".to_vec(), ..TextFilter::default() }];
    for filter in filters.into_iter().chain([TextFilter { prefix: vec![0xff], ..TextFilter::default() }]) {
        indexes.search(&wiki, &Query::parse("a b*"), &filter, None, 5).await.unwrap();
    }
    indexes.history(&wiki, b"A.md", Some(200), 5).await.unwrap();
    indexes.version(&wiki, b"A.md", oid(1_000_001)).await.unwrap().value.unwrap();
    indexes.commit(&wiki, oid(3)).await.unwrap().value.unwrap();
    for filter in [
        ChangeFilter::default(),
        ChangeFilter { since: Some(1_200), author: Some("ADA@example.ORG".into()), prefix: b"A".to_vec() },
        ChangeFilter { prefix: b"\xff".to_vec(), ..ChangeFilter::default() },
    ] {
        indexes.changes(&wiki, &filter, None, 5).await.unwrap();
    }
}
