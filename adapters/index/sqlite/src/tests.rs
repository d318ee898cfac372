//! What this adapter promises beyond the port's contract.

mod crowd;
mod damage;
mod merged;
mod model;
mod speed;

use std::path::PathBuf;

use portolan_core::access::Scope;
use portolan_core::git::Oid;
use portolan_core::id::{TenantId, Uuid, WikiId};
use portolan_core::markdown::page_links;
use portolan_core::wiki::RepoId;
use portolan_ports::Index;
use portolan_ports::index::{
    Advance, Advanced, Author, AuthorKind, CommitEntry, FileChange, FileEntry, FileKind, PageFacts,
    PathChange,
};
use tempfile::TempDir;

use crate::{Options, SqliteIndexes};

fn repo(number: u128) -> RepoId {
    Scope::system("test", TenantId::new(Uuid::from_u128(7))).repo(WikiId::new(Uuid::from_u128(number)))
}

fn oid(number: u64) -> Oid {
    // Spread as real ids are.
    let mut bytes = [0; 20];
    bytes[..8].copy_from_slice(&number.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_le_bytes());
    bytes[8..16].copy_from_slice(&number.to_be_bytes());
    Oid::from_bytes(bytes)
}

fn ada() -> Author {
    Author { kind: AuthorKind::Git, id: None, name: "Ada".into(), email: Some("Ada@Example.org".into()) }
}

/// A page whose blob is named by a number.
fn page(path: &[u8], blob: u64) -> FileEntry {
    FileEntry {
        path: path.to_vec(),
        kind: FileKind::Page,
        mode: 0o100_644,
        blob: oid(blob),
        bytes: blob,
        title: format!("Title {blob}"),
        redirect: None,
        last: Oid::ZERO,
        time: 0,
        author: None,
    }
}

/// Commit `number`, after commit `number - 1`, that writes the pages `paths`; commit 1 is the first.
fn step(number: u64, paths: &[&[u8]]) -> Advance {
    let from = (number > 1).then(|| oid(number - 1));
    let change = |path: &&[u8]| PathChange {
        path: path.to_vec(),
        old: None,
        new: Some(oid(1_000_000 + number)),
        mode: 0o100_644,
        // Every tenth page came from the one before.
        from: (**path != *b"A.md" && number.is_multiple_of(10)).then(|| format!("{}.md", number - 1).into()),
    };
    let commit = CommitEntry {
        id: oid(number),
        parents: from.into_iter().collect(),
        author: ada(),
        time: 1_000 + number.cast_signed(),
        message: format!("Commit {number}"),
        paths: paths.iter().map(change).collect(),
    };
    let files = paths.iter().map(|path| {
        let category = number.is_multiple_of(2).then(|| "Even".to_owned());
        let links = page_links(&format!("[[A]] [b]({}.md) [[none/{number}]]", number / 2));
        let said = PageFacts { category, tags: vec!["tag".into()], links };
        FileChange::Put { file: page(path, 1_000_000 + number), page: Some(said) }
    });
    Advance { from, to: Some(oid(number)), commits: vec![commit], files: files.collect() }
}

struct Fixture {
    indexes: SqliteIndexes,
    folder: TempDir,
}

impl Fixture {
    fn new(options: Options) -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { indexes: SqliteIndexes::open(folder.path().to_owned(), options).unwrap(), folder }
    }

    /// The same folder, opened by another process as it were.
    fn reopened(self) -> Self {
        let Self { indexes, folder } = self;
        drop(indexes);
        Self { indexes: SqliteIndexes::open(folder.path().to_owned(), Options::default()).unwrap(), folder }
    }

    fn file(&self, repo: &RepoId) -> PathBuf {
        self.folder.path().join(repo.tenant().to_string()).join(format!("{}.db", repo.wiki()))
    }

    /// Commits `numbers`, each of which writes the page `A.md` and one of its own.
    async fn advance(&self, repo: &RepoId, numbers: std::ops::RangeInclusive<u64>) {
        for number in numbers {
            let own = format!("{number}.md");
            let applied = self.indexes.advance(repo, step(number, &[b"A.md", own.as_bytes()])).await.unwrap();
            assert_eq!(applied, Advanced::Applied);
        }
    }

    /// Lets the index of `repo` grow to this many pages of 4 KiB.
    async fn limit_pages(&self, repo: &RepoId, most: u32) {
        let wiki = self.indexes.indexes.opened(repo).unwrap();
        let writer = wiki.writer.lock().await;
        writer.execute_batch(&format!("PRAGMA max_page_count = {most}")).unwrap();
    }
}
