//! Storing and reading batches.

use portolan_core::git::{Kind, Oid};
use portolan_core::wiki::RepoId;
use portolan_objects_fs::FsObjects;
use portolan_ports::objects::{NewObject, ObjectsExt, PackReceipt};
use portolan_ports::{Kind as ErrorKind, Objects};
use proptest::prelude::*;

use crate::flat::{Flat, blob, new_object};
use crate::support::{Folder, git, object_of, repo};

#[tokio::test]
async fn a_missing_repository_has_nothing() {
    let folder = Folder::new();
    let ids = [blob("a").id, blob("b").id];
    assert_eq!(folder.objects.get_many(&folder.repo, &ids).await.unwrap(), vec![None, None]);
    assert_eq!(folder.objects.packs(&folder.repo).await.unwrap(), vec![]);
    assert_eq!(folder.objects.local_path(&folder.repo), None);
    folder.objects.remove(&folder.repo).await.unwrap();
    assert!(
        folder.objects.check(&folder.repo, &portolan_ports::objects::Unwatched).await.unwrap().is_empty()
    );
    assert_eq!(std::fs::read_dir(folder.root.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn an_empty_batch_is_refused() {
    let folder = Folder::new();
    let error = folder.objects.put_batch(&folder.repo, vec![]).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Refused);
    assert_eq!(folder.objects.local_path(&folder.repo), None);
}

#[tokio::test]
async fn answers_come_in_the_order_asked_and_twice_where_asked_twice() {
    let folder = Folder::new();
    let (a, b, absent) = (blob("a"), blob("b"), blob("absent"));
    let receipt =
        folder.objects.put_batch(&folder.repo, vec![a.clone(), b.clone(), a.clone()]).await.unwrap();
    assert_eq!(receipt.objects, 2);
    let found = folder.objects.get_many(&folder.repo, &[b.id, absent.id, a.id, b.id]).await.unwrap();
    assert_eq!(
        found,
        vec![Some(object_of(&b).clone()), None, Some(object_of(&a).clone()), Some(object_of(&b).clone())]
    );
    assert_eq!(folder.objects.get_many(&repo(2), &[b.id]).await.unwrap(), vec![None]);
    assert_eq!(folder.objects.packs(&folder.repo).await.unwrap(), vec![receipt]);
}

/// They come in no particular order.
async fn packs(objects: &FsObjects, repo: &RepoId) -> Vec<PackReceipt> {
    by_name(objects.packs(repo).await.unwrap())
}

fn by_name(mut packs: Vec<PackReceipt>) -> Vec<PackReceipt> {
    packs.sort_unstable_by_key(|pack| pack.name);
    packs
}

#[tokio::test]
async fn storing_the_same_again_is_harmless() {
    let folder = Folder::new();
    let first = folder.objects.put_batch(&folder.repo, vec![blob("a")]).await.unwrap();
    let second = folder.objects.put_batch(&folder.repo, vec![blob("a")]).await.unwrap();
    assert_eq!(first, second);
    let third = folder.objects.put_batch(&folder.repo, vec![blob("b"), blob("a")]).await.unwrap();
    assert_eq!(packs(&folder.objects, &folder.repo).await, by_name(vec![first, third]));
}

#[tokio::test]
async fn what_another_process_stored_is_seen_at_once() {
    let folder = Folder::new();
    let other = folder.reopened();
    assert_eq!(other.get_many(&folder.repo, &[blob("a").id]).await.unwrap(), vec![None]);
    for text in ["a", "b", "c"] {
        folder.put(vec![blob(text)]).await;
        assert_eq!(
            other.get_many(&folder.repo, &[blob(text).id]).await.unwrap(),
            vec![Some(object_of(&blob(text)).clone())]
        );
    }
    assert_eq!(packs(&other, &folder.repo).await, packs(&folder.objects, &folder.repo).await);
}

#[tokio::test]
async fn plain_git_reads_every_batch_and_we_read_what_plain_git_wrote() {
    let folder = Folder::new();
    let (mut flat, objects) = Flat::new(300, 500);
    folder.put(objects).await;
    for batch in 0..3 {
        let objects: Vec<_> = (0..8).flat_map(|edit| flat.edit(batch * 50 + edit)).collect();
        folder.put(objects.clone()).await;
        folder.show(flat.head.unwrap()).await;
        folder.assert_reads(&objects).await;
        assert_eq!(folder.git(&["fsck", "--strict", "--no-dangling"]).trim(), "");
        let log = folder.git(&["log", "--oneline"]);
        assert_eq!(log.lines().count(), 1 + 8 * (batch + 1));
    }
    let deltas = folder
        .files("idx")
        .into_iter()
        .map(|idx| git(idx.parent().unwrap(), &["verify-pack", "-v", idx.to_str().unwrap()]));
    assert!(deltas.collect::<String>().contains("chain length = 7"));
    let copy = folder.root.path().join("copy");
    folder.git(&["clone", "--quiet", ".", copy.to_str().unwrap()]);
    assert!(copy.join("page-00299.md").exists());
    git(
        &copy,
        &["-c", "user.name=A", "-c", "user.email=a@b", "commit", "--quiet", "--allow-empty", "-m", "more"],
    );
    let push = std::process::Command::new("git")
        .args(["push", "origin", "HEAD"])
        .current_dir(&copy)
        .output()
        .unwrap();
    assert!(!push.status.success());
    assert!(String::from_utf8_lossy(&push.stderr).contains("written by Portolan alone"));
    let loose = copy.join("note");
    std::fs::write(&loose, "by plain git").unwrap();
    let id: Oid = folder.git(&["hash-object", "-w", loose.to_str().unwrap()]).trim().parse().unwrap();
    assert_eq!(
        folder.objects.need(&folder.repo, id, Kind::Blob).await.unwrap(),
        object_of(&blob("by plain git")).clone()
    );
}

#[tokio::test]
async fn a_large_tree_is_stored_whole_once_a_batch() {
    let folder = Folder::new();
    let (mut flat, objects) = Flat::new(2000, 60);
    let tree = object_of(&objects[2000]).data.len() as u64;
    folder.put(objects).await;
    let objects: Vec<_> = (0..16).flat_map(|edit| flat.edit(edit * 7)).collect();
    let receipt = folder.objects.put_batch(&folder.repo, objects).await.unwrap();
    assert!(receipt.bytes < tree, "{} bytes for 16 commits to a tree of {tree}", receipt.bytes);
}

#[tokio::test]
async fn versions_that_go_round_in_a_circle_are_stored_all_the_same() {
    let folder = Folder::new();
    let mut objects: Vec<_> = (0..5).map(|seed| blob(&crate::flat::prose(seed, 300))).collect();
    for at in 0..5 {
        objects[at].base = Some(objects[(at + 1) % 5].id);
    }
    objects[4].base = Some(objects[4].id);
    objects.push(NewObject { base: Some(objects[0].id), ..new_object(Kind::Tag, vec![7; 50], None) });
    folder.put(objects.clone()).await;
    folder.assert_reads(&objects).await;
    objects[4].base = Some(objects[0].id);
    folder.put(objects.clone()).await;
    folder.reopened().get_many(&folder.repo, &[objects[4].id]).await.unwrap();
    folder.git(&["verify-pack", "-v", folder.files("idx")[0].to_str().unwrap()]);
}

#[tokio::test]
async fn a_removed_repository_is_gone_and_can_be_made_again() {
    let folder = Folder::new();
    folder.put(vec![blob("a")]).await;
    let path = folder.path();
    folder.objects.remove(&folder.repo).await.unwrap();
    assert!(!path.exists());
    assert_eq!(std::fs::read_dir(path.parent().unwrap()).unwrap().count(), 0);
    assert_eq!(folder.objects.get_many(&folder.repo, &[blob("a").id]).await.unwrap(), vec![None]);
    folder.objects.remove(&folder.repo).await.unwrap();
    folder.put(vec![blob("b")]).await;
    folder.assert_reads(&[blob("b")]).await;
}

#[tokio::test]
async fn an_import_s_index_lost_in_a_crash_is_made_again() {
    let folder = Folder::new();
    let (mut flat, objects) = Flat::new(20, 100);
    folder.put(objects.clone()).await;
    let edits = flat.edit(3);
    folder.put(edits.clone()).await;
    let indexes = folder.files("idx");
    std::fs::remove_file(&indexes[0]).unwrap();
    std::fs::remove_file(&indexes[1]).unwrap();
    std::fs::write(&indexes[1], b"").unwrap();
    let again = folder.reopened();
    let ids: Vec<_> = objects.iter().chain(&edits).map(|object| object.id).collect();
    assert!(again.get_many(&folder.repo, &ids).await.unwrap().iter().all(Option::is_some));
    assert_eq!(folder.files("idx"), indexes);
    folder.git(&["fsck", "--strict"]);
}

fn any_object() -> impl Strategy<Value = (Kind, Vec<u8>, usize, bool)> {
    let kind = prop::sample::select(vec![Kind::Blob, Kind::Tree, Kind::Commit, Kind::Tag]);
    let data = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..200),
        (any::<u8>(), 0_usize..5000).prop_map(|(byte, size)| vec![byte; size]),
        (0_u64..20, 0_usize..3000).prop_map(|(seed, size)| crate::flat::prose(seed, size).into_bytes()),
    ];
    (kind, data, 0_usize..40, any::<bool>())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn any_batch_is_read_back(batches in prop::collection::vec(prop::collection::vec(any_object(), 1..30), 1..4)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let folder = Folder::new();
            let mut all: Vec<NewObject> = Vec::new();
            for batch in batches {
                let mut objects: Vec<NewObject> = Vec::new();
                for (kind, data, base, based) in batch {
                    let known: Vec<Oid> = all.iter().chain(&objects).map(|object| object.id).collect();
                    let base = known.get(base).copied().filter(|_| based);
                    objects.push(new_object(kind, data, base));
                }
                folder.put(objects.clone()).await;
                all.extend(objects);
            }
            folder.assert_reads(&all).await;
            let again = folder.reopened();
            let ids: Vec<_> = all.iter().map(|object| object.id).collect();
            let found = again.get_many(&folder.repo, &ids).await.unwrap();
            assert!(found.iter().zip(&all).all(|(found, object)| found.as_ref() == Some(object_of(object))));
            assert_eq!(again.check(&folder.repo, &portolan_ports::objects::Unwatched).await.unwrap(), vec![]);
            for index in folder.files("idx") {
                folder.git(&["verify-pack", index.to_str().unwrap()]);
            }
            folder.objects.compact(&folder.repo).await.unwrap();
            folder.assert_reads(&all).await;
            for index in folder.files("idx") {
                folder.git(&["verify-pack", index.to_str().unwrap()]);
            }
        });
    }
}
