//! A disk that records what is done to it and fails where it is told to; and what must hold then.

mod order;

use std::io::{self, ErrorKind, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::Mutex;
use portolan_core::access::Scope;
use portolan_core::git::{Kind, Object};
use portolan_core::id::{TenantId, WikiId};
use portolan_core::wiki::RepoId;
use portolan_ports::objects::{ImportLimits, NewObject, Unwatched};
use portolan_ports::{Clock, Kind as PortKind, Objects, Retry};
use uuid::Uuid;

use crate::disk::{Disk, DiskFile, RealDisk};
use crate::{FsObjects, FsOptions};

#[derive(Debug, Default)]
struct State {
    steps: Mutex<Vec<String>>,
    /// Steps that go well before one fails; `usize::MAX` for no failure.
    good: AtomicUsize,
}

impl State {
    fn step(&self, what: &str, path: &Path, error: ErrorKind) -> io::Result<()> {
        self.steps.lock().push(format!("{what} {}", short(path)));
        let left = self.good.load(Ordering::SeqCst);
        if left == 0 {
            return Err(error.into());
        }
        self.good.store(left.saturating_sub(usize::from(left != usize::MAX)), Ordering::SeqCst);
        Ok(())
    }
}

/// The end of a path, without ids and numbers.
fn short(path: &Path) -> String {
    let name = path.file_name().unwrap().to_str().unwrap();
    if let Some(rest) = name.strip_prefix("tmp_") {
        return format!("tmp_{}", rest.split('_').next().unwrap());
    }
    match name.rsplit_once('.') {
        Some((_, end)) => format!("*.{end}"),
        None if name.starts_with("tnt_") => "tenant".to_owned(),
        None => name.to_owned(),
    }
}

#[derive(Debug)]
struct FaultyDisk {
    state: Arc<State>,
    error: ErrorKind,
}

#[derive(Debug)]
struct FaultyFile {
    state: Arc<State>,
    error: ErrorKind,
    path: std::path::PathBuf,
    file: Box<dyn DiskFile>,
}

impl Disk for FaultyDisk {
    fn create_dir(&self, path: &Path) -> io::Result<()> {
        self.state.step("mkdir", path, self.error)?;
        RealDisk.create_dir(path)
    }

    fn create(&self, path: &Path, mode: u32) -> io::Result<Box<dyn DiskFile>> {
        self.state.step("create", path, self.error)?;
        let file = RealDisk.create(path, mode)?;
        Ok(Box::new(FaultyFile {
            state: Arc::clone(&self.state),
            error: self.error,
            path: path.into(),
            file,
        }))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.state.step("rename", to, self.error)?;
        RealDisk.rename(from, to)
    }

    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.state.step("link", to, self.error)?;
        RealDisk.link(from, to)
    }

    fn sync_both(&self, one: &mut dyn DiskFile, other: &mut dyn DiskFile) -> io::Result<()> {
        one.sync().and_then(|()| other.sync())
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        self.state.step("sync", path, self.error)?;
        RealDisk.sync_dir(path)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        // A full disk does not keep files from being removed.
        self.state.steps.lock().push(format!("remove {}", short(path)));
        RealDisk.remove(path)
    }

    fn remove_dir(&self, path: &Path) -> io::Result<()> {
        RealDisk.remove_dir(path)
    }

    fn exchange(&self, spare: &Path, at: &Path, bytes: &[u8]) -> io::Result<()> {
        self.state.step("exchange", at, self.error)?;
        RealDisk.exchange(spare, at, bytes)
    }

    fn room(&self, path: &Path) -> io::Result<u64> {
        RealDisk.room(path)
    }
}

impl Write for FaultyFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let fails = self.state.step("write", &self.path, self.error);
        // A disk that fills up takes some of it.
        let taken = if fails.is_err() { bytes.len() / 2 } else { bytes.len() };
        self.file.write_all(&bytes[..taken])?;
        fails.map(|()| bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl DiskFile for FaultyFile {
    fn sync(&mut self) -> io::Result<()> {
        self.state.step("sync", &self.path, self.error)?;
        self.file.sync()
    }
}

#[derive(Debug)]
struct NoClock;

impl Clock for NoClock {
    fn now(&self) -> jiff::Timestamp {
        jiff::Timestamp::UNIX_EPOCH
    }
}

struct Bench {
    root: tempfile::TempDir,
    state: Arc<State>,
    objects: FsObjects,
    repo: RepoId,
}

impl Bench {
    fn new(error: ErrorKind) -> Self {
        let root = tempfile::tempdir().unwrap();
        let state = Arc::new(State::default());
        state.good.store(usize::MAX, Ordering::SeqCst);
        let disk = Arc::new(FaultyDisk { state: Arc::clone(&state), error });
        let options = FsOptions::new(Arc::new(NoClock));
        let objects = FsObjects::with_disk(root.path().to_path_buf(), options, disk).unwrap();
        let tenant = TenantId::new(Uuid::from_u128(1));
        Self {
            root,
            state,
            objects,
            repo: Scope::system("test", tenant).repo(WikiId::new(Uuid::from_u128(2))),
        }
    }

    /// Lets `good` steps pass and the one after them fail, and all that follow.
    fn fail_after(&self, good: usize) {
        self.state.steps.lock().clear();
        self.state.good.store(good, Ordering::SeqCst);
    }

    fn heal(&self) {
        self.fail_after(usize::MAX);
    }

    /// The same folder on a disk that works, opened as another process would.
    fn reopened(&self) -> FsObjects {
        FsObjects::open(self.root.path().into(), FsOptions::new(Arc::new(NoClock))).unwrap()
    }

    /// All files of packs, their indexes and temporary files.
    fn files(&self) -> Vec<String> {
        let Some(repo) = self.objects.local_path(&self.repo) else { return vec![] };
        let mut files = vec![];
        for folder in ["objects/pack", "portolan"] {
            for file in std::fs::read_dir(repo.join(folder)).unwrap() {
                files.push(file.unwrap().file_name().into_string().unwrap());
            }
        }
        files.sort();
        files
    }
}

fn batch(text: &str) -> Vec<NewObject> {
    let object = Object::new(Kind::Blob, text.as_bytes().to_vec());
    vec![NewObject::whole(object.id(), object)]
}

#[tokio::test]
async fn everything_is_synced_before_it_is_named_and_the_names_before_the_answer() {
    let bench = Bench::new(ErrorKind::StorageFull);
    bench.objects.put_batch(&bench.repo, batch("first")).await.unwrap();
    let steps = std::mem::take(&mut *bench.state.steps.lock());
    let named = steps.iter().position(|step| step == "rename *.git").unwrap();
    let at = |what: &str| {
        steps.iter().position(|step| step == what).unwrap_or_else(|| panic!("{what}: {steps:?}"))
    };
    for synced in
        ["sync HEAD", "sync config", "sync pre-receive", "sync objects", "sync pack", "sync tmp_repo"]
    {
        assert!(at(synced) < named, "{synced}: {steps:?}");
    }
    assert!(named < at("sync tenant") && at("sync tenant") < at("create tmp_pack"), "{steps:?}");
    bench.objects.put_batch(&bench.repo, batch("second")).await.unwrap();
    let expected = [
        "create tmp_pack",
        "write tmp_pack",
        "create tmp_idx",
        "write tmp_idx",
        "sync tmp_pack",
        "sync tmp_idx",
        "remove *.replaced",
        "rename *.pack",
        "rename *.idx",
        "sync pack",
    ];
    assert_eq!(*bench.state.steps.lock(), expected);
}

#[tokio::test]
async fn a_batch_that_fails_at_any_step_leaves_nothing_and_the_next_one_works() {
    for (error, fresh) in [
        (ErrorKind::StorageFull, true),
        (ErrorKind::StorageFull, false),
        (ErrorKind::ReadOnlyFilesystem, false),
        (ErrorKind::Other, false),
    ] {
        let mut failed = 0;
        for good in 0.. {
            let bench = Bench::new(error);
            if !fresh {
                bench.objects.put_batch(&bench.repo, batch("before")).await.unwrap();
            }
            let before = bench.files();
            bench.fail_after(good);
            let answer = bench.objects.put_batch(&bench.repo, batch("new")).await;
            if answer.is_ok() {
                break;
            }
            failed += 1;
            let (answer, new) = (answer.unwrap_err(), batch("new")[0].id);
            assert_eq!(answer.kind, PortKind::Unavailable, "step {good}");
            assert!(matches!(answer.retry, Retry::After(_)));
            assert!(!answer.public.contains('/'), "no path of the server: {}", answer.public);
            assert_eq!(bench.files(), before, "step {good}");
            let reopened = bench.reopened();
            for objects in [&bench.objects, &reopened] {
                assert_eq!(objects.get_many(&bench.repo, &[new]).await.unwrap(), vec![None], "step {good}");
            }
            bench.heal();
            bench.objects.put_batch(&bench.repo, batch("new")).await.unwrap();
            assert!(reopened.get_many(&bench.repo, &[new]).await.unwrap()[0].is_some(), "step {good}");
        }
        assert!(failed >= 9, "only {failed} steps failed");
    }
}

#[tokio::test]
async fn storing_again_what_is_there_takes_nothing_away_when_it_fails() {
    for good in 0..9 {
        let bench = Bench::new(ErrorKind::StorageFull);
        bench.objects.put_batch(&bench.repo, batch("same")).await.unwrap();
        let before = bench.files();
        bench.fail_after(good);
        bench.objects.put_batch(&bench.repo, batch("same")).await.unwrap_err();
        assert_eq!(bench.files(), before, "step {good}");
        let found = bench.objects.get_many(&bench.repo, &[batch("same")[0].id]).await.unwrap();
        assert!(found[0].is_some());
    }
}

#[tokio::test]
async fn an_import_that_fails_at_any_step_leaves_nothing() {
    let source = Bench::new(ErrorKind::StorageFull);
    source.objects.put_batch(&source.repo, batch("imported")).await.unwrap();
    let pack = source.root.path().join("export.pack");
    let id = batch("imported")[0].id;
    source.objects.export(&source.repo, &[id].into(), pack.clone()).await.unwrap();
    let limits = ImportLimits { object_bytes: 100, total_bytes: 100, objects: 1 };
    let mut failed = 0;
    for good in 0.. {
        let bench = Bench::new(ErrorKind::StorageFull);
        bench.objects.put_batch(&bench.repo, batch("before")).await.unwrap();
        let before = bench.files();
        bench.fail_after(good);
        if bench.objects.import(&bench.repo, pack.clone(), limits, &Unwatched).await.is_ok() {
            break;
        }
        failed += 1;
        assert_eq!(bench.files(), before, "step {good}");
        bench.heal();
        bench.objects.import(&bench.repo, pack.clone(), limits, &Unwatched).await.unwrap();
        assert!(bench.objects.get_many(&bench.repo, &[id]).await.unwrap()[0].is_some());
    }
    assert!(failed >= 9, "only {failed} steps failed");
}

#[tokio::test]
async fn a_compaction_syncs_its_pack_before_any_is_noted_as_replaced_and_a_failure_loses_nothing() {
    let texts = ["a", "b", "c"];
    let ids: Vec<_> = texts.map(|text| batch(text)[0].id).into();
    let mut failed = 0;
    for good in 0.. {
        let bench = Bench::new(ErrorKind::StorageFull);
        for text in texts {
            bench.objects.put_batch(&bench.repo, batch(text)).await.unwrap();
        }
        bench.fail_after(good);
        let answer = bench.objects.compact(&bench.repo).await;
        let steps = bench.state.steps.lock().clone();
        for objects in [&bench.objects, &bench.reopened()] {
            assert!(
                objects.get_many(&bench.repo, &ids).await.unwrap().iter().all(Option::is_some),
                "step {good}"
            );
        }
        if answer.is_ok() {
            let synced = steps.iter().rposition(|step| step == "sync pack").unwrap();
            assert!(steps.iter().position(|step| step == "rename *.replaced").unwrap() > synced, "{steps:?}");
            break;
        }
        failed += 1;
        assert!(
            !bench.files().iter().any(|file| file.starts_with("tmp_")),
            "step {good}: {:?}",
            bench.files()
        );
        bench.heal();
        bench.objects.compact(&bench.repo).await.unwrap();
        // One small pack may be left where the failure came between the notes on those replaced.
        assert!(bench.objects.packs(&bench.repo).await.unwrap().len() <= 2, "step {good}");
    }
    assert!(failed >= 12, "only {failed} steps failed");
}

#[tokio::test]
async fn a_read_only_disk_is_still_read() {
    let bench = Bench::new(ErrorKind::ReadOnlyFilesystem);
    bench.objects.put_batch(&bench.repo, batch("kept")).await.unwrap();
    bench.fail_after(0);
    let id = batch("kept")[0].id;
    assert!(bench.objects.get_many(&bench.repo, &[id]).await.unwrap()[0].is_some());
    assert!(bench.objects.check(&bench.repo, &Unwatched).await.unwrap().is_empty());
    assert_eq!(bench.objects.packs(&bench.repo).await.unwrap().len(), 1);
    let error = bench.objects.mirror(&bench.repo, None, Some(id)).await.unwrap_err();
    assert_eq!(error.kind, PortKind::Unavailable);
    assert!(error.public.contains("read-only"));
}
