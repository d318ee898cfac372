//! Random histories, indexed here and in memory: every question has the same answer.

use std::collections::BTreeMap;

use portolan_memory::MemoryIndex;
use portolan_ports::Index;
use portolan_ports::index::{
    Advance, Advanced, Answer, Author, AuthorKind, ChangeFilter, CommitAt, CommitEntry, FileChange,
    FileEntry, FileFilter, FileKind, HistoryEntry, PathChange,
};
use proptest::prelude::*;

use super::{Fixture, oid, page, repo};
use crate::Options;

/// One commit: its time, its author, and for some paths what it makes of them: nothing, or a file.
type Sketch = (i64, usize, BTreeMap<Vec<u8>, Option<(u64, usize, bool)>>);

fn path() -> impl Strategy<Value = Vec<u8>> {
    prop::sample::select(vec![
        &b"A.md"[..],
        b"A/B.md",
        b"A/B/C.md",
        b"A/\xff",
        b"A\xff\xff",
        b"a.md",
        b"B.md",
        b"\xff\xff",
        b"A",
        b"A\0.md",
    ])
    .prop_map(<[u8]>::to_vec)
}

fn sketch() -> impl Strategy<Value = Sketch> {
    let file = prop::option::weighted(0.8, (0..6_u64, 0..3_usize, any::<bool>()));
    (0..20_i64, 0..5_usize, prop::collection::btree_map(path(), file, 0..4))
}

fn authors() -> Vec<Author> {
    let author = |kind, id: Option<&str>, name: &str, email: Option<&str>| Author {
        kind,
        id: id.map(Into::into),
        name: name.into(),
        email: email.map(Into::into),
    };
    vec![
        author(AuthorKind::Git, None, "", None),
        author(AuthorKind::Git, None, "ada", Some("Ada@X.org")),
        author(AuthorKind::Member, Some("mem_1"), "ada", Some("ada@x.org")),
        author(AuthorKind::Agent, Some("mem_1"), "Ada", None),
        author(AuthorKind::Operator, Some(""), "ÄDA@x.org", Some("äda@X.org")),
    ]
}

/// The advances of a history whose commits come in groups of these sizes; those of the first groups in parts of one advance.
fn advances(sketches: &[Sketch], group: usize, parts: bool) -> Vec<Advance> {
    const KINDS: [FileKind; 3] = [FileKind::Page, FileKind::File, FileKind::Kept];
    let mut tree: BTreeMap<Vec<u8>, FileEntry> = BTreeMap::new();
    let mut number = 0;
    let mut before = tree.clone();
    let mut from = None;
    let groups = sketches.chunks(group);
    let last = groups.len() - 1;
    let mut advances = Vec::new();
    for (index, sketches) in groups.enumerate() {
        let mut commits = Vec::new();
        for (time, author, changes) in sketches {
            number += 1;
            let mut paths = Vec::new();
            for (path, change) in changes {
                let old = tree.get(path).map(|file| file.blob);
                match change {
                    Some((blob, kind, executable)) => {
                        let mode = if *executable { 0o100_755 } else { 0o100_644 };
                        let file = FileEntry { kind: KINDS[*kind], mode, ..page(path, 500 + blob) };
                        paths.push(PathChange {
                            path: path.clone(),
                            old,
                            new: Some(file.blob),
                            mode,
                            from: None,
                        });
                        tree.insert(path.clone(), file);
                    }
                    None if old.is_some() => {
                        tree.remove(path);
                        paths.push(PathChange {
                            path: path.clone(),
                            old,
                            new: None,
                            mode: 0o120_000,
                            from: None,
                        });
                    }
                    None => {}
                }
            }
            commits.push(CommitEntry {
                id: oid(number),
                parents: (1..number).rev().take(usize::try_from(number % 3).unwrap()).map(oid).collect(),
                author: authors()[*author].clone(),
                time: *time,
                message: format!("Commit {number}"),
                paths,
            });
        }
        let to = (!parts || index == last).then(|| oid(number));
        let mut files = Vec::new();
        if to.is_some() {
            let gone = before.keys().filter(|path| !tree.contains_key(*path));
            files.extend(gone.map(|path| FileChange::Gone(path.clone())));
            let put = tree.iter().filter(|(path, file)| before.get(*path) != Some(file));
            files.extend(put.map(|(_, file)| FileChange::Put { file: file.clone(), page: None }));
            before = tree.clone();
        }
        advances.push(Advance { from, to, commits, files });
        from = to;
    }
    advances
}

/// An answer whose positions are counted from the same start: only their order means something.
trait Counted {
    fn counted(self, first: u64) -> Self;
}

impl Counted for Answer<Vec<HistoryEntry>> {
    fn counted(mut self, first: u64) -> Self {
        self.value.iter_mut().for_each(|entry| entry.position -= first);
        self
    }
}

impl Counted for Answer<Vec<CommitAt>> {
    fn counted(mut self, first: u64) -> Self {
        for at in &mut self.value {
            at.position -= first;
            at.commit.paths.sort_unstable_by(|one, other| one.path.cmp(&other.path));
        }
        self
    }
}

async fn same(
    ours: &dyn Index,
    model: &dyn Index,
    paths: &[Vec<u8>],
    times: &[i64],
    limits: &[usize],
    before: u64,
) {
    let wiki = &repo(1);
    assert_eq!(ours.head(wiki).await.unwrap(), model.head(wiki).await.unwrap());
    let prefixes = || paths.iter().map(|path| path[..path.len() / 2].to_vec()).chain([Vec::new()]);
    for limit in limits {
        for path in paths {
            let files = [&b"none"[..], path];
            assert_eq!(ours.file(wiki, &files).await.unwrap(), model.file(wiki, &files).await.unwrap());
            for before in [None, Some(before)] {
                let here = ours.history(wiki, path, before.map(|before| before + 1), *limit).await.unwrap();
                let there = model.history(wiki, path, before, *limit).await.unwrap();
                assert_eq!(here.counted(1), there.counted(0));
            }
            for blob in 500..506 {
                let here = ours.version(wiki, path, oid(blob)).await.unwrap();
                let there = model.version(wiki, path, oid(blob)).await.unwrap();
                assert_eq!(here.value.map(|entry| entry.commit), there.value.map(|entry| entry.commit));
            }
        }
        for prefix in prefixes() {
            for since in [None, Some(times[0]), Some(times[1])] {
                for kinds in [vec![], vec![FileKind::File], vec![FileKind::Kept, FileKind::Page]] {
                    for executable in [false, true] {
                        let filter = FileFilter {
                            kinds: kinds.clone(),
                            prefix: prefix.clone(),
                            updated_since: since,
                            executable,
                            ..FileFilter::default()
                        };
                        for after in [None, Some(&*paths[0])] {
                            let here = ours.files(wiki, &filter, after, *limit).await.unwrap();
                            assert_eq!(
                                here,
                                model.files(wiki, &filter, after, *limit).await.unwrap(),
                                "{filter:?}"
                            );
                        }
                    }
                }
                for author in
                    [None, Some("ADA@x.org"), Some("ada"), Some("mem_1"), Some(""), Some("äda@x.org")]
                {
                    let filter =
                        ChangeFilter { since, author: author.map(Into::into), prefix: prefix.clone() };
                    for before in [None, Some(before)] {
                        let above = before.map(|before| before + 1);
                        let here = ours.changes(wiki, &filter, above, *limit).await.unwrap();
                        let there = model.changes(wiki, &filter, before, *limit).await.unwrap();
                        assert_eq!(here.counted(1), there.counted(0), "{filter:?}");
                    }
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]
    #[test]
    fn answers_are_those_of_the_model(
        sketches in prop::collection::vec(sketch(), 1..24),
        group in 1..6_usize,
        parts: bool,
        paths in prop::collection::vec(path(), 2),
        times in prop::collection::vec(0..21_i64, 2),
        limit in 1..5_usize,
        before in 0..30_u64,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let fixture = Fixture::new(Options::default());
            let model = MemoryIndex::new();
            for advance in advances(&sketches, group, parts) {
                assert_eq!(model.advance(&repo(1), advance.clone()).await.unwrap(), Advanced::Applied);
                assert_eq!(fixture.indexes.advance(&repo(1), advance).await.unwrap(), Advanced::Applied);
            }
            same(&fixture.indexes, &model, &paths, &times, &[limit, 100], before).await;
        });
    }
}
