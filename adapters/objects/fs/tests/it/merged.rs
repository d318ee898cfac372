//! What merging makes of packs: every version of a path but one as a delta.

use std::io::Write;
use std::process::{Command, Stdio};

use portolan_core::git::{Kind, Oid};
use portolan_ports::Objects;
use portolan_ports::objects::{NewObject, Unwatched};

use crate::flat::{Flat, new_object};
use crate::support::{Folder, UNLIMITED, git};

const PAGES: usize = 100;

/// The objects of so many commits, each of which changes a page.
fn edits(flat: &mut Flat, commits: usize) -> Vec<NewObject> {
    (0..commits).flat_map(|edit| flat.edit(edit * 7 % PAGES)).collect()
}

/// Trees and pages that are stored whole, and the longest chain of deltas.
fn whole(folder: &Folder) -> (usize, usize, usize) {
    let format = "--batch-check=%(objecttype) %(deltabase)";
    let stored = folder.git(&["cat-file", "--batch-all-objects", "--unordered", format]);
    let count = |kind: &str| {
        let whole = format!("{kind} {}", Oid::from_bytes([0; 20]));
        stored.lines().filter(|line| **line == whole).count()
    };
    let packs = folder.files("idx");
    let longest = packs.iter().flat_map(|pack| {
        let listed = folder.git(&["verify-pack", "-v", pack.to_str().unwrap()]);
        let depth = |line: &str| line.strip_prefix("chain length = ")?.split(':').next()?.parse().ok();
        listed.lines().filter_map(depth).collect::<Vec<usize>>()
    });
    (count("tree"), count("blob"), longest.max().unwrap_or(0))
}

#[tokio::test]
async fn packs_that_were_merged_before_are_joined_path_by_path() {
    let folder = Folder::new();
    let (mut flat, mut all) = Flat::new(PAGES, 2000);
    folder.put(all.clone()).await;
    let mut before = Vec::new();
    for _ in 0..4 {
        for _ in 0..12 {
            let objects = edits(&mut flat, 8);
            folder.put(objects.clone()).await;
            all.extend(objects);
        }
        before.push(folder.objects.compact(&folder.repo).await.unwrap());
    }
    assert_eq!(before.iter().map(|made| made.added.len()).collect::<Vec<_>>(), [1, 1, 1, 1]);
    let packs = folder.objects.packs(&folder.repo).await.unwrap();
    assert_eq!(packs.iter().map(|pack| pack.objects as usize).collect::<Vec<_>>(), [all.len()]);
    folder.show(flat.head.unwrap()).await;
    folder.clock.advance(3600);
    folder.objects.compact(&folder.repo).await.unwrap();
    let (trees, pages, longest) = whole(&folder);
    assert_eq!((trees, pages), (1, PAGES));
    assert!(longest <= 50, "{longest}");
    folder.assert_reads(&all).await;
    assert_eq!(folder.git(&["fsck", "--strict"]).trim(), "");
    // A commit takes its own bytes, and little more.
    assert!(packs[0].bytes < 800 * 12 * 8 * 4, "{} bytes", packs[0].bytes);
}

#[tokio::test]
async fn a_tree_that_is_in_more_places_than_could_be_gone_through_is_merged() {
    let folder = Folder::new();
    let (mut flat, mut all) = Flat::new(3, 100);
    folder.put(all.clone()).await;
    // Each holds the one before it thirty times: a file would be in 30^14 places.
    let mut inner = flat.edit(1).swap_remove(1);
    let mut bomb = Vec::new();
    for _ in 0..14 {
        let mut data = Vec::new();
        for number in 10..40 {
            data.extend_from_slice(format!("40000 {number}\0").as_bytes());
            data.extend_from_slice(inner.id.as_bytes());
        }
        bomb.push(inner);
        inner = new_object(Kind::Tree, data, None);
    }
    let text = format!("tree {}\nauthor A <a@b> 1 +0000\ncommitter A <a@b> 1 +0000\n\nBoom\n", inner.id);
    bomb.extend([inner, new_object(Kind::Commit, text.into_bytes(), None)]);
    folder.put(bomb.clone()).await;
    all.extend(bomb);
    let made = folder.objects.compact(&folder.repo).await.unwrap();
    assert_eq!((made.added.len(), made.replaced.len()), (1, 2));
    folder.assert_reads(&all).await;
}

/// A pack of `objects` in which none is a delta, as other programs write them.
fn without_deltas(folder: &Folder, objects: &[NewObject]) -> std::path::PathBuf {
    let work = folder.root.path().join(format!("{}.git", objects[0].id));
    git(folder.root.path(), &["init", "--quiet", "--bare", work.to_str().unwrap()]);
    for object in objects {
        let object = object.content.whole().unwrap();
        let mut made = Command::new("git")
            .args(["hash-object", "-w", "--stdin", "-t", object.kind.as_str()])
            .current_dir(&work)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        made.stdin.take().unwrap().write_all(&object.data).unwrap();
        assert!(made.wait().unwrap().success());
    }
    let ids: Vec<_> = objects.iter().map(|object| object.id.to_string()).collect();
    let mut packing = Command::new("git")
        .args(["pack-objects", "--quiet", "--window=0", "pack"])
        .current_dir(&work)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    packing.stdin.take().unwrap().write_all(ids.join("\n").as_bytes()).unwrap();
    let name = String::from_utf8(packing.wait_with_output().unwrap().stdout).unwrap();
    work.join(format!("pack-{}.pack", name.trim()))
}

#[tokio::test]
async fn of_packs_without_deltas_every_commit_is_gone_through() {
    let folder = Folder::new();
    let (mut flat, mut all) = Flat::new(PAGES, 2000);
    all.extend(edits(&mut flat, 30));
    let second = edits(&mut flat, 30);
    for objects in [&all, &second] {
        let pack = without_deltas(&folder, objects);
        folder.objects.import(&folder.repo, pack, UNLIMITED, &Unwatched).await.unwrap();
    }
    folder.show(flat.head.unwrap()).await;
    assert_eq!(whole(&folder), (61, PAGES + 60, 0));
    folder.objects.compact(&folder.repo).await.unwrap();
    folder.clock.advance(3600);
    folder.objects.compact(&folder.repo).await.unwrap();
    let (trees, pages, _) = whole(&folder);
    assert_eq!((trees, pages), (1, PAGES));
    folder.assert_reads(&all).await;
    folder.assert_reads(&second).await;
    assert_eq!(folder.git(&["fsck", "--strict"]).trim(), "");
}
