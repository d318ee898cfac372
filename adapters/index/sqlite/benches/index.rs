//! The index at work: one file, a page of a history, lists of changes, and advances, on 10,000 pages with 5,000 and with 100,000
//! commits. Each history has one page with 500 revisions, spread over all of it.
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on ends")]

use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use criterion::measurement::WallTime;
use criterion::{BatchSize, BenchmarkGroup, Criterion, criterion_group, criterion_main};
use portolan_core::access::Scope;
use portolan_core::git::Oid;
use portolan_core::id::{TenantId, Uuid, WikiId};
use portolan_core::markdown::{NameKind, page_links};
use portolan_core::wiki::RepoId;
use portolan_index_sqlite::{Options, SqliteIndexes};
use portolan_ports::Index;
use portolan_ports::index::{
    Advance, Advanced, Author, AuthorKind, ChangeFilter, CommitEntry, FileChange, FileEntry, FileFilter,
    FileKind, GraphLimits, GraphOf, PageFacts, PathChange,
};
use tokio::runtime::Runtime;

const PAGES: u64 = 10_000;
const REVISIONS: u64 = 500;

fn repo() -> RepoId {
    Scope::system("bench", TenantId::new(Uuid::from_u128(1))).repo(WikiId::new(Uuid::from_u128(1)))
}

fn oid(number: u64) -> Oid {
    let mut bytes = [0; 20];
    bytes[..8].copy_from_slice(&number.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_le_bytes());
    bytes[8..16].copy_from_slice(&number.to_be_bytes());
    Oid::from_bytes(bytes)
}

fn path(page: u64) -> Vec<u8> {
    format!("Folder {}/Page number {page}.md", page % 100).into_bytes()
}

/// What `page` says as of commit `number`: twenty links, of which most commits change none.
fn said(number: u64, page: u64) -> PageFacts {
    let target = |link: u64| (page + link * link * 37) % PAGES;
    let folder = format!("[one](<../Folder {0}/Page number {0}.md>)", number / 8 % 100);
    let links = (1..20).map(|link| format!("[[Page number {}]] ", target(link)));
    let text: Vec<String> = links.chain([folder]).collect();
    PageFacts {
        category: Some("Bench".into()),
        tags: vec!["some".into(), "tags".into()],
        links: page_links(&text.concat()),
    }
}

/// Commit `number` of a history, which writes `page`.
fn commit(number: u64, page: u64) -> (CommitEntry, FileChange) {
    let blob = oid(number | 1 << 40);
    let member = number % 16;
    let entry = CommitEntry {
        id: oid(number),
        parents: vec![oid(number - 1)],
        author: Author {
            kind: AuthorKind::Member,
            id: Some(format!("mem_{member:026}")),
            name: format!("Member {member}"),
            email: Some(format!("member-{member}@example.org")),
        },
        time: 1_700_000_000 + number.cast_signed() * 60,
        message: format!("Update Folder {}/Page number {page}", page % 100),
        paths: vec![PathChange {
            path: path(page),
            old: Some(oid(number)),
            new: Some(blob),
            mode: 0o100_644,
            from: None,
        }],
    };
    let file = FileEntry {
        path: path(page),
        kind: FileKind::Page,
        mode: 0o100_644,
        blob,
        bytes: 2_000,
        title: format!("Page number {page}"),
        redirect: None,
        last: Oid::ZERO,
        time: 0,
        author: None,
    };
    (entry, FileChange::Put { file, page: Some(said(number, page)) })
}

/// An advance by `count` commits, each to a page of its own, from commit `number`.
fn advance(number: u64, count: u64) -> Advance {
    let made = (1..=count).map(|next| commit(number + next, (number + next).wrapping_mul(7_919) % PAGES));
    let (commits, files) = made.unzip();
    Advance { from: Some(oid(number)), to: Some(oid(number + count)), commits, files }
}

/// An index of `commits` commits: the first makes all pages, one in some is to page 0, the others to one after the other.
fn build(runtime: &Runtime, root: &Path, commits: u64) -> SqliteIndexes {
    let indexes = SqliteIndexes::open(root.to_owned(), Options::default()).unwrap();
    let start = Instant::now();
    let mut first = commit(1, 0).0;
    let mut files = Vec::new();
    first.parents.clear();
    first.paths.clear();
    for page in 0..PAGES {
        first.paths.push(PathChange {
            path: path(page),
            old: None,
            new: Some(oid(page | 1 << 41)),
            mode: 0o100_644,
            from: None,
        });
        files.push(commit(1, page).1);
    }
    let every = commits / REVISIONS;
    let later = (2..=commits).map(|number| {
        let page = if number % every == 0 { 0 } else { 1 + number.wrapping_mul(7_919) % (PAGES - 1) };
        commit(number, page)
    });
    let (later, changed): (Vec<_>, Vec<_>) = later.unzip();
    files.extend(changed);
    let commits_made = std::iter::once(first).chain(later).collect();
    let whole = Advance { from: None, to: Some(oid(commits)), commits: commits_made, files };
    let applied = runtime.block_on(indexes.advance(&repo(), whole)).unwrap();
    assert_eq!(applied, Advanced::Applied);
    let bytes = runtime.block_on(indexes.bytes(&repo())).unwrap();
    say(&format!("{commits} commits: built in {:?}, {bytes} bytes", start.elapsed()));
    indexes
}

#[expect(clippy::print_stderr, reason = "a benchmark speaks to whoever runs it")]
fn say(line: &str) {
    eprintln!("{line}");
}

fn links(group: &mut BenchmarkGroup<'_, WallTime>, runtime: &Runtime, indexes: &SqliteIndexes) {
    let wiki = repo();
    let mut page = 0;
    group.bench_function("links of a page", |bench| {
        bench.iter(|| {
            page = (page + 7_919) % PAGES;
            let path = format!("Folder {}/Page number {page}", page % 100);
            let links = runtime.block_on(indexes.links(&wiki, NameKind::Page, &path, 1_000)).unwrap();
            assert_eq!(links.value.to.len(), 20);
        });
    });
    group.bench_function("whole graph", |bench| {
        let limits = GraphLimits { nodes: 20_000, edges: 1_000_000 };
        bench.iter(|| black_box(runtime.block_on(indexes.graph(&wiki, &GraphOf::Whole, limits)).unwrap()));
    });
    group.bench_function("orphans and broken links, first 50", |bench| {
        bench.iter(|| {
            black_box(runtime.block_on(indexes.orphans(&wiki, None, 50)).unwrap());
            black_box(runtime.block_on(indexes.broken_links(&wiki, None, 50)).unwrap())
        });
    });
}

fn questions(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    for commits in [5_000, 100_000] {
        let folder = tempfile::tempdir().unwrap();
        let indexes = build(&runtime, folder.path(), commits);
        let wiki = repo();
        let mut group = criterion.benchmark_group(format!("{commits} commits"));
        group
            .sample_size(30)
            .measurement_time(Duration::from_secs(2))
            .warm_up_time(Duration::from_millis(500));
        let mut page = 0;
        group.bench_function("file", |bench| {
            bench.iter(|| {
                page = (page + 7_919) % PAGES;
                black_box(runtime.block_on(indexes.file(&wiki, &[&path(page)])).unwrap())
            });
        });
        group.bench_function("history, first 20 of 500", |bench| {
            bench.iter(|| {
                let history = runtime.block_on(indexes.history(&wiki, &path(0), None, 20)).unwrap();
                assert_eq!(history.value.len(), 20);
            });
        });
        group.bench_function("history, 20 in the middle of 500", |bench| {
            bench.iter(|| {
                let history =
                    runtime.block_on(indexes.history(&wiki, &path(0), Some(commits / 2), 20)).unwrap();
                assert_eq!(history.value.len(), 20);
            });
        });
        let oldest = oid((commits / REVISIONS) | 1 << 40);
        group.bench_function("version, the oldest of 500", |bench| {
            bench.iter(|| {
                let version = runtime.block_on(indexes.version(&wiki, &path(0), oldest)).unwrap();
                assert!(version.value.is_some());
            });
        });
        for (name, filter) in [
            ("changes", ChangeFilter::default()),
            (
                "changes under a folder of 100",
                ChangeFilter { prefix: b"Folder 7/".to_vec(), ..Default::default() },
            ),
            ("changes by one of 16", ChangeFilter { author: Some("Member 7".into()), ..Default::default() }),
        ] {
            group.bench_function(format!("{name}, first 50"), |bench| {
                bench.iter(|| {
                    let changes = runtime.block_on(indexes.changes(&wiki, &filter, None, 50)).unwrap();
                    assert!(changes.value.len() > 40);
                });
            });
        }
        for (name, filter) in [
            ("files", FileFilter::default()),
            (
                "files since 100 commits",
                FileFilter {
                    updated_since: Some(1_700_000_000 + (commits.cast_signed() - 100) * 60),
                    ..Default::default()
                },
            ),
        ] {
            group.bench_function(format!("{name}, first 50"), |bench| {
                bench.iter(|| {
                    let files = runtime.block_on(indexes.files(&wiki, &filter, None, 50)).unwrap();
                    assert_eq!(files.value.len(), 50);
                });
            });
        }
        links(&mut group, &runtime, &indexes);
        let mut number = commits;
        for count in [1, 16] {
            group.bench_function(format!("advance of {count}"), |bench| {
                bench.iter_batched(
                    || {
                        let next = advance(number, count);
                        number += count;
                        next
                    },
                    |next| {
                        let applied = runtime.block_on(indexes.advance(&wiki, next)).unwrap();
                        assert_eq!(applied, Advanced::Applied);
                    },
                    BatchSize::SmallInput,
                );
            });
        }
        group.finish();
    }
}

criterion_group!(benches, questions);
criterion_main!(benches);
