use std::collections::{BTreeMap, HashMap};
use std::convert::Infallible;

use proptest::prelude::*;

use super::*;
use crate::git::edit::{Edit, TreeEditor};
use crate::git::tree::Mode;
use crate::git::{Kind, Object};

/// Trees by their ids.
type Store = HashMap<Oid, Bytes>;
type Files = BTreeMap<String, u8>;

fn id(byte: u8) -> Oid {
    Oid::from_bytes([byte; 20])
}

/// The tree that holds `files`, stored with all below it; what does not fit is left out of `files`.
fn build(store: &mut Store, files: &mut Files) -> Oid {
    let mut editor = TreeEditor::new(EMPTY_TREE);
    files.retain(|path, byte| match editor.apply(path.as_bytes(), Edit::put(id(*byte))) {
        Ok(applied) => {
            store.extend(
                applied
                    .trees
                    .into_iter()
                    .map(|tree| (tree.id, tree.content.whole().expect("these trees are small").data.clone())),
            );
            true
        }
        Err(_) => false,
    });
    editor.root()
}

fn diff(store: &Store, old: Oid, new: Oid) -> (Vec<Change>, usize) {
    let mut loaded = 0;
    let load = |id| {
        loaded += 1;
        Ok::<_, Infallible>(store[&id].clone())
    };
    let changes = TreeDiff::new(Some(old), Some(new), load).unwrap().map(Result::unwrap).collect();
    (changes, loaded)
}

fn files(paths: &[(&str, u8)]) -> Files {
    paths.iter().map(|(path, byte)| ((*path).to_owned(), *byte)).collect()
}

fn told(changes: &[Change]) -> Vec<(String, Option<Oid>, Option<Oid>)> {
    let id = |entry: Option<Entry>| entry.map(|entry| entry.id);
    let path = |change: &Change| String::from_utf8(change.path.clone()).unwrap();
    changes.iter().map(|change| (path(change), id(change.old), id(change.new))).collect()
}

#[test]
fn only_folders_that_differ_are_loaded() {
    let mut store = Store::new();
    let old = build(&mut store, &mut files(&[("a/1", 1), ("b/1", 1), ("b/c/2", 1), ("d", 1)]));
    let new = build(&mut store, &mut files(&[("a/1", 1), ("b/1", 2), ("b/c/2", 1), ("e/f", 1)]));
    let (changes, loaded) = diff(&store, old, new);
    let expected = [
        ("b/1".to_owned(), Some(id(1)), Some(id(2))),
        ("d".to_owned(), Some(id(1)), None),
        ("e/f".to_owned(), None, Some(id(1))),
    ];
    assert_eq!(told(&changes), expected);
    assert_eq!(loaded, 5, "both roots, both versions of b, and e");
    assert_eq!(diff(&store, old, old), (vec![], 0));
    assert_eq!(diff(&store, EMPTY_TREE, old).0.len(), 4);
}

#[test]
fn a_file_that_becomes_a_folder_is_gone() {
    let mut store = Store::new();
    let old = build(&mut store, &mut files(&[("a", 1), ("a.md", 1)]));
    let new = build(&mut store, &mut files(&[("a/x", 2), ("a.md", 1)]));
    let expected = [("a".to_owned(), Some(id(1)), None), ("a/x".to_owned(), None, Some(id(2)))];
    assert_eq!(told(&diff(&store, old, new).0), expected);
}

#[test]
fn modes_count_but_not_their_spelling() {
    let tree = |mode: &str| {
        let data = [format!("{mode} a\0").as_bytes(), &[1; 20]].concat();
        (Object::new(Kind::Tree, data.clone()).id(), Bytes::from(data))
    };
    let (plain, old, exec) = (tree("100644"), tree("100664"), tree("100755"));
    let store = Store::from([plain.clone(), old.clone(), exec.clone()]);
    assert_eq!(diff(&store, old.0, plain.0).0, []);
    let (changes, _) = diff(&store, plain.0, exec.0);
    let entry = |mode| Some(Entry { mode, id: id(1) });
    assert_eq!(changes, [Change { path: b"a".to_vec(), old: entry(Mode::Blob), new: entry(Mode::Exec) }]);
}

#[test]
fn what_cannot_be_read_ends_the_diff() {
    let mut store = Store::new();
    let good = build(&mut store, &mut files(&[("a", 1), ("b", 1)]));
    store.insert(id(9), store[&good].slice(..40));
    let all: Vec<_> = TreeDiff::new(Some(good), Some(id(9)), |id| Ok::<_, Infallible>(store[&id].clone()))
        .unwrap()
        .collect();
    assert!(matches!(all.last(), Some(Err(DiffError::Bad { id: bad, .. })) if *bad == id(9)), "{all:?}");
    assert_eq!(all.iter().filter(|change| change.is_err()).count(), 1);
    let refused = TreeDiff::new(Some(good), None, |_| Err("unplugged"));
    assert!(matches!(refused, Err(DiffError::Load("unplugged"))));
}

#[test]
fn a_merge_changes_what_no_parent_has() {
    let change = |path: &str| Change {
        path: path.into(),
        old: None,
        new: Some(Entry { mode: Mode::Blob, id: id(1) }),
    };
    let changes = |paths: &[&str]| paths.iter().map(|path| change(path)).collect::<Vec<_>>();
    for (parents, own) in [
        (vec![], &[][..]),
        (vec![changes(&["a", "b"])], &["a", "b"][..]),
        (vec![changes(&["a", "b"]), changes(&["b", "c"])], &["b"]),
        (vec![changes(&["a", "b"]), changes(&["b", "a"]), changes(&["c"])], &[]),
    ] {
        assert_eq!(merge_changes(parents), changes(own));
    }
}

proptest! {
    /// The diff of two trees is that of the two maps they were made from.
    #[test]
    fn agrees_with_maps(
        old in prop::collection::btree_map("[ab](/[ab.]|[.0b]){0,3}", 0_u8..3, 0..20),
        new in prop::collection::btree_map("[ab](/[ab.]|[.0b]){0,3}", 0_u8..3, 0..20),
        keep in any::<bool>(),
    ) {
        let (mut old, mut new, mut store) = (old, new, Store::new());
        if keep {
            new.extend(old.clone());
        }
        let (old_root, new_root) = (build(&mut store, &mut old), build(&mut store, &mut new));
        let mut paths: Vec<_> = old.keys().chain(new.keys()).collect();
        paths.sort();
        paths.dedup();
        let id = |files: &Files, path| files.get(path).copied().map(id);
        let expected: Vec<_> = paths
            .into_iter()
            .map(|path: &String| (path.clone(), id(&old, path), id(&new, path)))
            .filter(|(_, old, new)| old != new)
            .collect();
        prop_assert_eq!(told(&diff(&store, old_root, new_root).0), expected);
    }
}
