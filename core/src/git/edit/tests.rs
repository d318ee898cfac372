use std::collections::{BTreeMap, HashMap};

use proptest::prelude::*;

use super::*;
use crate::git::{Kind, Object};

fn id(byte: u8) -> Oid {
    Oid::from_bytes([byte; 20])
}

/// What a program around the editor does: keeps what it reports, loads what it asks for.
struct Writer {
    store: HashMap<Oid, Bytes>,
    editor: TreeEditor,
    loads: usize,
}

impl Writer {
    fn new() -> Self {
        Self { store: HashMap::new(), editor: TreeEditor::new(EMPTY_TREE), loads: 0 }
    }

    /// A new editor on the same root, that has loaded nothing.
    fn reopen(&mut self) {
        self.editor = TreeEditor::new(self.editor.root());
    }

    fn prepare(&mut self, path: &[u8]) {
        loop {
            let missing = self.editor.missing([path]);
            if missing.is_empty() {
                return;
            }
            for id in missing {
                self.loads += 1;
                self.editor.load(id, self.store[&id].clone());
            }
        }
    }

    fn apply(&mut self, path: &str, edit: Edit) -> Result<Applied, EditError> {
        self.prepare(path.as_bytes());
        let applied = self.editor.apply(path.as_bytes(), edit)?;
        self.keep(&applied);
        Ok(applied)
    }

    fn keep(&mut self, applied: &Applied) {
        for tree in &applied.trees {
            assert_eq!((tree.object.kind, tree.object.id()), (Kind::Tree, tree.id));
            assert!(
                tree.base.is_none_or(|base| self.store.contains_key(&base)),
                "a base comes before its use"
            );
            assert!(tree.id == EMPTY_TREE || self.store.insert(tree.id, tree.object.data.clone()).is_none());
            tree::verify(&tree.object.data).unwrap();
        }
        assert_eq!(applied.root, self.editor.root());
    }

    /// Every file under the root.
    fn files(&self) -> BTreeMap<String, (Mode, Oid)> {
        let mut files = BTreeMap::new();
        let mut open = vec![(String::new(), self.editor.root())];
        while let Some((prefix, folder)) = open.pop() {
            let data = if folder == EMPTY_TREE { &Bytes::new() } else { &self.store[&folder] };
            assert!(!data.is_empty() || prefix.is_empty(), "no folder is empty");
            for entry in tree::entries(data).map(|entry| entry.unwrap()) {
                let path = format!("{prefix}{}", std::str::from_utf8(entry.name).unwrap());
                match entry.mode {
                    Mode::Tree => open.push((path + "/", entry.id)),
                    mode => drop(files.insert(path, (mode, entry.id))),
                }
            }
        }
        files
    }
}

fn writer(paths: &[&str]) -> Writer {
    let mut writer = Writer::new();
    for path in paths {
        writer.apply(path, Edit::put(id(1))).unwrap();
    }
    writer.reopen();
    writer
}

#[test]
fn one_edit_makes_the_folders_on_its_way() {
    let mut writer = Writer::new();
    let first = writer.apply("a/b/c.md", Edit::put(id(1))).unwrap();
    assert_eq!(first.trees.len(), 3);
    assert!(first.trees.iter().all(|tree| tree.base.is_none()));
    let second = writer.apply("a/d.md", Edit::put(id(2))).unwrap();
    let bases: Vec<_> = second.trees.iter().map(|tree| tree.base).collect();
    assert_eq!(bases, [Some(first.trees[1].id), Some(first.root)]);
    let third = writer.apply("a/b/c.md", Edit::Remove).unwrap();
    assert_eq!(third.trees.len(), 2, "the folder b is gone");
    let last = writer.apply("a/d.md", Edit::Remove).unwrap();
    assert_eq!(last.root, EMPTY_TREE);
    assert_eq!(last.trees[0].object, Object::new(Kind::Tree, Bytes::new()));
    assert_eq!(EMPTY_TREE, last.trees[0].object.id());
}

#[test]
fn only_the_folders_on_the_way_are_asked_for() {
    let mut writer = writer(&["a/1", "a/b/2", "c/3"]);
    assert_eq!(
        writer.editor.apply(b"a/b/2", Edit::Remove),
        Err(EditError::Missing(vec![writer.editor.root()]))
    );
    writer.apply("a/b/2", Edit::put(id(2))).unwrap();
    assert_eq!(writer.loads, 3);
    writer.apply("a/1", Edit::put(id(3))).unwrap();
    assert_eq!(writer.loads, 3, "what was made is known");
    let entry = writer.editor.entry(b"a/b/2").unwrap();
    assert_eq!(entry, Some(Entry { mode: Mode::Blob, id: id(2) }));
    assert_eq!(writer.editor.entry(b"a/1/below").unwrap(), None);
    assert!(writer.editor.entry(b"a").unwrap().unwrap().mode.is_tree());
    assert_eq!(writer.editor.missing([&b"c/3"[..], b"c/4", b"c", b"..", b"a/1"]).len(), 1);
}

#[test]
fn a_settled_editor_holds_one_version_of_each_folder() {
    let mut writer = writer(&["a/1", "b/1", "c/2"]);
    writer.apply("a/1", Edit::put(id(2))).unwrap();
    writer.apply("a/1", Edit::put(id(3))).unwrap();
    writer.apply("a/1", Edit::put(id(2))).unwrap();
    let (loads, before) = (writer.loads, writer.files());
    writer.editor.settle();
    let held: usize = ["", "a"]
        .map(|folder| {
            let at = if folder.is_empty() {
                writer.editor.root()
            } else {
                writer.editor.entry(folder.as_bytes()).unwrap().unwrap().id
            };
            writer.store[&at].len()
        })
        .iter()
        .sum();
    assert_eq!(writer.editor.bytes(), held);
    assert_eq!(writer.files(), before);
    writer.apply("a/1", Edit::put(id(4))).unwrap();
    assert_eq!(writer.loads, loads, "what the root reaches is still known");
    // `a` and `b` were one tree: what an edit of the one replaced, the other still needs.
    writer.editor.settle();
    writer.apply("b/1", Edit::put(id(9))).unwrap();
    assert_eq!(writer.loads, loads + 1);
    assert_eq!(writer.files()["b/1"], (Mode::Blob, id(9)));
}

#[test]
fn an_edit_that_changes_nothing_makes_nothing() {
    let mut writer = writer(&["a/1"]);
    let root = writer.editor.root();
    let applied = writer.apply("a/1", Edit::put(id(1))).unwrap();
    assert_eq!(applied, Applied { root, trees: vec![] });
    writer.apply("a/1", Edit::put(id(2))).unwrap();
    let back = writer.apply("a/1", Edit::put(id(1))).unwrap();
    assert_eq!(back, Applied { root, trees: vec![] }, "these trees are stored already");
}

#[test]
fn modes_are_kept_or_set() {
    let mut writer = Writer::new();
    let put = |mode| Edit::Put { id: id(1), mode: Some(mode) };
    writer.apply("run", put(Mode::Exec)).unwrap();
    writer.apply("run", Edit::put(id(2))).unwrap();
    assert_eq!(writer.files()["run"], (Mode::Exec, id(2)));
    writer.apply("run", put(Mode::Blob)).unwrap();
    assert_eq!(writer.files()["run"], (Mode::Blob, id(1)));
    writer.apply("link", put(Mode::Link)).unwrap();
    writer.apply("sub/module", put(Mode::Commit)).unwrap();
    let not_ours = |path: &[u8]| Err(EditError::NotOurs(path.to_vec()));
    assert_eq!(writer.apply("link", Edit::put(id(2))), not_ours(b"link"));
    assert_eq!(writer.apply("link/below", Edit::put(id(2))), not_ours(b"link"));
    assert_eq!(writer.apply("sub/module/x/y", Edit::put(id(2))), not_ours(b"sub/module"));
    writer.apply("link", Edit::Remove).unwrap();
}

#[test]
fn files_and_folders_do_not_replace_each_other() {
    let mut writer = writer(&["a/b", "c"]);
    let before = writer.files();
    let put = Edit::put(id(2));
    for (path, edit, error) in [
        ("c/d", put, EditError::FileInTheWay(b"c".to_vec())),
        ("a/b/c/d", put, EditError::FileInTheWay(b"a/b".to_vec())),
        ("a", put, EditError::FolderInTheWay(b"a".to_vec())),
        ("a", Edit::Remove, EditError::FolderInTheWay(b"a".to_vec())),
        ("x", Edit::Put { id: id(1), mode: Some(Mode::Tree) }, EditError::FolderInTheWay(b"x".to_vec())),
        ("x", Edit::Remove, EditError::NotFound(b"x".to_vec())),
        ("x/y", Edit::Remove, EditError::NotFound(b"x/y".to_vec())),
    ] {
        assert_eq!(writer.apply(path, edit), Err(error), "{path}");
    }
    for path in ["", "/", "a/", "/a", "a//b", ".", "a/../b", ".git/config", "a/.GIT", "git~1/x", "a\0"] {
        assert_eq!(writer.apply(path, put), Err(EditError::BadPath(path.into())), "{path}");
    }
    assert_eq!(writer.files(), before);
}

#[test]
fn a_damaged_tree_is_named() {
    let mut editor = TreeEditor::new(id(7));
    editor.load(id(7), Bytes::from_static(b"100644 a\0short"));
    let bad = |result: Result<_, EditError>| {
        assert!(matches!(result, Err(EditError::Bad { id: at, .. }) if at == id(7)));
    };
    bad(editor.entry(b"a").map(drop));
    bad(editor.apply(b"a", Edit::Remove).map(drop));
    bad(editor.collision(b"a").map(drop));
}

#[test]
fn several_edits_make_one_root() {
    let mut writer = writer(&["a/1", "a/2", "b/3"]);
    let old_a = {
        writer.prepare(b"a");
        writer.editor.entry(b"a").unwrap().unwrap().id
    };
    let edits: [(&[u8], Edit); 4] = [
        (b"a/1", Edit::Remove),
        (b"a/9", Edit::put(id(1))),
        (b"a/2", Edit::put(id(2))),
        (b"b/3", Edit::Remove),
    ];
    let before = writer.editor.root();
    let missing = writer.editor.apply_all(&edits);
    assert!(matches!(missing, Err(EditError::Missing(ids)) if ids.len() == 2));
    for (path, _) in &edits {
        writer.prepare(path);
    }

    let failing = [&edits[..], &[(&b"b/3"[..], Edit::Remove)]].concat();
    assert_eq!(writer.editor.apply_all(&failing), Err(EditError::NotFound(b"b/3".to_vec())));
    assert_eq!(writer.editor.root(), before);

    let applied = writer.editor.apply_all(&edits).unwrap();
    writer.keep(&applied);
    let bases: Vec<_> = applied.trees.iter().map(|tree| tree.base).collect();
    assert_eq!(bases, [Some(old_a), Some(before)]);
    let paths: Vec<_> = writer.files().into_keys().collect();
    assert_eq!(paths, ["a/2", "a/9"]);
    // A tree that was only on the way is made again, and reported, when it comes up for itself.
    let again = writer.apply("a/9", Edit::Remove).unwrap();
    assert_eq!(again.trees.len(), 2);
}

#[test]
fn names_equal_but_for_case_are_found_on_every_level() {
    let mut writer = writer(&["Guides/Start.md", "Guides/Straße/x", "b/Ärger.md", "c"]);
    for (path, collision) in [
        ("guides/new.md", Some("Guides")),
        ("GUIDES", Some("Guides")),
        ("Guides/START.md", Some("Guides/Start.md")),
        ("Guides/STRASSE/y", Some("Guides/Straße")),
        ("b/A\u{308}RGER.md", Some("b/Ärger.md")),
        ("C/x", Some("c")),
        ("Guides/Start.md", None),
        ("Guides/Starts.md", None),
        ("Guides/new/guides", None),
        ("Guides", None),
        ("d", None),
    ] {
        writer.prepare(path.as_bytes());
        let found = writer.editor.collision(path.as_bytes()).unwrap();
        assert_eq!(found.as_deref(), collision.map(str::as_bytes), "{path}");
    }
}

proptest! {
    /// Any edits, one by one or several at once, leave what a map of files holds.
    #[test]
    fn agrees_with_a_map(batches in prop::collection::vec(
        (any::<bool>(), prop::collection::vec(("[ab](/[ab]|[.0]){0,3}", prop::option::of(0_u8..3)), 1..5)), 0..20,
    )) {
        let mut writer = Writer::new();
        let mut map = BTreeMap::new();
        for (reopen, steps) in batches {
            if reopen {
                writer.reopen();
            }
            let edit = |byte: Option<u8>| byte.map_or(Edit::Remove, |byte| Edit::put(id(byte)));
            let edits: Vec<_> = steps.iter().map(|(path, byte)| (path.as_bytes(), edit(*byte))).collect();
            for (path, _) in &steps {
                writer.prepare(path.as_bytes());
            }
            let mut after = map.clone();
            let mut fits = true;
            for (path, byte) in &steps {
                let below = format!("{path}/");
                let clash = after.keys().any(|other: &String| {
                    other.starts_with(&below) || path.starts_with(&format!("{other}/"))
                });
                match byte {
                    Some(byte) if !clash => drop(after.insert(path.clone(), (Mode::Blob, id(*byte)))),
                    None => fits &= after.remove(path).is_some(),
                    Some(_) => fits = false,
                }
                if !fits {
                    break;
                }
            }
            match writer.editor.apply_all(&edits) {
                Ok(applied) => {
                    prop_assert!(fits);
                    // Undone edits may make trees again that are stored, in an editor that has not seen them.
                    for tree in &applied.trees {
                        writer.store.remove(&tree.id);
                    }
                    writer.keep(&applied);
                    map = after;
                }
                Err(error) => prop_assert!(!fits, "{error}"),
            }
            prop_assert_eq!(&writer.files(), &map);
        }
    }
}
