//! In which paths two trees differ.

use std::cmp::Ordering;
use std::collections::HashSet;

use bytes::Bytes;

use super::Oid;
use super::common::prefix;
use super::tree::{BadTree, Cursor, EMPTY_TREE, Entry, EntryRef, Raw, order};

/// One path in which two trees differ. Folders are not named, only what is in them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The path, its segments joined by `/`.
    pub path: Vec<u8>,
    /// What it was; `None` where it was not there.
    pub old: Option<Entry>,
    /// What it is; `None` where it is gone.
    pub new: Option<Entry>,
}

/// Why two trees could not be compared.
#[derive(Debug, thiserror::Error)]
pub enum DiffError<E> {
    /// A tree could not be loaded.
    #[error(transparent)]
    Load(E),
    /// A tree cannot be read.
    #[error("tree {id}: {bad}")]
    Bad {
        /// The tree.
        id: Oid,
        /// What is wrong with it.
        bad: BadTree,
    },
}

/// The changes from one tree to another, one at a time, in the order of their paths' bytes. Loads only folders that
/// differ, each when it is reached; ends after the first error.
///
/// A file that became a folder is the file gone and what is in the folder new. Modes are compared as [`Mode`] reads
/// them: an entry that only lost a historic mode has not changed.
///
/// [`Mode`]: super::tree::Mode
#[derive(Debug)]
pub struct TreeDiff<L> {
    load: L,
    path: Vec<u8>,
    open: Vec<Pair>,
}

/// Two versions of a folder, and how far each has been read.
#[derive(Debug)]
struct Pair {
    old: Side,
    new: Side,
    /// Length of the folder's own path, its slash included.
    path: usize,
    /// Bytes from here on in which both sides are known to be equal.
    equal: usize,
}

#[derive(Debug)]
struct Side {
    id: Oid,
    data: Bytes,
    at: usize,
}

impl Side {
    fn rest(&self) -> &[u8] {
        &self.data[self.at..]
    }

    fn peek(&self) -> Result<Option<Raw<'_>>, BadTree> {
        Cursor { tree: &self.data, at: self.at }.peek()
    }

    /// Goes past the entry that was peeked at.
    fn skip(&mut self) {
        if let Ok(Some(raw)) = self.peek() {
            self.at = raw.end();
        }
    }
}

/// What the next step of a pair came to.
enum Step {
    End,
    Differ { name: Vec<u8>, old: Option<Entry>, new: Option<Entry> },
}

impl<E, L: FnMut(Oid) -> Result<Bytes, E>> TreeDiff<L> {
    /// Compares the trees `old` and `new`; `None` is a tree without entries. `load` answers a tree's bytes.
    pub fn new(old: Option<Oid>, new: Option<Oid>, load: L) -> Result<Self, DiffError<E>> {
        let mut diff = Self { load, path: Vec::new(), open: Vec::new() };
        diff.enter(old, new)?;
        Ok(diff)
    }

    fn enter(&mut self, old: Option<Oid>, new: Option<Oid>) -> Result<(), DiffError<E>> {
        if old != new {
            let (old, new) = (self.side(old)?, self.side(new)?);
            let equal = prefix(&old.data, &new.data);
            self.open.push(Pair { old, new, path: self.path.len(), equal });
        }
        Ok(())
    }

    fn side(&mut self, id: Option<Oid>) -> Result<Side, DiffError<E>> {
        let id = id.unwrap_or(EMPTY_TREE);
        let data = if id == EMPTY_TREE { Bytes::new() } else { (self.load)(id).map_err(DiffError::Load)? };
        Ok(Side { id, data, at: 0 })
    }

    fn advance(&mut self) -> Result<Option<Change>, DiffError<E>> {
        while let Some(pair) = self.open.last_mut() {
            self.path.truncate(pair.path);
            match pair.step()? {
                Step::End => drop(self.open.pop()),
                Step::Differ { name, old, new } => {
                    self.path.extend_from_slice(&name);
                    // Both are folders, or neither is: otherwise their places in the order differ.
                    if old.or(new).is_some_and(|entry| entry.mode.is_tree()) {
                        self.path.push(b'/');
                        self.enter(old.map(|entry| entry.id), new.map(|entry| entry.id))?;
                    } else {
                        return Ok(Some(Change { path: self.path.clone(), old, new }));
                    }
                }
            }
        }
        Ok(None)
    }
}

impl<E, L: FnMut(Oid) -> Result<Bytes, E>> Iterator for TreeDiff<L> {
    type Item = Result<Change, DiffError<E>>;

    fn next(&mut self) -> Option<Self::Item> {
        let next = self.advance();
        if next.is_err() {
            self.open.clear();
        }
        next.transpose()
    }
}

impl Pair {
    /// Goes to the next entry in which the two differ.
    fn step<E>(&mut self) -> Result<Step, DiffError<E>> {
        let bad = |id| move |bad| DiffError::Bad { id, bad };
        loop {
            let old = self.old.peek().map_err(bad(self.old.id))?;
            // What is equal is walked over on one side only, and its end is not walked over at all.
            if let Some(raw) = &old {
                let length = raw.end() - raw.at;
                let rest = self.old.rest().len();
                if self.equal == rest && rest == self.new.rest().len() {
                    return Ok(Step::End);
                }
                if length <= self.equal {
                    self.old.at += length;
                    self.new.at += length;
                    self.equal -= length;
                    continue;
                }
            }
            let new = self.new.peek().map_err(bad(self.new.id))?;
            let first = match (&old, &new) {
                (None, None) => return Ok(Step::End),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some(old), Some(new)) => order(old.name, old.is_tree(), new.name, new.is_tree())
                    .then_with(|| old.name.len().cmp(&new.name.len())),
            };
            let old = old.filter(|_| first.is_le()).map(|raw| raw.decode()).transpose();
            let old = old.map_err(bad(self.old.id))?;
            let new = new.filter(|_| first.is_ge()).map(|raw| raw.decode()).transpose();
            let new = new.map_err(bad(self.new.id))?;
            let name = old.or(new).map(|entry| entry.name.to_vec()).unwrap_or_default();
            let entry = |entry: EntryRef<'_>| Entry { mode: entry.mode, id: entry.id };
            let (old, new) = (old.map(entry), new.map(entry));
            if old.is_some() {
                self.old.skip();
            }
            if new.is_some() {
                self.new.skip();
            }
            self.equal = prefix(self.old.rest(), self.new.rest());
            if old != new {
                return Ok(Step::Differ { name, old, new });
            }
        }
    }
}

/// The changes of a commit that no parent has: given its changes against each parent, those whose path is in all of
/// them, as they are against the first parent. With one parent these are all changes. What a merge took over from
/// either side is not its own (git's history simplification, `git log -- <path>`).
pub fn merge_changes(parents: Vec<Vec<Change>>) -> Vec<Change> {
    let mut parents = parents.into_iter();
    let mut own = parents.next().unwrap_or_default();
    for other in parents {
        let paths: HashSet<&[u8]> = other.iter().map(|change| change.path.as_slice()).collect();
        own.retain(|change| paths.contains(change.path.as_slice()));
    }
    own
}

#[cfg(test)]
mod tests;
