use portolan_ports::Index;
use portolan_ports::index::{FileEntry, FileFilter, FileKind};

use super::help::{
    ada, added, advance, as_it_is, blob, changed, commit, deleted, file, files, gone, history_ids, oids,
    page, pages, paths, put, wiki,
};
use crate::Fixture;
use crate::sample::oid;

/// A page by the path that people see: `a` is before `a b` and `a-b`, although `a.md` is not before `a b.md`.
pub(super) async fn files_are_listed_by_their_bytes(index: Fixture<dyn Index>) {
    let sorted: [&[u8]; 11] = [
        b"B.md",
        b"a",
        b"a.md",
        b"a b.md",
        b"a-b.md",
        b"a/a.md",
        b"a/b.md",
        b"a0.md",
        b"b.md",
        "\u{e4}.md".as_bytes(),
        b"\xff.md",
    ];
    let mut mixed = sorted;
    mixed.reverse();
    mixed.swap(2, 7);
    pages(&*index, &mixed).await;
    let listed: Vec<_> =
        files(&*index, &FileFilter::default()).await.into_iter().map(|file| file.path).collect();
    assert_eq!(listed, sorted);
}

pub(super) async fn files_page_without_gaps(index: Fixture<dyn Index>) {
    let names: Vec<String> = (0..10).map(|number| format!("p{number}.md")).collect();
    let bytes: Vec<&[u8]> = names.iter().map(String::as_bytes).collect();
    pages(&*index, &bytes).await;
    for limit in [1, 3, 10, 11] {
        let (mut found, mut after) = (Vec::new(), None::<Vec<u8>>);
        loop {
            let page =
                index.files(&wiki(), &FileFilter::default(), after.as_deref(), limit).await.unwrap().value;
            assert!(page.len() <= limit);
            let Some(last) = page.last() else { break };
            assert!(found.len() < names.len(), "in pages of {limit} the list has no end");
            after = Some(last.path.clone());
            found.extend(page.into_iter().map(|file| String::from_utf8(file.path).unwrap()));
        }
        assert_eq!(found, names, "in pages of {limit}");
    }
    // A cursor needs no file.
    let after = index.files(&wiki(), &FileFilter::default(), Some(b"p7.zz"), 10).await.unwrap().value;
    assert_eq!(after.len(), 2);
}

pub(super) async fn a_file_is_answered_with_all_it_has(index: Fixture<dyn Index>) {
    let names: [&[u8]; 3] = [b"a.md", b"img/\xff\n.png", b"link"];
    let entries = [
        FileEntry { title: "T\u{fc}r \u{1f6aa}\n".into(), redirect: Some("b/C".into()), ..page(names[0], 1) },
        FileEntry {
            kind: FileKind::File,
            mode: 0o100_755,
            bytes: 5_000_000_000,
            title: String::new(),
            ..page(names[1], 2)
        },
        FileEntry {
            kind: FileKind::Kept,
            mode: 0o120_000,
            bytes: 0,
            title: String::new(),
            ..page(names[2], 3)
        },
    ];
    let changes = (1..).zip(names).map(|(number, path)| added(path, number)).collect();
    advance(&*index, None, vec![commit(1, changes)], entries.iter().cloned().map(as_it_is).collect()).await;
    for entry in &entries {
        let full = FileEntry { last: oid(1), time: 1, author: Some(ada()), ..entry.clone() };
        assert_eq!(file(&*index, &entry.path).await, Some(full));
    }
    // Lists leave the author out.
    let expected = entries.map(|entry| FileEntry { last: oid(1), time: 1, author: None, ..entry });
    assert_eq!(files(&*index, &FileFilter::default()).await, expected);
}

pub(super) async fn the_first_path_that_is_a_file_is_answered(index: Fixture<dyn Index>) {
    pages(&*index, &[b"a.md", b"B.md"]).await;
    let first = async |asked: &[&[u8]]| index.file(&wiki(), asked).await.unwrap().value.map(|file| file.path);
    assert_eq!(first(&[b"x.md", b"B.md", b"a.md"]).await.as_deref(), Some(&b"B.md"[..]));
    assert_eq!(first(&[b"a.md", b"B.md"]).await.as_deref(), Some(&b"a.md"[..]));
    // In the bytes they have, neither folded nor cut.
    assert_eq!(first(&[b"A.md", b"b.md", b"a", b"a.md/", b""]).await, None);
}

pub(super) async fn a_deleted_file_is_gone_and_may_come_back(index: Fixture<dyn Index>) {
    pages(&*index, &[b"a.md", b"b.md"]).await;
    advance(&*index, Some(1), vec![commit(2, vec![deleted("a.md", 1)])], vec![gone("a.md")]).await;
    assert_eq!(file(&*index, "a.md").await, None);
    assert_eq!(paths(&*index, &FileFilter::default()).await, ["b.md"]);
    assert_eq!(history_ids(&*index, "a.md").await, oids([2, 1]));
    advance(&*index, Some(2), vec![commit(3, vec![added("a.md", 9)])], vec![put("a.md", 9)]).await;
    let back = file(&*index, "a.md").await.unwrap();
    assert_eq!((back.blob, back.last), (blob(9), oid(3)));
    assert_eq!(history_ids(&*index, "a.md").await, oids([3, 2, 1]));
}

pub(super) async fn a_changed_file_is_answered_as_it_is(index: Fixture<dyn Index>) {
    pages(&*index, &[b"a.md", b"b.md"]).await;
    let redirect = FileEntry { redirect: Some("B".into()), title: "New".into(), ..page("a.md", 5) };
    let commits = vec![commit(2, vec![changed("a.md", 1, 4)]), commit(3, vec![changed("a.md", 4, 5)])];
    advance(&*index, Some(1), commits, vec![as_it_is(redirect.clone())]).await;
    let expected = FileEntry { last: oid(3), time: 3, author: Some(ada()), ..redirect };
    assert_eq!(file(&*index, "a.md").await, Some(expected));
    let untouched = file(&*index, "b.md").await.unwrap();
    assert_eq!((untouched.last, untouched.time), (oid(1), 1));
    // What it was before is not kept.
    advance(&*index, Some(3), vec![commit(4, vec![changed("a.md", 5, 6)])], vec![put("a.md", 6)]).await;
    assert_eq!(file(&*index, "a.md").await.unwrap().redirect, None);
}

/// Newest in topological order, whatever the clocks of those who committed said.
pub(super) async fn the_last_commit_is_the_newest_of_the_history(index: Fixture<dyn Index>) {
    let mut second = commit(2, vec![changed("a.md", 1, 2)]);
    second.time = -50;
    let first = commit(1, vec![added("a.md", 1), added("b.md", 1)]);
    advance(&*index, None, vec![first, second, commit(3, vec![])], vec![put("a.md", 2), put("b.md", 1)])
        .await;
    let found = file(&*index, "a.md").await.unwrap();
    assert_eq!((found.last, found.time), (oid(2), -50));
    assert_eq!(file(&*index, "b.md").await.unwrap().last, oid(1));
    let listed = files(&*index, &FileFilter::default()).await;
    assert_eq!(
        listed.iter().map(|file| (file.last, file.time)).collect::<Vec<_>>(),
        [(oid(2), -50), (oid(1), 1)]
    );
}

/// The two heads' trees are alike, but the file was last changed since.
pub(super) async fn a_file_that_was_changed_and_restored_has_a_new_last_commit(index: Fixture<dyn Index>) {
    pages(&*index, &[b"a.md"]).await;
    let commits = vec![commit(2, vec![changed("a.md", 1, 2)]), commit(3, vec![changed("a.md", 2, 1)])];
    advance(&*index, Some(1), commits, vec![]).await;
    let found = file(&*index, "a.md").await.unwrap();
    assert_eq!((found.blob, found.last, found.time), (blob(1), oid(3), 3));
    let since = FileFilter { updated_since: Some(3), ..FileFilter::default() };
    assert_eq!(files(&*index, &since).await[0].last, oid(3));
    let commits = vec![commit(4, vec![deleted("a.md", 1)]), commit(5, vec![added("a.md", 1)])];
    advance(&*index, Some(3), commits, vec![]).await;
    assert_eq!(file(&*index, "a.md").await.unwrap().last, oid(5));
}

pub(super) async fn a_file_may_become_a_folder(index: Fixture<dyn Index>) {
    pages(&*index, &[b"a"]).await;
    let changes = vec![deleted("a", 1), added("a/b.md", 2)];
    advance(&*index, Some(1), vec![commit(2, changes)], vec![put("a/b.md", 2), gone("a")]).await;
    assert_eq!(paths(&*index, &FileFilter::default()).await, ["a/b.md"]);
    assert_eq!(history_ids(&*index, "a").await, oids([2, 1]));
    assert_eq!(history_ids(&*index, "a/b.md").await, oids([2]));
}
