use bytes::Bytes;
use proptest::prelude::*;

use super::*;

fn id(byte: u8) -> Oid {
    Oid::from_bytes([byte; 20])
}

fn raw(entries: &[(&str, &str, u8)]) -> Vec<u8> {
    let mut tree = Vec::new();
    for (mode, name, byte) in entries {
        tree.extend_from_slice(format!("{mode} {name}\0").as_bytes());
        tree.extend_from_slice(&[*byte; 20]);
    }
    tree
}

fn names(tree: &[u8]) -> Vec<(Mode, String)> {
    entries(tree)
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.mode, String::from_utf8(entry.name.to_vec()).unwrap()))
        .collect()
}

#[test]
fn modes_read_as_git_reads_them() {
    for (text, mode) in [
        ("40000", Mode::Tree),
        ("040000", Mode::Tree),
        ("100644", Mode::Blob),
        ("0100644", Mode::Blob),
        ("100664", Mode::Blob),
        ("100640", Mode::Blob),
        ("100755", Mode::Exec),
        ("100775", Mode::Exec),
        ("120000", Mode::Link),
        ("120777", Mode::Link),
        ("160000", Mode::Commit),
        ("0", Mode::Commit),
    ] {
        assert_eq!(names(&raw(&[(text, "x", 1)])), [(mode, "x".to_owned())], "{text}");
    }
}

#[test]
fn damage_is_told_once_and_by_place() {
    let good = raw(&[("100644", "a", 0), ("40000", "b", b' ')]);
    for (damaged, at) in [
        (&good[..good.len() - 1], 29),
        (&good[..31], 29),
        (&b"100644 a"[..], 0),
        (b"100644", 0),
        (b"12345678 a\0", 0),
        (&raw(&[("100844", "a", 1)])[..], 0),
        (&raw(&[("100644", "", 1)])[..], 0),
    ] {
        let read: Vec<_> = entries(damaged).collect();
        let (last, before) = read.split_last().unwrap();
        assert_eq!(last.unwrap_err().at, at, "{damaged:?}");
        assert!(before.iter().all(Result::is_ok));
        assert!(verify(damaged).is_err());
    }
    assert_eq!(entries(&good).count(), 2);
    assert_eq!(entries(b"").count(), 0);
}

#[test]
fn a_folder_is_found_behind_the_names_that_sort_before_its_slash() {
    let tree = raw(&[
        ("100644", "a", 1),
        ("100644", "b b", 2),
        ("100644", "b.md", 3),
        ("40000", "b", 4),
        ("100644", "b0", 5),
    ]);
    verify(&tree).unwrap();
    for (name, byte) in [("a", 1), ("b b", 2), ("b.md", 3), ("b", 4), ("b0", 5)] {
        assert_eq!(find(&tree, name.as_bytes()).unwrap().unwrap().id, id(byte), "{name}");
    }
    for name in ["", "A", "b.", "b.mdx", "b/", "c"] {
        assert_eq!(find(&tree, name.as_bytes()).unwrap(), None, "{name}");
    }
}

#[test]
fn splice_keeps_the_bytes_around_it() {
    let tree = raw(&[("100664", "a", 1), ("100644", "b.md", 2), ("040000", "c", 3)]);
    let put =
        |name: &str, mode, byte| splice(&tree, name.as_bytes(), Some((mode, id(byte)))).unwrap().unwrap();
    let x = ("100664", "a", 1);
    let y = ("100644", "b.md", 2);
    let z = ("040000", "c", 3);
    assert_eq!(put("b.md", Mode::Exec, 9), raw(&[x, ("100755", "b.md", 9), z]));
    assert_eq!(put("b", Mode::Blob, 9), raw(&[x, ("100644", "b", 9), y, z]));
    assert_eq!(put("b", Mode::Tree, 9), raw(&[x, y, ("40000", "b", 9), z]));
    assert_eq!(put("c.md", Mode::Blob, 9), raw(&[x, y, ("100644", "c.md", 9), z]));
    assert_eq!(put("c0", Mode::Blob, 9), raw(&[x, y, z, ("100644", "c0", 9)]));
    assert_eq!(put("Z", Mode::Blob, 9), raw(&[("100644", "Z", 9), x, y, z]));
    let removed = |name: &str| splice(&tree, name.as_bytes(), None).unwrap().unwrap();
    assert_eq!(removed("a"), raw(&[y, z]));
    assert_eq!(removed("c"), raw(&[x, y]));
    assert_eq!(removed("absent"), tree);
    assert_eq!(splice(&raw(&[x]), b"a", None).unwrap(), None);
    assert_eq!(splice(b"", b"a", Some((Mode::Blob, id(1)))).unwrap().unwrap(), raw(&[("100644", "a", 1)]));
}

#[test]
fn splice_refuses_what_is_no_entry() {
    let tree = raw(&[("100644", "a", 1), ("100644", "a.md", 2), ("40000", "c", 3)]);
    let put = |name: &[u8], mode| splice(&tree, name, Some((mode, id(9))));
    assert_eq!(put(b"a", Mode::Tree), Err(SpliceError::Taken(Mode::Blob)));
    assert_eq!(put(b"c", Mode::Link), Err(SpliceError::Taken(Mode::Tree)));
    for name in [&b""[..], b"a/b", b"a\0b"] {
        assert_eq!(put(name, Mode::Blob), Err(SpliceError::BadName));
    }
    assert!(matches!(splice(&tree[..10], b"z", None), Err(SpliceError::Bad(_))));
}

#[test]
fn verify_refuses_what_fsck_refuses() {
    let file = |name| ("100644", name, 1);
    let folder = |name| ("40000", name, 1);
    for bad in [
        raw(&[file("b"), file("a")]),
        raw(&[file("a"), file("a")]),
        raw(&[folder("a"), file("a.md")]),
        raw(&[file("a"), file("a.md"), folder("a")]),
        raw(&[file("a"), file("a-"), file("a-b"), file("a.md"), folder("a")]),
        raw(&[folder(".git")]),
        raw(&[folder(".GIT")]),
        raw(&[folder("git~1")]),
        raw(&[folder(".g\u{200c}it")]),
        raw(&[file("..")]),
        raw(&[file(".")]),
        raw(&[file("a/b")]),
    ] {
        assert!(verify(&bad).is_err(), "{:?}", names(&bad));
    }
    for good in [
        raw(&[]),
        raw(&[file("a.md"), folder("a"), file("a0")]),
        raw(&[file(".gitignore"), file("a~1"), ("100664", "b", 1)]),
    ] {
        verify(&good).unwrap();
    }
}

/// Names of all kinds, so many that a search skips most of them.
#[test]
fn every_name_is_found_in_a_large_folder() {
    let mut all: Vec<(String, bool)> = (0..600_u32)
        .map(|n| (format!("{}{}", "p".repeat(n as usize % 4), n / 3), n % 3 == 0))
        .chain(["p", "pp", "ppp.md", "p.md", "p-", "pp0"].map(|name| (name.to_owned(), name.len() < 3)))
        .collect();
    all.sort_by_key(|(name, folder)| (name.clone(), !folder));
    all.dedup_by_key(|(name, _)| name.clone());
    all.sort_by_key(|(name, folder)| format!("{name}{}", if *folder { "/" } else { "" }));
    let whole: Vec<_> = all
        .iter()
        .map(|(name, folder)| (if *folder { "40000" } else { "100644" }, name.as_str(), 1))
        .collect();
    let tree = raw(&whole);
    verify(&tree).unwrap();
    for (number, (mode, name, _)) in whole.iter().enumerate() {
        let entry = find(&tree, name.as_bytes()).unwrap().unwrap();
        assert_eq!(entry.mode.as_str(), *mode, "{name}");
        let without = splice(&tree, name.as_bytes(), None).unwrap().unwrap();
        assert_eq!(without, raw(&[&whole[..number], &whole[number + 1..]].concat()), "{name}");
        assert_eq!(find(&without, name.as_bytes()).unwrap(), None, "{name}");
        let again = splice(&without, name.as_bytes(), Some((entry.mode, id(1)))).unwrap().unwrap();
        assert_eq!(again, tree, "{name}");
    }
}

proptest! {
    /// A tree made by any splices is the sorted list of what a map holds.
    #[test]
    fn splice_agrees_with_a_map(steps in prop::collection::vec(
        ("[ab.\\-0]{1,3}", prop::option::of((any::<bool>(), any::<u8>()))), 0..60,
    )) {
        let mut map = std::collections::BTreeMap::new();
        let mut tree = Bytes::new();
        for (name, entry) in steps {
            let entry = entry.map(|(folder, byte)| (if folder { Mode::Tree } else { Mode::Blob }, id(byte)));
            match splice(&tree, name.as_bytes(), entry) {
                Ok(changed) => {
                    tree = changed.unwrap_or_default();
                    match entry {
                        Some(entry) => drop(map.insert(name.clone(), entry)),
                        None => drop(map.remove(&name)),
                    }
                }
                Err(SpliceError::Taken(mode)) => prop_assert_eq!(map[&name].0, mode),
                Err(error) => return Err(TestCaseError::fail(error.to_string())),
            }
            let found = find(&tree, name.as_bytes()).unwrap().map(|entry| (entry.mode, entry.id));
            prop_assert_eq!(found, map.get(&name).copied());
        }
        let mut expected: Vec<_> = map.into_iter().collect();
        expected.sort_by_key(|(name, (mode, _))| format!("{name}{}", if mode.is_tree() { "/" } else { "" }));
        let listed: Vec<_> = entries(&tree)
            .map(|entry| entry.unwrap())
            .map(|entry| (String::from_utf8(entry.name.to_vec()).unwrap(), (entry.mode, entry.id)))
            .collect();
        // `.` and `..` are names to a splice; the editor and `verify` refuse them.
        let dots = listed.iter().any(|(name, _)| name == "." || name == "..");
        prop_assert_eq!(verify(&tree).is_ok(), !dots);
        prop_assert_eq!(listed, expected);
    }

    #[test]
    fn any_bytes_are_read_without_a_panic(tree in prop::collection::vec(any::<u8>(), 0..80), name in "[a-c]{0,2}") {
        let _ = (entries(&tree).count(), find(&tree, name.as_bytes()), verify(&tree));
        let _ = splice(&tree, name.as_bytes(), Some((Mode::Blob, id(1))));
    }
}
