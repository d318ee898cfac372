//! Merging packs, while others read and write.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use portolan_ports::Objects;
use portolan_ports::objects::{Compaction, NewObject, Unwatched};

use crate::flat::{Flat, blob};
use crate::support::{Folder, object_of};

/// A flat wiki of `pages` pages and one pack for every `batch` of `commits` commits.
async fn edited(folder: &Folder, pages: usize, commits: usize, batch: usize) -> Vec<NewObject> {
    let (mut flat, mut all) = Flat::new(pages, 400);
    folder.put(all.clone()).await;
    for start in (0..commits).step_by(batch) {
        let objects: Vec<_> = (start..start + batch).flat_map(|edit| flat.edit(edit * 37 % pages)).collect();
        folder.put(objects.clone()).await;
        all.extend(objects);
    }
    folder.show(flat.head.unwrap()).await;
    all
}

#[tokio::test]
async fn a_flat_wiki_shrinks_to_a_fraction() {
    let folder = Folder::new();
    let (mut flat, first) = Flat::new(1500, 400);
    let start = folder.objects.put_batch(&folder.repo, first.clone()).await.unwrap().bytes;
    let commits = 160;
    let (mut all, mut written) = (first, 0);
    for batch in 0..10 {
        let objects: Vec<_> = (0..16).flat_map(|edit| flat.edit((batch * 16 + edit) * 7)).collect();
        written += folder.objects.put_batch(&folder.repo, objects.clone()).await.unwrap().bytes;
        all.extend(objects);
    }
    folder.show(flat.head.unwrap()).await;
    let compaction = folder.objects.compact(&folder.repo).await.unwrap();
    assert_eq!((compaction.added.len(), compaction.replaced.len()), (1, 10), "the large pack stays");
    let compacted: u64 = compaction.added.iter().map(|pack| pack.bytes).sum();
    // One whole tree of 1500 entries (about 40 KB) a batch before, one in all after; pages (400 bytes) are whole, since
    // their first versions lie in the pack that stays.
    assert!(compacted * 4 < written, "{compacted} of {written} bytes, first pack {start}");
    assert!(compacted < commits * 1000, "{compacted} bytes for {commits} commits");
    folder.assert_reads(&all).await;
    assert_eq!(folder.git(&["fsck", "--strict", "--no-dangling"]).trim(), "");
    assert_eq!(folder.objects.packs(&folder.repo).await.unwrap().len(), 2);
    let verified = folder.git(&["verify-pack", "-v", &index_path(&folder, &compaction)]);
    let longest = verified
        .lines()
        .filter_map(|line| line.strip_prefix("chain length = "))
        .next_back()
        .unwrap()
        .to_owned();
    let longest: u32 = longest.split(':').next().unwrap().parse().unwrap();
    assert!((2..=50).contains(&longest), "{longest}");
    assert_eq!(folder.objects.compact(&folder.repo).await.unwrap(), Compaction::default());
    assert!(folder.objects.check(&folder.repo, &Unwatched).await.unwrap().is_empty());
}

fn index_path(folder: &Folder, compaction: &Compaction) -> String {
    let name = compaction.added[0].name;
    folder.path().join(format!("objects/pack/pack-{name}.idx")).to_str().unwrap().to_owned()
}

#[tokio::test]
async fn compacting_again_and_again_keeps_everything_and_few_packs() {
    let folder = Folder::new();
    let (mut flat, mut all) = Flat::new(40, 300);
    folder.put(all.clone()).await;
    for edit in 0..60 {
        let objects = flat.edit(edit * 11 % 40);
        folder.put(objects.clone()).await;
        all.extend(objects);
        if edit % 3 == 0 {
            folder.objects.compact(&folder.repo).await.unwrap();
        }
    }
    folder.objects.compact(&folder.repo).await.unwrap();
    folder.show(flat.head.unwrap()).await;
    let packs = folder.objects.packs(&folder.repo).await.unwrap();
    assert!(packs.len() <= 9, "{} packs", packs.len());
    assert_eq!(packs.iter().map(|pack| pack.objects).sum::<u32>() as usize, all.len());
    folder.assert_reads(&all).await;
    folder.git(&["fsck", "--strict"]);
}

#[tokio::test]
async fn replaced_packs_go_after_their_grace_also_after_a_restart() {
    let folder = Folder::new();
    let all = edited(&folder, 10, 12, 2).await;
    let before = folder.files("pack").len();
    let compaction = folder.objects.compact(&folder.repo).await.unwrap();
    assert!(compaction.replaced.len() > 1);
    folder.clock.advance(599);
    folder.objects.compact(&folder.repo).await.unwrap();
    assert_eq!(folder.files("pack").len(), before + 1);
    let reader = folder.reopened();
    let ids: Vec<_> = all.iter().map(|object| object.id).collect();
    assert!(reader.get_many(&folder.repo, &ids).await.unwrap().iter().all(Option::is_some));
    folder.clock.advance(1);
    folder.reopened().compact(&folder.repo).await.unwrap();
    assert_eq!(folder.files("pack").len(), before + 1 - compaction.replaced.len());
    assert_eq!(folder.files("idx").len(), folder.files("pack").len());
    folder.assert_reads(&all).await;
    assert!(reader.get_many(&folder.repo, &ids).await.unwrap().iter().all(Option::is_some));
    assert_eq!(std::fs::read_dir(folder.path().join("portolan")).unwrap().count(), 0);
}

#[tokio::test]
async fn a_batch_stored_again_after_its_pack_was_replaced_stays() {
    let folder = Folder::new();
    for text in ["a", "b"] {
        folder.put(vec![blob(text)]).await;
    }
    let compaction = folder.objects.compact(&folder.repo).await.unwrap();
    assert_eq!(compaction.replaced.len(), 2);
    let again = folder.objects.put_batch(&folder.repo, vec![blob("a")]).await.unwrap();
    assert!(compaction.replaced.contains(&again.name));
    folder.clock.advance(3600);
    folder.objects.compact(&folder.repo).await.unwrap();
    folder.assert_reads(&[blob("a"), blob("b")]).await;
    folder.reopened().get_many(&folder.repo, &[blob("a").id]).await.unwrap()[0].as_ref().unwrap();
}

#[tokio::test]
async fn histories_with_folders_merges_and_renames_survive() {
    let folder = Folder::new();
    let work = folder.root.path().join("work");
    std::fs::create_dir(&work).unwrap();
    let git = |arguments: &[&str]| crate::support::git(&work, arguments);
    git(&["init", "--quiet", "--initial-branch=main"]);
    git(&["config", "user.name", "Ada"]);
    git(&["config", "user.email", "ada@example.org"]);
    let commit = |name: &str, text: &str| {
        let path = work.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
        git(&["add", "--all"]);
        git(&["commit", "--quiet", "--message", name]);
    };
    let mut packs = Vec::new();
    for round in 0..6_u64 {
        let text = crate::flat::prose(1, 3000);
        commit("a/b/c/deep.md", &format!("{text}{round}"));
        commit("top.md", &format!("{round}{text}"));
        git(&["checkout", "--quiet", "-b", &format!("side-{round}")]);
        commit("a/side.md", &format!("{text}{round}{text}"));
        git(&["checkout", "--quiet", "main"]);
        commit("a/b/other.md", &format!("{round}"));
        git(&["merge", "--quiet", "--no-edit", &format!("side-{round}")]);
        git(&["mv", "top.md", "moved.md"]);
        git(&["commit", "--quiet", "--message", "move"]);
        git(&["mv", "moved.md", "top.md"]);
        git(&["commit", "--quiet", "--message", "move back"]);
        git(&["branch", "--quiet", "-D", &format!("side-{round}")]);
        let known = if round == 0 { String::new() } else { format!("^round-{}", round - 1) };
        git(&["tag", &format!("round-{round}")]);
        let list = crate::support::git(
            &work,
            &["rev-list", "--objects", "main", &known]
                .iter()
                .copied()
                .filter(|word| !word.is_empty())
                .collect::<Vec<_>>(),
        );
        let ids: Vec<_> = list.lines().map(|line| line.split(' ').next().unwrap().to_owned()).collect();
        packs.push(ids);
    }
    let mut all = 0;
    for ids in packs {
        let input = folder.root.path().join("ids");
        std::fs::write(&input, ids.join("\n") + "\n").unwrap();
        let script = format!("git pack-objects --quiet pack < {}", input.display());
        let output =
            std::process::Command::new("sh").args(["-c", &script]).current_dir(&work).output().unwrap();
        let name = String::from_utf8(output.stdout).unwrap();
        let pack = work.join(format!("pack-{}.pack", name.trim()));
        let receipt =
            folder.objects.import(&folder.repo, pack, crate::support::UNLIMITED, &Unwatched).await.unwrap();
        all += receipt.objects;
    }
    let head = git(&["rev-parse", "main"]).trim().parse().unwrap();
    folder.show(head).await;
    folder.objects.compact(&folder.repo).await.unwrap();
    let packs = folder.objects.packs(&folder.repo).await.unwrap();
    assert_eq!(packs.iter().map(|pack| pack.objects).sum::<u32>(), all);
    assert_eq!(folder.git(&["fsck", "--strict", "--no-dangling"]).trim(), "");
    assert_eq!(folder.git(&["log", "--format=%H %T", "main"]), git(&["log", "--format=%H %T", "main"]));
    assert!(folder.objects.check(&folder.repo, &Unwatched).await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn reading_writing_and_cloning_go_on_during_compactions() {
    let folder = Arc::new(Folder::new());
    let all = Arc::new(edited(&folder, 60, 30, 1).await);
    let done = Arc::new(AtomicBool::new(false));
    let readers: Vec<_> = (0..2)
        .map(|reader| {
            let (folder, all, done) = (Arc::clone(&folder), Arc::clone(&all), Arc::clone(&done));
            // One in the same process, one that must notice what the other does.
            let objects = if reader == 0 { folder.objects.clone() } else { folder.reopened() };
            tokio::spawn(async move {
                let mut rounds = 0;
                while !done.load(Ordering::SeqCst) || rounds == 0 {
                    for object in all.iter() {
                        let found = objects.get_many(&folder.repo, &[object.id]).await.unwrap();
                        assert_eq!(found[0].as_ref(), Some(object_of(object)));
                    }
                    rounds += 1;
                    tokio::task::yield_now().await;
                }
            })
        })
        .collect();
    let plain = tokio::task::spawn_blocking({
        let (folder, done) = (Arc::clone(&folder), Arc::clone(&done));
        move || {
            for clone in 0.. {
                let target = folder.root.path().join(format!("clone-{clone}"));
                folder.git(&["clone", "--quiet", "--bare", ".", target.to_str().unwrap()]);
                crate::support::git(&target, &["fsck", "--strict"]);
                if done.load(Ordering::SeqCst) {
                    break;
                }
            }
        }
    });
    let mut added = Vec::new();
    for round in 0..12 {
        for number in 0..4 {
            let object = blob(&format!("{round}-{number}"));
            folder.put(vec![object.clone()]).await;
            added.push(object);
        }
        let (a, b) = tokio::join!(folder.objects.compact(&folder.repo), folder.objects.compact(&folder.repo));
        a.unwrap();
        b.unwrap();
    }
    done.store(true, Ordering::SeqCst);
    for reader in readers {
        reader.await.unwrap();
    }
    plain.await.unwrap();
    folder.assert_reads(&added).await;
    folder.assert_reads(&all).await;
    folder.git(&["fsck", "--strict"]);
}
