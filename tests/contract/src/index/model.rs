//! Any history, driven beside the index in memory, which resolves every link anew for each question: the answers must be
//! the same. Positions are opaque, so the order of the commits is compared, and each side is given its own.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use portolan_core::git::Oid;
use portolan_core::markdown::{NameKind, NameQuestion};
use portolan_core::wiki::path::lookup_form;
use portolan_memory::MemoryIndex;
use portolan_ports::Index;
use portolan_ports::index::{
    Advance, Advanced, Answer, Author, AuthorKind, ChangeFilter, CommitEntry, FileChange, FileEntry,
    FileFilter, FileKind, GraphLimits, GraphOf, PathChange, Position,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, TestCaseError, TestRunner};

use super::help::{blob, wiki};
use crate::Fixture;
use crate::sample::oid;

/// Some are one name in two spellings, composed (`\xc3\xa9`) and not (`e\xcc\x81`).
const PATHS: [&[u8]; 13] = [
    b"a.md",
    b"a/b.md",
    b"a/\xff.md",
    b"a_b.md",
    b"a-b.md",
    b"b/c.png",
    b"b",
    b"b.md",
    b".kept",
    b"e\xcc\x81.md",
    b"\xc3\xa9.md",
    b"e\xcc\x81/e\xcc\x81.md",
    b"\xc3\xa9/e\xcc\x81.md",
];
const PREFIXES: [&[u8]; 9] = [b"", b"a", b"a/", b"a_", b"\xff", b"b", b"a.m", b"\xc3\xa9", b"\xc3\xa9/"];
/// What pages say, by the number of their blob.
const TEXTS: [&str; 6] = [
    "nothing",
    "[[a]] [[b]] [[a/b|b]] [[c|a_b]]",
    "---\nredirect: a\n---\n[[b]]",
    "[[\u{e9}]] [[e\u{301}/\u{e9}]] [x](b.md) ![p](b/c.png) ![[c.png]] [up](../a.md)",
    "---\ncategory: One\ntags: [x, Y]\n---\n[[a]]\n[[missing]] [[A_B]] [[/a-b]]",
    "---\ncategory: ONE\ntag: y\n---\n[[b]] [self](a.md) [r]\n\n[r]: a/b.md",
];
const AUTHORS: [&str; 5] = ["Ada", "ADA@example.org", "mem_1", "ada", ""];

/// What happens.
#[derive(Debug, Clone)]
enum Step {
    /// Commits, each changing some paths; in one advance or, from the beginning, in parts.
    Advance {
        commits: Vec<NewCommit>,
        parts: bool,
        wrong: bool,
    },
    Reset,
    Files {
        filter: FileFilter,
        after: Option<usize>,
        limit: usize,
    },
    Changes {
        filter: ChangeFilter,
        page: usize,
    },
}

/// A commit: when, by whom, and for each path what it becomes.
#[derive(Debug, Clone)]
struct NewCommit {
    time: i64,
    author: usize,
    edits: Vec<(usize, Option<u64>)>,
    /// Where the first file that is there after it came from.
    from: Option<usize>,
}

/// As [`Index`] promises: for any history, the answers of the adapter are those of the model.
pub(super) fn any_history_answers_as_in_memory(open: impl AsyncFn() -> Fixture<dyn Index>) {
    let config = Config { cases: 48, failure_persistence: None, max_shrink_iters: 400, ..Config::default() };
    let outcome = TestRunner::new(config).run(&vec(steps(), 1..14), |steps| {
        crate::run(async {
            let mut pair = Pair { real: open().await, model: MemoryIndex::new(), world: World::default() };
            for step in steps {
                pair.step(step).await?;
            }
            pair.questions().await
        })
    });
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
}

fn steps() -> impl Strategy<Value = Step> {
    let edits = vec((0..PATHS.len(), option::weighted(0.7, 0..TEXTS.len() as u64)), 0..4);
    let from = option::weighted(0.4, 0..PATHS.len());
    let commit = (-3..9_i64, 0..AUTHORS.len(), edits, from)
        .prop_map(|(time, author, edits, from)| NewCommit { time, author, edits, from });
    let advance = (vec(commit, 0..5), any::<bool>(), proptest::bool::weighted(0.15));
    let kinds = vec(select(&[FileKind::Page, FileKind::File, FileKind::Kept][..]), 0..3);
    let prefix = select(&PREFIXES[..]).prop_map(<[u8]>::to_vec);
    let label = || option::weighted(0.2, select(&["one", "x", "Y", ""][..]).prop_map(str::to_owned));
    let files =
        (kinds, prefix.clone(), option::of(-4..9_i64), proptest::bool::weighted(0.2), label(), label())
            .prop_map(|(kinds, prefix, updated_since, executable, category, tag)| FileFilter {
                kinds,
                prefix,
                updated_since,
                executable,
                category,
                tag,
            });
    let changes = (option::of(-4..9_i64), option::of(select(&AUTHORS[..])), prefix)
        .prop_map(|(since, author, prefix)| ChangeFilter { since, author: author.map(Into::into), prefix });
    prop_oneof![
        6 => advance.prop_map(|(commits, parts, wrong)| Step::Advance { commits, parts, wrong }),
        1 => Just(Step::Reset),
        4 => (files, option::of(0..PATHS.len()), 1..5_usize)
            .prop_map(|(filter, after, limit)| Step::Files { filter, after, limit }),
        4 => (changes, 1..4_usize).prop_map(|(filter, page)| Step::Changes { filter, page }),
    ]
}

/// The history as git would have it.
#[derive(Debug, Default)]
struct World {
    /// Commits made so far; never fewer after a reset, so that ids stay new.
    made: u64,
    head: Option<Oid>,
    files: BTreeMap<Vec<u8>, u64>,
}

impl World {
    /// Makes the commits; answers them with the difference between the trees before and after.
    fn commit(&mut self, commits: &[NewCommit]) -> (Vec<CommitEntry>, Vec<FileChange>) {
        let before = self.files.clone();
        let mut entries = Vec::new();
        for new in commits {
            self.made += 1;
            let mut paths = BTreeMap::new();
            for (path, content) in &new.edits {
                let (path, old) = (PATHS[*path].to_vec(), self.files.get(PATHS[*path]).copied());
                if old == *content || paths.contains_key(&path) {
                    continue;
                }
                match content {
                    Some(content) => drop(self.files.insert(path.clone(), *content)),
                    None => drop(self.files.remove(&path)),
                }
                // Symbolic links among them: modes are answered as they were given.
                let mode = if self.made.is_multiple_of(3) { 0o120_000 } else { 0o100_644 };
                let change = PathChange {
                    path: path.clone(),
                    old: old.map(blob),
                    new: content.map(blob),
                    mode,
                    from: None,
                };
                paths.insert(path, change);
            }
            let came = paths.values_mut().find(|change| change.new.is_some());
            if let (Some(change), Some(from)) = (came, new.from.map(|from| PATHS[from]))
                && change.path != from
            {
                change.from = Some(from.to_vec());
            }
            entries.push(CommitEntry {
                id: oid(self.made),
                parents: self.head.into_iter().collect(),
                author: author(new.author),
                time: new.time,
                message: format!("commit {}", self.made),
                paths: paths.into_values().collect(),
            });
            self.head = Some(oid(self.made));
        }
        let paths: BTreeSet<_> = before.keys().chain(self.files.keys()).cloned().collect();
        let differ = paths.into_iter().filter(|path| before.get(path) != self.files.get(path));
        let files = differ.map(|path| match self.files.get(&path) {
            Some(content) => there(&path, *content),
            None => FileChange::Gone(path),
        });
        (entries, files.collect())
    }
}

fn author(number: usize) -> Author {
    let id = (number == 2).then(|| "mem_1".to_owned());
    let email = (number != 3).then(|| format!("{}@Example.org", if number < 2 { "ada" } else { "other" }));
    let name = if number == 1 { "ada" } else { AUTHORS[number] };
    Author { kind: AuthorKind::Git, id, name: name.into(), email }
}

fn entry(path: &[u8], content: u64) -> FileEntry {
    let (kind, mode) = match path.first() {
        Some(b'.') => (FileKind::Kept, 0o120_000),
        _ if std::str::from_utf8(path).is_err() => (FileKind::Kept, 0o100_644),
        _ if path.ends_with(b".md") => (FileKind::Page, 0o100_644),
        _ => (FileKind::File, if content == 0 { 0o100_755 } else { 0o100_644 }),
    };
    FileEntry { kind, mode, ..super::help::page(path, content) }
}

/// The file at `path` is there; a page says what its number stands for.
fn there(path: &[u8], content: u64) -> FileChange {
    let file = entry(path, content);
    let text = TEXTS[usize::try_from(content).expect("texts are few")];
    match std::str::from_utf8(path) {
        Ok(path) if file.kind == FileKind::Page => super::help::says(path, content, text),
        _ => super::help::as_it_is(file),
    }
}

struct Pair {
    real: Fixture<dyn Index>,
    model: MemoryIndex,
    world: World,
}

type Compared = Result<(), TestCaseError>;

impl Pair {
    async fn step(&mut self, step: Step) -> Compared {
        match step {
            Step::Advance { commits, parts, wrong } => self.advance(&commits, parts, wrong).await,
            Step::Reset => {
                self.real.reset(&wiki()).await.unwrap();
                self.model.reset(&wiki()).await.unwrap();
                self.world = World { made: self.world.made, ..World::default() };
                Ok(())
            }
            Step::Files { filter, after, limit } => {
                let after = after.map(|path| PATHS[path]);
                let real = self.real.files(&wiki(), &filter, after, limit).await.unwrap();
                prop_assert_eq!(real, self.model.files(&wiki(), &filter, after, limit).await.unwrap());
                Ok(())
            }
            Step::Changes { filter, page } => self.changes(&filter, page).await,
        }
    }

    async fn advance(&mut self, commits: &[NewCommit], parts: bool, wrong: bool) -> Compared {
        let from = if wrong { Some(oid(999_999)) } else { self.world.head };
        if wrong {
            let advance = Advance { from, to: Some(oid(999_998)), commits: Vec::new(), files: Vec::new() };
            return self.both(advance).await.map(drop);
        }
        let (mut commits, files) = self.world.commit(commits);
        if commits.is_empty() {
            return Ok(());
        }
        // Only a history that begins may come in parts.
        if parts && from.is_none() {
            let rest = commits.split_off(commits.len() / 2);
            let part = Advance { from: None, to: None, commits, files: Vec::new() };
            prop_assert_eq!(self.both(part).await?, Advanced::Applied);
            prop_assert_eq!(self.real.head(&wiki()).await.unwrap(), None);
            self.questions().await?;
            commits = rest;
        }
        let advance = Advance { from, to: self.world.head, commits, files };
        prop_assert_eq!(self.both(advance).await?, Advanced::Applied);
        prop_assert_eq!(self.real.head(&wiki()).await.unwrap(), self.world.head);
        Ok(())
    }

    async fn both(&self, advance: Advance) -> Result<Advanced, TestCaseError> {
        let real = self.real.advance(&wiki(), advance.clone()).await.unwrap();
        prop_assert_eq!(real, self.model.advance(&wiki(), advance).await.unwrap());
        Ok(real)
    }

    /// All changes that pass the filter, in pages.
    async fn changes(&self, filter: &ChangeFilter, page: usize) -> Compared {
        let (mut before, mut model_before): (Option<Position>, Option<Position>) = (None, None);
        // Each page has a commit, or it is the last.
        for _ in 0..=self.world.made {
            let real = self.real.changes(&wiki(), filter, before, page).await.unwrap();
            let model = self.model.changes(&wiki(), filter, model_before, page).await.unwrap();
            before = real.value.last().map(|commit| commit.position);
            model_before = model.value.last().map(|commit| commit.position);
            let commits = |answer: Answer<Vec<portolan_ports::index::CommitAt>>| Answer {
                head: answer.head,
                value: answer.value.into_iter().map(|commit| commit.commit).collect::<Vec<_>>(),
            };
            prop_assert_eq!(commits(real), commits(model));
            if before.is_none() {
                return Ok(());
            }
        }
        Err(TestCaseError::fail("the changes have no end"))
    }

    /// Every path's file, history and versions, and every commit.
    async fn questions(&self) -> Compared {
        let mut positions = HashMap::new();
        for number in 1..=self.world.made + 1 {
            let real = self.real.commit(&wiki(), oid(number)).await.unwrap();
            let model = self.model.commit(&wiki(), oid(number)).await.unwrap();
            prop_assert_eq!(real.head, model.head);
            prop_assert_eq!(
                real.value.as_ref().map(|it| &it.commit),
                model.value.as_ref().map(|it| &it.commit)
            );
            if let Some(commit) = real.value {
                positions.insert(commit.commit.id, commit.position);
            }
        }
        for path in PATHS {
            let form = lookup_form(path).unwrap_or_else(|| path.to_vec());
            let real = self.real.spellings(&wiki(), &form).await.unwrap();
            prop_assert_eq!(real, self.model.spellings(&wiki(), &form).await.unwrap());
            let real = self.real.file(&wiki(), &[b"nothing", path]).await.unwrap();
            prop_assert_eq!(real, self.model.file(&wiki(), &[b"nothing", path]).await.unwrap());
            let real = self.real.history(&wiki(), path, None, 100).await.unwrap();
            let model = self.model.history(&wiki(), path, None, 100).await.unwrap();
            prop_assert_eq!(real.head, model.head);
            for entry in &real.value {
                prop_assert_eq!(Some(&entry.position), positions.get(&entry.commit.id));
            }
            let changes = self.real.file_changes(&wiki(), path, None, 100).await.unwrap().value;
            let told = real.value.iter().map(|entry| (entry.position, &entry.commit.paths[0]));
            prop_assert!(told.eq(changes.iter().map(|at| (at.position, &at.change))));
            let commits = |entries: Vec<portolan_ports::index::HistoryEntry>| {
                entries.into_iter().map(|entry| entry.commit).collect::<Vec<_>>()
            };
            prop_assert_eq!(commits(real.value), commits(model.value));
            for content in 0..TEXTS.len() as u64 {
                let real = self.real.version(&wiki(), path, blob(content)).await.unwrap();
                let model = self.model.version(&wiki(), path, blob(content)).await.unwrap();
                prop_assert_eq!(real.value.map(|it| it.commit), model.value.map(|it| it.commit));
            }
        }
        self.links().await
    }

    /// Every link, from either end, and what there is to know of all together.
    async fn links(&self) -> Compared {
        let (real, model, wiki) = (&*self.real, &self.model, &wiki());
        let mut names =
            vec!["missing".to_owned(), "\u{e9}/\u{e9}".into(), "A_B".into(), "c".into(), "c.png".into()];
        for path in PATHS.iter().filter_map(|path| std::str::from_utf8(path).ok()) {
            names.push(path.strip_suffix(".md").unwrap_or(path).to_owned());
        }
        let mut questions = Vec::new();
        for name in &names {
            for kind in [NameKind::Page, NameKind::File] {
                for pages in [1, 100] {
                    let here = real.links(wiki, kind, name, pages).await.unwrap();
                    prop_assert_eq!(here, model.links(wiki, kind, name, pages).await.unwrap(), "{}", name);
                }
                for whole in [true, false] {
                    questions.push(NameQuestion { kind, path: name.clone(), whole });
                }
            }
            for (depth, nodes, edges) in [(1, 100, 100), (2, 3, 2), (3, 100, 3)] {
                let (of, limits) =
                    (GraphOf::Around { page: name.clone(), depth }, GraphLimits { nodes, edges });
                let here = real.graph(wiki, &of, limits).await.unwrap();
                prop_assert_eq!(here, model.graph(wiki, &of, limits).await.unwrap());
            }
        }
        let here = real.names(wiki, &questions).await.unwrap();
        prop_assert_eq!(here, model.names(wiki, &questions).await.unwrap());
        for (nodes, edges) in [(100, 100), (2, 100), (100, 2)] {
            let limits = GraphLimits { nodes, edges };
            let here = real.graph(wiki, &GraphOf::Whole, limits).await.unwrap();
            prop_assert_eq!(here, model.graph(wiki, &GraphOf::Whole, limits).await.unwrap());
        }
        for limit in [1, 100] {
            let here = real.orphans(wiki, None, limit).await.unwrap();
            prop_assert_eq!(here, model.orphans(wiki, None, limit).await.unwrap());
            let here = real.broken_links(wiki, None, limit).await.unwrap();
            let there = model.broken_links(wiki, None, limit).await.unwrap();
            let next = there.value.next.clone();
            prop_assert_eq!(here, there);
            if let Some(next) = next {
                let here = real.broken_links(wiki, Some(&next), limit).await.unwrap();
                prop_assert_eq!(here, model.broken_links(wiki, Some(&next), limit).await.unwrap());
                let here = real.orphans(wiki, Some(&next.page), limit).await.unwrap();
                prop_assert_eq!(here, model.orphans(wiki, Some(&next.page), limit).await.unwrap());
            }
        }
        Ok(())
    }
}
