use portolan_core::markdown::{NameKind, NameQuestion};
use portolan_ports::Index;
use portolan_ports::index::{FileEntry, FileKind};

use super::help::{added, advance, as_it_is, commit, deleted, gone, page, says, wiki};
use crate::Fixture;

const PAGE: NameKind = NameKind::Page;
const FILE: NameKind = NameKind::File;

async fn some(index: &dyn Index) {
    let files = [
        "README.md",
        "F/README.md",
        "F/G/Start.md",
        "xF/Y.md",
        "F/logo.png",
        "Old.md",
        "caf\u{e9}/\u{fc}.md",
    ];
    let changes = (1..).zip(files).map(|(number, path)| added(path, number)).collect();
    let mut puts: Vec<_> = (1..).zip(files).map(|(number, path)| says(path, number, "text")).collect();
    puts[4] = as_it_is(FileEntry { kind: FileKind::File, ..page(files[4], 5) });
    puts[5] = says(files[5], 6, "---\nredirect: F/G/Start\n---\n");
    advance(index, None, vec![commit(1, changes)], puts).await;
}

async fn ask(index: &dyn Index, whole: bool, asked: &[(NameKind, &str)]) -> Vec<Vec<String>> {
    let questions: Vec<NameQuestion> =
        asked.iter().map(|(kind, path)| NameQuestion { kind: *kind, path: (*path).into(), whole }).collect();
    index.names(&wiki(), &questions).await.expect("asking works").value
}

pub(super) async fn whole_names_are_exact(index: Fixture<dyn Index>) {
    some(&*index).await;
    let there = [
        (PAGE, "README"),
        (PAGE, "F/G/Start"),
        (FILE, "F/logo.png"),
        (PAGE, "Old"),
        (PAGE, "caf\u{e9}/\u{fc}"),
    ];
    let expected: Vec<Vec<String>> = there.iter().map(|(_, path)| vec![(*path).to_owned()]).collect();
    assert_eq!(ask(&*index, true, &there).await, expected);
    let none =
        [(PAGE, "readme"), (FILE, "README"), (PAGE, "Start"), (PAGE, "F/logo.png"), (PAGE, ""), (PAGE, "F/")];
    assert_eq!(ask(&*index, true, &none).await, vec![Vec::<String>::new(); none.len()]);
}

/// Redirect stubs are no short names.
pub(super) async fn short_names_are_ends_of_paths(index: Fixture<dyn Index>) {
    some(&*index).await;
    let asked = [
        (PAGE, "README"),
        (PAGE, "Start"),
        (PAGE, "G/Start"),
        (PAGE, "F/README"),
        (PAGE, "Y"),
        (PAGE, "F/Y"),
        (PAGE, "tart"),
        (PAGE, "Old"),
        (FILE, "logo.png"),
        (PAGE, "logo.png"),
        (PAGE, "\u{fc}"),
        (PAGE, "start"),
    ];
    let expected: [&[&str]; 12] = [
        &["F/README", "README"],
        &["F/G/Start"],
        &["F/G/Start"],
        &["F/README"],
        &["xF/Y"],
        &[],
        &[],
        &[],
        &["F/logo.png"],
        &[],
        &["caf\u{e9}/\u{fc}"],
        &[],
    ];
    assert_eq!(ask(&*index, false, &asked).await, expected);
    // Of many any three.
    let more: Vec<String> = (0..10).map(|number| format!("N{number}/README.md")).collect();
    let changes = (20..).zip(&more).map(|(number, path)| added(path, number)).collect();
    let puts = (20..).zip(&more).map(|(number, path)| says(path, number, "")).collect();
    advance(&*index, Some(1), vec![commit(2, changes)], puts).await;
    assert_eq!(ask(&*index, false, &[(PAGE, "README")]).await[0].len(), 3);
}

pub(super) async fn names_are_those_at_the_head(index: Fixture<dyn Index>) {
    some(&*index).await;
    let asked = [(PAGE, "Start"), (PAGE, "Old"), (FILE, "Old.md")];
    assert_eq!(ask(&*index, false, &asked).await, [vec!["F/G/Start".to_owned()], vec![], vec![]]);
    let later = commit(2, vec![deleted("F/G/Start.md", 3), added("Old.md", 30)]);
    advance(&*index, Some(1), vec![later], vec![gone("F/G/Start.md"), says("Old.md", 30, "no stub")]).await;
    assert_eq!(ask(&*index, false, &asked).await, [vec![], vec!["Old".to_owned()], vec![]]);
    assert_eq!(ask(&*index, true, &[(PAGE, "F/G/Start")]).await, [Vec::<String>::new()]);
    // A page that becomes what is no page.
    let kept = as_it_is(FileEntry { kind: FileKind::Kept, mode: 0o120_000, ..page("Old.md", 31) });
    advance(&*index, Some(2), vec![commit(3, vec![added("Old.md", 31)])], vec![kept]).await;
    assert_eq!(ask(&*index, false, &asked).await, [Vec::<String>::new(), vec![], vec![]]);
    assert_eq!(ask(&*index, true, &[(PAGE, "Old")]).await, [Vec::<String>::new()]);
}
