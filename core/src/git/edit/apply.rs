//! Making edits.

use std::collections::{HashMap, HashSet, hash_map};

use bytes::Bytes;

use super::{Edit, EditError, TreeEditor, walk};
use crate::git::tree::{self, EMPTY_TREE, Entry, Mode, Place, locate, replace};
use crate::git::{Kind, Object, Oid};

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
    /// The tree.
    pub object: Object,
    /// The folder's previous version: what to store a delta against. It was loaded here or reported before, so bases
    /// never form a ring.
    pub base: Option<Oid>,
}

/// A folder on the way to the path, and where in it the next segment is.
struct Level<'p> {
    /// The folder as it is; `None` where it must be made.
    folder: Option<(Oid, Bytes)>,
    segment: &'p [u8],
    place: Place,
}

impl TreeEditor {
    /// Makes one edit. On an error nothing has changed, and [`EditError::Missing`] is asked for by loading.
    ///
    /// What was reported must be stored: later edits count on it.
    pub fn apply(&mut self, path: &[u8], edit: Edit) -> Result<Applied, EditError> {
        let mut report = Vec::new();
        self.root = self.step(path, edit, &mut report)?;
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
            match self.step(path, *edit, &mut report) {
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

    /// Makes one edit, adds the new trees to `report` and to those loaded, and answers the new root.
    fn step(&mut self, path: &[u8], edit: Edit, report: &mut Vec<NewTree>) -> Result<Oid, EditError> {
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
            let (base, old) = folder.map_or((None, Bytes::new()), |(id, data)| (Some(id), data));
            let data: Bytes = replace(&old, place.range, segment, entry).into();
            self.replaced.extend(base);
            if data.is_empty() && !levels.is_empty() {
                entry = None;
                continue;
            }
            let object = Object::new(Kind::Tree, data);
            let id = object.id();
            self.replaced.remove(&id);
            if let hash_map::Entry::Vacant(vacant) = self.trees.entry(id) {
                vacant.insert(object.data.clone());
                report.push(NewTree { id, object, base: base.filter(|base| *base != EMPTY_TREE) });
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
            let data = self.need(id)?.clone();
            let place = locate(&data, segment, inner).map_err(|bad| EditError::Bad { id, bad })?;
            folder = match place.found {
                Some(entry) if entry.mode.is_tree() => Some(entry.id),
                Some(entry) if inner && entry.mode.is_file() => {
                    return Err(EditError::FileInTheWay(path[..end].to_vec()));
                }
                Some(_) if inner => return Err(EditError::NotOurs(path[..end].to_vec())),
                _ => None,
            };
            levels.push(Level { folder: Some((id, data)), segment, place });
            end += 1;
        }
        Ok(levels)
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
                tree
            })
            .collect())
    }
}
