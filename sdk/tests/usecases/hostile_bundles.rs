//! Bundles that somebody spoiled.

use std::path::{Path, PathBuf};

use portolan::ChangesFilter;
use portolan::core::wiki::ImportState;

use crate::bundles::import;
use crate::derived::answers;
use crate::support::git::Git;
use crate::support::{Client, World, reason};

/// Spoils a bundle.
type Spoil = fn(&Path) -> Vec<u8>;

#[tokio::test(start_paused = true)]
async fn a_hostile_bundle_fails_clearly_and_leaves_an_empty_wiki() {
    let world = World::new().await;
    let owner = &world.owner;
    let git = Git::new();
    for n in 0..40 {
        git.write(&format!("page {n}.md"), format!("{n}\n").repeat(50));
        git.commit("more");
    }
    let spoils: [(&str, Spoil); 3] = [
        ("cut off", |path| {
            let all = std::fs::read(path).unwrap();
            all[..all.len() / 2].to_vec()
        }),
        ("changed within", |path| {
            let mut all = std::fs::read(path).unwrap();
            let middle = all.len() / 2;
            all[middle] ^= 0x55;
            all
        }),
        ("wrong checksum", |path| {
            let mut all = std::fs::read(path).unwrap();
            *all.last_mut().unwrap() ^= 1;
            all
        }),
    ];
    for (what, spoil) in spoils {
        let bundle = git.bundle(&["HEAD", "main"]);
        let spoilt = spoil(&bundle);
        std::fs::write(&bundle, spoilt).unwrap();
        fails(owner, bundle, what).await;
    }

    // Trees that no checkout should see, and objects that are not there.
    let blob = git.feed(&["hash-object", "-w", "--stdin"], b"x\n");
    for name in [".git", "..", ".GIT", "git~1", ".g\u{200c}it"] {
        let id = raw_tree(&git, &[("40000", name, &raw_tree(&git, &[("100644", "config", &blob)]))]);
        fails(owner, bundle_of_tree(&git, &id), name).await;
    }
    let twice = raw_tree(&git, &[("100644", "a.md", &blob), ("100644", "a.md", &blob)]);
    fails(owner, bundle_of_tree(&git, &twice), "a name twice").await;

    // Few bytes that name ten million paths.
    let names: Vec<String> = (0..10).map(|number| format!("n{number}")).collect();
    let mut tree = raw_tree(&git, &names.each("100644", &blob));
    for _ in 0..6 {
        tree = raw_tree(&git, &names.each("40000", &tree));
    }
    fails(owner, bundle_of_tree(&git, &tree), "a tree bomb").await;

    for missing in ["blob", "tree", "commit"] {
        // In a wiki of its own: what an earlier import left there could make it complete.
        owner.create_wiki(missing).await.unwrap();
        fails(&owner.wiki(missing), incomplete(missing), missing).await;
    }

    // What the header shows is refused at once.
    let incremental = git.bundle(&["main~3..main"]);
    assert_eq!(reason(owner.start_import(incremental.clone(), None).await), "invalid");
    assert!(!incremental.exists());
    for (header, refusal) in [
        ("# v3 git bundle\n@object-format=sha256\n\n", "invalid"),
        ("not a bundle", "malformed"),
        ("# v2 git bundle\n", "malformed"),
        ("", "malformed"),
        ("# v2 git bundle\n\nPACK", "malformed"),
    ] {
        let file = tempfile::NamedTempFile::new().unwrap().into_temp_path().keep().unwrap();
        std::fs::write(&file, header).unwrap();
        assert_eq!(reason(owner.start_import(file, None).await), refusal, "{header:?}");
    }
    // After all this the wiki is as new.
    owner.create("Page", "written after all\n").await;
    assert_eq!(owner.changes(&ChangesFilter::default()).await.unwrap().len(), 1);
    let repo = world.stores.repo("notes").await;
    let before = answers(&world.stores, &repo).await;
    portolan::ports::Index::reset(world.stores.index.as_ref(), &repo).await.unwrap();
    owner.pages("").await.unwrap();
    assert_eq!(answers(&world.stores, &repo).await, before);
}

async fn fails(owner: &Client, bundle: PathBuf, what: &str) {
    let view = import(owner, bundle).await;
    let ImportState::Failed { problem } = &view.import.state else { panic!("{what}: {:?}", view.import) };
    assert!(problem.len() > 10 && !problem.contains("internal"), "{what}: {problem}");
    assert_eq!(owner.head().await.unwrap(), None, "{what}");
    assert!(owner.pages("").await.unwrap().is_empty(), "{what}");
    assert!(owner.changes(&ChangesFilter::default()).await.unwrap().is_empty(), "{what}");
}

/// Entries of one kind under many names.
trait Each {
    fn each<'a>(&'a self, mode: &'a str, id: &'a str) -> Vec<(&'a str, &'a str, &'a str)>;
}

impl Each for Vec<String> {
    fn each<'a>(&'a self, mode: &'a str, id: &'a str) -> Vec<(&'a str, &'a str, &'a str)> {
        self.iter().map(|name| (mode, name.as_str(), id)).collect()
    }
}

fn raw_tree(git: &Git, entries: &[(&str, &str, &str)]) -> String {
    let mut data = Vec::new();
    for (mode, name, id) in entries {
        data.extend_from_slice(format!("{mode} {name}\0").as_bytes());
        data.extend((0..20).map(|at| u8::from_str_radix(&id[2 * at..2 * at + 2], 16).unwrap()));
    }
    git.feed(&["hash-object", "-t", "tree", "-w", "--stdin", "--literally"], &data)
}

fn bundle_of_tree(git: &Git, tree: &str) -> PathBuf {
    let commit = git.run(&["commit-tree", "-m", "hostile", tree]);
    git.run(&["update-ref", "refs/heads/hostile", &commit]);
    git.bundle(&["hostile"])
}

/// A bundle whose pack lacks an object of this kind that its history needs.
fn incomplete(kind: &str) -> PathBuf {
    let git = Git::new();
    git.write("a/b.md", "b\n");
    git.commit("first");
    git.write("a/c.md", "c\n");
    let tip = git.commit("second");
    let lacking = match kind {
        "blob" => git.run(&["rev-parse", "HEAD:a/b.md"]),
        "tree" => git.run(&["rev-parse", "HEAD:a"]),
        _ => git.run(&["rev-parse", "HEAD~1"]),
    };
    let all = git.run(&["rev-list", "--objects", "--no-object-names", "HEAD"]);
    let ids: Vec<&str> = all.lines().filter(|id| *id != lacking).collect();
    let name = git.feed(&["pack-objects", "--quiet", "out"], ids.join("\n").as_bytes());
    let pack = std::fs::read(git.path().join(format!("out-{name}.pack"))).unwrap();
    let header = format!("# v2 git bundle\n{tip} HEAD\n{tip} refs/heads/main\n\n");
    let file = tempfile::NamedTempFile::new().unwrap().into_temp_path().keep().unwrap();
    std::fs::write(&file, [header.as_bytes(), &pack].concat()).unwrap();
    file
}
