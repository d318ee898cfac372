//! What happens to files.

use std::fs::{self, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};

use portolan_core::markdown::{NameKind, NameQuestion};
use portolan_core::search::{Query, document};
use portolan_core::wiki::RepoId;
use portolan_ports::index::{
    Advanced, ChangeFilter, FileFilter, GraphLimits, GraphOf, PutText, TextBehind, TextFilter, Texts,
};
use portolan_ports::{Index, Kind};

use super::{Fixture, oid, repo, step};
use crate::{Options, connect};

/// Everything that can be asked, so that every table and index is read.
async fn ask_all(fixture: &Fixture, wiki: &RepoId) -> Result<(), portolan_ports::Error> {
    let indexes = &fixture.indexes;
    indexes.head(wiki).await?;
    indexes.newest_merge(wiki).await?;
    let author = ChangeFilter { author: Some("Ada".into()), ..ChangeFilter::default() };
    let all = ChangeFilter { since: Some(0), prefix: b"1".to_vec(), ..ChangeFilter::default() };
    let recent = FileFilter { updated_since: Some(0), ..FileFilter::default() };
    let executable = FileFilter { executable: true, ..FileFilter::default() };
    for filter in [author, all, ChangeFilter::default()] {
        for commit in indexes.changes(wiki, &filter, None, 10_000).await?.value {
            indexes.commit(wiki, commit.commit.id).await?;
            for path in commit.commit.paths {
                indexes.history(wiki, &path.path, None, 10_000).await?;
                indexes.former_name(wiki, &path.path, commit.position, 0).await?;
                if let Some(new) = path.new {
                    indexes.version(wiki, &path.path, new).await?;
                }
            }
        }
    }
    for filter in [recent, executable, FileFilter::default()] {
        for file in indexes.files(wiki, &filter, None, 10_000).await?.value {
            indexes.file(wiki, &[&file.path]).await?;
            let path = String::from_utf8(file.path).expect("the pages here have such names");
            let page = path.trim_end_matches(".md");
            indexes.links(wiki, NameKind::Page, page, 10_000).await?;
            let question = NameQuestion { kind: NameKind::Page, path: page.to_owned(), whole: false };
            indexes.names(wiki, &[question]).await?;
        }
    }
    indexes.spellings(wiki, "\u{e9}/x.md".as_bytes()).await?;
    let tagged =
        FileFilter { tag: Some("tag".into()), category: Some("Even".into()), ..FileFilter::default() };
    indexes.files(wiki, &tagged, None, 10_000).await?;
    let tagged = FileFilter { tag: Some("tag".into()), ..FileFilter::default() };
    indexes.files(wiki, &tagged, None, 10_000).await?;
    indexes.graph(wiki, &GraphOf::Whole, GraphLimits { nodes: 10_000, edges: 10_000 }).await?;
    indexes.orphans(wiki, None, 10_000).await?;
    indexes.broken_links(wiki, None, 10_000).await?;
    indexes.texts_behind(wiki, 10_000).await?;
    let tagged = TextFilter { tag: Some("tag".into()), ..TextFilter::default() };
    for filter in [tagged, TextFilter::default()] {
        for query in ["common", "a*", "c*", "w*", "1*", "2*", "3*", "4*", "5*", "6*"] {
            indexes.search(wiki, &Query::parse(query), &filter, None, 10_000).await?;
        }
    }
    Ok(())
}

/// Takes in all texts that are behind.
async fn follow(fixture: &Fixture, wiki: &RepoId) -> Result<(), portolan_ports::Error> {
    let behind = fixture.indexes.texts_behind(wiki, 10_000).await?.value;
    let text = |TextBehind { path, blob, .. }: TextBehind| {
        let text = format!("---\ntags: tag\n---\ncommon word{}", String::from_utf8_lossy(&path));
        PutText { text: blob.map(|blob| (blob, document(&text, "x"))), path }
    };
    fixture.indexes.put_texts(wiki, behind.into_iter().map(text).collect()).await
}

/// An index of 60 commits, all of it in its file, that no process has open.
async fn at_rest(wiki: &RepoId) -> Fixture {
    let fixture = Fixture::new(Options::default());
    fixture.advance(wiki, 1..=60).await;
    follow(&fixture, wiki).await.unwrap();
    let file = fixture.file(wiki);
    let connection = connect::connect(&file, connect::Role::Reader).unwrap();
    // One in the background may be at it.
    while connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0)).unwrap() {
        tokio::task::yield_now().await;
    }
    assert_eq!(connect::log_bytes(&file).unwrap(), 0);
    drop(connection);
    fixture.reopened()
}

async fn recovers(fixture: &Fixture, wiki: &RepoId) {
    fixture.indexes.reset(wiki).await.unwrap();
    assert_eq!(fixture.indexes.head(wiki).await.unwrap(), None);
    assert_eq!(fixture.indexes.bytes(wiki).await.unwrap(), 0);
    fixture.advance(wiki, 1..=3).await;
    ask_all(fixture, wiki).await.unwrap();
}

#[tokio::test]
async fn a_truncated_file_is_corrupt_until_it_is_reset() {
    let wiki = repo(1);
    for keep in [1, 2, 3] {
        let fixture = at_rest(&wiki).await;
        let file = fixture.file(&wiki);
        let bytes = fs::metadata(&file).unwrap().len();
        OpenOptions::new().write(true).open(&file).unwrap().set_len(bytes * keep / 4).unwrap();
        assert_eq!(ask_all(&fixture, &wiki).await.unwrap_err().kind, Kind::Corrupt, "{keep}/4 left");
        recovers(&fixture, &wiki).await;
    }
}

#[tokio::test]
async fn a_file_truncated_while_open_is_corrupt() {
    let wiki = repo(1);
    let fixture = at_rest(&wiki).await;
    ask_all(&fixture, &wiki).await.unwrap();
    let file = fixture.file(&wiki);
    OpenOptions::new().write(true).open(&file).unwrap().set_len(8_192).unwrap();
    let fault = fixture.indexes.advance(&wiki, step(61, &[b"new.md"])).await.unwrap_err();
    assert_eq!(fault.kind, Kind::Corrupt);
    recovers(&fixture, &wiki).await;
}

#[tokio::test]
async fn garbage_in_any_page_is_corrupt() {
    let wiki = repo(1);
    let fixture = at_rest(&wiki).await;
    let file = fixture.file(&wiki);
    let sound = fs::read(&file).unwrap();
    let pages = sound.len() / 4_096;
    assert!(pages > 15, "{pages} pages");
    let garbage: Vec<u8> =
        (0..4_096_u32).map(|byte| byte.wrapping_mul(2_654_435_761).to_be_bytes()[1]).collect();
    for page in 0..pages {
        let fixture = Fixture::new(Options::default());
        let file = fixture.file(&wiki);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        let mut bytes = sound.clone();
        bytes[page * 4_096..][..4_096].copy_from_slice(&garbage);
        fs::write(&file, bytes).unwrap();
        let asked = match ask_all(&fixture, &wiki).await {
            // What only those read who change something.
            Ok(()) => match fixture.indexes.advance(&wiki, step(61, &[b"A.md"])).await {
                Ok(_) => follow(&fixture, &wiki).await,
                Err(fault) => Err(fault),
            },
            fault => fault,
        };
        assert_eq!(asked.map_err(|fault| fault.kind), Err(Kind::Corrupt), "page {page}");
        recovers(&fixture, &wiki).await;
    }
}

#[tokio::test]
async fn no_database_at_all_is_corrupt() {
    let wiki = repo(1);
    let fixture = at_rest(&wiki).await;
    fs::write(
        fixture.file(&wiki),
        "A text that somebody put there, long enough to be taken for a header.".repeat(99),
    )
    .unwrap();
    let fault = fixture.indexes.head(&wiki).await.unwrap_err();
    assert_eq!(fault.kind, Kind::Corrupt);
    assert!(!fault.public.contains(fixture.folder.path().to_str().unwrap()));
    let fault = fixture.indexes.advance(&wiki, step(61, &[b"A.md"])).await.unwrap_err();
    assert_eq!(fault.kind, Kind::Corrupt);
    recovers(&fixture, &wiki).await;
}

#[tokio::test]
async fn tables_that_are_not_ours_are_corrupt() {
    let wiki = repo(1);
    let fixture = at_rest(&wiki).await;
    let connection = rusqlite::Connection::open(fixture.file(&wiki)).unwrap();
    connection.execute_batch("DROP TABLE changes").unwrap();
    drop(connection);
    assert_eq!(ask_all(&fixture, &wiki).await.unwrap_err().kind, Kind::Corrupt);
    recovers(&fixture, &wiki).await;
}

#[tokio::test]
async fn rows_that_contradict_each_other_are_corrupt() {
    let wiki = repo(1);
    for damage in [
        "DELETE FROM commits WHERE position = 30",
        "UPDATE commits SET id = x'00' WHERE position = 30",
        "UPDATE commits SET parents = x'0011' WHERE position = 30",
        "DELETE FROM authors",
        "UPDATE authors SET kind = 9",
        "UPDATE files SET kind = 1, blob = 'text' WHERE path = x'4100'",
        "UPDATE files SET last_id = x'00' WHERE path = x'4100'",
        "DELETE FROM paths WHERE path_id = 7",
        "DELETE FROM state",
        "UPDATE state SET head = x'1234'",
        "DELETE FROM texts_state",
        "UPDATE texts_state SET before = x'1234'",
    ] {
        let fixture = at_rest(&wiki).await;
        let connection = rusqlite::Connection::open(fixture.file(&wiki)).unwrap();
        assert!(connection.execute(damage, []).unwrap() > 0, "{damage}");
        drop(connection);
        let fault = ask_all(&fixture, &wiki).await.unwrap_err();
        assert_eq!(fault.kind, Kind::Corrupt, "{damage}: {fault:?}");
        recovers(&fixture, &wiki).await;
    }
}

#[tokio::test]
async fn another_version_counts_as_missing() {
    let wiki = repo(1);
    let fixture = at_rest(&wiki).await;
    let connection = rusqlite::Connection::open(fixture.file(&wiki)).unwrap();
    connection.execute_batch("PRAGMA user_version = 99").unwrap();
    drop(connection);
    assert_eq!(fixture.indexes.head(&wiki).await.unwrap(), None);
    let behind = fixture.indexes.advance(&wiki, step(61, &[b"A.md"])).await.unwrap();
    assert_eq!(behind, Advanced::At(None));
    fixture.advance(&wiki, 1..=3).await;
    ask_all(&fixture, &wiki).await.unwrap();
    assert_eq!(
        fixture.indexes.changes(&wiki, &ChangeFilter::default(), None, 99).await.unwrap().value.len(),
        3
    );
}

#[tokio::test]
async fn a_file_deleted_while_open_counts_as_missing() {
    let wiki = repo(1);
    let fixture = at_rest(&wiki).await;
    ask_all(&fixture, &wiki).await.unwrap();
    fs::remove_dir_all(fixture.file(&wiki).parent().unwrap()).unwrap();
    assert_eq!(fixture.indexes.head(&wiki).await.unwrap(), None);
    assert_eq!(fixture.indexes.file(&wiki, &[b"A.md"]).await.unwrap().value, None);
    assert_eq!(fixture.indexes.bytes(&wiki).await.unwrap(), 0);
    let behind = fixture.indexes.advance(&wiki, step(61, &[b"A.md"])).await.unwrap();
    assert_eq!(behind, Advanced::At(None));
    fixture.advance(&wiki, 1..=3).await;
    assert_eq!(fixture.reopened().indexes.head(&wiki).await.unwrap(), Some(oid(3)));
}

#[tokio::test]
async fn a_log_without_its_file_is_not_taken_for_a_new_one_s() {
    let wiki = repo(1);
    let fixture = Fixture::new(Options::default());
    fixture.advance(&wiki, 1..=20).await;
    let fixture = fixture.reopened();
    let file = fixture.file(&wiki);
    assert!(connect::log_bytes(&file).unwrap() > 0);
    fs::remove_file(&file).unwrap();
    assert_eq!(fixture.indexes.head(&wiki).await.unwrap(), None);
    fixture.advance(&wiki, 1..=2).await;
    assert_eq!(fixture.reopened().indexes.head(&wiki).await.unwrap(), Some(oid(2)));
}

#[tokio::test]
async fn the_end_of_a_log_that_never_reached_the_disk_is_behind_and_whole() {
    let wiki = repo(1);
    // What a power loss leaves of a log that was not synced: less of it, or other bytes in it.
    for (cut, at) in [(true, 0), (true, 1), (true, 2), (false, 1), (false, 2)] {
        let fixture = at_rest(&wiki).await;
        // Few enough that the log is not brought into its file meanwhile.
        fixture.advance(&wiki, 61..=75).await;
        let fixture = fixture.reopened();
        let file = fixture.file(&wiki);
        let mut name = file.clone().into_os_string();
        name.push("-wal");
        let mut log = OpenOptions::new().read(true).write(true).open(&name).unwrap();
        let bytes = log.metadata().unwrap().len();
        if cut {
            log.set_len(bytes * at / 3).unwrap();
        } else {
            log.seek(SeekFrom::Start(bytes * at / 3)).unwrap();
            let mut byte = [0];
            log.read_exact(&mut byte).unwrap();
            log.seek(SeekFrom::Start(bytes * at / 3)).unwrap();
            log.write_all(&[!byte[0]]).unwrap();
        }
        ask_all(&fixture, &wiki).await.unwrap();
        let head = fixture.indexes.head(&wiki).await.unwrap().unwrap();
        let behind = (60..75).find(|number| oid(*number) == head).expect("it is at an earlier head");
        let newest = fixture.indexes.history(&wiki, b"A.md", None, 1).await.unwrap();
        assert_eq!(newest.value[0].commit.id, head);
        fixture.advance(&wiki, behind + 1..=75).await;
    }
}

#[tokio::test]
async fn a_full_disk_stops_advances_and_not_answers() {
    let wiki = repo(1);
    let fixture = at_rest(&wiki).await;
    ask_all(&fixture, &wiki).await.unwrap();
    fixture.limit_pages(&wiki, 1).await;
    let big: Vec<String> = (0..300).map(|page| format!("new/{page}.md")).collect();
    let paths: Vec<&[u8]> = big.iter().map(String::as_bytes).collect();
    let fault = fixture.indexes.advance(&wiki, step(61, &paths)).await.unwrap_err();
    assert_eq!(fault.kind, Kind::Unavailable, "{fault:?}");
    ask_all(&fixture, &wiki).await.unwrap();
    assert_eq!(fixture.indexes.head(&wiki).await.unwrap(), Some(oid(60)));
    fixture.limit_pages(&wiki, 100_000).await;
    let applied = fixture.indexes.advance(&wiki, step(61, &paths)).await.unwrap();
    assert_eq!(applied, Advanced::Applied);
}

#[tokio::test]
async fn what_is_no_folder_is_unavailable() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let fault = crate::SqliteIndexes::open(file, Options::default()).unwrap_err();
    assert_eq!(fault.kind, Kind::Unavailable);
}
