//! Packs that come from outside and packs that go there.

use std::collections::BTreeSet;
use std::sync::Mutex;

use portolan_core::git::Oid;
use portolan_ports::objects::{NewObject, Progress, Unwatched};
use portolan_ports::{Kind, Objects};

use crate::flat::{Flat, blob, prose};
use crate::support::{Folder, UNLIMITED, git};

fn ids(objects: &[NewObject]) -> BTreeSet<Oid> {
    objects.iter().map(|object| object.id).collect()
}

async fn wiki() -> (Folder, Vec<NewObject>, Oid) {
    let folder = Folder::new();
    let (mut flat, mut all) = Flat::new(30, 200);
    folder.put(all.clone()).await;
    for batch in 0..4 {
        let objects: Vec<_> = (0..5).flat_map(|edit| flat.edit(batch + edit)).collect();
        folder.put(objects.clone()).await;
        all.extend(objects);
    }
    let head = flat.head.unwrap();
    folder.show(head).await;
    (folder, all, head)
}

#[tokio::test]
async fn what_is_exported_git_indexes_and_another_folder_imports() {
    let (folder, all, head) = wiki().await;
    for compacted in [false, true] {
        if compacted {
            folder.objects.compact(&folder.repo).await.unwrap();
        }
        let target = folder.root.path().join(format!("export-{compacted}.pack"));
        let receipt = folder.objects.export(&folder.repo, &ids(&all), target.clone()).await.unwrap();
        assert_eq!(receipt.objects as usize, all.len());
        assert_eq!(receipt.bytes, std::fs::metadata(&target).unwrap().len());
        git(folder.root.path(), &["index-pack", "--strict", target.to_str().unwrap()]);
        let other = Folder::new();
        let imported =
            other.objects.import(&other.repo, target.clone(), UNLIMITED, &Unwatched).await.unwrap();
        assert_eq!(imported, receipt);
        assert!(target.exists(), "the caller's file stays");
        other.assert_reads(&all).await;
        other.show(head).await;
        other.git(&["fsck", "--strict"]);
    }
}

#[tokio::test]
async fn an_export_has_exactly_what_was_asked() {
    let (folder, all, _) = wiki().await;
    folder.objects.compact(&folder.repo).await.unwrap();
    // Every third object: many a delta loses its base.
    let some: Vec<_> = all.iter().step_by(3).cloned().collect();
    let target = folder.root.path().join("some.pack");
    folder.objects.export(&folder.repo, &ids(&some), target.clone()).await.unwrap();
    let other = Folder::new();
    other.objects.import(&other.repo, target, UNLIMITED, &Unwatched).await.unwrap();
    other.assert_reads(&some).await;
    let rest: Vec<_> = ids(&all).difference(&ids(&some)).copied().collect();
    assert!(other.objects.get_many(&other.repo, &rest).await.unwrap().iter().all(Option::is_none));
}

#[tokio::test]
async fn an_export_of_a_missing_object_names_it_and_leaves_no_file() {
    let folder = Folder::new();
    folder.put(vec![blob("a")]).await;
    let target = folder.root.path().join("new.pack");
    let error =
        folder.objects.export(&folder.repo, &ids(&[blob("a"), blob("b")]), target.clone()).await.unwrap_err();
    assert_eq!(error.kind, Kind::Corrupt);
    assert!(error.public.contains(&blob("b").id.to_string()));
    assert!(!target.exists());
    std::fs::write(&target, "mine").unwrap();
    let error = folder.objects.export(&folder.repo, &ids(&[blob("a")]), target.clone()).await.unwrap_err();
    assert_eq!(error.kind, Kind::Refused);
    assert_eq!(std::fs::read(&target).unwrap(), b"mine");
}

#[derive(Debug, Default)]
struct Heard(Mutex<Vec<(&'static str, u64, u64)>>);

impl Progress for Heard {
    fn step(&self, stage: &'static str, done: u64, total: u64) {
        self.0.lock().unwrap().push((stage, done, total));
    }
}

#[tokio::test]
async fn a_pack_made_by_git_is_imported_with_its_deltas_and_progress_is_told() {
    let folder = Folder::new();
    let work = folder.root.path().join("work");
    std::fs::create_dir(&work).unwrap();
    git(&work, &["init", "--quiet"]);
    for version in 0..20 {
        let text = prose(3, 9000).replace("tide", &format!("tide {version}"));
        std::fs::write(work.join("page.md"), text).unwrap();
        git(&work, &["add", "."]);
        git(
            &work,
            &["-c", "user.name=A", "-c", "user.email=a@b", "commit", "--quiet", "-m", &version.to_string()],
        );
    }
    // By offset and by id: both kinds of deltas.
    for delta in ["repack.useDeltaBaseOffset=true", "repack.useDeltaBaseOffset=false"] {
        git(&work, &["-c", delta, "repack", "-a", "-d", "-f", "--quiet"]);
        let pack =
            std::fs::read_dir(work.join(".git/objects/pack")).unwrap().map(|file| file.unwrap().path());
        let pack = pack.into_iter().find(|path| path.extension().is_some_and(|end| end == "pack")).unwrap();
        let other = Folder::new();
        let heard = Heard::default();
        let receipt = other.objects.import(&other.repo, pack.clone(), UNLIMITED, &heard).await.unwrap();
        assert_eq!(receipt.objects, 60);
        assert_eq!(std::fs::read(&other.files("pack")[0]).unwrap(), std::fs::read(&pack).unwrap());
        assert_eq!(
            std::fs::read(&other.files("idx")[0]).unwrap(),
            std::fs::read(pack.with_extension("idx")).unwrap()
        );
        let (_, done, total) = *heard.0.lock().unwrap().last().unwrap();
        assert_eq!(done, total);
        assert!(other.objects.check(&other.repo, &heard).await.unwrap().is_empty());
    }
}
