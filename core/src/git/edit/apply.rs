//! Making edits.

use std::collections::{HashMap, HashSet, hash_map};
use std::ops::Range;
use std::sync::Arc;

use super::large::{Held, Large};
use super::{Edit, EditError, TreeEditor, walk};
use crate::git::tree::{self, EMPTY_TREE, Entry, Mode, Place, encode, locate, replace};
use crate::git::{Content, Delta, Kind, Object, Oid, delta};

/// What an edit has made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// The new root; [`EMPTY_TREE`] when nothing is left. The same as before when the edit changed nothing.
    pub root: Oid,
    /// Trees to store; a base among them comes before its use. Those that the editor had loaded or reported before are
    /// left out.
    pub trees: Vec<NewTree>,
}

/// A tree to store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTree {
    /// Its id.
    pub id: Oid,
    /// The tree. A large one is a delta against its base, which then is there; with the base's bytes, unless that was
    /// reported since the editor was [settled](TreeEditor::settle).
    pub content: Content,
    /// The folder's previous version: what to store a delta against. It was loaded here or reported before, so bases
    /// never form a ring.
    pub base: Option<Oid>,
}

/// A folder on the way to the path, and where in it the next segment is.
struct Level<'p> {
    /// The folder as it is; `None` where it must be made.
    folder: Option<Oid>,
    segment: &'p [u8],
    place: Place,
}

/// What became of one folder.
struct Made {
    id: Oid,
    held: Held,
    content: Content,
}

impl TreeEditor {
    /// Makes one edit. On an error nothing has changed, and [`EditError::Missing`] is asked for by loading.
    ///
    /// What was reported must be stored: later edits count on it.
    pub fn apply(&mut self, path: &[u8], edit: Edit) -> Result<Applied, EditError> {
        let mut report = Vec::new();
        self.root = self.step(path, edit, true, &mut report)?;
        Ok(Applied { root: self.root, trees: report })
    }

    /// Makes all `edits`, in order, as one: one new root, none of the trees in between. On an error nothing has changed;
    /// [`EditError::Missing`] then names all that is known to be missing.
    pub fn apply_all(&mut self, edits: &[(&[u8], Edit)]) -> Result<Applied, EditError> {
        let missing = self.missing(edits.iter().map(|(path, _)| *path));
        if !missing.is_empty() {
            return Err(EditError::Missing(missing));
        }
        let (before, replaced) = (self.root(), self.replaced.clone());
        let mut report = Vec::new();
        for (path, edit) in edits {
            match self.step(path, *edit, false, &mut report) {
                Ok(root) => self.root = root,
                Err(error) => {
                    (self.root, self.replaced) = (before, replaced);
                    self.forget(report.iter());
                    return Err(error);
                }
            }
        }
        let trees = self.drop_between(report)?;
        Ok(Applied { root: self.root(), trees })
    }

    /// Makes one edit, adds the new trees to `report` and to those loaded, and answers the new root. Where what it makes is
    /// `last`ing, large trees may be changed in place.
    fn step(
        &mut self,
        path: &[u8],
        edit: Edit,
        lasting: bool,
        report: &mut Vec<NewTree>,
    ) -> Result<Oid, EditError> {
        let mut levels = self.descend(path)?;
        let Some(last) = levels.last() else { return Err(EditError::BadPath(path.to_vec())) };
        let found = last.place.found;
        let mut entry = match (edit, found) {
            (_, Some(Entry { mode: Mode::Tree, .. })) | (Edit::Put { mode: Some(Mode::Tree), .. }, _) => {
                return Err(EditError::FolderInTheWay(path.to_vec()));
            }
            (Edit::Put { mode: None, .. }, Some(Entry { mode: Mode::Link | Mode::Commit, .. })) => {
                return Err(EditError::NotOurs(path.to_vec()));
            }
            (Edit::Put { id, mode: Some(mode) }, _) => Some((mode, id)),
            (Edit::Put { id, mode: None }, Some(found)) => Some((found.mode, id)),
            (Edit::Put { id, mode: None }, None) => Some((Mode::Blob, id)),
            (Edit::Remove, None) => return Err(EditError::NotFound(path.to_vec())),
            (Edit::Remove, Some(_)) => None,
        };
        if found.map(|found| (found.mode, found.id)) == entry {
            return Ok(self.root());
        }
        while let Some(Level { folder, segment, place }) = levels.pop() {
            let bytes = encode(segment, entry);
            let Made { id, held, content } = match folder {
                Some(id) if lasting && self.is_large(id) => self.change(id, place.range, &bytes),
                base => self.copy(base, place.range, &bytes),
            };
            self.replaced.extend(folder);
            if held.data().is_empty() && !levels.is_empty() {
                entry = None;
                continue;
            }
            self.replaced.remove(&id);
            match self.trees.entry(id) {
                hash_map::Entry::Vacant(vacant) => {
                    if matches!(held, Held::Large(_)) {
                        self.fresh.insert(id);
                    }
                    vacant.insert(held);
                    report.push(NewTree { id, content, base: folder.filter(|base| *base != EMPTY_TREE) });
                }
                // It may be at two paths now.
                hash_map::Entry::Occupied(_) => drop(self.fresh.remove(&id)),
            }
            entry = Some((Mode::Tree, id));
        }
        Ok(entry.map_or(EMPTY_TREE, |(_, id)| id))
    }

    /// The folders from the root to the one that holds `path`.
    fn descend<'p>(&self, path: &'p [u8]) -> Result<Vec<Level<'p>>, EditError> {
        let mut levels = Vec::new();
        let mut folder = Some(self.root());
        let mut segments = walk::segments(path)?.peekable();
        let mut end = 0;
        while let Some(segment) = segments.next() {
            end += segment.len();
            let inner = segments.peek().is_some();
            let Some(id) = folder else {
                levels.push(Level { folder: None, segment, place: Place { range: 0..0, found: None } });
                continue;
            };
            let place = locate(self.need(id)?, segment, inner).map_err(|bad| EditError::Bad { id, bad })?;
            folder = match place.found {
                Some(entry) if entry.mode.is_tree() => Some(entry.id),
                Some(entry) if inner && entry.mode.is_file() => {
                    return Err(EditError::FileInTheWay(path[..end].to_vec()));
                }
                Some(_) if inner => return Err(EditError::NotOurs(path[..end].to_vec())),
                _ => None,
            };
            levels.push(Level { folder: Some(id), segment, place });
            end += 1;
        }
        Ok(levels)
    }

    fn is_large(&self, id: Oid) -> bool {
        // A delta reaches no further than 4 GiB.
        self.tree(id).is_some_and(|data| (self.large..1 << 31).contains(&data.len()))
    }

    /// The tree `base` with `bytes` in the place of `range`, as a copy.
    fn copy(&self, base: Option<Oid>, range: Range<usize>, bytes: &[u8]) -> Made {
        let old = base.and_then(|id| self.tree(id)).unwrap_or_default();
        let object = Object::new(Kind::Tree, replace(old, range, bytes));
        Made { id: object.id(), held: Held::Whole(object.data.clone()), content: object.into() }
    }

    /// The same of a large tree, changed in place where nobody needs it as it is.
    fn change(&mut self, base: Oid, range: Range<usize>, bytes: &[u8]) -> Made {
        let own = if self.fresh.remove(&base) { self.trees.remove(&base) } else { None };
        let before = if own.is_some() { None } else { self.trees.get(&base).map(Held::bytes) };
        let held = own.or_else(|| self.trees.get(&base).cloned());
        let mut large = held.map_or_else(|| Arc::new(Large::new(&[])), Held::into_large);
        let (id, data) = Arc::make_mut(&mut large).splice(range, bytes);
        let content = Content::Delta(Delta { kind: Kind::Tree, data, before });
        Made { id, held: Held::Large(large), content }
    }

    fn forget<'t>(&mut self, trees: impl Iterator<Item = &'t NewTree>) {
        for tree in trees {
            self.trees.remove(&tree.id);
        }
    }

    /// Of the trees that several edits `report` keeps those that the last root reaches, with bases that are kept too or
    /// were there before; forgets the others.
    fn drop_between(&mut self, report: Vec<NewTree>) -> Result<Vec<NewTree>, EditError> {
        let bases: HashMap<Oid, Option<Oid>> = report.iter().map(|tree| (tree.id, tree.base)).collect();
        let mut kept = HashSet::new();
        let mut open = vec![self.root()];
        while let Some(id) = open.pop() {
            if !bases.contains_key(&id) || !kept.insert(id) {
                continue;
            }
            for entry in tree::entries(self.need(id)?) {
                let entry = entry.map_err(|bad| EditError::Bad { id, bad })?;
                if entry.mode.is_tree() {
                    open.push(entry.id);
                }
            }
        }
        self.forget(report.iter().filter(|tree| !kept.contains(&tree.id)));
        Ok(report
            .into_iter()
            .filter(|tree| kept.contains(&tree.id))
            .map(|mut tree| {
                while let Some(base) = tree.base
                    && let Some(older) = bases.get(&base)
                    && !kept.contains(&base)
                {
                    tree.base = *older;
                }
                self.shorten(&mut tree);
                tree
            })
            .collect())
    }

    /// Makes a delta of a large tree that was made whole.
    fn shorten(&self, tree: &mut NewTree) {
        let (Content::Whole(object), Some(base)) = (&tree.content, tree.base) else { return };
        let (true, Some(before)) = (self.is_large(base), self.trees.get(&base)) else { return };
        let delta = delta::edge(before.data(), &object.data);
        if delta.len() < object.data.len() / 2 {
            let before = Some(before.bytes());
            tree.content = Content::Delta(Delta { kind: Kind::Tree, data: delta.into(), before });
        }
    }
}
