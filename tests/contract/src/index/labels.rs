use portolan_ports::Index;
use portolan_ports::index::{FileFilter, FileKind};

use super::help::{added, advance, changed, commit, deleted, gone, paths, says, wiki};
use crate::Fixture;

const PAGES: [(&str, &str); 5] = [
    ("a.md", "category: Guides\ntags: [x, Stra\u{df}e]"),
    ("b.md", "category: GUIDES\ntag: y"),
    ("b-2.md", "tags: [X, y]"),
    ("c/d.md", "category: guide"),
    ("e.md", "title: none"),
];

async fn some(index: &dyn Index) {
    let changes = (1..).zip(PAGES).map(|(number, (path, _))| added(path, number)).collect();
    let puts =
        (1..).zip(PAGES).map(|(number, (path, matter))| says(path, number, &format!("---\n{matter}\n---\n")));
    advance(index, None, vec![commit(1, changes)], puts.collect()).await;
}

fn category(text: &str) -> FileFilter {
    FileFilter { category: Some(text.into()), ..FileFilter::default() }
}

fn tag(text: &str) -> FileFilter {
    FileFilter { tag: Some(text.into()), ..FileFilter::default() }
}

/// Whole, in any case.
pub(super) async fn pages_are_filtered_by_category(index: Fixture<dyn Index>) {
    some(&*index).await;
    assert_eq!(paths(&*index, &category("guides")).await, ["a.md", "b.md"]);
    assert_eq!(paths(&*index, &category("Guide")).await, ["c/d.md"]);
    for none in ["", "x", "Guides ", "cguides"] {
        assert_eq!(paths(&*index, &category(none)).await, Vec::<String>::new(), "{none:?}");
    }
}

pub(super) async fn pages_are_filtered_by_tag(index: Fixture<dyn Index>) {
    some(&*index).await;
    assert_eq!(paths(&*index, &tag("x")).await, ["a.md", "b-2.md"]);
    assert_eq!(paths(&*index, &tag("STRASSE")).await, ["a.md"]);
    assert_eq!(paths(&*index, &tag("Y")).await, ["b.md", "b-2.md"]);
    assert_eq!(paths(&*index, &tag("guides")).await, Vec::<String>::new());
    let both = FileFilter { category: Some("guides".into()), ..tag("y") };
    assert_eq!(paths(&*index, &both).await, ["b.md"]);
}

pub(super) async fn labels_work_with_other_filters_and_pages(index: Fixture<dyn Index>) {
    some(&*index).await;
    advance(
        &*index,
        Some(1),
        vec![commit(2, vec![changed("b.md", 2, 20)])],
        vec![says("b.md", 20, "---\ntag: y\n---\n")],
    )
    .await;
    let filter = |prefix: &str, since| FileFilter { prefix: prefix.into(), updated_since: since, ..tag("y") };
    assert_eq!(paths(&*index, &filter("", Some(2))).await, ["b.md"]);
    assert_eq!(paths(&*index, &filter("b-", None)).await, ["b-2.md"]);
    assert_eq!(paths(&*index, &filter("c", None)).await, Vec::<String>::new());
    let files = FileFilter { kinds: vec![FileKind::File], ..tag("y") };
    assert_eq!(paths(&*index, &files).await, Vec::<String>::new());
    let kinds = FileFilter { kinds: vec![FileKind::File, FileKind::Page], ..tag("y") };
    assert_eq!(paths(&*index, &kinds).await, ["b.md", "b-2.md"]);
    let executable = FileFilter { executable: true, ..tag("y") };
    assert_eq!(paths(&*index, &executable).await, Vec::<String>::new());
    // In pages of one.
    let mut after: Option<Vec<u8>> = None;
    let mut found = Vec::new();
    loop {
        let page = index.files(&wiki(), &tag("y"), after.as_deref(), 1).await.unwrap().value;
        let Some(file) = page.into_iter().next() else { break };
        found.push(String::from_utf8_lossy(&file.path).into_owned());
        after = Some(file.path);
    }
    assert_eq!(found, ["b.md", "b-2.md"]);
}

pub(super) async fn a_page_s_labels_are_those_at_the_head(index: Fixture<dyn Index>) {
    some(&*index).await;
    let later = commit(2, vec![changed("a.md", 1, 11), deleted("b.md", 2)]);
    let puts = vec![says("a.md", 11, "---\ntags: [z, x]\n---\n"), gone("b.md")];
    advance(&*index, Some(1), vec![later], puts).await;
    assert_eq!(paths(&*index, &category("guides")).await, Vec::<String>::new());
    assert_eq!(paths(&*index, &tag("x")).await, ["a.md", "b-2.md"]);
    assert_eq!(paths(&*index, &tag("z")).await, ["a.md"]);
    assert_eq!(paths(&*index, &tag("strasse")).await, Vec::<String>::new());
    assert_eq!(paths(&*index, &tag("y")).await, ["b-2.md"]);
}
