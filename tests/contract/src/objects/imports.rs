use std::path::PathBuf;
use std::sync::Mutex;

use portolan_core::git::{Kind, Object, Oid};
use portolan_core::wiki::RepoId;
use portolan_ports::objects::{ImportLimits, PackReceipt, Progress};
use portolan_ports::{Objects, Result};

use super::git;
use super::help::{assert_has, assert_has_all, get, object_of, put, repo, revision};
use super::pack::{blob, copy, delta, insert, ofs_delta, pack_of};
use crate::Fixture;

pub(super) const GENEROUS: ImportLimits =
    ImportLimits { object_bytes: 64 << 20, total_bytes: 1 << 30, objects: 100_000 };

/// Fails when more is done than there is to do.
#[derive(Debug, Default)]
pub(super) struct Watcher(Mutex<usize>);

impl Watcher {
    /// How often it was told of a step.
    pub(super) fn steps(&self) -> usize {
        *self.0.lock().expect("nobody panics while he holds it")
    }
}

impl Progress for Watcher {
    fn step(&self, stage: &'static str, done: u64, total: u64) {
        assert!(total == 0 || done <= total, "{stage}: {done} of {total}");
        *self.0.lock().expect("nobody panics while he holds it") += 1;
    }
}

/// Imports the pack `bytes` from a file of its own.
pub(super) async fn import(
    objects: &dyn Objects,
    repo: &RepoId,
    bytes: &[u8],
    limits: ImportLimits,
) -> Result<PackReceipt> {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let path = folder.path().join("incoming.pack");
    std::fs::write(&path, bytes).expect("a temporary file can be written");
    objects.import(repo, path, limits, &Watcher::default()).await
}

/// The checksum at a pack's end: its name.
pub(super) fn name_of(pack: &[u8]) -> Oid {
    Oid::from_slice(&pack[pack.len() - 20..]).expect("20 bytes are an id")
}

async fn imported(objects: Fixture<dyn Objects>, options: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    git::history(folder.path());
    let (pack, expected) = (git::pack(folder.path(), options), git::all_objects(folder.path()));
    assert!(expected.len() > 100);
    let receipt = import(&*objects, &repo(), &pack, GENEROUS).await.unwrap();
    let count = u32::try_from(expected.len()).unwrap();
    assert_eq!(receipt, PackReceipt { name: name_of(&pack), bytes: pack.len() as u64, objects: count });
    assert_has(&*objects, &repo(), &expected).await;
    assert_eq!(objects.packs(&repo()).await.unwrap(), [receipt]);
    let watcher = Watcher::default();
    assert_eq!(objects.check(&repo(), &watcher).await.unwrap(), []);
    assert!(watcher.steps() > 0, "whoever waits for a check wants to see it move");
}

pub(super) async fn a_pack_of_git_is_imported(objects: Fixture<dyn Objects>) {
    imported(objects, &["--delta-base-offset"]).await;
}

pub(super) async fn a_pack_with_deltas_by_id_is_imported(objects: Fixture<dyn Objects>) {
    imported(objects, &[]).await;
}

pub(super) async fn an_import_adds_to_what_is_there(objects: Fixture<dyn Objects>) {
    let before = revision(None, "before\n");
    put(&*objects, &repo(), &before).await;
    let pack = pack_of(2, &[blob(b"imported\n"), blob(&object_of(&before[0]).data)]);
    import(&*objects, &repo(), &pack, GENEROUS).await.unwrap();
    let after = revision(Some(before[2].id), "after\n");
    put(&*objects, &repo(), &after).await;
    let imported = Object::new(Kind::Blob, b"imported\n".to_vec());
    assert_eq!(get(&*objects, &repo(), imported.id()).await, Some(imported));
    assert_has_all(&*objects, &repo(), &before).await;
    assert_has_all(&*objects, &repo(), &after).await;
}

/// An import that was interrupted is made again.
pub(super) async fn importing_again_is_harmless(objects: Fixture<dyn Objects>) {
    let pack = pack_of(1, &[blob(b"imported\n")]);
    let first = import(&*objects, &repo(), &pack, GENEROUS).await.unwrap();
    let second = import(&*objects, &repo(), &pack, GENEROUS).await.unwrap();
    assert_eq!(first, second);
    let imported = Object::new(Kind::Blob, b"imported\n".to_vec());
    assert_eq!(get(&*objects, &repo(), imported.id()).await, Some(imported));
}

pub(super) async fn a_missing_file_is_an_error(objects: Fixture<dyn Objects>) {
    let folder = tempfile::tempdir().unwrap();
    let missing: PathBuf = folder.path().join("missing.pack");
    objects.import(&repo(), missing, GENEROUS, &Watcher::default()).await.unwrap_err();
    assert_eq!(objects.packs(&repo()).await.unwrap(), []);
}

/// Git sets no bound to the length of a chain: 5,000 deltas, each of the one before. Taken or refused, but read back
/// where they are taken.
pub(super) async fn a_very_deep_chain_of_deltas_does_no_harm(objects: Fixture<dyn Objects>) {
    let mut entries = vec![blob(b"0")];
    for length in 1..5_000_u16 {
        let grow = delta(u64::from(length), u64::from(length) + 1, &[copy(0, length), insert(b"x")]);
        let back = entries.last().map_or(0, Vec::len) as u64;
        entries.push(ofs_delta(back, &grow));
    }
    let pack = pack_of(5_000, &entries);
    if import(&*objects, &repo(), &pack, GENEROUS).await.is_ok() {
        let last = Object::new(Kind::Blob, [b"0".to_vec(), vec![b'x'; 4_999]].concat());
        assert_eq!(get(&*objects, &repo(), last.id()).await, Some(last));
    } else {
        assert_eq!(objects.packs(&repo()).await.unwrap(), []);
    }
}
