//! No question passes over all of a table: `statement::prepare` refuses plans that do, here for questions that find something.

use portolan_core::markdown::{NameKind, NameQuestion};
use portolan_ports::Index;
use portolan_ports::index::{ChangeFilter, FileFilter, GraphLimits, GraphOf, LinkPlace};

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
