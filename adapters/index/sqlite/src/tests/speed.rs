//! No question passes over all of a table: `statement::prepare` refuses plans that do, here for questions that find something.

use portolan_core::markdown::{NameKind, NameQuestion};
use portolan_core::search::Query;
use portolan_ports::Index;
use portolan_ports::index::{
    Advance, Advanced, ChangeFilter, FileFilter, GraphLimits, GraphOf, LinkPlace, TextFilter, Texts,
};

use super::{Fixture, oid, repo, step};
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
    for (category, tag) in [(Some("even"), None), (None, Some("TAG")), (Some("Even"), Some("tag"))] {
        let filter = FileFilter {
            category: category.map(Into::into),
            tag: tag.map(Into::into),
            prefix: b"1".to_vec(),
            ..FileFilter::default()
        };
        assert_eq!(indexes.files(&wiki, &filter, None, 5).await.unwrap().value.len(), 5);
    }
    assert_eq!(indexes.history(&wiki, b"20.md", None, 5).await.unwrap().value.len(), 2);
    assert_eq!(indexes.links(&wiki, NameKind::Page, "A", 1_000).await.unwrap().value.from.len(), 301);
    let limits = GraphLimits { nodes: 100, edges: 100 };
    indexes.graph(&wiki, &GraphOf::Whole, limits).await.unwrap();
    indexes.graph(&wiki, &GraphOf::Around { page: "3".into(), depth: 3 }, limits).await.unwrap();
    assert!(!indexes.orphans(&wiki, Some("2"), 5).await.unwrap().value.items.is_empty());
    let place = LinkPlace { page: "2".into(), link: 0 };
    assert_eq!(indexes.broken_links(&wiki, Some(&place), 5).await.unwrap().value.items.len(), 5);
    let question = |whole| NameQuestion { kind: NameKind::Page, path: "A".into(), whole };
    indexes.names(&wiki, &[question(true), question(false)]).await.unwrap();
    for filter in [
        ChangeFilter::default(),
        ChangeFilter { since: Some(1_200), author: Some("ADA@example.ORG".into()), prefix: b"A".to_vec() },
        ChangeFilter { prefix: b"\xff".to_vec(), ..ChangeFilter::default() },
    ] {
        indexes.changes(&wiki, &filter, None, 5).await.unwrap();
    }
}

#[tokio::test]
async fn a_list_reads_nothing_of_commits() {
    let fixture = Fixture::new(Options::default());
    let wiki = repo(1);
    // Some come in an advance, and some with commits that came before their files.
    fixture.advance(&wiki, 1..=40).await;
    let mut early = step(41, &[b"A.md", b"41.md"]);
    let late = Advance { commits: Vec::new(), from: early.to, to: Some(oid(42)), files: early.files };
    early.files = Vec::new();
    for part in [early, late] {
        assert_eq!(fixture.indexes.advance(&wiki, part).await.unwrap(), Advanced::Applied);
    }
    let filters = [
        FileFilter::default(),
        FileFilter { prefix: b"1".to_vec(), ..FileFilter::default() },
        FileFilter { updated_since: Some(1_020), ..FileFilter::default() },
        FileFilter { tag: Some("tag".into()), ..FileFilter::default() },
    ];
    let list = async |after: Option<&[u8]>| {
        let mut all = Vec::new();
        for filter in &filters {
            all.push(fixture.indexes.files(&wiki, filter, after, 100).await.unwrap().value);
        }
        all
    };
    let (whole, rest) = (list(None).await, list(Some(b"2.md")).await);
    for file in whole.iter().chain(&rest).flatten() {
        let history = fixture.indexes.history(&wiki, &file.path, None, 1).await.unwrap().value;
        assert_eq!((file.last, file.time), (history[0].commit.id, history[0].commit.time));
    }
    assert_eq!(whole.iter().map(Vec::len).collect::<Vec<_>>(), [42, 11, 23, 42]);
    let connection = rusqlite::Connection::open(fixture.file(&wiki)).unwrap();
    connection.execute_batch("DELETE FROM commits").unwrap();
    assert_eq!((list(None).await, list(Some(b"2.md")).await), (whole, rest));
}
