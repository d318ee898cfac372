//! The derived index: behind, missing, ahead or damaged, it is brought to the head, and answers the same.

use std::sync::Arc;

use async_trait::async_trait;
use parking_lot::Mutex;
use portolan::core::git::Oid;
use portolan::core::markdown::{NameKind, NameQuestion};
use portolan::core::search::Query;
use portolan::core::wiki::RepoId;
use portolan::ports::index::{
    Advance, Advanced, Answer, BrokenLink, ChangeAt, ChangeFilter, CommitAt, CommitEntry, FileEntry,
    FileFilter, Found, Graph, GraphLimits, GraphOf, HistoryEntry, LinkPlace, Links, PageName, Part, Position,
    PutText, Rank, TextBehind, TextFilter, Texts,
};
use portolan::ports::{Error, Index, Kind, Result};
use portolan::{ChangesFilter, Condition};
use portolan_memory::MemoryIndex;
use proptest::prelude::*;

use crate::support::git::Git;
use crate::support::{Client, Stores, World};

/// Every answer of a wiki's index, as text.
pub(crate) async fn answers(stores: &Stores, repo: &RepoId) -> Vec<String> {
    let index = &stores.index;
    let mut all = vec![format!("head {:?}", index.head(repo).await.unwrap())];
    let files = index.files(repo, &FileFilter::default(), None, usize::MAX).await.unwrap().value;
    let changes = index.changes(repo, &ChangeFilter::default(), None, usize::MAX).await.unwrap().value;
    for file in &files {
        all.push(format!("file {:?}", index.file(repo, &[&file.path]).await.unwrap().value));
        let path = String::from_utf8_lossy(&file.path);
        let page = path.strip_suffix(".md").unwrap_or(&path);
        for kind in [NameKind::Page, NameKind::File] {
            all.push(format!("links {:?}", index.links(repo, kind, page, usize::MAX).await.unwrap().value));
        }
    }
    let limits = GraphLimits { nodes: usize::MAX, edges: usize::MAX };
    all.push(format!("graph {:?}", index.graph(repo, &GraphOf::Whole, limits).await.unwrap().value));
    all.push(format!("orphans {:?}", index.orphans(repo, None, usize::MAX).await.unwrap().value));
    all.push(format!("broken {:?}", index.broken_links(repo, None, usize::MAX).await.unwrap().value));
    for tag in ["0", "1", "2", "3"] {
        let filter = FileFilter { tag: Some(tag.into()), ..FileFilter::default() };
        all.push(format!("tag {:?}", index.files(repo, &filter, None, usize::MAX).await.unwrap().value));
    }
    let mut paths: Vec<&[u8]> =
        changes.iter().flat_map(|at| &at.commit.paths).map(|change| change.path.as_slice()).collect();
    paths.sort_unstable();
    paths.dedup();
    for path in paths {
        let history = index.history(repo, path, None, usize::MAX).await.unwrap().value;
        for entry in history {
            all.push(format!("history {:?}", entry.commit));
            if let Some(blob) = entry.commit.paths[0].new {
                let made = index.version(repo, path, blob).await.unwrap().value;
                all.push(format!("version {:?}", made.map(|entry| entry.commit.id)));
            }
        }
    }
    for at in changes {
        let again = index.commit(repo, at.commit.id).await.unwrap().value.unwrap().commit;
        let shown = CommitEntry { paths: Vec::new(), ..at.commit.clone() };
        assert_eq!(again, shown);
        all.push(format!("change {:?}", at.commit));
    }
    all
}

/// What somebody who calls use cases sees.
async fn seen(client: &Client) -> Vec<String> {
    let pages = client.pages("").await.unwrap();
    let changes = client.changes(&ChangesFilter::default()).await.unwrap();
    let mut seen = vec![format!("{pages:?}\n{changes:?}")];
    for page in pages {
        let path = page.path.as_str();
        seen.push(format!("{:?}", client.read(path).await.unwrap()));
        seen.push(format!("{:?}", client.history(path).await.unwrap()));
    }
    seen
}

async fn written() -> (World, Vec<String>) {
    let world = World::new().await;
    let owner = &world.owner;
    owner.create("A", "a\n").await;
    let (version, _) = owner.create("b/B", "b\n").await;
    owner.put("b/B", "bb\n", Condition::Match(vec![version])).await.unwrap();
    let (version, _) = owner.create("C", "c\n").await;
    owner.delete("C", Condition::Match(vec![version])).await.unwrap();
    let seen = seen(owner).await;
    (world, seen)
}

#[tokio::test(start_paused = true)]
async fn a_missing_index_is_built() {
    let (world, before) = written().await;
    world.stores.index.reset(&world.stores.repo("notes").await).await.unwrap();
    assert_eq!(seen(&world.owner).await, before);
}

#[tokio::test(start_paused = true)]
async fn an_index_that_is_behind_catches_up() {
    let (world, _) = written().await;
    // The same ledger and objects, with an index that saw only the beginning.
    let elsewhere = world.stores.with_index(Arc::new(MemoryIndex::default()));
    let other = world.owner.on(&elsewhere.open());
    seen(&other).await;
    world.owner.create("Later", "later\n").await;
    world.owner.create("Last", "last\n").await;
    assert_eq!(seen(&other).await, seen(&world.owner).await);
    let repo = world.stores.repo("notes").await;
    assert_eq!(answers(&elsewhere, &repo).await, answers(&world.stores, &repo).await);
}

#[tokio::test(start_paused = true)]
async fn an_index_of_another_history_is_built_anew() {
    let (world, before) = written().await;
    let repo = world.stores.repo("notes").await;
    let head = world.owner.head().await.unwrap();
    // What a ledger restored from yesterday's backup finds: the index knows a commit that never was.
    let known = world.stores.index.commit(&repo, head.unwrap()).await.unwrap().value.unwrap().commit;
    let never = CommitEntry { id: Oid::from_bytes([7; 20]), parents: vec![known.id], ..known };
    let ahead = Advance { from: head, to: Some(never.id), commits: vec![never], files: Vec::new() };
    assert_eq!(world.stores.index.advance(&repo, ahead).await.unwrap(), Advanced::Applied);
    assert_eq!(seen(&world.owner).await, before);
}

/// What no writer may send, but git may have: U+0000, and bytes that are no UTF-8.
#[tokio::test(start_paused = true)]
async fn what_is_no_text_is_judged_alike_by_writers_and_by_who_builds_the_index() {
    let git = Git::new();
    git.write("zero.md", "---\nredirect: Home\ntags: [1]\n---\n[[Home]] \0\n");
    git.write("latin.md", b"---\nredirect: Home\ntags: 1\n---\n# L\xe4tin\n\n[[Home]]\n");
    git.write("page-nul.md", "# Title\n\n[home](Home.md) \0\n");
    git.write("page-latin.md", b"# L\xe4tin\n\n[home](Home.md)\n");
    git.write("Home.md", "home\n");
    git.commit("first");
    let world = World::new().await;
    let owner = &world.owner;
    let id = owner.start_import(git.bundle(&["main"]), None).await.unwrap().value;
    owner.import_end(id).await.unwrap();
    for page in ["zero", "latin", "page-nul", "page-latin"] {
        owner.moved(page, &format!("F/{page}")).await;
    }
    assert_eq!(owner.text("F/page-nul").await, "# Title\n\n[home](../Home.md) \0\n");
    let version = owner.read("F/page-latin").await.unwrap().version;
    let gone = owner.delete("F/page-latin", Condition::Match(vec![version])).await.unwrap().value.revision;
    owner.revert(gone, None).await.unwrap();
    assert_eq!(owner.read("F/page-latin").await.unwrap().title, "L\u{fffd}tin");
    let repo = world.stores.repo("notes").await;
    let before = (seen(owner).await, answers(&world.stores, &repo).await);
    world.stores.index.reset(&repo).await.unwrap();
    assert_eq!(seen(owner).await, before.0);
    assert_eq!(answers(&world.stores, &repo).await, before.1);
}

/// An index in which one question meets damage until it is emptied; its head looks sound.
#[derive(Debug)]
struct Damaged {
    inner: Arc<dyn Index>,
    question: Mutex<Option<&'static str>>,
}

impl Damaged {
    fn look(&self, question: &'static str) -> Result<()> {
        if *self.question.lock() == Some(question) {
            return Err(Error::new(Kind::Corrupt, "test", question, "damaged"));
        }
        Ok(())
    }
}

#[async_trait]
impl Index for Damaged {
    async fn head(&self, repo: &RepoId) -> Result<Option<Oid>> {
        self.look("head")?;
        self.inner.head(repo).await
    }

    async fn advance(&self, repo: &RepoId, advance: Advance) -> Result<Advanced> {
        self.look("advance")?;
        self.inner.advance(repo, advance).await
    }

    async fn reset(&self, repo: &RepoId) -> Result<()> {
        *self.question.lock() = None;
        self.inner.reset(repo).await
    }

    async fn file(&self, repo: &RepoId, paths: &[&[u8]]) -> Result<Answer<Option<FileEntry>>> {
        self.look("file")?;
        self.inner.file(repo, paths).await
    }

    async fn spellings(&self, repo: &RepoId, path: &[u8]) -> Result<Answer<Vec<Vec<u8>>>> {
        self.look("spellings")?;
        self.inner.spellings(repo, path).await
    }

    async fn files(
        &self,
        repo: &RepoId,
        filter: &FileFilter,
        after: Option<&[u8]>,
        limit: usize,
    ) -> Result<Answer<Vec<FileEntry>>> {
        self.look("files")?;
        self.inner.files(repo, filter, after, limit).await
    }

    async fn history(
        &self,
        repo: &RepoId,
        path: &[u8],
        before: Option<Position>,
        limit: usize,
    ) -> Result<Answer<Vec<HistoryEntry>>> {
        self.look("history")?;
        self.inner.history(repo, path, before, limit).await
    }

    async fn file_changes(
        &self,
        repo: &RepoId,
        path: &[u8],
        before: Option<Position>,
        limit: usize,
    ) -> Result<Answer<Vec<ChangeAt>>> {
        self.look("file_changes")?;
        self.inner.file_changes(repo, path, before, limit).await
    }

    async fn version(&self, repo: &RepoId, path: &[u8], blob: Oid) -> Result<Answer<Option<HistoryEntry>>> {
        self.look("version")?;
        self.inner.version(repo, path, blob).await
    }

    async fn former_name(
        &self,
        repo: &RepoId,
        path: &[u8],
        at: Position,
        then: Position,
    ) -> Result<Answer<Option<Vec<u8>>>> {
        self.look("former_name")?;
        self.inner.former_name(repo, path, at, then).await
    }

    async fn commit(&self, repo: &RepoId, id: Oid) -> Result<Answer<Option<CommitAt>>> {
        self.look("commit")?;
        self.inner.commit(repo, id).await
    }

    async fn commits_at(&self, repo: &RepoId, positions: &[Position]) -> Result<Answer<Vec<CommitAt>>> {
        self.look("commits_at")?;
        self.inner.commits_at(repo, positions).await
    }

    async fn newest_merge(&self, repo: &RepoId) -> Result<Answer<Option<CommitAt>>> {
        self.look("newest_merge")?;
        self.inner.newest_merge(repo).await
    }

    async fn changes(
        &self,
        repo: &RepoId,
        filter: &ChangeFilter,
        before: Option<Position>,
        limit: usize,
    ) -> Result<Answer<Vec<CommitAt>>> {
        self.look("changes")?;
        self.inner.changes(repo, filter, before, limit).await
    }

    async fn links(&self, repo: &RepoId, kind: NameKind, path: &str, pages: usize) -> Result<Answer<Links>> {
        self.look("links")?;
        self.inner.links(repo, kind, path, pages).await
    }

    async fn graph(&self, repo: &RepoId, of: &GraphOf, limits: GraphLimits) -> Result<Answer<Graph>> {
        self.look("graph")?;
        self.inner.graph(repo, of, limits).await
    }

    async fn orphans(
        &self,
        repo: &RepoId,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Answer<Part<PageName, String>>> {
        self.look("orphans")?;
        self.inner.orphans(repo, after, limit).await
    }

    async fn broken_links(
        &self,
        repo: &RepoId,
        after: Option<&LinkPlace>,
        limit: usize,
    ) -> Result<Answer<Part<BrokenLink, LinkPlace>>> {
        self.look("broken_links")?;
        self.inner.broken_links(repo, after, limit).await
    }

    async fn names(&self, repo: &RepoId, questions: &[NameQuestion]) -> Result<Answer<Vec<Vec<String>>>> {
        self.look("names")?;
        self.inner.names(repo, questions).await
    }

    async fn bytes(&self, repo: &RepoId) -> Result<u64> {
        self.inner.bytes(repo).await
    }
}

#[async_trait]
impl Texts for Damaged {
    async fn texts_behind(&self, repo: &RepoId, limit: usize) -> Result<Answer<Vec<TextBehind>>> {
        self.look("texts_behind")?;
        self.inner.texts_behind(repo, limit).await
    }

    async fn put_texts(&self, repo: &RepoId, texts: Vec<PutText>) -> Result<()> {
        self.look("put_texts")?;
        self.inner.put_texts(repo, texts).await
    }

    async fn search(
        &self,
        repo: &RepoId,
        query: &Query,
        filter: &TextFilter,
        after: Option<Rank>,
        limit: usize,
    ) -> Result<Answer<Found>> {
        self.look("search")?;
        self.inner.search(repo, query, filter, after, limit).await
    }
}

#[tokio::test(start_paused = true)]
async fn a_damaged_index_is_built_anew_whatever_question_meets_the_damage() {
    for question in [
        "head",
        "advance",
        "file",
        "files",
        "history",
        "version",
        "commit",
        "changes",
        "texts_behind",
        "put_texts",
        "search",
    ] {
        let (world, before) = written().await;
        let head = world.owner.head().await.unwrap().unwrap();
        let version = world.owner.read("A").await.unwrap().version.to_string();
        let index = Damaged { inner: world.stores.index.clone(), question: Mutex::new(Some(question)) };
        let stores = &world.stores;
        let reader =
            world.owner.on(&stores.build(stores.ledger.clone(), stores.objects.clone(), Arc::new(index)));
        assert_eq!(seen(&reader).await, before, "{question}");
        assert_eq!(reader.read_at("A", Some(&version)).await.unwrap().version.to_string(), version);
        assert_eq!(reader.read_at("A", Some(&head.to_string())).await.unwrap().version.to_string(), version);
        let gone = reader.read("C").await.unwrap_err();
        assert!(
            matches!(gone, portolan::Error::NotFound { deleted_in: Some(_), .. }),
            "{question}: {gone:?}"
        );
        reader.create("New", "written on a damaged index\n").await;
        assert_eq!(reader.search("damaged").await, ["New"], "{question}");
        assert_eq!(reader.read("New").await.unwrap().text().0, "written on a damaged index\n");
    }
}

#[derive(Debug, Clone)]
enum Step {
    Put(usize, u8),
    Delete(usize),
}

const PATHS: [&str; 7] = ["a", "b", "f/a", "f/b", "f/g/a", "é", "redirect"];

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let put = (0..PATHS.len(), 0..4_u8).prop_map(|(path, text)| Step::Put(path, text));
    let delete = (0..PATHS.len()).prop_map(Step::Delete);
    prop::collection::vec(prop_oneof![3 => put, 1 => delete], 1..40)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// What writers add bit by bit is what is built from git at once.
    #[test]
    fn rebuilt_equals_incremental(steps in steps()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let world = World::new().await;
            for step in steps {
                world.stores.clock.advance(jiff::SignedDuration::from_secs(1));
                let path = PATHS[match step { Step::Put(path, _) | Step::Delete(path) => path }];
                let now = world.owner.read(path).await.ok().map(|page| page.version);
                let condition = now.map_or(Condition::None, |version| Condition::Match(vec![version]));
                match step {
                    Step::Put(_, text) => {
                        let stub = if text == 0 { "redirect: a\n" } else { "" };
                        let text = format!("---\n{stub}tags: [{text}]\n---\n# T{text}\n[[{}]] [x](b.md)\n", PATHS[usize::from(text)]);
                        drop(world.owner.put_saying(path, &text, condition, Some("why\n\nbecause  \n")).await.unwrap());
                    }
                    Step::Delete(_) if now.is_some() => drop(world.owner.delete(path, condition).await.unwrap()),
                    Step::Delete(_) => assert!(world.owner.delete(path, condition).await.is_err()),
                }
            }
            let repo = world.stores.repo("notes").await;
            let incremental = answers(&world.stores, &repo).await;
            world.stores.index.reset(&repo).await.unwrap();
            world.owner.pages("").await.unwrap();
            assert_eq!(answers(&world.stores, &repo).await, incremental);
        });
    }
}
