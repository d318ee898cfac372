//! Where git objects are kept: immutable, content-addressed, in packs.

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::path::PathBuf;

use async_trait::async_trait;
use bytes::Bytes;
use portolan_core::git::{Content, Kind, Object, Oid};
use portolan_core::wiki::RepoId;

use crate::Result;

/// An object to store, with what the writer knows that makes storing it cheap.
#[derive(Debug, Clone)]
pub struct NewObject {
    /// Its id; the writer computed it, the adapter trusts it.
    pub id: Oid,
    /// The object. As a delta it is against `base`, which then must be there: before it in the batch, or with its bytes.
    pub content: Content,
    /// Its zlib stream, when the writer has deflated it already (it does so outside the queue); of a whole object alone.
    pub deflated: Option<Bytes>,
    /// Its previous version. The adapter may store the object as a delta when that one is in the same batch.
    pub base: Option<Oid>,
}

impl NewObject {
    /// The object `id`, of which nothing else is known.
    pub const fn whole(id: Oid, object: Object) -> Self {
        Self { id, content: Content::Whole(object), deflated: None, base: None }
    }
}

/// One pack that a call made durable.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PackReceipt {
    /// The pack's checksum: its name without `pack-` and `.pack`.
    pub name: Oid,
    /// Size of the pack file, bytes.
    pub bytes: u64,
    /// Number of objects in it.
    pub objects: u32,
}

/// What a compaction did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Compaction {
    /// Packs written.
    pub added: Vec<PackReceipt>,
    /// Packs no longer needed. They are deleted after a grace period by which every reader has reopened.
    pub replaced: Vec<Oid>,
}

/// Limits that hostile material must not pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImportLimits {
    /// Largest single object after inflation and delta resolution, bytes.
    pub object_bytes: u64,
    /// Largest sum of all objects' sizes after delta resolution, bytes.
    pub total_bytes: u64,
    /// Most objects in the pack.
    pub objects: u32,
}

/// Told about the progress of long work. Called often; must be cheap.
pub trait Progress: Debug + Send + Sync {
    /// `done` of `total` steps of `stage` are finished; `total` is 0 where it is not known.
    fn step(&self, stage: &'static str, done: u64, total: u64);

    /// Whether nobody wants the work any more. Long work asks this as often as it tells its steps, and then ends as
    /// `Refused`, with nothing left behind.
    fn stopped(&self) -> bool {
        false
    }
}

/// A damaged or missing object, found by [`Objects::check`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damage {
    /// The object, where its id is known.
    pub id: Option<Oid>,
    /// The file or key that holds it.
    pub place: String,
    /// What is wrong.
    pub reason: String,
}

/// A reference as plain git sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mirror {
    /// `refs/heads/main` now names the head.
    Set,
    /// It named a commit that is not an ancestor of ours; that commit is kept under the reference given here.
    Found {
        /// Full name of the reference that keeps the found commit.
        kept_as: String,
        /// The commit found.
        commit: Oid,
    },
}

/// Immutable git objects of many repositories.
///
/// Objects may be stored twice, in any order, without harm. Nothing here decides what is current: the head of a wiki
/// is a ledger record, and an object that no head reaches is only garbage.
#[async_trait]
pub trait Objects: Debug + Send + Sync + 'static {
    /// The objects with these ids, in the order asked; `None` where the repository has none of that id (also where
    /// the repository itself does not exist).
    ///
    /// Sees everything an answered `put_batch` or `import` stored, from any process. A damaged object is an error of
    /// kind `Corrupt` that names it, never `None`.
    async fn get_many(&self, repo: &RepoId, ids: &[Oid]) -> Result<Vec<Option<Object>>>;

    /// Stores all of `objects`; on `Ok` they survive a crash of the machine. All or nothing.
    ///
    /// Makes the repository when it is missing. Storing an object that is there already is harmless. An empty batch is
    /// `Refused`, and so is one with a delta whose base came neither before it nor with it.
    async fn put_batch(&self, repo: &RepoId, objects: Vec<NewObject>) -> Result<PackReceipt>;

    /// Stores the pack in the local file `pack` (a git pack, version 2, complete: every delta's base within it) with
    /// its objects as they are. Durable on `Ok`, all or nothing: a pack that is truncated, whose checksum is wrong, or
    /// that passes `limits` is `Refused` with the reason in `public`, and leaves nothing behind.
    async fn import(
        &self,
        repo: &RepoId,
        pack: PathBuf,
        limits: ImportLimits,
        progress: &dyn Progress,
    ) -> Result<PackReceipt>;

    /// Writes one pack with exactly the objects `ids` into the new local file `target`, and answers how it went. Ids
    /// that are missing are `Corrupt`. Not synced: the file is a copy for a reader.
    async fn export(&self, repo: &RepoId, ids: &BTreeSet<Oid>, target: PathBuf) -> Result<PackReceipt>;

    /// The packs of `repo`, in no particular order; none where it does not exist.
    async fn packs(&self, repo: &RepoId) -> Result<Vec<PackReceipt>>;

    /// Merges packs of about a size into larger ones and stores versions of the same tree or page as deltas of
    /// each other. Objects stay readable throughout, also by plain git. Does nothing where there is little to gain.
    /// Repeating it is harmless; two at once on one repository take turns.
    async fn compact(&self, repo: &RepoId) -> Result<Compaction>;

    /// Shows `head` to plain git as `refs/heads/main`, where this adapter keeps a repository that plain git can open;
    /// elsewhere does nothing. Not synced: it is a mirror, and is set again when the repository is opened.
    ///
    /// `expected` is what the reference should have been (our former head, `None` for none). Where it is something
    /// else that is not `head`, that commit is kept under another reference and reported, never overwritten.
    async fn mirror(&self, repo: &RepoId, expected: Option<Oid>, head: Option<Oid>) -> Result<Mirror>;

    /// The commit that plain git sees as `refs/heads/main`; `None` where there is none, or no plain git.
    async fn shown(&self, repo: &RepoId) -> Result<Option<Oid>>;

    /// Where plain git finds the repository on this machine, or `None` where it cannot.
    fn local_path(&self, repo: &RepoId) -> Option<PathBuf>;

    /// Reads every object of `repo` and compares it with its id; names what is damaged.
    async fn check(&self, repo: &RepoId, progress: &dyn Progress) -> Result<Vec<Damage>>;

    /// Removes the repository with everything in it. Missing: harmless. Used by the purge alone.
    async fn remove(&self, repo: &RepoId) -> Result<()>;
}

/// Shorthands over [`Objects`].
#[async_trait]
pub trait ObjectsExt: Objects {
    /// The object `id`, which must be there and be of `kind`: otherwise `Corrupt`, by name.
    async fn need(&self, repo: &RepoId, id: Oid, kind: Kind) -> Result<Object> {
        let found = self.get_many(repo, &[id]).await?.pop().flatten();
        match found {
            Some(object) if object.kind == kind => Ok(object),
            Some(object) => Err(corrupt(format!("object {id} is a {}, expected a {kind}", object.kind))),
            None => Err(corrupt(format!("object {id} is missing"))),
        }
    }
}

impl<T: Objects + ?Sized> ObjectsExt for T {}

fn corrupt(what: String) -> crate::Error {
    crate::Error::new(crate::Kind::Corrupt, "objects", "get", what)
}

/// A [`Progress`] that nobody watches.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unwatched;

impl Progress for Unwatched {
    fn step(&self, _stage: &'static str, _done: u64, _total: u64) {}
}
