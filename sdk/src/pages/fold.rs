//! Folding writes onto the head of a wiki: each is checked on the tree as those before it left it, and becomes a commit
//! of its own. Pure work on prefetched trees and texts.

mod change;
mod merge;

use std::collections::{HashMap, HashSet};

use bytes::Bytes;
use portolan_core::git::{Edit, EditError, Entry, Oid, TreeEditor};
use portolan_core::text::merge::Conflict;
use portolan_ports::index::{Author, CommitEntry, FileChange};
use portolan_ports::ledger::{Effect, FileEffect, PageEffect};
use portolan_ports::objects::NewObject;

pub(super) use change::{Change, New};
pub(super) use merge::{MergedText, merge_texts};

use super::content::Prepared;
use super::job::{Action, Condition, Job, Named, One};
use crate::error::Current;
use crate::{Error, Options};

/// The wiki as the writes so far have left it.
#[derive(Debug)]
pub(super) struct Running {
    pub(super) editor: TreeEditor,
    pub(super) commit: Option<Oid>,
    pub(super) time: i64,
    /// What this fold has written, by path in git: the revision and author of each.
    touched: HashMap<Vec<u8>, (Oid, Author)>,
    /// What this fold has deleted, by path in git: what is there since is another page.
    deleted: HashSet<Vec<u8>>,
    /// Texts that may have to be merged into: those at the head that were prefetched, and those made here.
    texts: HashMap<Oid, Bytes>,
}

/// What a fold has made.
#[derive(Debug, Default)]
pub(super) struct Folded {
    pub(super) objects: Vec<NewObject>,
    pub(super) commits: Vec<CommitEntry>,
    pub(super) files: Vec<FileChange>,
}

/// What became of one write.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) effect: Effect,
    /// What the audit names, within the wiki; empty: the wiki itself.
    pub(super) target: String,
    /// The commit made, where something changed.
    pub(super) revision: Option<Oid>,
}

/// Several changes that are one commit.
#[derive(Debug)]
pub(super) struct Planned {
    pub(super) changes: Vec<Change>,
    /// What the commit says where its author says nothing.
    pub(super) message: String,
    pub(super) target: String,
    /// What was done, in a commit or, where there is nothing to change, in none.
    pub(super) effect: fn(&Self, Option<Oid>, Oid) -> Effect,
    /// From where to where, of a renaming.
    pub(super) moved: Option<(Named, Named)>,
}

/// Why a write was dropped from the fold.
#[derive(Debug)]
pub(super) enum Dropped {
    /// A condition does not hold. The page's revision and author are looked up by the caller, unless this fold made them.
    Condition { error: fn(Box<Current>) -> Error, path: Named, current: Box<Current> },
    /// It changes nothing: the caller finds the revision that stands.
    Unchanged { path: Named, version: Oid, bytes: u64, merged: bool, revision: Option<Oid> },
    /// There is no such page. Where this fold deleted it, by this commit.
    Absent { what: &'static str, deleted_in: Option<Oid> },
    /// It contradicts what the page has become.
    Conflict { path: Named, base: Oid, yours: Oid, current: Box<Current>, hunks: Vec<Conflict> },
    /// For another reason.
    Failed(Error),
}

impl From<EditError> for Dropped {
    fn from(error: EditError) -> Self {
        Self::Failed(edit_error(&error))
    }
}

/// What an edit of a tree that cannot be made means to who asked for it.
pub(super) fn edit_error(error: &EditError) -> Error {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    match error {
        EditError::FileInTheWay(at) => {
            Error::PathCollision { with: text(at), why: "it is a file, so nothing can be below it" }
        }
        EditError::FolderInTheWay(at) => Error::PathCollision { with: text(at), why: "it is a folder" },
        EditError::NotOurs(_) | EditError::BadPath(_) => Error::invalid("", error),
        EditError::NotFound(_) => Error::not_found("page"),
        EditError::Missing(_) | EditError::Bad { .. } => Error::Internal(error.to_string().into()),
    }
}

impl Running {
    pub(super) fn new(
        editor: TreeEditor,
        commit: Option<Oid>,
        time: i64,
        texts: HashMap<Oid, Bytes>,
    ) -> Self {
        Self { editor, commit, time, touched: HashMap::new(), deleted: HashSet::new(), texts }
    }

    /// Folds one write. `now` is in seconds since 1970. Must not be asked before all trees on its path are loaded.
    pub(super) fn one(
        &mut self,
        job: &Job,
        one: &One,
        now: i64,
        options: &Options,
        into: &mut Folded,
    ) -> Result<Outcome, Dropped> {
        let editor = &self.editor;
        let path = one.path.resolve(|path| matches!(editor.entry(path.as_bytes()), Ok(Some(_))));
        let name = path.git_path();
        let entry = self.editor.entry(name.as_bytes())?;
        if entry.is_some_and(|entry| !entry.mode.is_file()) {
            // Which of the errors it is, the editor says best.
            let put = Edit::put(Oid::ZERO);
            return Err(self
                .editor
                .clone()
                .apply(name.as_bytes(), put)
                .err()
                .map_or_else(|| Dropped::Failed(Error::not_found(path.what())), Dropped::from));
        }
        self.check(one, &path, entry)?;
        let (new, merged) = match &one.action {
            Action::Put(prepared) => (Some(prepared.as_ref().clone()), false),
            Action::Merge(merging) => {
                let (text, merged) = self.merged(one, merging, &path, entry, options)?;
                (Some(text), merged)
            }
            Action::Delete if entry.is_none() => return Err(self.absent(&path)),
            Action::Delete => (None, false),
        };
        if let (Some(entry), Some(new)) = (entry, &new)
            && entry.id == new.id
        {
            let revision = self.touched.get(name.as_bytes()).map(|(revision, _)| *revision);
            let bytes = new.object.data.len() as u64;
            return Err(Dropped::Unchanged { path, version: new.id, bytes, merged, revision });
        }
        if entry.is_none()
            && let Some(with) = self.editor.collision(name.as_bytes())?
        {
            return Err(Dropped::Failed(collision(&with)));
        }
        let message = match (entry, &new) {
            (None, _) => format!("Create {}", path.as_str()),
            (Some(_), Some(_)) => format!("Update {}", path.as_str()),
            (Some(_), None) => format!("Delete {}", path.as_str()),
        };
        let effect = effect(&path, entry, new.as_ref(), merged);
        let new = new.map(|prepared| New { prepared, mode: None });
        let change = Change { path: name.into_bytes(), entry, new, was_stub: false };
        let revision = self.commit(job, vec![change], message, now, options, into)?;
        Ok(Outcome { effect: effect(revision), target: path.as_str().to_owned(), revision: Some(revision) })
    }

    /// Folds several changes as one commit, which were planned on this very tree.
    pub(super) fn planned(
        &mut self,
        job: &Job,
        mut planned: Planned,
        now: i64,
        options: &Options,
        into: &mut Folded,
    ) -> Result<Outcome, Dropped> {
        let mut changes = std::mem::take(&mut planned.changes);
        // What stays as it is has no place in the commit's list, either: git would not show it.
        changes.retain(|change| !change.is_none());
        let revision = if changes.is_empty() {
            None
        } else {
            // What comes must not collide with what stays; what goes may make room for it.
            let mut left = self.editor.clone();
            for change in changes.iter().filter(|change| change.new.is_none()) {
                left.apply(&change.path, Edit::Remove)?;
            }
            for change in changes.iter().filter(|change| change.entry.is_none()) {
                if let Some(with) = left.collision(&change.path)? {
                    return Err(Dropped::Failed(collision(&with)));
                }
            }
            Some(self.commit(job, changes, planned.message.clone(), now, options, into)?)
        };
        let head = revision.or(self.commit).ok_or_else(|| Dropped::Failed(Error::not_found("page")))?;
        let effect = (planned.effect)(&planned, revision, head);
        Ok(Outcome { effect, target: planned.target, revision })
    }

    /// Whether the write's condition holds on the page as it is now.
    fn check(&self, one: &One, path: &Named, entry: Option<Entry>) -> Result<(), Dropped> {
        let error: fn(Box<Current>) -> Error = match (&one.condition, &one.action, entry) {
            (Condition::Absent, _, Some(_)) => Error::PageExists,
            (Condition::None, _, Some(_)) => Error::BaseRequired,
            (Condition::None, Action::Delete, None) | (Condition::Base(_), _, None) => {
                return Err(self.absent(path));
            }
            (Condition::Match(_), _, None) => Error::StaleBase,
            (Condition::Match(_), _, Some(entry)) if !one.versions.contains(&entry.id) => Error::StaleBase,
            (Condition::Base(_), _, Some(_))
                if one.versions.is_empty() || self.deleted.contains(path.git_path().as_bytes()) =>
            {
                Error::StaleBase
            }
            _ => return Ok(()),
        };
        let current = Box::new(self.current(path, entry));
        Err(Dropped::Condition { error, path: path.clone(), current })
    }

    /// The page as it is now, as far as this fold knows.
    fn current(&self, path: &Named, entry: Option<Entry>) -> Current {
        let made = self.touched.get(path.git_path().as_bytes()).filter(|_| entry.is_some());
        Current {
            version: entry.map(|entry| entry.id),
            revision: made.map(|(revision, _)| *revision),
            author: made.map(|(_, author)| author.clone()),
        }
    }

    fn absent(&self, path: &Named) -> Dropped {
        let made = self.touched.get(path.git_path().as_bytes());
        Dropped::Absent { what: path.what(), deleted_in: made.map(|(revision, _)| *revision) }
    }
}

fn collision(with: &[u8]) -> Error {
    Error::PathCollision {
        with: String::from_utf8_lossy(with).into_owned(),
        why: "they differ only in case, or in how letters with marks are encoded",
    }
}

/// What a write does, by the commit it makes.
fn effect(
    path: &Named,
    before: Option<Entry>,
    new: Option<&Prepared>,
    merged: bool,
) -> impl FnOnce(Oid) -> Effect + use<> {
    let (path, created) = (path.clone(), before.is_none());
    let new = new.map(|new| (new.id, new.object.data.len() as u64));
    move |commit| match (path, new) {
        (Named::Page(_), None) => Effect::PageDeleted { revision: commit, head: commit },
        (Named::File(_), None) => Effect::FileDeleted { revision: commit, head: commit },
        (Named::Page(path), Some((version, _))) => Effect::PageWritten(PageEffect {
            path,
            version,
            previous: before.map(|entry| entry.id),
            revision: commit,
            changed: true,
            created,
            merged,
            head: commit,
        }),
        (Named::File(path), Some((version, bytes))) => Effect::FileWritten(FileEffect {
            path,
            version,
            bytes,
            revision: commit,
            changed: true,
            created,
            head: commit,
        }),
    }
}
