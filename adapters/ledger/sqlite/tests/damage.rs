//! Damaged files, and copies to restore from.

#![expect(clippy::unwrap_used, reason = "a test ends at what it does not expect")]

use std::path::Path;

use portolan_contract::sample::{head, id, now, scope, wiki};
use portolan_ledger_sqlite::SqliteLedger;
use portolan_ports::ledger::{Batch, Expect, Key, Record, RecordKind};
use portolan_ports::{Kind, Ledger};

async fn filled(path: &Path, count: u64) -> SqliteLedger {
    let ledger = SqliteLedger::open(path).unwrap();
    let mut batch = Batch::new(now());
    for number in 0..count {
        let record = wiki(number, &format!("wiki-{number}"));
        batch.put(Key::Wiki(id(number)), Expect::Any, Record::Wiki(record));
        batch.put(Key::Head(id(number)), Expect::Any, Record::Head(head(1)));
    }
    ledger.commit(&scope(1), batch).await.unwrap();
    ledger
}

/// Writes `new` over the first `old` in the file, which no ledger has open.
fn damage(path: &Path, old: &str, new: &str) {
    let mut bytes = std::fs::read(path).unwrap();
    let at = bytes.windows(old.len()).position(|window| window == old.as_bytes()).unwrap();
    bytes[at..at + old.len()].copy_from_slice(new.as_bytes());
    std::fs::write(path, bytes).unwrap();
}

#[tokio::test]
async fn a_damaged_record_is_named_and_the_others_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    drop(filled(&path, 3).await);
    damage(&path, "\"wiki-1\"", "\"wi\0\0-1\"");
    let ledger = SqliteLedger::open(&path).unwrap();
    let error = ledger.get_many(&scope(1), &[Key::Wiki(id(1))]).await.unwrap_err();
    assert_eq!(error.kind, Kind::Corrupt);
    assert!(error.public.contains("Wiki"), "{error}");
    assert!(ledger.get_many(&scope(1), &[Key::Wiki(id(2))]).await.unwrap()[0].is_some());
    let problems = ledger.check().unwrap();
    assert_eq!(problems.len(), 1);
    assert!(problems[0].contains(&id::<portolan_core::id::WikiKind>(1).to_string()), "{problems:?}");
}

#[tokio::test]
async fn a_damaged_page_is_corrupt_and_never_a_wrong_answer() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    drop(filled(&path, 500).await);
    let mut bytes = std::fs::read(&path).unwrap();
    let middle = bytes.len() / 4096 / 2 * 4096;
    bytes[middle..middle + 4096].fill(0xff);
    std::fs::write(&path, bytes).unwrap();
    let ledger = SqliteLedger::open(&path).unwrap();
    let lists = [RecordKind::Wiki, RecordKind::Head];
    let mut corrupt = 0;
    for kind in lists {
        match ledger.list(&scope(1), kind, None, 1000).await {
            Ok(records) => assert_eq!(records.len(), 500),
            Err(error) => {
                assert_eq!(error.kind, Kind::Corrupt, "{error}");
                corrupt += 1;
            }
        }
    }
    assert!(corrupt > 0);
    let checked = ledger.check();
    assert!(checked.map_or_else(|error| error.kind == Kind::Corrupt, |problems| !problems.is_empty()));
}

#[tokio::test]
async fn a_backup_is_a_ledger_and_writes_over_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = filled(&folder.path().join("ledger.db"), 50).await;
    let copy = folder.path().join("copy.db");
    ledger.backup(&copy).unwrap();
    // What comes later is not in the copy.
    let mut batch = Batch::new(now());
    batch.put(Key::Head(id(99)), Expect::Absent, Record::Head(head(1)));
    ledger.commit(&scope(1), batch).await.unwrap();
    assert_eq!(ledger.check().unwrap(), [""; 0]);
    let restored = SqliteLedger::open(&copy).unwrap();
    assert_eq!(restored.check().unwrap(), [""; 0]);
    for kind in [RecordKind::Wiki, RecordKind::Head] {
        assert_eq!(restored.list(&scope(1), kind, None, 100).await.unwrap().len(), 50);
    }
    drop(restored);

    let before = std::fs::read(&copy).unwrap();
    assert_eq!(ledger.backup(&copy).unwrap_err().kind, Kind::Refused);
    assert_eq!(std::fs::read(&copy).unwrap(), before);
    assert_eq!(ledger.backup(&folder.path().join("missing/copy.db")).unwrap_err().kind, Kind::Refused);
}
