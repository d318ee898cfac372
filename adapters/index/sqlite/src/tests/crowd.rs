//! Many wikis, many callers, many processes one after the other.

use std::sync::Arc;

use portolan_ports::Index;
use portolan_ports::index::{Advance, Advanced, ChangeFilter, FileFilter};

use super::{Fixture, oid, repo, step};
use crate::Options;

#[tokio::test]
async fn more_wikis_than_stay_open_are_all_answered() {
    let fixture = Fixture::new(Options { open: 3, idle_readers: 1, ..Options::default() });
    for round in 1..=3 {
        for wiki in 0..10 {
            fixture.advance(&repo(wiki), round..=round).await;
        }
    }
    for wiki in 0..10 {
        assert_eq!(fixture.indexes.head(&repo(wiki)).await.unwrap(), Some(oid(3)));
        let history = fixture.indexes.history(&repo(wiki), b"A.md", None, 9).await.unwrap();
        assert_eq!(history.value.len(), 3);
    }
    assert!(fixture.indexes.indexes.count() <= 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_answer_is_of_one_head() {
    const COMMITS: u64 = 600;
    let fixture = Arc::new(Fixture::new(Options::default()));
    let wiki = repo(1);
    fixture.advance(&wiki, 1..=1).await;
    let readers: Vec<_> = (0..4)
        .map(|_| {
            let fixture = Arc::clone(&fixture);
            tokio::spawn(async move {
                let mut seen = oid(1);
                let mut answers = 0_u32;
                while seen != oid(COMMITS) {
                    let file = fixture.indexes.file(&wiki, &[b"A.md"]).await.unwrap();
                    assert_eq!(file.head, file.value.map(|file| file.last));
                    let changes =
                        fixture.indexes.changes(&wiki, &ChangeFilter::default(), None, 3).await.unwrap();
                    assert_eq!(changes.head, Some(changes.value[0].commit.id));
                    let all =
                        fixture.indexes.files(&wiki, &FileFilter::default(), None, 10_000).await.unwrap();
                    let newest = all.value.iter().max_by_key(|file| file.time).unwrap();
                    assert_eq!(all.head, Some(newest.last));
                    // Each commit adds one page, beside A.
                    assert_eq!(newest.bytes, 1_000_000 + all.value.len() as u64 - 1);
                    seen = all.head.unwrap();
                    answers += 1;
                    tokio::task::yield_now().await;
                }
                answers
            })
        })
        .collect();
    fixture.advance(&wiki, 2..=COMMITS).await;
    for reader in readers {
        assert!(reader.await.unwrap() > 0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_racing_advances_one_is_applied() {
    let fixture = Arc::new(Fixture::new(Options::default()));
    for number in 1..=50 {
        let racers: Vec<_> = (0..4)
            .map(|_| {
                let fixture = Arc::clone(&fixture);
                tokio::spawn(async move {
                    fixture.indexes.advance(&repo(1), step(number, &[b"A.md"])).await.unwrap()
                })
            })
            .collect();
        let mut applied = 0;
        for racer in racers {
            match racer.await.unwrap() {
                Advanced::Applied => applied += 1,
                Advanced::At(at) => assert_eq!(at, Some(oid(number))),
            }
        }
        assert_eq!(applied, 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn resets_under_load_leave_a_working_index() {
    let fixture = Arc::new(Fixture::new(Options { open: 1, idle_readers: 0, ..Options::default() }));
    let wiki = repo(1);
    let reader = {
        let fixture = Arc::clone(&fixture);
        tokio::spawn(async move {
            loop {
                let file = fixture.indexes.file(&wiki, &[b"A.md"]).await.unwrap();
                assert_eq!(file.head, file.value.map(|file| file.last));
                if file.head == Some(oid(9)) {
                    return;
                }
                tokio::task::yield_now().await;
            }
        })
    };
    for _ in 0..100 {
        fixture.advance(&wiki, 1..=3).await;
        fixture.indexes.reset(&wiki).await.unwrap();
    }
    fixture.advance(&wiki, 1..=9).await;
    reader.await.unwrap();
    let fixture = Arc::into_inner(fixture).unwrap().reopened();
    assert_eq!(fixture.indexes.head(&wiki).await.unwrap(), Some(oid(9)));
}

#[tokio::test]
async fn an_index_outlives_its_process() {
    let fixture = Fixture::new(Options::default());
    fixture.advance(&repo(1), 1..=5).await;
    let fixture = fixture.reopened();
    assert_eq!(fixture.indexes.head(&repo(1)).await.unwrap(), Some(oid(5)));
    fixture.advance(&repo(1), 6..=6).await;
}

#[tokio::test]
async fn a_long_history_in_parts_is_given_up_with_its_process_and_not_with_its_place() {
    let part = |number: u64, to: Option<u64>| Advance {
        from: None,
        to: to.map(oid),
        files: Vec::new(),
        ..step(number, &[b"A.md"])
    };
    let fixture = Fixture::new(Options { open: 1, idle_readers: 1, ..Options::default() });
    assert_eq!(fixture.indexes.advance(&repo(1), part(1, None)).await.unwrap(), Advanced::Applied);
    // Another wiki takes its place among the open ones.
    fixture.advance(&repo(2), 1..=2).await;
    assert_eq!(fixture.indexes.head(&repo(1)).await.unwrap(), None);
    assert_eq!(fixture.indexes.advance(&repo(1), part(2, Some(2))).await.unwrap(), Advanced::Applied);
    let history = fixture.indexes.history(&repo(1), b"A.md", None, 9).await.unwrap();
    assert_eq!((history.head, history.value.len()), (Some(oid(2)), 2));

    assert_eq!(fixture.indexes.advance(&repo(3), part(1, None)).await.unwrap(), Advanced::Applied);
    let fixture = fixture.reopened();
    assert_eq!(fixture.indexes.head(&repo(3)).await.unwrap(), None);
    assert_eq!(fixture.indexes.advance(&repo(3), part(1, Some(1))).await.unwrap(), Advanced::Applied);
    let history = fixture.indexes.history(&repo(3), b"A.md", None, 9).await.unwrap();
    assert_eq!((history.head, history.value.len()), (Some(oid(1)), 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_is_cut_while_advances_go_on() {
    let fixture = Fixture::new(Options::default());
    // How long it grows meanwhile is up to the disk.
    let (mut before, mut cuts) = (0, 0);
    for number in 1..=2_000 {
        fixture.advance(&repo(1), number..=number).await;
        let bytes = crate::connect::log_bytes(&fixture.file(&repo(1))).unwrap();
        cuts += usize::from(bytes < before);
        before = bytes;
    }
    assert!(cuts >= 2, "{cuts}");
}
