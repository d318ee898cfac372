//! Import and export, with real git on the other side.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use portolan::core::access::Operation;
use portolan::core::wiki::ImportState;
use portolan::{ChangesFilter, Condition, Error, ImportView, Portolan, Result};

use crate::derived::answers;
use crate::support::git::Git;
use crate::support::tap::Tap;
use crate::support::{Client, World};

fn reason<T: std::fmt::Debug>(result: Result<T>) -> &'static str {
    match result {
        Err(error) => error.reason().unwrap_or_else(|| panic!("no refusal: {error:?}")),
        Ok(value) => panic!("expected a refusal: {value:?}"),
    }
}

/// Imports `bundle` into the client's wiki; answers how it ended.
async fn import(client: &Client, bundle: PathBuf) -> ImportView {
    let id = client.start_import(bundle.clone(), None).await.unwrap().value;
    let view = client.import_end(id).await.unwrap();
    assert!(!bundle.exists(), "the source is deleted when the import has ended");
    let beside = bundle.parent().unwrap().read_dir().unwrap().map(|it| it.unwrap().path());
    assert_eq!(beside.filter(|path| path.extension().is_some_and(|it| it == "pack")).count(), 0);
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
fn real() -> Git {
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
    assert_eq!(reason(owner.put("Caf\u{e9}", "twice\n", Condition::None).await), "path-collision");
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

#[tokio::test(start_paused = true)]
async fn while_an_import_runs_nothing_else_is_written() {
    let world = World::new().await;
    let owner = &world.owner;
    let git = real();
    let id = owner.key("k").start_import(git.bundle(&["HEAD", "main"]), None).await.unwrap().value;
    assert_eq!(reason(owner.put("Page", "x\n", Condition::None).await), "in-progress");
    assert_eq!(reason(owner.start_import(git.bundle(&["HEAD", "main"]), None).await), "in-progress");
    assert!(owner.pages("").await.unwrap().is_empty(), "nothing of it is seen before its end");
    let view = owner.import_end(id).await.unwrap();
    assert!(matches!(view.import.state, ImportState::Done { .. }));
    let replay = owner.key("k").start_import(git.bundle(&["HEAD", "main"]), None).await;
    // Another bundle file with the same content is the same request.
    let replay = replay.unwrap();
    assert!(replay.replayed);
    assert_eq!(replay.value, id);
    assert_eq!(reason(owner.start_import(git.bundle(&["HEAD", "main"]), None).await), "not-empty");
    owner.create("Page", "x\n").await;
}

#[tokio::test(start_paused = true)]
async fn an_import_that_a_restart_ended_has_failed_and_its_wiki_is_free() {
    let world = World::new().await;
    let git = real();
    let tap = Arc::new(Tap::default());
    let dying: Portolan = world.stores.open_through(&tap);
    let id = world.owner.on(&dying).start_import(git.bundle(&["HEAD", "main"]), None).await.unwrap().value;
    tap.kill();
    let owner = world.owner.on(&world.stores.open());
    assert_eq!(reason(owner.put("Page", "x\n", Condition::None).await), "in-progress");
    owner.portolan.recover().await.unwrap();
    let view = owner.import_view(id).await.unwrap();
    assert!(matches!(view.import.state, ImportState::Failed { .. }), "{:?}", view.import);
    owner.create("Page", "x\n").await;
    assert!(matches!(owner.read("Home").await, Err(Error::NotFound { .. })));
}
