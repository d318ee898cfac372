use portolan_core::markdown::{LinkKind, NameKind};
use portolan_ports::Index;
use portolan_ports::index::{
    FileEntry, FileKind, Graph, GraphLimits, GraphOf, LinkFrom, LinkPlace, LinkTo, Links, Part,
};

use super::help::{added, advance, as_it_is, changed, commit, deleted, gone, page, says, wiki};
use crate::Fixture;

const PAGE: NameKind = NameKind::Page;
const FILE: NameKind = NameKind::File;
const ANY: GraphLimits = GraphLimits { nodes: 1_000, edges: 1_000 };

/// One commit that makes these pages.
async fn pages(index: &dyn Index, pages: &[(&str, &str)]) {
    let changes = (1..).zip(pages).map(|(number, (path, _))| added(path, number)).collect();
    let puts = (1..).zip(pages).map(|(number, (path, text))| says(path, number, text)).collect();
    advance(index, None, vec![commit(1, changes)], puts).await;
}

async fn links(index: &dyn Index, kind: NameKind, path: &str) -> Links {
    index.links(&wiki(), kind, path, 1_000).await.expect("asking works").value
}

/// Page and line of each link to `path`.
async fn from(index: &dyn Index, kind: NameKind, path: &str) -> Vec<(String, u32)> {
    links(index, kind, path).await.from.into_iter().map(|link| (link.path, link.line)).collect()
}

/// Path and kind of what each link on the page `path` names.
async fn to(index: &dyn Index, path: &str) -> Vec<(String, Option<NameKind>)> {
    links(index, PAGE, path).await.to.into_iter().map(|link| (link.path, link.exists)).collect()
}

fn lines<const N: usize>(links: [(&str, u32); N]) -> Vec<(String, u32)> {
    links.map(|(path, line)| (path.to_owned(), line)).to_vec()
}

pub(super) async fn a_page_s_links_are_answered_in_order(index: Fixture<dyn Index>) {
    let text = "# Start\n\n[[B]] and [the *other*](F/C.md#part)\n![logo](logo.png) [[Text|B]] [[B|Text]]\n[[none]] [out](https://x.example)";
    pages(&*index, &[("A.md", text), ("B.md", ""), ("F/C.md", "")]).await;
    let logo = as_it_is(FileEntry { kind: FileKind::File, ..page("logo.png", 9) });
    advance(&*index, Some(1), vec![commit(2, vec![added("logo.png", 9)])], vec![logo]).await;
    let link = |path: &str, exists, kind, text: &str, line| LinkTo {
        path: path.into(),
        exists,
        kind,
        text: text.into(),
        line,
    };
    let answer = index.links(&wiki(), PAGE, "A", 10).await.unwrap();
    assert_eq!(answer.head, index.head(&wiki()).await.unwrap());
    let expected = [
        link("B", Some(PAGE), LinkKind::Wiki, "B", 3),
        link("F/C", Some(PAGE), LinkKind::Markdown, "the other", 3),
        link("logo.png", Some(FILE), LinkKind::Image, "logo", 4),
        link("B", Some(PAGE), LinkKind::Wiki, "Text", 4),
        link("B", Some(PAGE), LinkKind::Wiki, "Text", 4),
        link("none", None, LinkKind::Wiki, "none", 5),
    ];
    assert_eq!(answer.value.to, expected);
    assert_eq!((answer.value.from, answer.value.more), (vec![], false));
}

/// Nothing of another page's links is stored that would have to follow.
pub(super) async fn a_page_that_comes_or_goes_changes_others_links(index: Fixture<dyn Index>) {
    pages(&*index, &[("A.md", "[[B]] [x](F/B.md)"), ("F/B.md", "")]).await;
    assert_eq!(to(&*index, "A").await, [("F/B".to_owned(), Some(PAGE)), ("F/B".to_owned(), Some(PAGE))]);
    assert_eq!(from(&*index, PAGE, "F/B").await, lines([("A", 1), ("A", 1)]));
    // The short name is not unique any more, and then is exact.
    advance(&*index, Some(1), vec![commit(2, vec![added("G/B.md", 10)])], vec![says("G/B.md", 10, "")]).await;
    assert_eq!(to(&*index, "A").await[0], ("B".to_owned(), None));
    assert_eq!(from(&*index, PAGE, "B").await, lines([("A", 1)]));
    advance(&*index, Some(2), vec![commit(3, vec![added("B.md", 11)])], vec![says("B.md", 11, "")]).await;
    assert_eq!(to(&*index, "A").await[0], ("B".to_owned(), Some(PAGE)));
    assert_eq!(from(&*index, PAGE, "F/B").await, lines([("A", 1)]));
    let away = commit(4, vec![deleted("B.md", 11), deleted("F/B.md", 2)]);
    advance(&*index, Some(3), vec![away], vec![gone("B.md"), gone("F/B.md")]).await;
    assert_eq!(to(&*index, "A").await, [("G/B".to_owned(), Some(PAGE)), ("F/B".to_owned(), None)]);
    assert_eq!(from(&*index, PAGE, "G/B").await, lines([("A", 1)]));
    assert_eq!(from(&*index, PAGE, "F/B").await, lines([("A", 1)]));
}

pub(super) async fn links_to_a_page_are_found_however_they_are_written(index: Fixture<dyn Index>) {
    let target = "F/G/Caf\u{e9} B";
    let texts = [
        "[[Caf\u{e9} B]]",
        "[[G/Caf\u{e9} B#part]]",
        "[[F/G/Caf\u{e9} B]]",
        "[[/F/G/Caf\u{e9} B]]",
        "[[Caf\u{e9} B|Text]]",
        "[[Text|Caf\u{e9} B]]",
        "[[Cafe\u{301} B]]",
        "[[Caf\u{e9} B.md]]",
        "[x](F/G/Caf%C3%A9%20B.md)",
        "[x](/F/G/Caf\u{e9}%20B)",
        "[x](<./F/G/Caf\u{e9} B.md#y>)",
        "[x][ref]\n\n[ref]: F/G/Caf%c3%a9%20B",
        "![[Caf\u{e9} B]]",
    ];
    let names: Vec<String> = (0..texts.len()).map(|number| format!("P{number:02}.md")).collect();
    let mut all: Vec<(&str, &str)> = names.iter().map(String::as_str).zip(texts).collect();
    let git_path = format!("{target}.md");
    all.push((&git_path, "[self](<Caf\u{e9} B.md>) [up](../../P00.md)"));
    all.push(("Q.md", "[[caf\u{e9} b]] [x](B.md) [[x/Caf\u{e9} B]] `[[Caf\u{e9} B]]`"));
    pages(&*index, &all).await;
    let mut expected: Vec<String> =
        names.iter().map(|name| name.trim_end_matches(".md").to_owned()).collect();
    expected.insert(0, target.to_owned());
    let found: Vec<String> = from(&*index, PAGE, target).await.into_iter().map(|(path, _)| path).collect();
    assert_eq!(found, expected);
    assert_eq!(from(&*index, PAGE, "P00").await, lines([(target, 1)]));
}

/// What is missing is found under the path that would be looked for first.
pub(super) async fn links_to_files_and_to_what_is_not_there_are_found(index: Fixture<dyn Index>) {
    let text = "![a](img/l.png)\n![[l.png]]\n[[Missing]]\n[b](Missing.md)\n![c](gone.png)\n[d](../up.md)";
    pages(&*index, &[("A.md", text), ("old.md", "---\nredirect: A\n---\n"), ("B.md", "[[old]]")]).await;
    let image = as_it_is(FileEntry { kind: FileKind::File, ..page("img/l.png", 9) });
    advance(&*index, Some(1), vec![commit(2, vec![added("img/l.png", 9)])], vec![image]).await;
    assert_eq!(from(&*index, FILE, "img/l.png").await, lines([("A", 1), ("A", 2)]));
    assert_eq!(from(&*index, PAGE, "img/l.png").await, []);
    assert_eq!(from(&*index, PAGE, "Missing").await, lines([("A", 3), ("A", 4)]));
    assert_eq!(from(&*index, FILE, "gone.png").await, lines([("A", 5)]));
    assert_eq!(links(&*index, FILE, "img/l.png").await.to, []);
    // A stub is there.
    assert_eq!(to(&*index, "B").await, [("old".to_owned(), Some(PAGE))]);
    assert_eq!(from(&*index, PAGE, "old").await, lines([("B", 1)]));
    assert_eq!(from(&*index, PAGE, "A").await, []);
}

pub(super) async fn links_are_those_at_the_head(index: Fixture<dyn Index>) {
    pages(&*index, &[("A.md", "[[B]] [[C]]"), ("B.md", "[[A]]"), ("C.md", "[[A]]")]).await;
    let later = commit(2, vec![changed("A.md", 1, 10), deleted("B.md", 2)]);
    let puts = vec![says("A.md", 10, "first\n[[C]]\n[[D]]"), gone("B.md")];
    advance(&*index, Some(1), vec![later], puts).await;
    assert_eq!(to(&*index, "A").await, [("C".to_owned(), Some(PAGE)), ("D".to_owned(), None)]);
    assert_eq!(from(&*index, PAGE, "C").await, lines([("A", 2)]));
    assert_eq!(from(&*index, PAGE, "B").await, []);
    assert_eq!(from(&*index, PAGE, "A").await, lines([("C", 1)]));
    assert_eq!(to(&*index, "B").await, []);
}

pub(super) async fn many_links_to_a_page_are_cut(index: Fixture<dyn Index>) {
    let names: Vec<String> = (0..150).map(|number| format!("P{number:03}.md")).collect();
    let mut all: Vec<(&str, &str)> =
        names.iter().map(|name| (name.as_str(), "[[Home]] [x](Home.md)")).collect();
    all.push(("Home.md", ""));
    pages(&*index, &all).await;
    for (most, cut) in [(1, true), (70, true), (149, true), (150, false), (200, false)] {
        let found = index.links(&wiki(), PAGE, "Home", most).await.unwrap().value;
        assert_eq!(found.more, cut, "{most}");
        let expected = names.iter().take(most).flat_map(|name| {
            let path = name.trim_end_matches(".md").to_owned();
            ["Home", "x"].map(|text| LinkFrom { path: path.clone(), text: text.into(), line: 1 })
        });
        assert_eq!(found.from, expected.collect::<Vec<_>>(), "{most}");
    }
    // One page with very many.
    let many = says("P000.md", 900, &"[[Home]] ".repeat(30));
    advance(&*index, Some(1), vec![commit(2, vec![changed("P000.md", 1, 900)])], vec![many]).await;
    let found = index.links(&wiki(), PAGE, "Home", 2).await.unwrap().value;
    assert_eq!((found.from.len(), found.more), (20, true));
}

async fn graph(index: &dyn Index, of: GraphOf, limits: GraphLimits) -> Graph {
    index.graph(&wiki(), &of, limits).await.expect("asking works").value
}

fn around(page: &str, depth: u8) -> GraphOf {
    GraphOf::Around { page: page.into(), depth }
}

fn nodes(graph: &Graph) -> Vec<&str> {
    graph.nodes.iter().map(|node| node.path.as_str()).collect()
}

fn edges(graph: &Graph) -> Vec<(&str, &str)> {
    graph.edges.iter().map(|(from, to)| (from.as_str(), to.as_str())).collect()
}

/// E → A → B → C → D, and an island; B and A link to each other.
const CHAIN: [(&str, &str); 6] = [
    ("A.md", "# Ay\n[[B]] [[B]] [x](B.md) [[none]] ![i](i.png)"),
    ("B.md", "[[C]] [[A]] [[B]]"),
    ("C.md", "[[D]]"),
    ("D.md", ""),
    ("E.md", "[[A]]"),
    ("Island.md", "[[none]]"),
];

pub(super) async fn a_graph_has_pages_and_their_links(index: Fixture<dyn Index>) {
    pages(&*index, &CHAIN).await;
    let whole = graph(&*index, GraphOf::Whole, ANY).await;
    assert_eq!(nodes(&whole), ["A", "B", "C", "D", "E", "Island"]);
    assert_eq!(whole.nodes[0].title, "Ay");
    assert_eq!(edges(&whole), [("A", "B"), ("B", "A"), ("B", "B"), ("B", "C"), ("C", "D"), ("E", "A")]);
    assert!(!whole.cut);
}

pub(super) async fn a_graph_around_a_page_follows_links_both_ways(index: Fixture<dyn Index>) {
    pages(&*index, &CHAIN).await;
    let one = graph(&*index, around("A", 1), ANY).await;
    assert_eq!(nodes(&one), ["A", "B", "E"]);
    assert_eq!(edges(&one), [("A", "B"), ("B", "A"), ("B", "B"), ("E", "A")]);
    assert_eq!(nodes(&graph(&*index, around("A", 2), ANY).await), ["A", "B", "E", "C"]);
    let three = graph(&*index, around("A", 3), ANY).await;
    assert_eq!(nodes(&three), ["A", "B", "E", "C", "D"]);
    assert_eq!(edges(&three)[3..], [("B", "C"), ("E", "A"), ("C", "D")]);
    assert_eq!(nodes(&graph(&*index, around("D", 2), ANY).await), ["D", "C", "B"]);
    assert_eq!(nodes(&graph(&*index, around("Island", 3), ANY).await), ["Island"]);
    assert_eq!(nodes(&graph(&*index, around("A", 0), ANY).await), ["A"]);
    assert_eq!(graph(&*index, around("none", 3), ANY).await, Graph::default());
}

pub(super) async fn a_graph_is_cut_at_its_limits(index: Fixture<dyn Index>) {
    pages(&*index, &CHAIN).await;
    let few = graph(&*index, GraphOf::Whole, GraphLimits { nodes: 2, ..ANY }).await;
    assert_eq!((nodes(&few), few.cut), (vec!["A", "B"], true));
    assert_eq!(edges(&few), [("A", "B"), ("B", "A"), ("B", "B")]);
    let few = graph(&*index, GraphOf::Whole, GraphLimits { edges: 2, ..ANY }).await;
    assert_eq!((edges(&few), few.cut, few.nodes.len()), (vec![("A", "B"), ("B", "A")], true, 6));
    let few = graph(&*index, around("A", 3), GraphLimits { nodes: 3, ..ANY }).await;
    assert_eq!((nodes(&few), few.cut), (vec!["A", "B", "E"], true));
    for (nodes, edges) in [(6, 6), (7, 7)] {
        assert!(!graph(&*index, GraphOf::Whole, GraphLimits { nodes, edges }).await.cut);
    }
    assert!(!graph(&*index, around("A", 1), GraphLimits { nodes: 3, edges: 4 }).await.cut);
}

async fn orphans(index: &dyn Index, limit: usize) -> Vec<String> {
    let (mut found, mut after): (Vec<String>, Option<String>) = (Vec::new(), None);
    loop {
        let Part { items, next } = index.orphans(&wiki(), after.as_deref(), limit).await.unwrap().value;
        assert!(items.len() <= limit);
        found.extend(items.into_iter().map(|page| page.path));
        let Some(next) = next else { return found };
        assert!(after.is_none_or(|after| next > after), "the list of orphans has no end");
        after = Some(next);
    }
}

/// Stubs are none, a link to oneself is none, and a stub that is linked to is no link to where it leads.
pub(super) async fn orphans_are_pages_that_no_other_page_links_to(index: Fixture<dyn Index>) {
    pages(
        &*index,
        &[
            ("A.md", "[[A]] [[B]]"),
            ("B.md", ""),
            ("B-2.md", "[[stub]] [self](B-2.md)"),
            ("Moved.md", ""),
            ("stub.md", "---\nredirect: Moved\n---\n"),
            ("lonely.md", "---\nredirect: Moved\n---\n"),
            ("F/README.md", ""),
            ("G/README.md", "[[README]]"),
        ],
    )
    .await;
    for limit in [1, 2, 100] {
        assert_eq!(orphans(&*index, limit).await, ["A", "B-2", "F/README", "G/README", "Moved"], "{limit}");
    }
    let titles = index.orphans(&wiki(), Some("B-2"), 1).await.unwrap().value;
    assert_eq!((titles.items[0].path.as_str(), titles.next.as_deref()), ("F/README", Some("F/README")));
    advance(
        &*index,
        Some(1),
        vec![commit(2, vec![changed("B.md", 2, 20)])],
        vec![says("B.md", 20, "[m](Moved.md)")],
    )
    .await;
    assert_eq!(orphans(&*index, 2).await, ["A", "B-2", "F/README", "G/README"]);
}

async fn broken(index: &dyn Index, limit: usize) -> Vec<(String, String, u32)> {
    let (mut found, mut after): (Vec<_>, Option<LinkPlace>) = (Vec::new(), None);
    loop {
        let part = index.broken_links(&wiki(), after.as_ref(), limit).await.unwrap().value;
        assert!(part.items.len() <= limit);
        found.extend(part.items.into_iter().map(|link| (link.place.page, link.target, link.line)));
        let Some(next) = part.next else { return found };
        assert!(after.is_none_or(|after| next > after), "the list of broken links has no end");
        after = Some(next);
    }
}

pub(super) async fn broken_links_are_listed_in_order(index: Fixture<dyn Index>) {
    pages(
        &*index,
        &[
            ("B.md", "[[x]] [[A]]\n[[x]] ![y](y.png)\n\n[[Y|Z]]"),
            ("A.md", "[[B]] [up](../../out.md) [[stub]] [[gone|#here]]"),
            ("A-1.md", "[[README]]"),
            ("F/README.md", ""),
            ("G/README.md", "[n](n.md)"),
            ("stub.md", "---\nredirect: nowhere\n---\n"),
        ],
    )
    .await;
    let expected = [
        ("A", "../../out.md", 1),
        ("A-1", "README", 1),
        ("B", "x", 1),
        ("B", "x", 2),
        ("B", "y.png", 2),
        ("B", "Z", 4),
        ("G/README", "G/n", 1),
    ]
    .map(|(page, target, line)| (page.to_owned(), target.to_owned(), line));
    for limit in [1, 2, 3, 100] {
        assert_eq!(broken(&*index, limit).await, expected, "{limit}");
    }
    let puts = vec![says("x.md", 20, ""), gone("G/README.md")];
    let later = commit(2, vec![added("x.md", 20), deleted("G/README.md", 5)]);
    advance(&*index, Some(1), vec![later], puts).await;
    assert_eq!(broken(&*index, 2).await, [&expected[..1], &expected[4..6]].concat());
}

pub(super) async fn an_empty_index_has_no_links(index: Fixture<dyn Index>) {
    assert_eq!(links(&*index, PAGE, "A").await, Links::default());
    assert_eq!(graph(&*index, GraphOf::Whole, ANY).await, Graph::default());
    assert_eq!(orphans(&*index, 10).await, Vec::<String>::new());
    assert_eq!(broken(&*index, 10).await, []);
}
