use std::collections::{BTreeMap, HashMap};

use proptest::prelude::*;

use super::*;
use crate::git::{Content, Kind, Object};

fn id(byte: u8) -> Oid {
    Oid::from_bytes([byte; 20])
}

/// What a program around the editor does: keeps what it reports, loads what it asks for.
struct Writer {
    store: HashMap<Oid, Bytes>,
    editor: TreeEditor,
    loads: usize,
    /// What was handed over since the editor was settled.
    batch: HashSet<Oid>,
    large: usize,
    /// Trees that are stored may be reported again.
    again: bool,
}

impl Writer {
    fn new() -> Self {
        Self::with_large(LARGE)
    }

    fn with_large(large: usize) -> Self {
        let editor = TreeEditor { large, ..TreeEditor::new(EMPTY_TREE) };
        Self { store: HashMap::new(), editor, loads: 0, batch: HashSet::new(), large, again: false }
    }

    fn settle(&mut self) {
        self.editor.settle();
        self.batch.clear();
    }

    /// A new editor on the same root, that has loaded nothing.
    fn reopen(&mut self) {
        self.editor = TreeEditor { large: self.large, ..TreeEditor::new(self.editor.root()) };
        self.batch.clear();
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

    /// Before a batch: a new editor, a settled one, or the same.
    fn turn(&mut self, way: u8) {
        match way {
            0..3 => self.reopen(),
            3..5 => self.settle(),
            _ => {}
        }
    }

    fn prepare_all(&mut self, steps: &[Step]) {
        for (path, _) in steps {
            self.prepare(path.as_bytes());
        }
    }

    /// Undone edits may make trees again that are stored, in an editor that has not seen them.
    fn keep_again(&mut self, applied: &Applied) {
        self.again = true;
        self.keep(applied);
        self.again = false;
    }

    fn keep(&mut self, applied: &Applied) {
        for tree in &applied.trees {
            let before = tree.base.map(|base| self.store.get(&base).expect("a base comes before its use"));
            let object = match &tree.content {
                Content::Whole(object) => object.clone(),
                Content::Delta(delta) => {
                    let before = before.expect("a delta has a base");
                    match &delta.before {
                        Some(given) => assert_eq!(given, before),
                        None => assert!(self.batch.contains(&tree.base.unwrap()), "the base comes with it"),
                    }
                    delta.of(before).unwrap()
                }
            };
            assert_eq!((object.kind, object.id()), (Kind::Tree, tree.id));
            tree::verify(&object.data).unwrap();
            let again = self.store.insert(tree.id, object.data);
            assert!(tree.id == EMPTY_TREE || again.is_none() || self.again);
            self.batch.insert(tree.id);
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
    assert_eq!(last.trees[0].content, Object::new(Kind::Tree, Bytes::new()).into());
    assert_eq!(EMPTY_TREE, last.trees[0].id);
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
    writer.settle();
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
    writer.settle();
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

#[test]
fn a_large_tree_that_is_at_two_paths_is_not_changed_in_place() {
    let mut writer = Writer::with_large(1);
    for (path, byte) in [("other/x", 1), ("here/x", 2)] {
        writer.apply(path, Edit::put(id(byte))).unwrap();
    }
    writer.reopen();
    writer.again = true;
    // Now `here` is the tree that `other` is, which this editor has not seen.
    writer.apply("here/x", Edit::put(id(1))).unwrap();
    let steps = [("other/x".to_owned(), None), ("here/x".to_owned(), Some(3))];
    writer.prepare_all(&steps);
    for (path, byte) in &steps {
        let applied = writer.editor.apply(path.as_bytes(), edit(*byte)).unwrap();
        writer.keep(&applied);
    }
    assert_eq!(writer.files().into_keys().collect::<Vec<_>>(), ["here/x"]);
}

type Step = (String, Option<u8>);

/// Edits by batches, and what is done with the editor before each.
fn batches() -> impl Strategy<Value = Vec<(u8, Vec<Step>)>> {
    let step = ("[ab](/[ab]|[.0]){0,3}", prop::option::of(0_u8..3));
    prop::collection::vec((0..8_u8, prop::collection::vec(step, 1..5)), 0..20)
}

fn edit(byte: Option<u8>) -> Edit {
    byte.map_or(Edit::Remove, |byte| Edit::put(id(byte)))
}

/// The same on a map of files; false where it cannot be done.
fn put(map: &mut BTreeMap<String, (Mode, Oid)>, (path, byte): &Step) -> bool {
    let below = format!("{path}/");
    let clash = map.keys().any(|other| other.starts_with(&below) || path.starts_with(&format!("{other}/")));
    match byte {
        Some(byte) if !clash => {
            map.insert(path.clone(), (Mode::Blob, id(*byte)));
            true
        }
        None => map.remove(path).is_some(),
        Some(_) => false,
    }
}

proptest! {
    /// Several edits at once leave what a map of files holds.
    #[test]
    fn agrees_with_a_map(batches in batches(), large in prop::sample::select(vec![1, LARGE])) {
        let mut writer = Writer::with_large(large);
        let mut map = BTreeMap::new();
        for (way, steps) in batches {
            writer.turn(way);
            let edits: Vec<_> = steps.iter().map(|(path, byte)| (path.as_bytes(), edit(*byte))).collect();
            writer.prepare_all(&steps);
            let mut after = map.clone();
            let fits = steps.iter().all(|step| put(&mut after, step));
            match writer.editor.apply_all(&edits) {
                Ok(applied) => {
                    prop_assert!(fits);
                    writer.keep_again(&applied);
                    map = after;
                }
                Err(error) => prop_assert!(!fits, "{error}"),
            }
            prop_assert_eq!(&writer.files(), &map);
        }
    }

    /// Edits one by one, each on the tree as the one before left it, need no tree but those that were loaded for all of them.
    #[test]
    fn a_queue_agrees_with_a_map(batches in batches(), large in prop::sample::select(vec![1, LARGE])) {
        let mut writer = Writer::with_large(large);
        let mut map = BTreeMap::new();
        for (way, steps) in batches {
            writer.turn(way);
            writer.prepare_all(&steps);
            for step in &steps {
                let mut after = map.clone();
                let fits = put(&mut after, step);
                match writer.editor.apply(step.0.as_bytes(), edit(step.1)) {
                    Ok(applied) => {
                        prop_assert!(fits);
                        for tree in &applied.trees {
                            let base = tree.base.filter(|_| !matches!(tree.content, Content::Whole(_)));
                            prop_assert!(base.is_none_or(|base| base != tree.id));
                        }
                        writer.keep_again(&applied);
                        map = after;
                    }
                    Err(error) => prop_assert!(!fits && !matches!(error, EditError::Missing(_)), "{error}"),
                }
                prop_assert_eq!(&writer.files(), &map);
            }
        }
    }
}
