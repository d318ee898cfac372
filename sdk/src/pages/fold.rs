//! Folding writes onto the head of a wiki: each is checked on the tree as those before it left it, and becomes a commit
//! of its own. Pure work on prefetched trees.

use std::collections::HashMap;

use portolan_core::access::ActorKind;
use portolan_core::git::{
    Edit, EditError, Entry, Kind, Mode, NewCommit, NewSignature, Object, Oid, TreeEditor, trailers,
};
use portolan_core::wiki::path::PagePath;
use portolan_ports::index::{Author, AuthorKind, CommitEntry, FileChange, FileEntry, FileKind, PathChange};
use portolan_ports::ledger::{Effect, PageEffect};
use portolan_ports::objects::NewObject;

use super::content::Prepared;
use super::job::{Action, Condition, Job};
use crate::error::Current;
use crate::{Error, Options};

/// The wiki as the writes so far have left it.
#[derive(Debug)]
pub(super) struct Running {
    pub(super) editor: TreeEditor,
    pub(super) commit: Option<Oid>,
    pub(super) time: i64,
    /// What this fold has written, by path: the revision and author of each.
    touched: HashMap<String, (Oid, Author)>,
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
    /// The page, as the audit names it.
    pub(super) path: PagePath,
    /// The commit made, where something changed.
    pub(super) revision: Option<Oid>,
}

/// Why a write was dropped from the fold.
#[derive(Debug)]
pub(super) enum Dropped {
    /// A condition does not hold. The page's revision and author are looked up by the caller, unless this fold made them.
    Condition { error: fn(Box<Current>) -> Error, path: PagePath, current: Box<Current> },
    /// It changes nothing: the caller finds the revision that stands.
    Unchanged { path: PagePath, version: Oid, revision: Option<Oid> },
    /// There is no such page. Where this fold deleted it, by this commit.
    Absent { deleted_in: Option<Oid> },
    /// For another reason.
    Failed(Error),
}

impl From<EditError> for Dropped {
    fn from(error: EditError) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Self::Failed(match &error {
            EditError::FileInTheWay(at) => {
                Error::PathCollision { with: text(at), why: "it is a file, so nothing can be below it" }
            }
            EditError::FolderInTheWay(at) => Error::PathCollision { with: text(at), why: "it is a folder" },
            EditError::NotOurs(_) | EditError::BadPath(_) => Error::invalid("", error),
            EditError::NotFound(_) => Error::not_found("page"),
            EditError::Missing(_) | EditError::Bad { .. } => Error::Internal(error.to_string().into()),
        })
    }
}

impl Running {
    pub(super) fn new(editor: TreeEditor, commit: Option<Oid>, time: i64) -> Self {
        Self { editor, commit, time, touched: HashMap::new() }
    }

    /// Folds one write. `now` is in seconds since 1970. Must not be asked before all trees on its path are loaded.
    pub(super) fn fold(
        &mut self,
        job: &Job,
        now: i64,
        options: &Options,
        into: &mut Folded,
    ) -> Result<Outcome, Dropped> {
        let editor = &self.editor;
        let path = job.path.resolve(|path| matches!(editor.entry(path.as_bytes()), Ok(Some(_))));
        let git_path = path.git_path();
        let entry = self.editor.entry(git_path.as_bytes())?;
        if entry.is_some_and(|entry| !entry.mode.is_file()) {
            // Which of the errors it is, the editor says best.
            let put = Edit::put(Oid::ZERO);
            return Err(self
                .editor
                .clone()
                .apply(git_path.as_bytes(), put)
                .err()
                .map_or_else(|| Dropped::Failed(Error::not_found("page")), Dropped::from));
        }
        self.check(job, &path, entry)?;
        let (edit, new) = match &job.action {
            Action::Put(prepared) => {
                if entry.is_some_and(|entry| entry.id == prepared.id) {
                    let revision = self.touched.get(path.as_str()).map(|(revision, _)| *revision);
                    return Err(Dropped::Unchanged { path, version: prepared.id, revision });
                }
                (Edit::put(prepared.id), Some(prepared.as_ref()))
            }
            Action::Delete if entry.is_none() => return Err(self.absent(&path)),
            Action::Delete => (Edit::Remove, None),
        };
        if entry.is_none()
            && let Some(with) = self.editor.collision(git_path.as_bytes())?
        {
            let with = String::from_utf8_lossy(&with).into_owned();
            return Err(Dropped::Failed(Error::PathCollision { with, why: "they differ only in case" }));
        }
        let applied = self.editor.apply(git_path.as_bytes(), edit)?;
        self.time = self.time.max(now);
        let commit = self.commit_object(job, &path, applied.root, entry.is_none(), options);
        let object = Object::new(Kind::Commit, commit.encode());
        let id = object.id();
        if let Some(prepared) = new {
            into.objects.push(NewObject {
                id: prepared.id,
                object: prepared.object.clone(),
                deflated: Some(prepared.deflated.clone()),
                base: None,
            });
        }
        into.objects.extend(applied.trees.into_iter().map(|tree| NewObject {
            id: tree.id,
            object: tree.object,
            deflated: None,
            base: tree.base,
        }));
        if applied.root == portolan_core::git::EMPTY_TREE {
            // Git knows the empty tree without its being stored, but its `fsck` wants to see it.
            let object = Object::new(Kind::Tree, Vec::new());
            into.objects.push(NewObject { id: applied.root, object, deflated: None, base: None });
        }
        into.objects.push(NewObject { id, object, deflated: None, base: None });
        self.record(job, &path, entry, new, id, into);
        let parent = self.commit.replace(id);
        debug_assert_ne!(parent, Some(id), "a commit is not its own parent");
        Ok(Outcome { effect: effect(&path, entry, new, id), path, revision: Some(id) })
    }

    /// Whether the write's condition holds on the page as it is now.
    fn check(&self, job: &Job, path: &PagePath, entry: Option<Entry>) -> Result<(), Dropped> {
        let current = || {
            let made = self.touched.get(path.as_str()).filter(|_| entry.is_some());
            Box::new(Current {
                version: entry.map(|entry| entry.id),
                revision: made.map(|(revision, _)| *revision),
                author: made.map(|(_, author)| author.clone()),
            })
        };
        let error: fn(Box<Current>) -> Error = match (&job.condition, &job.action, entry) {
            (Condition::Absent, _, Some(_)) => Error::PageExists,
            (Condition::None, _, Some(_)) => Error::BaseRequired,
            (Condition::None, Action::Delete, None) => return Err(self.absent(path)),
            (Condition::Match(_), _, None) => Error::StaleBase,
            (Condition::Match(_), _, Some(entry)) if !job.versions.contains(&entry.id) => Error::StaleBase,
            _ => return Ok(()),
        };
        Err(Dropped::Condition { error, path: path.clone(), current: current() })
    }

    fn absent(&self, path: &PagePath) -> Dropped {
        Dropped::Absent { deleted_in: self.touched.get(path.as_str()).map(|(revision, _)| *revision) }
    }

    fn commit_object(
        &self,
        job: &Job,
        path: &PagePath,
        root: Oid,
        is_new: bool,
        options: &Options,
    ) -> NewCommit {
        let default = || match &job.action {
            Action::Put(_) if is_new => format!("Create {path}"),
            Action::Put(_) => format!("Update {path}"),
            Action::Delete => format!("Delete {path}"),
        };
        let message = job.message.clone().unwrap_or_else(default);
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
            message: trailers.append_to(&message),
        }
    }

    /// Notes what the index must know of the commit just made.
    fn record(
        &mut self,
        job: &Job,
        path: &PagePath,
        entry: Option<Entry>,
        new: Option<&Prepared>,
        id: Oid,
        into: &mut Folded,
    ) {
        let git_path = path.git_path().into_bytes();
        let author = author(job);
        let mode = if entry.is_some_and(|entry| entry.mode == Mode::Exec) { 0o100_755 } else { 0o100_644 };
        let message = job.message.clone().unwrap_or_else(|| match (entry, new) {
            (None, _) => format!("Create {path}"),
            (Some(_), Some(_)) => format!("Update {path}"),
            (Some(_), None) => format!("Delete {path}"),
        });
        into.commits.push(CommitEntry {
            id,
            parents: self.commit.into_iter().collect(),
            author: author.clone(),
            time: self.time,
            message,
            paths: vec![PathChange {
                path: git_path.clone(),
                old: entry.map(|entry| entry.id),
                new: new.map(|prepared| prepared.id),
                mode,
                // A commit of one path is no rename.
                from: None,
            }],
        });
        let change = match new {
            None => FileChange::Gone(git_path.clone()),
            Some(prepared) => {
                let file = FileEntry {
                    path: git_path.clone(),
                    kind: FileKind::Page,
                    mode,
                    blob: prepared.id,
                    bytes: prepared.object.data.len() as u64,
                    title: prepared.facts.title.clone(),
                    redirect: prepared.facts.redirect.clone(),
                    last: id,
                    time: self.time,
                    author: None,
                };
                FileChange::Put { file, page: Some(prepared.page.clone()) }
            }
        };
        // Only how a file is at the end of the fold counts.
        into.files.retain(|change| changed_path(change) != git_path);
        into.files.push(change);
        self.touched.insert(path.as_str().to_owned(), (id, author));
    }
}

fn changed_path(change: &FileChange) -> &[u8] {
    match change {
        FileChange::Put { file, .. } => &file.path,
        FileChange::Gone(path) => path,
    }
}

fn effect(path: &PagePath, before: Option<Entry>, new: Option<&Prepared>, commit: Oid) -> Effect {
    match new {
        None => Effect::PageDeleted { revision: commit, head: commit },
        Some(prepared) => Effect::PageWritten(PageEffect {
            path: path.clone(),
            version: prepared.id,
            previous: before.map(|entry| entry.id),
            revision: commit,
            changed: true,
            created: before.is_none(),
            head: commit,
        }),
    }
}

/// The author of a write, as the index names him.
pub(super) fn author(job: &Job) -> Author {
    let kind = match job.actor.kind {
        ActorKind::Member | ActorKind::Invitee => AuthorKind::Member,
        ActorKind::Agent => AuthorKind::Agent,
        ActorKind::Operator | ActorKind::System => AuthorKind::Operator,
    };
    Author { kind, id: Some(job.actor.id.clone()), name: job.actor.name.clone(), email: job.email.clone() }
}
