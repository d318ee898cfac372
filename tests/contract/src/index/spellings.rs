use portolan_core::markdown::{NameKind, NameQuestion};
use portolan_ports::Index;
use portolan_ports::index::{ChangeFilter, FileFilter, FileKind, GraphLimits, GraphOf};

use super::help::{added, advance, changes, commit, gone, paths, says, wiki};
use crate::Fixture;

/// `Cafe` with an acute accent of its own, as file systems that decompose have it.
const NFD: &str = "Cafe\u{301}";
const NFC: &str = "Caf\u{e9}";

async fn some(index: &dyn Index) {
    let files = [
        (format!("{NFD}/Me\u{301}nu.md"), "---\ntags: [t]\n---\n[[Other]]"),
        (format!("{NFD}/x.md"), "[[M\u{e9}nu]] [m](M%C3%A9nu.md)"),
        ("Other.md".to_owned(), "[[Caf\u{e9}/x]] [[Caf\u{e9}/none]]"),
        // Both spellings.
        ("e\u{301}.md".to_owned(), ""),
        ("\u{e9}.md".to_owned(), ""),
        ("Cafe.md".to_owned(), "---\ntags: [t]\n---\n"),
    ];
    let made = (1..).zip(&files).map(|(number, (path, _))| added(path, number)).collect();
    let puts = (1..).zip(&files).map(|(number, (path, text))| says(path, number, text)).collect();
    advance(index, None, vec![commit(1, made)], puts).await;
}

async fn spellings(index: &dyn Index, path: &str) -> Vec<String> {
    let found = index.spellings(&wiki(), path.as_bytes()).await.expect("asking works").value;
    found.into_iter().map(|path| String::from_utf8(path).unwrap()).collect()
}

pub(super) async fn a_path_is_found_by_its_nfc(index: Fixture<dyn Index>) {
    some(&*index).await;
    let menu = spellings(&*index, "Caf\u{e9}/M\u{e9}nu.md").await;
    assert_eq!(menu, [format!("{NFD}/Me\u{301}nu.md"), format!("{NFD}/M\u{e9}nu.md")]);
    assert_eq!(spellings(&*index, &format!("{NFC}/x.md")).await, [format!("{NFD}/x.md")]);
    assert_eq!(spellings(&*index, "\u{e9}.md").await, ["e\u{301}.md"]);
    let none: [&str; 0] = [];
    assert_eq!(spellings(&*index, "Other.md").await, none);
    assert_eq!(spellings(&*index, "\u{e9}").await, none);
    let left = vec![gone("e\u{301}.md")];
    advance(&*index, Some(1), vec![commit(2, vec![super::help::deleted("e\u{301}.md", 4)])], left).await;
    assert_eq!(spellings(&*index, "\u{e9}.md").await, none);
}

pub(super) async fn a_folder_is_found_by_its_nfc(index: Fixture<dyn Index>) {
    some(&*index).await;
    assert_eq!(spellings(&*index, &format!("{NFC}/new.md")).await, [format!("{NFD}/new.md")]);
    assert_eq!(spellings(&*index, &format!("{NFC}/a/\u{e9}.md")).await, [format!("{NFD}/a/\u{e9}.md")]);
    assert_eq!(spellings(&*index, "Caf\u{e8}/new.md").await, Vec::<String>::new());
}

pub(super) async fn lists_find_prefixes_in_nfc(index: Fixture<dyn Index>) {
    some(&*index).await;
    let inside = [format!("{NFD}/Me\u{301}nu.md"), format!("{NFD}/x.md")];
    let with = |prefix: &str| FileFilter { prefix: prefix.into(), ..FileFilter::default() };
    for (prefix, expected) in [
        (NFC, &inside[..]),
        ("Caf\u{e9}/", &inside),
        ("Caf\u{e9}/M\u{e9}", &inside[..1]),
        ("Cafe", &["Cafe.md".to_owned()]),
        ("\u{e9}", &["e\u{301}.md".to_owned(), "\u{e9}.md".to_owned()]),
    ] {
        for filter in [
            with(prefix),
            FileFilter { kinds: vec![FileKind::Page], ..with(prefix) },
            FileFilter { updated_since: Some(0), ..with(prefix) },
        ] {
            assert_eq!(paths(&*index, &filter).await, expected, "{filter:?}");
        }
    }
    for (prefix, expected) in [(NFC, &inside[..1]), ("Cafe", &["Cafe.md".to_owned()])] {
        let labelled = FileFilter { tag: Some("t".into()), ..with(prefix) };
        assert_eq!(paths(&*index, &labelled).await, expected, "{labelled:?}");
    }
    let filter = FileFilter { kinds: vec![FileKind::Page], ..with(NFC) };
    let first = index.files(&wiki(), &filter, None, 1).await.unwrap().value;
    assert_eq!(first[0].path, inside[0].as_bytes());
    let rest = index.files(&wiki(), &filter, Some(&first[0].path), 9).await.unwrap().value;
    assert_eq!(rest.iter().map(|file| &*file.path).collect::<Vec<_>>(), [inside[1].as_bytes()]);
    let under = ChangeFilter { prefix: format!("{NFC}/").into_bytes(), ..ChangeFilter::default() };
    let found = changes(&*index, &under).await;
    assert_eq!(
        found[0].commit.paths.iter().map(|path| &*path.path).collect::<Vec<_>>(),
        [inside[0].as_bytes(), inside[1].as_bytes()]
    );
}

pub(super) async fn links_find_names_in_nfc(index: Fixture<dyn Index>) {
    some(&*index).await;
    let ask = async |whole: bool, path: &str| {
        let question = NameQuestion { kind: NameKind::Page, path: path.into(), whole };
        index.names(&wiki(), &[question]).await.unwrap().value.remove(0)
    };
    let menu = format!("{NFD}/Me\u{301}nu");
    for (whole, path, expected) in [
        (true, "Caf\u{e9}/M\u{e9}nu", vec![menu.clone()]),
        (true, menu.as_str(), vec![menu.clone()]),
        (true, "Cafe\u{301}/M\u{e9}nu", vec![]),
        (true, "\u{e9}", vec!["\u{e9}".into()]),
        (true, "e\u{301}", vec!["e\u{301}".into()]),
        (false, "M\u{e9}nu", vec![menu.clone()]),
        (false, "Me\u{301}nu", vec![menu.clone()]),
        (false, "x", vec![format!("{NFD}/x")]),
        (false, "Caf\u{e9}/x", vec![format!("{NFD}/x")]),
        (false, "\u{e9}", vec!["\u{e9}".into()]),
    ] {
        assert_eq!(ask(whole, path).await, expected, "{whole} {path}");
    }
    let links = async |path: &str| {
        let links = index.links(&wiki(), NameKind::Page, path, 10).await.unwrap().value;
        let to: Vec<_> = links.to.into_iter().map(|link| (link.path, link.exists.is_some())).collect();
        (to, links.from.into_iter().map(|link| link.path).collect::<Vec<_>>())
    };
    let x = format!("{NFD}/x");
    assert_eq!(links(&menu).await, (vec![("Other".into(), true)], vec![x.clone(), x.clone()]));
    assert_eq!(links(&x).await, (vec![(menu.clone(), true), (menu.clone(), true)], vec!["Other".into()]));
    let limits = GraphLimits { nodes: 10, edges: 10 };
    let edges = index.graph(&wiki(), &GraphOf::Whole, limits).await.unwrap().value.edges;
    assert!(edges.contains(&("Other".into(), x)), "{edges:?}");
}
