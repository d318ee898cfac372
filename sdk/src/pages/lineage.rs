//! Where a file's text comes from: its history as a graph of the commits that changed it.
//!
//! Commits that left the file alone are passed over. In a chain of commits, which is all that the wiki itself writes, the
//! index's order says it at once; below a merge the commits are walked as `git blame` walks them: through the first
//! parent that has the same text.

use std::collections::{BTreeMap, HashMap};

use bytes::Bytes;
use portolan_core::git::Oid;
use portolan_ports::index::{ChangeAt, CommitAt, CommitEntry, PathChange, Position};

use crate::desk::Desk;
use crate::index::bad_object;
use crate::{Error, Result};

/// Entries of a history asked for at once.
const ENTRIES: usize = 256;
/// Most texts read ahead, and bytes of them.
const TEXTS: usize = 64;
const TEXT_BYTES: usize = 8 << 20;
/// The longest text whose lines are followed, bytes.
pub(super) const MOST: usize = 4 << 20;

/// What one commit made of the file.
#[derive(Debug)]
pub(super) struct Origin {
    /// The file's blob after it; none where it is gone or no file (a symbolic link).
    pub(super) blob: Option<Oid>,
    pub(super) mode: u32,
    /// The commit's parents; of one in the chain they are not asked for.
    parents: Vec<Oid>,
    /// The file's path in git before it: another one where it was renamed here.
    name: Vec<u8>,
}

/// The history of the file `name`, read as far as it is asked for.
pub(super) struct Lineage<'d> {
    desk: &'d Desk,
    name: &'d [u8],
    /// Above it all is a chain.
    merge: Option<CommitAt>,
    origins: BTreeMap<Position, Origin>,
    /// Those that are not in the chain.
    by_commit: HashMap<Oid, Position>,
    /// All entries from here on are read.
    read: Position,
    /// How often indexes had been emptied when it was begun.
    resets: u64,
    texts: HashMap<Oid, Bytes>,
    ahead: usize,
}

impl<'d> Lineage<'d> {
    /// The history of `name` below `before`.
    pub(super) fn new(desk: &'d Desk, name: &'d [u8], before: Position) -> Result<Self> {
        let repo = &desk.wiki.repo;
        let resets = desk.portolan().resets();
        let merge = desk.ask(|index| async move { index.newest_merge(repo).await })?;
        Ok(Self {
            desk,
            name,
            merge,
            origins: BTreeMap::new(),
            by_commit: HashMap::new(),
            read: before,
            resets,
            texts: HashMap::new(),
            ahead: 2,
        })
    }

    /// The entry at a position that an answer of this named.
    pub(super) fn at(&self, position: Position) -> Result<&Origin> {
        let origin = self.origins.get(&position);
        origin.ok_or_else(|| Error::Internal("an entry of a history is not where it was".into()))
    }

    /// The commit that made the file what it is at `commit`: none where there is no such file then.
    pub(super) fn origin(&mut self, commit: Oid) -> Result<Option<Position>> {
        let name = self.name.to_vec();
        self.origin_called(commit, &name)
    }

    /// As [`Self::origin`], of the file that was called `name` at that commit.
    fn origin_called(&mut self, commit: Oid, name: &[u8]) -> Result<Option<Position>> {
        let mut at = commit;
        // What every commit on the way has, once it is known.
        let mut blob = None;
        loop {
            if let Some(position) = self.by_commit.get(&at) {
                return Ok(self.if_there(*position));
            }
            let Some(CommitAt { position, commit }) = self.desk.commit(at)? else {
                return Err(bad_object(at, &"the index does not know this commit"));
            };
            if self.is_in_chain(position) {
                return self.below(position + 1, name);
            }
            while self.read > position {
                self.read_on()?;
            }
            if let Some(position) = self.by_commit.get(&at) {
                return Ok(self.if_there(*position));
            }
            at = match commit.parents.as_slice() {
                [] => return Ok(None),
                [parent] => *parent,
                [first, ..] => {
                    blob = match blob {
                        None => self.desk.blob_at(at, name)?,
                        known => known,
                    };
                    if blob.is_none() {
                        return Ok(None);
                    }
                    let mut same = *first;
                    for parent in &commit.parents {
                        if self.desk.blob_at(*parent, name)? == blob {
                            same = *parent;
                            break;
                        }
                    }
                    same
                }
            };
        }
    }

    /// The commits that made the file what it is in each parent of the one at `position`, whatever it was called there; parents
    /// without the file are left out.
    pub(super) fn parents(&mut self, position: Position) -> Result<Vec<Position>> {
        let origin = self.at(position)?;
        let (name, commits) = (origin.name.clone(), origin.parents.clone());
        if self.is_in_chain(position) {
            return Ok(self.below(position, &name)?.into_iter().collect());
        }
        let mut parents = Vec::new();
        for parent in commits {
            parents.extend(self.origin_called(parent, &name)?);
        }
        Ok(parents)
    }

    /// The text at `position`, where there must be one. Texts that are likely to be asked for next are read with it.
    pub(super) fn text(&mut self, position: Position) -> Result<Bytes> {
        let blob = self.at(position)?.blob;
        let blob = blob.ok_or_else(|| Error::Internal("a text of a file that is not there".into()))?;
        if let Some(text) = self.texts.get(&blob) {
            return Ok(text.clone());
        }
        let older = self.origins.range(..position).rev().filter_map(|(_, origin)| origin.blob);
        let mut ids = vec![blob];
        ids.extend(older.take(self.ahead - 1));
        let texts = self.desk.blobs(&ids)?;
        let longest = texts.iter().map(Bytes::len).max().unwrap_or(0).max(1);
        self.ahead = (2 * self.ahead).min(TEXTS).min(TEXT_BYTES / longest).max(1);
        self.texts = ids.into_iter().zip(texts).collect();
        let text = self.texts.get(&blob).cloned().unwrap_or_default();
        if text.len() > MOST {
            let why =
                format!("a version of it is longer than {MOST} bytes, the most whose lines are followed");
            return Err(Error::invalid("", why));
        }
        Ok(text)
    }

    /// The commits at positions that answers of this named.
    pub(super) fn commits(&self, positions: &[Position]) -> Result<HashMap<Position, CommitEntry>> {
        let found = self.desk.commits_at(positions)?;
        // An index that was built anew may have put others there.
        if self.desk.portolan().resets() != self.resets {
            return Err(Error::Unavailable("the index was built anew meanwhile; ask again".into()));
        }
        Ok(found.into_iter().map(|CommitAt { position, commit }| (position, commit)).collect())
    }

    fn is_in_chain(&self, position: Position) -> bool {
        self.merge.as_ref().is_none_or(|merge| position > merge.position)
    }

    /// In the chain: the commit below `position` that made the file what it is there.
    fn below(&mut self, position: Position, name: &[u8]) -> Result<Option<Position>> {
        let found = loop {
            if let Some((found, _)) = self.origins.range(..position).next_back() {
                break Some(*found);
            }
            if self.read == 0 {
                break None;
            }
            self.read_on()?;
        };
        match (found, &self.merge) {
            (Some(found), _) if self.is_in_chain(found) => Ok(self.if_there(found)),
            (_, Some(merge)) => self.origin_called(merge.commit.id, name),
            _ => Ok(None),
        }
    }

    fn if_there(&self, position: Position) -> Option<Position> {
        self.origins.get(&position).and_then(|origin| origin.blob).map(|_| position)
    }

    fn read_on(&mut self) -> Result<()> {
        let found = self.desk.file_changes(self.name, self.read, ENTRIES)?;
        self.read = match found.last() {
            Some(last) if found.len() == ENTRIES => last.position,
            _ => 0,
        };
        let walked: Vec<Position> = found
            .iter()
            .map(|found| found.position)
            .filter(|position| !self.is_in_chain(*position))
            .collect();
        for ChangeAt { position, change } in found {
            let PathChange { path, new, mode, from, .. } = change;
            let blob = new.filter(|_| is_file(mode));
            let origin = Origin { blob, mode, parents: Vec::new(), name: from.unwrap_or(path) };
            self.origins.insert(position, origin);
        }
        if walked.is_empty() {
            return Ok(());
        }
        for CommitAt { position, commit } in self.desk.commits_at(&walked)? {
            self.by_commit.insert(commit.id, position);
            if let Some(origin) = self.origins.get_mut(&position) {
                origin.parents = commit.parents;
            }
        }
        Ok(())
    }
}

/// Whether a mode is a file's, executable or not.
pub(super) fn is_file(mode: u32) -> bool {
    mode & 0o170_000 == 0o100_000
}
