//! Searching some pages only.

use portolan_core::search::folded;
use portolan_ports::Index;
use portolan_ports::index::TextFilter;

use super::help::{pages, paths, search};
use crate::Fixture;

async fn found(index: &dyn Index, filter: &TextFilter) -> String {
    let mut paths = paths(&search(index, "word", filter).await);
    paths.sort();
    paths.join(" ")
}

pub(super) async fn pages_are_filtered_by_prefix(index: Fixture<dyn Index>) {
    pages(&*index, &[("a", "word"), ("a/b", "word"), ("a b", "word"), ("b/a", "word"), ("é", "word")]).await;
    for (prefix, expected) in
        [("", "a a b a/b b/a é"), ("a", "a a b a/b"), ("a/", "a/b"), ("é", "é"), ("a.md", ""), ("x", "")]
    {
        let filter = TextFilter { prefix: prefix.into(), ..TextFilter::default() };
        assert_eq!(found(&*index, &filter).await, expected, "{prefix}");
    }
}

pub(super) async fn pages_are_filtered_by_category_and_tag(index: Fixture<dyn Index>) {
    let texts = [
        ("a", "---\ncategory: Guides\ntags: [Red, blue sky]\n---\nword"),
        ("b", "---\ncategory: guides\ntags: red\n---\nword"),
        ("c/c", "---\ncategory: Notes\ntags: ['#Ré']\n---\nword"),
        ("d", "word guides red"),
    ];
    pages(&*index, &texts).await;
    for (category, tag, expected) in [
        (None, None, "a b c/c d"),
        (Some("GUIDES"), None, "a b"),
        (Some("guide"), None, ""),
        (Some(""), None, ""),
        (None, Some("red"), "a b"),
        (None, Some("blue sky"), "a"),
        (None, Some("blue"), ""),
        (None, Some("re"), "c/c"),
        (Some("guides"), Some("blue sky"), "a"),
        (Some("notes"), Some("red"), ""),
    ] {
        let filter = TextFilter { prefix: Vec::new(), category: category.map(folded), tag: tag.map(folded) };
        assert_eq!(found(&*index, &filter).await, expected, "{category:?} {tag:?}");
    }
    let filter =
        TextFilter { prefix: b"c/".to_vec(), category: Some("notes".into()), tag: Some("re".into()) };
    assert_eq!(found(&*index, &filter).await, "c/c");
}
