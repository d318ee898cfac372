//! The head as plain git sees it.

use portolan_core::git::Oid;
use portolan_ports::Objects;
use portolan_ports::objects::Mirror;

use crate::flat::Flat;
use crate::support::{Folder, git, repo};

async fn three_commits() -> (Folder, [Oid; 3]) {
    let folder = Folder::new();
    let (mut flat, objects) = Flat::new(3, 100);
    folder.put(objects).await;
    let mut heads = [flat.head.unwrap(); 3];
    for head in &mut heads[1..] {
        folder.put(flat.edit(0)).await;
        *head = flat.head.unwrap();
    }
    (folder, heads)
}

async fn mirror(folder: &Folder, expected: Option<Oid>, head: Option<Oid>) -> Mirror {
    folder.objects.mirror(&folder.repo, expected, head).await.unwrap()
}

fn main_of(folder: &Folder) -> String {
    folder.git(&["rev-parse", "refs/heads/main"]).trim().to_owned()
}

async fn shown(folder: &Folder) -> Option<Oid> {
    folder.objects.shown(&folder.repo).await.unwrap()
}

#[tokio::test]
async fn it_follows_the_head() {
    let (folder, heads) = three_commits().await;
    let mut before = None;
    for head in heads {
        assert_eq!(mirror(&folder, before, Some(head)).await, Mirror::Set);
        assert_eq!(mirror(&folder, before, Some(head)).await, Mirror::Set, "repeating is harmless");
        assert_eq!(main_of(&folder), head.to_string());
        assert_eq!(shown(&folder).await, Some(head));
        before = Some(head);
    }
    assert_eq!(mirror(&folder, before, None).await, Mirror::Set);
    assert_eq!(folder.git(&["for-each-ref"]), "");
    assert_eq!(shown(&folder).await, None);
    assert_eq!(folder.objects.shown(&repo(9)).await.unwrap(), None);
    assert_eq!(folder.objects.mirror(&repo(9), None, None).await.unwrap(), Mirror::Set);
    assert_eq!(folder.objects.local_path(&repo(9)), None);
}

#[tokio::test]
async fn a_reference_that_lags_is_only_moved() {
    let (folder, heads) = three_commits().await;
    mirror(&folder, None, Some(heads[0])).await;
    assert_eq!(mirror(&folder, Some(heads[1]), Some(heads[2])).await, Mirror::Set);
    assert_eq!(folder.git(&["for-each-ref"]).lines().count(), 1);
}

#[tokio::test]
async fn a_commit_that_is_not_ours_is_kept_and_reported() {
    let (folder, heads) = three_commits().await;
    mirror(&folder, None, Some(heads[1])).await;
    let tree = folder.git(&["rev-parse", "refs/heads/main^{tree}"]);
    let foreign = folder.git(&[
        "-c",
        "user.name=A",
        "-c",
        "user.email=a@b",
        "commit-tree",
        "-m",
        "by hand",
        tree.trim(),
    ]);
    let foreign: Oid = foreign.trim().parse().unwrap();
    for packed in [false, true] {
        folder.git(&["update-ref", "refs/heads/main", &foreign.to_string()]);
        if packed {
            folder.git(&["pack-refs", "--all"]);
        }
        let Mirror::Found { kept_as, commit } = mirror(&folder, Some(heads[1]), Some(heads[2])).await else {
            panic!("not found");
        };
        assert_eq!(commit, foreign);
        assert_eq!(folder.git(&["rev-parse", &kept_as]).trim(), foreign.to_string());
        assert_eq!(main_of(&folder), heads[2].to_string());
        assert_eq!(mirror(&folder, Some(heads[1]), Some(heads[2])).await, Mirror::Set);
    }
    folder.git(&["fsck", "--strict"]);
    let copy = folder.root.path().join("copy");
    folder.git(&["clone", "--quiet", ".", copy.to_str().unwrap()]);
    assert_eq!(git(&copy, &["rev-parse", "HEAD"]).trim(), heads[2].to_string());
}

#[tokio::test]
async fn packed_references_are_seen_and_removed() {
    let (folder, heads) = three_commits().await;
    mirror(&folder, None, Some(heads[0])).await;
    let user = ["-c", "user.name=A", "-c", "user.email=a@b"];
    folder.git(&[&user[..], &["tag", "--annotate", "-m", "note", "first", &heads[0].to_string()]].concat());
    folder.git(&["pack-refs", "--all"]);
    assert_eq!(shown(&folder).await, Some(heads[0]));
    assert_eq!(mirror(&folder, Some(heads[0]), Some(heads[1])).await, Mirror::Set);
    assert_eq!(main_of(&folder), heads[1].to_string());
    assert_eq!(mirror(&folder, Some(heads[1]), None).await, Mirror::Set);
    let left = folder.git(&["for-each-ref"]);
    assert!(left.lines().count() == 1 && left.contains("refs/tags/first"), "{left}");
}

#[tokio::test]
async fn an_empty_file_left_by_a_crash_counts_as_absent() {
    let (folder, heads) = three_commits().await;
    mirror(&folder, None, Some(heads[0])).await;
    std::fs::write(folder.path().join("refs/heads/main"), b"").unwrap();
    assert_eq!(mirror(&folder, Some(heads[0]), Some(heads[1])).await, Mirror::Set);
    assert_eq!(main_of(&folder), heads[1].to_string());
    std::fs::write(folder.path().join("refs/heads/main"), b"ref: refs/heads/other\n").unwrap();
    assert_eq!(mirror(&folder, Some(heads[1]), Some(heads[2])).await, Mirror::Set);
    assert_eq!(main_of(&folder), heads[2].to_string());
}
