//! A large folder that is changed in place: what comes as deltas is a repository like any other.

use portolan_core::git::commit::{NewCommit, NewSignature};
use portolan_core::git::{EMPTY_TREE, Edit, Kind, Object, Oid, TreeEditor};
use portolan_ports::Objects;
use portolan_ports::objects::{NewObject, ObjectsExt};

use crate::flat::{blob, new_object, prose};
use crate::support::Folder;

struct Wiki {
    editor: TreeEditor,
    head: Option<Oid>,
    batch: Vec<NewObject>,
    roots: Vec<Oid>,
}

impl Wiki {
    fn new() -> Self {
        Self { editor: TreeEditor::new(EMPTY_TREE), head: None, batch: Vec::new(), roots: Vec::new() }
    }

    /// One edit, or several at once, and its commit.
    fn commit(&mut self, edits: &[(&str, Option<String>)]) {
        let texts = edits.iter().filter_map(|(_, text)| Some(blob(text.as_ref()?)));
        let new: Vec<NewObject> = texts.collect();
        let mut ids = new.iter().map(|new| new.id);
        let edits: Vec<(&[u8], Edit)> = edits
            .iter()
            .map(|(path, text)| match text {
                Some(_) => (path.as_bytes(), Edit::put(ids.next().unwrap())),
                None => (path.as_bytes(), Edit::Remove),
            })
            .collect();
        let applied = match edits.as_slice() {
            [(path, edit)] => self.editor.apply(path, *edit),
            several => self.editor.apply_all(several),
        }
        .unwrap();
        self.batch.extend(new);
        self.batch.extend(applied.trees.into_iter().map(|tree| NewObject {
            id: tree.id,
            content: tree.content,
            deflated: None,
            base: tree.base,
        }));
        let signature = || NewSignature {
            name: "Ada".into(),
            email: "ada@example.org".into(),
            seconds: 1_700_000_000 + i64::try_from(self.roots.len()).unwrap(),
        };
        let commit = NewCommit {
            tree: applied.root,
            parents: self.head.into_iter().collect(),
            author: signature(),
            committer: signature(),
            message: format!("Edit {}\n", self.roots.len()),
        };
        let commit = new_object(Kind::Commit, commit.encode().to_vec(), None);
        self.head = Some(commit.id);
        self.batch.push(commit);
        self.roots.push(applied.root);
    }

    async fn store(&mut self, folder: &Folder) {
        folder.put(std::mem::take(&mut self.batch)).await;
        self.editor.settle();
    }
}

#[tokio::test]
async fn a_large_folder_that_is_changed_in_place_is_a_clean_repository() {
    let folder = Folder::new();
    let mut wiki = Wiki::new();
    let names: Vec<String> = (0..1500).map(|page| format!("page-{page:05}.md")).collect();
    let first: Vec<(&str, Option<String>)> =
        names.iter().enumerate().map(|(page, name)| (name.as_str(), Some(prose(page as u64, 60)))).collect();
    wiki.commit(&first);
    wiki.store(&folder).await;
    for batch in 0..30_u64 {
        for edit in 0..=batch % 5 {
            let at = usize::try_from((batch * 97 + edit * 31) % 1300).unwrap();
            let text = || Some(prose(batch * 100 + edit, 80));
            match (batch + edit) % 4 {
                0 => wiki.commit(&[(&format!("new-{batch}-{edit}.md"), text())]),
                1 if batch > 20 => {
                    let gone = &names[usize::try_from(1499 - batch * 5 - edit).unwrap()];
                    wiki.commit(&[(gone, None), (&names[at], text()), ("folder/below.md", text())]);
                }
                _ => wiki.commit(&[(&names[at], text())]),
            }
        }
        wiki.store(&folder).await;
        if batch == 15 {
            folder.objects.compact(&folder.repo).await.unwrap();
            // As after a restart: nothing is in memory.
            wiki.editor = TreeEditor::new(wiki.editor.root());
            for id in wiki.editor.missing([&b"folder/below.md"[..]]) {
                let tree = folder.reopened().need(&folder.repo, id, Kind::Tree).await.unwrap();
                wiki.editor.load(id, tree.data);
            }
        }
    }
    folder.show(wiki.head.unwrap()).await;
    for root in &wiki.roots {
        let tree = folder.objects.need(&folder.repo, *root, Kind::Tree).await.unwrap();
        assert_eq!(Object::new(Kind::Tree, tree.data).id(), *root);
    }
    folder.git(&["fsck", "--strict", "--full"]);
    assert_eq!(folder.git(&["rev-list", "--count", "main"]).trim(), wiki.roots.len().to_string());
    // The newest tree as git has it, page by page.
    let listed = folder.git(&["ls-tree", "--name-only", "main"]);
    assert!(listed.lines().any(|name| name == "folder"), "{listed}");
    assert!(listed.lines().count() < 1530, "pages went, too: {}", listed.lines().count());
}
