//! Import and export, with real git on the other side.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use portolan::core::access::Operation;
use portolan::core::wiki::ImportState;
use portolan::{ChangesFilter, Condition, ImportView};

use crate::derived::answers;
use crate::support::git::Git;
use crate::support::{Client, World, reason};

/// Imports `bundle` into the client's wiki; answers how it ended.
pub(crate) async fn import(client: &Client, bundle: PathBuf) -> ImportView {
    let id = client.start_import(bundle.clone(), None).await.unwrap().value;
    let view = client.import_end(id).await.unwrap();
    assert!(!bundle.exists(), "the source is deleted when the import has ended");
    let mut pack = bundle.into_os_string();
    pack.push(".pack");
    assert!(!Path::new(&pack).exists(), "and so is what was put beside it");
    view
}

/// A clone of what the client's wiki gives out.
async fn exported(client: &Client) -> Git {
    let folder = tempfile::tempdir().unwrap();
    let admitted = client.admit(Operation::WikiExport).await.unwrap();
    let exported = client.portolan.export_wiki(&admitted, folder.path().join("pack")).await.unwrap();
    let pack = std::fs::read(&exported.pack).unwrap();
    assert_eq!(pack.len() as u64, exported.pack_bytes);
    let bundle = folder.path().join("wiki.bundle");
    std::fs::write(&bundle, [exported.header.as_bytes(), &pack].concat()).unwrap();
    Git::clone(&bundle)
}

/// A history with all that real ones have.
pub(crate) fn real() -> Git {
    let git = Git::new();
    git.write("Home.md", "# Home\n");
    git.write("docs/Old name.md", "moves\n");
    git.write("docs/img/logo.png", b"\x89PNG\0");
    git.write(".github/README.md", "kept\n");
    git.commit("first\n\nPortolan-Principal: nobody believes this");
    git.write("Cafe\u{301}.md", "NFD\n");
    git.write("What: now.md", "a colon\n");
    git.write("run.md", "#!/bin/sh\n");
    git.run(&["add", "--all"]);
    git.run(&["update-index", "--chmod=+x", "run.md"]);
    git.run(&["commit", "--quiet", "-m", "odd names"]);
    git.run(&["checkout", "--quiet", "--force", "HEAD"]);
    std::os::unix::fs::symlink("Home.md", git.path().join("link.md")).unwrap();
    git.commit("a link");
    git.run(&["mv", "docs/Old name.md", "docs/New name.md"]);
    git.commit("a rename");
    git.run(&["checkout", "--quiet", "-b", "side"]);
    git.write("Side.md", "side\n");
    git.write("Home.md", "# Home\nfrom the side\n");
    git.commit("on the side");
    git.run(&["checkout", "--quiet", "main"]);
    git.write("Main.md", "main\n");
    git.commit("on main");
    git.run(&["merge", "--quiet", "--no-ff", "-m", "a merge", "side"]);
    git.run(&["checkout", "--quiet", "-b", "clash"]);
    git.write("Home.md", "# Home\none way\n");
    git.commit("one way");
    git.run(&["checkout", "--quiet", "main"]);
    git.write("Home.md", "# Home\nanother way\n");
    git.commit("another way");
    assert!(!git.try_run(&["merge", "--quiet", "--no-ff", "-m", "a clash", "clash"]).0);
    git.write("Home.md", "# Home\nboth ways\n");
    git.commit("a clash, resolved");
    git.run(&["tag", "-a", "-m", "a tag", "v1"]);
    // An author without a name, in an encoding of his own.
    let tree = git.run(&["rev-parse", "HEAD^{tree}"]);
    let parent = git.run(&["rev-parse", "HEAD"]);
    let commit = format!(
        "tree {tree}\nparent {parent}\nauthor  <> 1600009999 +0545\ncommitter  <> 1600009999 +0545\nencoding ISO-8859-1\n\n"
    );
    let commit = [commit.as_bytes(), b"\xe9t\xe9\n"].concat();
    let id = git.feed(&["hash-object", "-t", "commit", "-w", "--stdin", "--literally"], &commit);
    git.run(&["update-ref", "refs/heads/main", &id]);
    git
}

#[tokio::test(start_paused = true)]
async fn a_real_history_is_taken_as_it_is_and_given_out_again() {
    let world = World::new().await;
    let owner = &world.owner;
    let git = real();
    let tip = git.run(&["rev-parse", "main"]);
    let view = import(owner, git.bundle(&["--all"])).await;
    let ImportState::Done { revision } = view.import.state else { panic!("{:?}", view.import) };
    assert_eq!(revision.to_string(), tip);
    let count: u64 = git.run(&["rev-list", "--count", "main"]).parse().unwrap();
    assert_eq!((view.import.commits, view.import.pages, view.import.branch.as_str()), (count, 6, "main"));
    let kept: BTreeMap<_, _> =
        view.kept.iter().map(|kept| (kept.path.as_str(), kept.reason.as_str())).collect();
    let names: Vec<_> = kept.keys().copied().collect();
    assert_eq!(
        names,
        [
            ".github/README.md",
            "What: now.md",
            "link.md",
            "refs/heads/clash",
            "refs/heads/side",
            "refs/tags/v1",
            "run.md"
        ]
    );
    assert!(kept["run.md"].contains("executable"), "{kept:?}");
    assert!(kept["link.md"].contains("symbolic link"), "{kept:?}");

    // Who and what.
    let newest = &owner.changes(&ChangesFilter::default()).await.unwrap()[0];
    assert_eq!((newest.message.as_str(), newest.author.name.as_str()), ("\u{e9}t\u{e9}", ""));
    assert_eq!(newest.author.id, None);
    let said = owner.changes(&ChangesFilter::default()).await.unwrap().pop().unwrap().message;
    assert!(said.contains("Portolan-Principal: nobody"), "strangers' trailers are text: {said}");

    // Histories as git has them; where a merge makes them differ, the newest commit is equal still.
    let mut differ = Vec::new();
    for page in owner.pages("").await.unwrap() {
        let path = page.path.git_path();
        let ours = ids(&owner.history(page.path.as_str()).await.unwrap());
        let theirs = git.run(&["log", "--format=%H", "main", "--", &path]);
        let theirs: Vec<&str> = theirs.lines().collect();
        assert_eq!(page.revision.to_string(), theirs[0], "{path}");
        assert_eq!(ours[0], theirs[0], "{path}");
        if ours != theirs {
            differ.push(path.clone());
        }
        let text = owner.read(page.path.as_str()).await.unwrap().content;
        assert_eq!(text, std::fs::read(git.path().join(&path)).unwrap(), "{path}");
    }
    assert_eq!(differ, [""; 0], "no page of this history is told otherwise than by git");

    // The wiki is written on, through the imported spelling and mode, and given out again.
    let nfd = owner.read("Cafe\u{301}").await.unwrap();
    let effect = owner.put("Cafe\u{301}", "changed\n", Condition::Match(vec![nfd.version])).await.unwrap();
    assert_eq!(effect.value.effect.path.as_str(), "Cafe\u{301}");
    // By its NFC it is this very page.
    assert_eq!(reason(owner.put("Caf\u{e9}", "twice\n", Condition::None).await), "base-required");
    let run = owner.read("run").await.unwrap();
    owner.put("run", "#!/bin/sh\nls\n", Condition::Match(vec![run.version])).await.unwrap();
    assert_eq!(reason(owner.put("link", "through\n", Condition::None).await), "invalid");
    assert_eq!(reason(owner.read("link").await), "not-found");
    let target = git.run(&["rev-parse", "main:link.md"]);
    assert_eq!(reason(owner.read_at("link", Some(&target)).await), "not-found");

    let repo = world.stores.repo("notes").await;
    let before = answers(&world.stores, &repo).await;
    portolan::ports::Index::reset(world.stores.index.as_ref(), &repo).await.unwrap();
    owner.pages("").await.unwrap();
    assert_eq!(answers(&world.stores, &repo).await, before, "rebuilt as it was");

    let clone = exported(owner).await;
    assert_eq!(clone.run(&["rev-parse", "HEAD"]), owner.head().await.unwrap().unwrap().to_string());
    assert_eq!(clone.run(&["rev-parse", "--abbrev-ref", "HEAD"]), "main");
    assert_eq!(clone.run(&["rev-parse", "HEAD~2"]), tip, "ids are as they were");
    assert!(clone.run(&["ls-tree", "HEAD", "run.md"]).starts_with("100755"));
    assert!(clone.run(&["ls-tree", "HEAD", "link.md"]).starts_with("120000"));
    let (whole, said) = clone.try_run(&["fsck", "--strict", "--full"]);
    assert!(whole, "{said}");
    let wanted = git.run(&["rev-list", "--objects", "main"]);
    for line in wanted.lines() {
        let id = line.split(' ').next().unwrap();
        assert!(clone.try_run(&["cat-file", "-e", id]).0, "{line} is missing");
    }
}

fn ids(commits: &[portolan::Commit]) -> Vec<String> {
    commits.iter().map(|commit| commit.revision.to_string()).collect()
}

#[tokio::test(start_paused = true)]
async fn what_was_written_here_is_a_clean_repository() {
    let world = World::new().await;
    let owner = &world.owner;
    assert_eq!(
        reason(
            owner.portolan.export_wiki(&owner.admit(Operation::WikiExport).await.unwrap(), "x".into()).await
        ),
        "not-found"
    );
    let (version, _) = owner.create("A/B/C", "1\n").await;
    owner.delete("A/B/C", Condition::Match(vec![version])).await.unwrap();
    let clone = exported(owner).await;
    assert!(clone.try_run(&["fsck", "--strict", "--full"]).0, "an empty tree is a tree");
    for n in 0..30 {
        owner.create(&format!("folder {}/page {n}", n % 3), &format!("{n}\n")).await;
    }
    let clone = exported(owner).await;
    let (whole, said) = clone.try_run(&["fsck", "--strict", "--full"]);
    assert!(whole, "{said}");
    assert_eq!(clone.run(&["rev-list", "--count", "HEAD"]), "32");
    // And round again.
    owner.create_wiki("copy").await.unwrap();
    let copy = owner.wiki("copy");
    let view = import(&copy, clone.bundle(&["HEAD"])).await;
    assert!(matches!(view.import.state, ImportState::Done { .. }), "{:?}", view.import);
    assert_eq!(copy.head().await.unwrap(), owner.head().await.unwrap());
    assert_eq!(copy.pages("").await.unwrap().len(), 30);
}

#[tokio::test(start_paused = true)]
async fn a_branch_is_named_or_found_and_odd_histories_are_taken() {
    let world = World::new().await;
    let owner = &world.owner;
    let git = Git::new();
    git.run(&["checkout", "--quiet", "-b", "trunk"]);
    git.commit("without a file");
    git.write("Page.md", "1\n");
    let wanted = git.commit("a page");
    git.run(&["checkout", "--quiet", "-b", "other"]);
    git.write("Page.md", "2\n");
    git.commit("another");
    let refused = owner.start_import(git.bundle(&["--branches"]), Some("none")).await;
    assert_eq!(reason(refused), "invalid");
    let id = owner.start_import(git.bundle(&["--all"]), Some("trunk")).await.unwrap().value;
    let view = owner.import_end(id).await.unwrap();
    assert!(matches!(view.import.state, ImportState::Done { .. }), "{:?}", view.import);
    assert_eq!(owner.head().await.unwrap().unwrap().to_string(), wanted);
    let clone = exported(owner).await;
    assert_eq!(clone.run(&["rev-parse", "--abbrev-ref", "HEAD"]), "trunk", "under its own name");
    assert_eq!(reason(owner.start_import(git.bundle(&["--all"]), Some("trunk")).await), "not-empty");
}
