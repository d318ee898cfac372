//! Histories to put into a data folder.

use portolan_core::git::commit::{NewCommit, NewSignature};
use portolan_core::git::{Kind, Object, Oid};
use portolan_ports::objects::NewObject;

pub(crate) fn new_object(kind: Kind, data: Vec<u8>, base: Option<Oid>) -> NewObject {
    let object = Object::new(kind, data);
    NewObject { base, ..NewObject::whole(object.id(), object) }
}

pub(crate) fn blob(text: &str) -> NewObject {
    new_object(Kind::Blob, text.as_bytes().to_vec(), None)
}

/// Bytes that look like prose to a compressor and differ for every seed.
pub(crate) fn prose(seed: u64, size: usize) -> String {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut text = String::new();
    while text.len() < size {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        text.push_str(
            ["harbour ", "chart ", "tide ", "beacon ", "fathom ", "lee\n", "anchor ", "swell "]
                [(state >> 61) as usize],
        );
        text.push_str(&(state >> 48).to_string());
    }
    text.truncate(size);
    text
}

/// A wiki in one flat folder that is edited page by page.
pub(crate) struct Flat {
    pages: Vec<Oid>,
    page_bytes: usize,
    tree: Option<NewObject>,
    pub(crate) head: Option<Oid>,
    commits: i64,
}

impl Flat {
    /// A wiki of `pages` pages; the objects of its first commit.
    pub(crate) fn new(pages: usize, page_bytes: usize) -> (Self, Vec<NewObject>) {
        let blobs: Vec<_> = (0..pages as u64).map(|page| blob(&prose(page, page_bytes))).collect();
        let mut flat = Self {
            pages: blobs.iter().map(|blob| blob.id).collect(),
            page_bytes,
            tree: None,
            head: None,
            commits: 0,
        };
        let mut objects = blobs;
        objects.extend(flat.commit());
        (flat, objects)
    }

    /// The objects of a commit that changes `page` in its middle.
    pub(crate) fn edit(&mut self, page: usize) -> Vec<NewObject> {
        let mut text = prose(page as u64, self.page_bytes);
        text.replace_range(
            self.page_bytes / 2..self.page_bytes / 2 + 20,
            &format!("edit {:015}", self.commits),
        );
        let blob = NewObject { base: Some(self.pages[page]), ..blob(&text) };
        self.pages[page] = blob.id;
        let mut objects = vec![blob];
        objects.extend(self.commit());
        objects
    }

    fn commit(&mut self) -> [NewObject; 2] {
        let mut data = Vec::new();
        for (number, id) in self.pages.iter().enumerate() {
            data.extend_from_slice(format!("100644 page-{number:05}.md\0").as_bytes());
            data.extend_from_slice(id.as_bytes());
        }
        let tree = new_object(Kind::Tree, data, self.tree.as_ref().map(|tree| tree.id));
        self.commits += 1;
        let signature = || NewSignature {
            name: "Ada".into(),
            email: "ada@example.org".into(),
            seconds: 1_700_000_000 + self.commits,
        };
        let commit = NewCommit {
            tree: tree.id,
            parents: self.head.into_iter().collect(),
            author: signature(),
            committer: signature(),
            message: format!("Edit {}\n", self.commits),
        };
        let commit = new_object(Kind::Commit, commit.encode().to_vec(), None);
        self.tree = Some(tree.clone());
        self.head = Some(commit.id);
        [tree, commit]
    }
}
