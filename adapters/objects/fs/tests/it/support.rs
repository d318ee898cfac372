//! A data folder for a test.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use portolan_core::access::Scope;
use portolan_core::git::{Object, Oid};
use portolan_core::id::{TenantId, WikiId};
use portolan_core::wiki::RepoId;
use portolan_objects_fs::{FsObjects, FsOptions};
use portolan_ports::objects::{ImportLimits, NewObject};
use portolan_ports::{Clock, Objects};
use uuid::Uuid;

#[derive(Debug, Default)]
pub(crate) struct TestClock(AtomicI64);

impl TestClock {
    pub(crate) fn advance(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> jiff::Timestamp {
        jiff::Timestamp::from_second(1_700_000_000 + self.0.load(Ordering::SeqCst)).unwrap()
    }
}

/// The object of `new`, which is whole.
pub(crate) fn object_of(new: &NewObject) -> &Object {
    new.content.whole().expect("it was made whole")
}

pub(crate) struct Folder {
    pub(crate) root: tempfile::TempDir,
    pub(crate) clock: Arc<TestClock>,
    pub(crate) objects: FsObjects,
    pub(crate) repo: RepoId,
}

impl Folder {
    pub(crate) fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        let clock = Arc::new(TestClock::default());
        let objects = open(root.path(), &clock);
        Self { root, clock, objects, repo: repo(1) }
    }

    /// The same folder, opened as another process would.
    pub(crate) fn reopened(&self) -> FsObjects {
        open(self.root.path(), &self.clock)
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.objects.local_path(&self.repo).unwrap()
    }

    /// The packs as they lie on the disk, by size of the pack file.
    pub(crate) fn files(&self, end: &str) -> Vec<PathBuf> {
        let listing = std::fs::read_dir(self.path().join("objects/pack")).unwrap();
        let mut files: Vec<_> = listing.map(|file| file.unwrap().path()).collect();
        files.retain(|file| file.extension().is_some_and(|extension| extension == end));
        files.sort();
        files
    }

    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        git(&self.path(), arguments)
    }

    pub(crate) async fn put(&self, objects: Vec<NewObject>) {
        self.objects.put_batch(&self.repo, objects).await.unwrap();
    }

    pub(crate) async fn show(&self, head: Oid) {
        self.objects.mirror(&self.repo, None, Some(head)).await.unwrap();
    }

    pub(crate) async fn assert_reads(&self, objects: &[NewObject]) {
        let ids: Vec<_> = objects.iter().map(|object| object.id).collect();
        let found = self.objects.get_many(&self.repo, &ids).await.unwrap();
        for (object, found) in objects.iter().zip(found) {
            assert_eq!(found.as_ref(), Some(object_of(object)), "{}", object.id);
        }
    }
}

fn open(root: &Path, clock: &Arc<TestClock>) -> FsObjects {
    FsObjects::open(root.to_path_buf(), FsOptions::new(Arc::<TestClock>::clone(clock))).unwrap()
}

pub(crate) fn repo(number: u128) -> RepoId {
    let tenant = TenantId::new(Uuid::from_u128(1));
    Scope::system("test", tenant).repo(WikiId::new(Uuid::from_u128(number)))
}

pub(crate) fn git(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new("git")
        .args(["-c", "protocol.file.allow=always"])
        .args(arguments)
        .current_dir(folder)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("HOME", folder)
        .output()
        .unwrap();
    let (out, error) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "git {arguments:?}: {out}{error}");
    format!("{out}{error}")
}

pub(crate) const UNLIMITED: ImportLimits =
    ImportLimits { object_bytes: 64 << 20, total_bytes: 1 << 30, objects: 1_000_000 };
