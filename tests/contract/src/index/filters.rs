use portolan_ports::Index;
use portolan_ports::index::{FileEntry, FileFilter, FileKind};

use super::help::{added, advance, as_it_is, changed, commit, files, page, pages, paths, put, wiki};
use crate::Fixture;

fn with_prefix(prefix: impl AsRef<[u8]>) -> FileFilter {
    FileFilter { prefix: prefix.as_ref().to_vec(), ..FileFilter::default() }
}

/// One file of each kind; the one that is no page is executable.
async fn kinds(index: &dyn Index) {
    let entries = [
        page("a.md", 1),
        FileEntry { kind: FileKind::File, mode: 0o100_755, ..page("run.sh", 2) },
        FileEntry { kind: FileKind::Kept, mode: 0o120_000, ..page("link", 3) },
        FileEntry { kind: FileKind::Kept, mode: 0o160_000, ..page("module", 4) },
        FileEntry { kind: FileKind::File, ..page("b.png", 5) },
    ];
    let changes = entries.iter().map(|entry| added(&entry.path, entry.bytes)).collect();
    advance(index, None, vec![commit(1, changes)], entries.map(as_it_is).to_vec()).await;
}

pub(super) async fn files_are_filtered_by_kind(index: Fixture<dyn Index>) {
    kinds(&*index).await;
    let of = async |kinds: &[FileKind]| {
        paths(&*index, &FileFilter { kinds: kinds.to_vec(), ..FileFilter::default() }).await
    };
    assert_eq!(of(&[]).await, ["a.md", "b.png", "link", "module", "run.sh"]);
    assert_eq!(of(&[FileKind::Page]).await, ["a.md"]);
    assert_eq!(of(&[FileKind::File]).await, ["b.png", "run.sh"]);
    assert_eq!(of(&[FileKind::Kept]).await, ["link", "module"]);
    assert_eq!(of(&[FileKind::Kept, FileKind::Page]).await, ["a.md", "link", "module"]);
}

/// By bytes, a page without its `.md`: nothing in a prefix is a pattern, nothing is folded, and no byte is beyond the
/// last.
pub(super) async fn files_are_filtered_by_prefix(index: Fixture<dyn Index>) {
    let names: [&[u8]; 10] = [
        b"Guides/Start.md",
        b"Guides/a_b.md",
        b"Guides/axb.md",
        b"Guidelines.md",
        b"guides/x.md",
        b"100%.md",
        b"1000.md",
        b"\xff\xff.md",
        b"\xff.md",
        b"\xc3\xa4.md",
    ];
    pages(&*index, &names).await;
    for (prefix, count) in [
        (&b""[..], 10),
        (b"Guid", 4),
        (b"Guides/", 3),
        (b"Guides/a_", 1),
        (b"Guides/a", 2),
        (b"guides", 1),
        (b"100%", 1),
        (b"100", 2),
        (b"%", 0),
        (b"*", 0),
        (b"\xff", 2),
        (b"\xff\xff", 1),
        (b"\xff\xff\xff", 0),
        (b"\xc3", 1),
        (b"Guidelines", 1),
        // A page counts without its ending.
        (b"Guidelines.", 0),
        (b"Guidelines.md", 0),
    ] {
        let found = files(&*index, &with_prefix(prefix)).await;
        assert_eq!(found.len(), count, "{:?}", String::from_utf8_lossy(prefix));
        assert!(found.iter().all(|file| file.path.starts_with(prefix)));
    }
}

pub(super) async fn files_are_filtered_by_time(index: Fixture<dyn Index>) {
    let first = commit(1, vec![added("a.md", 1), added("b.md", 1), added("c.md", 1)]);
    let mut old = commit(2, vec![changed("c.md", 1, 2)]);
    old.time = -100;
    let third = commit(3, vec![changed("b.md", 1, 2)]);
    let files = vec![put("a.md", 1), put("b.md", 2), put("c.md", 2)];
    advance(&*index, None, vec![first, old, third], files).await;
    let since = async |second| {
        paths(&*index, &FileFilter { updated_since: Some(second), ..FileFilter::default() }).await
    };
    assert_eq!(since(i64::MIN).await, ["a.md", "b.md", "c.md"]);
    assert_eq!(since(-100).await, ["a.md", "b.md", "c.md"]);
    assert_eq!(since(-99).await, ["a.md", "b.md"]);
    assert_eq!(since(1).await, ["a.md", "b.md"]);
    assert_eq!(since(2).await, ["b.md"]);
    assert_eq!(since(3).await, ["b.md"]);
    assert_eq!(since(4).await, Vec::<String>::new());
}

pub(super) async fn files_are_filtered_by_mode(index: Fixture<dyn Index>) {
    kinds(&*index).await;
    let executable = FileFilter { executable: true, ..FileFilter::default() };
    assert_eq!(paths(&*index, &executable).await, ["run.sh"]);
    assert_eq!(
        paths(&*index, &FileFilter { kinds: vec![FileKind::Page], ..executable }).await,
        Vec::<String>::new()
    );
}

/// A page of a filtered list is full while there is more.
pub(super) async fn filters_and_pages_work_together(index: Fixture<dyn Index>) {
    let names: Vec<String> =
        (0..30).map(|number| format!("{}/{number:02}.md", if number % 3 == 0 { "a" } else { "b" })).collect();
    let bytes: Vec<&[u8]> = names.iter().map(String::as_bytes).collect();
    pages(&*index, &bytes).await;
    let filter = FileFilter { kinds: vec![FileKind::Page], updated_since: Some(1), ..with_prefix("b/") };
    let (mut found, mut after) = (Vec::new(), None::<Vec<u8>>);
    loop {
        let page = index.files(&wiki(), &filter, after.as_deref(), 7).await.unwrap().value;
        assert_eq!(page.len(), 7.min(20 - found.len()));
        let Some(last) = page.last() else { break };
        after = Some(last.path.clone());
        found.extend(page.into_iter().map(|file| String::from_utf8(file.path).unwrap()));
    }
    let mut expected: Vec<_> = names.into_iter().filter(|name| name.starts_with('b')).collect();
    expected.sort();
    assert_eq!(found, expected);
    // A cursor before the prefix begins at it, one after it ends.
    assert_eq!(index.files(&wiki(), &filter, Some(b"a/00.md"), 3).await.unwrap().value.len(), 3);
    assert_eq!(index.files(&wiki(), &filter, Some(b"c"), 3).await.unwrap().value.len(), 0);
}
