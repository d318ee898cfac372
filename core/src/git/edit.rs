//! Edits of a whole tree, one path at a time, on trees that were fetched before.
//!
//! A [`TreeEditor`] stands on a root and folds edits onto it in order, each giving a root of its own. It reads nothing
//! itself: it says which trees it still needs, the caller fetches them and asks again. So one editor serves a queue of
//! writers, and every edit is judged on the tree as its predecessors left it.

mod apply;
mod large;
mod walk;

use std::collections::{HashMap, HashSet};

use bytes::Bytes;

pub use self::apply::{Applied, NewTree};
use self::large::Held;
pub use self::large::LARGE;
use super::Oid;
use super::tree::{self, BadTree, EMPTY_TREE, Entry, Mode};

/// What becomes of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edit {
    /// The path holds the blob `id`. Folders on the way are made.
    Put {
        /// The blob.
        id: Oid,
        /// Its mode; `None` keeps what is there (an executable file stays one) and makes a plain file otherwise.
        mode: Option<Mode>,
    },
    /// The path is gone, and so is every folder that this leaves empty.
    Remove,
}

impl Edit {
    /// Puts the blob `id`, keeping the mode of what is there.
    pub const fn put(id: Oid) -> Self {
        Self::Put { id, mode: None }
    }
}

/// Why an edit was not made. The editor is then as before.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// Trees that must be [loaded](TreeEditor::load) first.
    #[error("{} trees are not loaded yet, the first is {}; load them and try again", .0.len(), .0[0])]
    Missing(Vec<Oid>),
    /// A tree cannot be read.
    #[error("tree {id}: {bad}")]
    Bad {
        /// The tree.
        id: Oid,
        /// What is wrong with it.
        bad: BadTree,
    },
    /// A part of the path that should be a folder is something else.
    #[error("\"{}\" is a file, so nothing can be below it; choose another folder", String::from_utf8_lossy(.0))]
    FileInTheWay(Vec<u8>),
    /// The path itself is a folder.
    #[error("\"{}\" is a folder; choose another name", String::from_utf8_lossy(.0))]
    FolderInTheWay(Vec<u8>),
    /// Symbolic links and submodules are kept as they are: nothing is written to them or below them.
    #[error("\"{}\" is a symbolic link or a submodule, which cannot be changed here", String::from_utf8_lossy(.0))]
    NotOurs(Vec<u8>),
    /// There is nothing to remove.
    #[error("\"{}\" does not exist", String::from_utf8_lossy(.0))]
    NotFound(Vec<u8>),
    /// Not a path: an empty segment, `.`, `..`, what some file system takes for `.git`, or NUL.
    #[error("\"{}\" is no path in a repository", String::from_utf8_lossy(.0))]
    BadPath(Vec<u8>),
}

/// Folds edits onto a root. Cloning shares the trees.
#[derive(Debug, Clone)]
pub struct TreeEditor {
    root: Oid,
    trees: HashMap<Oid, Held>,
    /// Trees that an edit has put another in place of.
    replaced: HashSet<Oid>,
    /// Large trees made since it was last asked what is missing, and at one path: the next edit there changes them in place.
    fresh: HashSet<Oid>,
    /// From how many bytes on a tree is changed in place.
    large: usize,
}

impl TreeEditor {
    /// An editor that stands on `root`; [`EMPTY_TREE`] for a wiki without a page.
    pub fn new(root: Oid) -> Self {
        let (trees, replaced, fresh) = (HashMap::new(), HashSet::new(), HashSet::new());
        Self { root, trees, replaced, fresh, large: LARGE }
    }

    /// The root as the edits so far have made it.
    pub const fn root(&self) -> Oid {
        self.root
    }

    /// Hands over a tree that was fetched. `data` is trusted to be that of `id`.
    pub fn load(&mut self, id: Oid, data: Bytes) {
        self.trees.insert(id, Held::Whole(data));
    }

    /// A tree that was loaded or made here.
    pub fn tree(&self, id: Oid) -> Option<&[u8]> {
        self.trees.get(&id).map(Held::data).or((id == EMPTY_TREE).then_some(&[]))
    }

    /// Forgets the trees that edits have replaced, so that an editor that lives long holds one version of each folder. To be asked
    /// when what was reported is stored: where a forgotten tree is in use at another path, it must be loaded again.
    pub fn settle(&mut self) {
        for id in self.replaced.drain() {
            self.trees.remove(&id);
        }
        self.fresh.clear();
    }

    /// The bytes of all trees it holds.
    pub fn bytes(&self) -> usize {
        self.trees.values().map(|tree| tree.data().len()).sum()
    }

    /// The trees to load before anything can be said about `paths`, as far as they are known: loading them may show
    /// that deeper ones are needed, so ask until the answer is empty. Never names a tree twice. What else is wrong with
    /// a path is told when it is edited.
    ///
    /// To be asked for all paths of a batch before its first edit: a tree that was made since may be at one of them, too, and is
    /// not changed in place any more.
    pub fn missing<'p>(&mut self, paths: impl IntoIterator<Item = &'p [u8]>) -> Vec<Oid> {
        self.fresh.clear();
        let mut ids = Vec::new();
        for path in paths {
            if let Err(EditError::Missing(more)) = self.entry(path) {
                ids.extend(more);
            }
        }
        ids.sort_unstable();
        ids.dedup();
        ids
    }

    /// What `path` holds, folders too; `None` where there is nothing, or where a part of the path is no folder.
    pub fn entry(&self, path: &[u8]) -> Result<Option<Entry>, EditError> {
        let mut at = Entry { mode: Mode::Tree, id: self.root };
        for segment in walk::segments(path)? {
            if !at.mode.is_tree() {
                return Ok(None);
            }
            let data = self.need(at.id)?;
            match tree::find(data, segment).map_err(|bad| EditError::Bad { id: at.id, bad })? {
                Some(entry) => at = entry,
                None => return Ok(None),
            }
        }
        Ok(Some(at))
    }

    fn need(&self, id: Oid) -> Result<&[u8], EditError> {
        self.tree(id).ok_or_else(|| EditError::Missing(vec![id]))
    }
}

#[cfg(test)]
mod tests;
