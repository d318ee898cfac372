//! Objects to store, and shorthands of the cases.

use portolan_core::git::{Kind, Object, Oid};
use portolan_core::wiki::RepoId;
use portolan_ports::Objects;
use portolan_ports::objects::{NewObject, PackReceipt};

use crate::sample;

/// The repository that most cases use.
pub(super) fn repo() -> RepoId {
    sample::repo(1, 1)
}

/// The object, to be stored whole.
pub(super) fn new(object: Object) -> NewObject {
    NewObject::whole(object.id(), object)
}

pub(super) fn blob(text: impl Into<Vec<u8>>) -> NewObject {
    new(Object::new(Kind::Blob, text.into()))
}

/// A tree of files, whose names must be in order.
pub(super) fn tree(files: impl IntoIterator<Item = (String, Oid)>) -> NewObject {
    let mut data = Vec::new();
    for (name, id) in files {
        data.extend_from_slice(format!("100644 {name}\0").as_bytes());
        data.extend_from_slice(id.as_bytes());
    }
    new(Object::new(Kind::Tree, data))
}

pub(super) fn commit(tree: Oid, parent: Option<Oid>, message: &str) -> NewObject {
    let parent = parent.map(|id| format!("parent {id}\n")).unwrap_or_default();
    let who = "Ada <ada@example.org> 1767225600 +0000";
    let text = format!("tree {tree}\n{parent}author {who}\ncommitter {who}\n\n{message}\n");
    new(Object::new(Kind::Commit, text.into_bytes()))
}

/// A page, its tree and its commit.
pub(super) fn revision(parent: Option<Oid>, text: &str) -> [NewObject; 3] {
    let page = blob(text);
    let tree = tree([("Page.md".into(), page.id)]);
    let commit = commit(tree.id, parent, text);
    [page, tree, commit]
}

pub(super) async fn put(objects: &dyn Objects, repo: &RepoId, new: &[NewObject]) -> PackReceipt {
    objects.put_batch(repo, new.to_vec()).await.expect("storing works")
}

pub(super) async fn get(objects: &dyn Objects, repo: &RepoId, id: Oid) -> Option<Object> {
    let mut answers = objects.get_many(repo, &[id]).await.expect("reading works");
    assert_eq!(answers.len(), 1, "one id has one answer");
    answers.remove(0)
}

/// Fails unless every object of `expected` is there, byte for byte.
pub(super) async fn assert_has(objects: &dyn Objects, repo: &RepoId, expected: &[(Oid, Object)]) {
    let ids: Vec<Oid> = expected.iter().map(|(id, _)| *id).collect();
    let found = objects.get_many(repo, &ids).await.expect("reading works");
    assert_eq!(found.len(), ids.len());
    for ((id, object), found) in expected.iter().zip(found) {
        let found = found.unwrap_or_else(|| panic!("{id} is missing"));
        assert_eq!(found.kind, object.kind, "{id}");
        assert!(
            found.data == object.data,
            "{id}: {} bytes are not the {} stored",
            found.data.len(),
            object.data.len()
        );
    }
}

pub(super) async fn assert_has_all(objects: &dyn Objects, repo: &RepoId, new: &[NewObject]) {
    let expected: Vec<_> = new.iter().map(|new| (new.id, object_of(new).clone())).collect();
    assert_has(objects, repo, &expected).await;
}

/// The object of `new`, which is whole.
pub(super) fn object_of(new: &NewObject) -> &Object {
    new.content.whole().expect("it was made whole")
}

/// A text of these lines.
pub(super) fn text(lines: impl Iterator<Item = String>) -> String {
    lines.map(|line| line + "\n").collect()
}

/// Bytes that do not compress, the same for the same seed (xorshift64, Marsaglia 2003).
pub(super) fn noise(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed | 1;
    std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[3]
    })
    .take(length)
    .collect()
}
