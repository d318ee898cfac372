//! Changes of files, and the commit that they become.

use std::collections::HashMap;

use portolan_core::access::ActorKind;
use portolan_core::git::{
    EMPTY_TREE, Edit, Entry, Kind, Mode, NewCommit, NewSignature, Object, Oid, trailers,
};
use portolan_core::wiki::path::{self, classify};
use portolan_core::wiki::rename::{self, State, Step};
use portolan_ports::index::{Author, AuthorKind, CommitEntry, FileChange, FileEntry, FileKind, PathChange};
use portolan_ports::objects::NewObject;

use super::{Dropped, Folded, Prepared, Running};
use crate::Options;
use crate::index::mode_number;
use crate::pages::job::Job;

/// What becomes of one file.
#[derive(Debug)]
pub(in crate::pages) struct Change {
    /// Its path in git.
    pub(in crate::pages) path: Vec<u8>,
    /// What is there now.
    pub(in crate::pages) entry: Option<Entry>,
    /// What will be; none: nothing.
    pub(in crate::pages) new: Option<New>,
    /// Whether what is there now is a redirect stub. Where a commit changes but one file, it does not matter.
    pub(in crate::pages) was_stub: bool,
}

/// A file's new content.
#[derive(Debug)]
pub(in crate::pages) struct New {
    pub(in crate::pages) prepared: Prepared,
    /// None: what is there, or a plain file.
    pub(in crate::pages) mode: Option<Mode>,
}

impl Change {
    /// Whether it leaves the file as it is.
    pub(in crate::pages) fn is_none(&self) -> bool {
        match (&self.entry, &self.new) {
            (None, None) => true,
            (Some(entry), Some(New { prepared, mode })) => {
                entry.id == prepared.id && mode.is_none_or(|mode| mode == entry.mode)
            }
            _ => false,
        }
    }

    fn edit(&self) -> Edit {
        match &self.new {
            None => Edit::Remove,
            Some(New { prepared, mode }) => Edit::Put { id: prepared.id, mode: *mode },
        }
    }

    /// The mode after it; that before, where the file is gone.
    fn mode(&self) -> u32 {
        let there = self.entry.map(|entry| entry.mode);
        let mode = self.new.as_ref().and_then(|new| new.mode).or(there).unwrap_or(Mode::Blob);
        mode_number(mode)
    }
}

impl Running {
    /// Makes one commit of `changes`, of which there is at least one. `usual` is its message where its author says nothing.
    pub(super) fn commit(
        &mut self,
        job: &Job,
        mut changes: Vec<Change>,
        usual: String,
        now: i64,
        options: &Options,
        into: &mut Folded,
    ) -> Result<Oid, Dropped> {
        // As git has them, and so whoever builds the index from it.
        changes.sort_unstable_by(|one, other| one.path.cmp(&other.path));
        let applied = match changes.as_slice() {
            [one] => self.editor.apply(&one.path, one.edit())?,
            several => {
                let edits: Vec<(&[u8], Edit)> =
                    several.iter().map(|change| (change.path.as_slice(), change.edit())).collect();
                self.editor.apply_all(&edits)?
            }
        };
        self.time = self.time.max(now);
        let message = job.message.clone().unwrap_or(usual);
        let commit = self.commit_object(job, &message, applied.root, options);
        let object = Object::new(Kind::Commit, commit.encode());
        let id = object.id();
        for New { prepared, .. } in changes.iter().filter_map(|change| change.new.as_ref()) {
            self.texts.insert(prepared.id, prepared.object.data.clone());
            into.objects.push(NewObject {
                id: prepared.id,
                content: prepared.object.clone().into(),
                deflated: Some(prepared.deflated.clone()),
                base: None,
            });
        }
        into.objects.extend(applied.trees.into_iter().map(|tree| NewObject {
            id: tree.id,
            content: tree.content,
            deflated: None,
            base: tree.base,
        }));
        if applied.root == EMPTY_TREE {
            // Git knows the empty tree without its being stored, but its `fsck` wants to see it.
            let object = Object::new(Kind::Tree, Vec::new());
            into.objects.push(NewObject::whole(applied.root, object));
        }
        into.objects.push(NewObject::whole(id, object));
        self.record(job, changes, message, id, into);
        let parent = self.commit.replace(id);
        debug_assert_ne!(parent, Some(id), "a commit is not its own parent");
        Ok(id)
    }

    fn commit_object(&self, job: &Job, message: &str, root: Oid, options: &Options) -> NewCommit {
        let trailers = trailers::Trailers {
            request: job.call.request_id.as_ref(),
            principal: &job.actor.id,
            agent: None,
            owner: None,
            grant: None,
        };
        NewCommit {
            tree: root,
            parents: self.commit.into_iter().collect(),
            author: NewSignature {
                name: job.actor.name.clone(),
                email: job.email.clone().unwrap_or_default(),
                seconds: self.time,
            },
            committer: NewSignature {
                name: options.committer_name.clone(),
                email: options.committer_email.clone(),
                seconds: self.time,
            },
            message: trailers.append_to(message),
        }
    }

    /// Notes what the index must know of the commit just made.
    fn record(&mut self, job: &Job, changes: Vec<Change>, message: String, id: Oid, into: &mut Folded) {
        let author = author(job);
        let mut former = former(&changes);
        let paths = changes.iter().enumerate().map(|(index, change)| PathChange {
            path: change.path.clone(),
            old: change.entry.map(|entry| entry.id),
            new: change.new.as_ref().map(|new| new.prepared.id),
            mode: change.mode(),
            from: former.remove(&index),
        });
        into.commits.push(CommitEntry {
            id,
            parents: self.commit.into_iter().collect(),
            author: author.clone(),
            time: self.time,
            message,
            paths: paths.collect(),
        });
        for change in changes {
            if change.new.is_none() {
                self.deleted.insert(change.path.clone());
            }
            let mode = change.mode();
            let Change { path, new, .. } = change;
            // Only how a file is at the end of the fold counts.
            into.files.retain(|change| changed_path(change) != path);
            into.files.push(match new {
                None => FileChange::Gone(path.clone()),
                Some(New { prepared, .. }) => {
                    let kind = match classify(&path, mode) {
                        path::Entry::Page(_) => FileKind::Page,
                        path::Entry::File(_) => FileKind::File,
                        path::Entry::Kept(_) => FileKind::Kept,
                    };
                    let file = FileEntry {
                        path: path.clone(),
                        kind,
                        mode,
                        blob: prepared.id,
                        bytes: prepared.object.data.len() as u64,
                        title: prepared.facts.title,
                        redirect: prepared.facts.redirect,
                        last: id,
                        time: self.time,
                        author: None,
                    };
                    FileChange::Put { file, page: (kind == FileKind::Page).then_some(prepared.page) }
                }
            });
            self.touched.insert(path, (id, author.clone()));
        }
    }
}

fn changed_path(change: &FileChange) -> &[u8] {
    match change {
        FileChange::Put { file, .. } => &file.path,
        FileChange::Gone(path) => path,
    }
}

/// The former paths of pages that the changes of one commit have renamed, by their places: judged as from the commit itself.
fn former(changes: &[Change]) -> HashMap<usize, Vec<u8>> {
    if changes.len() < 2 {
        return HashMap::new();
    }
    let (mut places, mut steps) = (Vec::new(), Vec::new());
    for (index, change) in changes.iter().enumerate() {
        let path::Entry::Page(path) = classify(&change.path, change.mode()) else { continue };
        let before = match change.entry {
            None => State::Absent,
            Some(_) if change.was_stub => State::Stub(String::new()),
            Some(_) => State::Page,
        };
        let after = match &change.new {
            None => State::Absent,
            Some(new) => new.prepared.facts.redirect.clone().map_or(State::Page, State::Stub),
        };
        places.push(index);
        steps.push(Step { path, before, after });
    }
    let renames = rename::renames(&steps).into_iter();
    renames.map(|(from, to)| (places[to], changes[places[from]].path.clone())).collect()
}

/// The author of a write, as the index names him.
fn author(job: &Job) -> Author {
    let kind = match job.actor.kind {
        ActorKind::Member | ActorKind::Invitee => AuthorKind::Member,
        ActorKind::Agent => AuthorKind::Agent,
        ActorKind::Operator | ActorKind::System => AuthorKind::Operator,
    };
    Author { kind, id: Some(job.actor.id.clone()), name: job.actor.name.clone(), email: job.email.clone() }
}
