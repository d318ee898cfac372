//! Import and export, with real git on the other side.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use portolan::core::access::{Operation, Scope};
use portolan::core::audit::{Lane, Outcome};
use portolan::core::git::{Object, Oid};
use portolan::core::id::ImportId;
use portolan::core::wiki::{Import, ImportState, RepoId};
use portolan::ports::ledger::Key;
use portolan::ports::objects::{Compaction, Damage, ImportLimits, Mirror, NewObject, PackReceipt, Progress};
use portolan::ports::{self, Ledger, Objects, Retry};
use portolan::{
    AuditEntry, AuditFilter, ChangesFilter, Condition, Error, ImportView, Options, Portolan, Result, Verified,
};
use tokio::sync::Semaphore;

use crate::audit::Tampered;
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
    let (owner, objects) = slow(&world, world.stores.ledger.clone());
    let git = real();
    let id = owner.key("k").start_import(git.bundle(&["HEAD", "main"]), None).await.unwrap().value;
    assert_eq!(reason(owner.put("Page", "x\n", Condition::None).await), "in-progress");
    assert_eq!(reason(owner.start_import(git.bundle(&["HEAD", "main"]), None).await), "in-progress");
    assert!(owner.pages("").await.unwrap().is_empty(), "nothing of it is seen before its end");
    objects.go.add_permits(1);
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
    // The import waits in its object store, so that the kill is in the middle.
    let waiting = world.stores.with_objects(Slow::new(world.stores.objects.clone()));
    let dying: Portolan = waiting.open_through(&tap);
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

/// An object store whose imports wait until they are let go, or fail in a way that no store should.
#[derive(Debug)]
struct Slow {
    inner: Arc<dyn Objects>,
    go: Semaphore,
    panics: AtomicBool,
    at_work: AtomicUsize,
    most: AtomicUsize,
}

impl Slow {
    fn new(inner: Arc<dyn Objects>) -> Arc<Self> {
        let (at_work, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        Arc::new(Self { inner, go: Semaphore::new(0), panics: AtomicBool::new(false), at_work, most })
    }
}

/// Counted as at work until it is dropped.
struct AtWork<'a>(&'a Slow);

impl<'a> AtWork<'a> {
    fn begin(slow: &'a Slow) -> Self {
        let now = slow.at_work.fetch_add(1, Ordering::SeqCst) + 1;
        slow.most.fetch_max(now, Ordering::SeqCst);
        Self(slow)
    }
}

impl Drop for AtWork<'_> {
    fn drop(&mut self) {
        self.0.at_work.fetch_sub(1, Ordering::SeqCst);
    }
}

#[async_trait]
impl Objects for Slow {
    async fn get_many(&self, repo: &RepoId, ids: &[Oid]) -> ports::Result<Vec<Option<Object>>> {
        self.inner.get_many(repo, ids).await
    }

    async fn put_batch(&self, repo: &RepoId, objects: Vec<NewObject>) -> ports::Result<PackReceipt> {
        self.inner.put_batch(repo, objects).await
    }

    async fn import(
        &self,
        repo: &RepoId,
        pack: PathBuf,
        limits: ImportLimits,
        progress: &dyn Progress,
    ) -> ports::Result<PackReceipt> {
        let _at_work = AtWork::begin(self);
        self.go.acquire().await.unwrap().forget();
        assert!(!self.panics.load(Ordering::SeqCst), "a defect");
        self.inner.import(repo, pack, limits, progress).await
    }

    async fn export(
        &self,
        repo: &RepoId,
        ids: &BTreeSet<Oid>,
        target: PathBuf,
    ) -> ports::Result<PackReceipt> {
        self.inner.export(repo, ids, target).await
    }

    async fn packs(&self, repo: &RepoId) -> ports::Result<Vec<PackReceipt>> {
        self.inner.packs(repo).await
    }

    async fn compact(&self, repo: &RepoId) -> ports::Result<Compaction> {
        self.inner.compact(repo).await
    }

    async fn mirror(&self, repo: &RepoId, expected: Option<Oid>, head: Option<Oid>) -> ports::Result<Mirror> {
        self.inner.mirror(repo, expected, head).await
    }

    async fn shown(&self, repo: &RepoId) -> ports::Result<Option<Oid>> {
        self.inner.shown(repo).await
    }

    fn local_path(&self, repo: &RepoId) -> Option<PathBuf> {
        self.inner.local_path(repo)
    }

    async fn check(&self, repo: &RepoId, progress: &dyn Progress) -> ports::Result<Vec<Damage>> {
        self.inner.check(repo, progress).await
    }

    async fn remove(&self, repo: &RepoId) -> ports::Result<()> {
        self.inner.remove(repo).await
    }
}

/// A process with a [`Slow`] store, that does one import at a time and lets one wait.
fn slow(world: &World, ledger: Arc<dyn Ledger>) -> (Client, Arc<Slow>) {
    let stores = &world.stores;
    let objects = Slow::new(stores.objects.clone());
    let options = Options { imports: 1, imports_waiting: 1, exports: 1, ..Options::default() };
    let (index, clock, ids) = (stores.index.clone(), stores.clock.clone(), stores.ids.clone());
    let portolan = Portolan::builder(ledger, objects.clone(), index, clock, ids).options(options).build();
    (world.owner.on(&portolan), objects)
}

/// An import's record, whoever may still see it, when `until` holds.
async fn record(world: &World, id: ImportId, until: impl Fn(&Import) -> bool) -> Import {
    let scope = Scope::system("test", world.stores.tenant("demo").await);
    for _ in 0..10_000 {
        let found = world.stores.ledger.get_many(&scope, &[Key::Import(id)]).await.unwrap();
        let import = found[0].clone().unwrap().record.import().unwrap();
        if until(&import) {
            return import;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the import does not get on");
}

fn has_failed(import: &Import) -> bool {
    matches!(import.state, ImportState::Failed { .. })
}

/// What the audit says of imports, oldest first.
async fn said(client: &Client) -> Vec<AuditEntry> {
    let mut all = client.audit(&AuditFilter::default()).await.unwrap();
    all.retain(|entry| {
        ["wiki.import", "import.start", "import.fail"].contains(&entry.event.what.operation.as_str())
    });
    // At the same time, lanes are in no order.
    all.sort_by_key(|entry| (entry.event.what.time, entry.event.what.operation != "import.start"));
    all
}

#[tokio::test(start_paused = true)]
async fn the_audit_tells_of_an_import_that_succeeds_once_and_of_one_that_fails() {
    let world = World::new().await;
    let owner = &world.owner;
    let git = real();
    let bundle = git.bundle(&["HEAD", "main"]);
    let whole = std::fs::read(&bundle).unwrap();
    std::fs::write(&bundle, &whole[..whole.len() - 30]).unwrap();
    let failed = import(owner, bundle).await.import;
    world.stores.clock.advance(jiff::SignedDuration::from_secs(1));
    let done = import(owner, git.bundle(&["HEAD", "main"])).await.import;
    let (ImportState::Failed { problem }, ImportState::Done { revision }) = (&failed.state, &done.state)
    else {
        panic!("{failed:?} {done:?}");
    };
    let said = said(owner).await;
    let told: Vec<_> = said
        .iter()
        .map(|AuditEntry { lane, event }| {
            let what = &event.what;
            assert_eq!((what.outcome, what.count, what.request_id.as_str()), (Outcome::Done, 1, "req"));
            let in_wiki = matches!(lane, Lane::Wiki(_));
            (what.operation.as_str(), what.target.clone(), in_wiki, what.revision, what.reason.as_ref())
        })
        .collect();
    let of = |import: &Import| format!("notes/imports/{}", import.id);
    assert_eq!(
        told,
        [
            ("import.start", of(&failed), false, None, None),
            ("import.fail", of(&failed), true, None, Some(problem)),
            ("import.start", of(&done), false, None, None),
            ("wiki.import", "notes".into(), true, Some(*revision), None),
        ]
    );
    assert!(matches!(owner.verify().await.unwrap(), Verified::Whole { .. }));
}

#[tokio::test(start_paused = true)]
async fn imports_take_turns_and_few_wait() {
    let world = World::new().await;
    let (owner, objects) = slow(&world, world.stores.ledger.clone());
    for wiki in ["second", "third"] {
        owner.create_wiki(wiki).await.unwrap();
    }
    let (second, third) = (owner.wiki("second"), owner.wiki("third"));
    let git = real();
    let begin = async |client: &Client| {
        client.start_import(git.bundle(&["HEAD", "main"]), None).await.map(|it| it.value)
    };
    let one = begin(&owner).await.unwrap();
    let two = begin(&second).await.unwrap();
    for _ in 0..50 {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(objects.at_work.load(Ordering::SeqCst), 1, "the other waits");
    let waiting = second.import_view(two).await.unwrap().import;
    assert_eq!((waiting.state, waiting.objects), (ImportState::Running, 0));
    assert_eq!(reason(second.put("Page", "x\n", Condition::None).await), "in-progress");

    let bundle = git.bundle(&["HEAD", "main"]);
    match third.start_import(bundle.clone(), None).await {
        Err(Error::Port(error)) => {
            assert_eq!(error.kind, ports::Kind::Unavailable);
            assert!(matches!(error.retry, Retry::After(time) if time >= Duration::from_secs(1)));
        }
        other => panic!("{other:?}"),
    }
    assert!(!bundle.exists());
    assert!(third.head().await.unwrap().is_none());

    objects.go.add_permits(1);
    assert!(matches!(owner.import_end(one).await.unwrap().import.state, ImportState::Done { .. }));
    let three = begin(&third).await.unwrap();
    objects.go.add_permits(2);
    for (client, id) in [(&second, two), (&third, three)] {
        let state = client.import_end(id).await.unwrap().import.state;
        assert!(matches!(state, ImportState::Done { .. }), "{state:?}");
    }
    assert_eq!(objects.most.load(Ordering::SeqCst), 1, "never two at once");
    // Whoever goes away while his bundle is received gives his place back.
    let admitted = owner.admit(Operation::ImportStart).await.unwrap();
    for _ in 0..5 {
        drop(owner.portolan.import_place(&admitted).unwrap());
    }
}

#[tokio::test(start_paused = true)]
async fn exports_take_turns_and_wait_a_little() {
    let world = World::new().await;
    world.owner.create("Page", "text\n").await;
    let (owner, _) = slow(&world, world.stores.ledger.clone());
    let folder = tempfile::tempdir().unwrap();
    let admitted = owner.admit(Operation::WikiExport).await.unwrap();
    let export = async |name: &str| owner.portolan.export_wiki(&admitted, folder.path().join(name)).await;
    let first = export("first").await.unwrap();
    let start = tokio::time::Instant::now();
    let refused = export("second").await;
    assert!(matches!(refused, Err(Error::Port(error)) if matches!(error.retry, Retry::After(_))));
    assert_eq!(start.elapsed().as_secs(), 10);
    let (third, ()) = tokio::join!(export("third"), async {
        tokio::time::sleep(Duration::from_secs(5)).await;
        drop(first);
    });
    third.unwrap();
}

#[tokio::test(start_paused = true)]
async fn an_import_that_meets_a_defect_fails_and_frees_its_wiki() {
    let world = World::new().await;
    let (owner, objects) = slow(&world, world.stores.ledger.clone());
    let git = real();
    objects.panics.store(true, Ordering::SeqCst);
    objects.go.add_permits(1);
    let view = import(&owner, git.bundle(&["HEAD", "main"])).await;
    let ImportState::Failed { problem } = view.import.state else { panic!("{:?}", view.import) };
    assert!(problem.contains("defect") && problem.contains(&view.import.id.to_string()), "{problem}");
    assert_eq!(said(&owner).await.last().unwrap().event.what.reason.as_deref(), Some(problem.as_str()));
    objects.panics.store(false, Ordering::SeqCst);
    objects.go.add_permits(1);
    let view = import(&owner, git.bundle(&["HEAD", "main"])).await;
    assert!(matches!(view.import.state, ImportState::Done { .. }), "{:?}", view.import);
}

#[tokio::test(start_paused = true)]
async fn a_failure_that_the_ledger_does_not_take_is_recorded_later() {
    let world = World::new().await;
    let ledger = Tampered::new(world.stores.ledger.clone());
    let (owner, objects) = slow(&world, ledger.clone());
    let git = real();
    let bundle = git.bundle(&["HEAD", "main"]);
    objects.panics.store(true, Ordering::SeqCst);
    let place = owner.admit(Operation::ImportStart).await.unwrap();
    let id = owner.start_import(bundle.clone(), None).await.unwrap().value;
    ledger.full.store(true, Ordering::SeqCst);
    objects.go.add_permits(1);
    // Its place is given back although its end could not be recorded.
    let mut places = Vec::new();
    for _ in 0..10_000 {
        places.extend(owner.portolan.import_place(&place));
        if places.len() == 2 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(places.len(), 2);
    assert!(!bundle.exists());
    record(&world, id, |import| import.state == ImportState::Running).await;
    ledger.full.store(false, Ordering::SeqCst);
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let portolan = owner.portolan.clone();
    let running = tokio::spawn(async move { portolan.run(async move { drop(stopped.await) }).await });
    record(&world, id, has_failed).await;
    owner.create("Page", "written after all\n").await;
    drop(stop);
    running.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn an_import_ends_with_its_wiki_and_with_its_tenant() {
    for whole_tenant in [false, true] {
        let world = World::new().await;
        let (owner, objects) = slow(&world, world.stores.ledger.clone());
        owner.create_wiki("waits").await.unwrap();
        let git = real();
        let bundles = [git.bundle(&["HEAD", "main"]), git.bundle(&["HEAD", "main"])];
        let at_work = owner.start_import(bundles[0].clone(), None).await.unwrap().value;
        let waits = owner.wiki("waits").start_import(bundles[1].clone(), None).await.unwrap().value;
        while objects.at_work.load(Ordering::SeqCst) == 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let start = tokio::time::Instant::now();
        if whole_tenant {
            let operator = world.operator_in("demo");
            let admitted = operator.admit(Operation::TenantDelete).await.unwrap();
            world.portolan.delete_tenant(&admitted).await.unwrap();
        } else {
            // By another process: whoever does it, the import notices.
            world.owner.wiki("waits").delete_wiki().await.unwrap();
            world.owner.delete_wiki().await.unwrap();
        }
        for id in [at_work, waits] {
            let ImportState::Failed { problem } = record(&world, id, has_failed).await.state else {
                panic!()
            };
            let what = if whole_tenant { "the tenant" } else { "the wiki" };
            assert_eq!(problem, format!("{what} was deleted while the import was running"));
        }
        assert!(start.elapsed() < Duration::from_secs(5), "soon");
        assert_eq!(objects.at_work.load(Ordering::SeqCst), 0, "its work was dropped");
        let left: Vec<_> = bundles.iter().filter(|bundle| bundle.exists()).collect();
        assert!(left.is_empty(), "{left:?}");
        if !whole_tenant {
            let told = said(&owner).await;
            let failed = told.iter().filter(|entry| entry.event.what.operation == "import.fail");
            assert_eq!(failed.count(), 2, "{told:#?}");
            assert!(told.iter().all(|entry| entry.event.what.operation != "wiki.import"));
            // The names are free, and so are the places.
            for wiki in ["notes", "waits"] {
                owner.create_wiki(wiki).await.unwrap();
            }
            objects.go.add_permits(1);
            let view = import(&owner, git.bundle(&["HEAD", "main"])).await;
            assert!(matches!(view.import.state, ImportState::Done { .. }), "{:?}", view.import);
        }
    }
}
