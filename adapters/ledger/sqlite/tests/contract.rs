//! The shared suite of all ledgers.

#![expect(clippy::unwrap_used, reason = "a test ends at what it does not expect")]

use std::sync::Arc;

use portolan_contract::Fixture;
use portolan_ledger_sqlite::SqliteLedger;
use portolan_ports::Ledger;

async fn open() -> Fixture<dyn Ledger> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    Fixture::new(folder, move || {
        let path = path.clone();
        async move { Arc::new(SqliteLedger::open(&path).unwrap()) as Arc<dyn Ledger> }
    })
    .await
}

portolan_contract::ledger_contract!(open);
