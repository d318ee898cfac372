//! The ledger in memory does what every ledger must.

use std::sync::Arc;

use portolan_contract::Fixture;
use portolan_memory::MemoryLedger;
use portolan_ports::Ledger;

async fn open() -> Fixture<dyn Ledger> {
    let ledger = Arc::new(MemoryLedger::new());
    Fixture::new((), move || {
        let ledger = Arc::clone(&ledger);
        async move { ledger as Arc<dyn Ledger> }
    })
    .await
}

portolan_contract::ledger_contract!(open);
