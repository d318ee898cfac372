//! temporary
#![allow(warnings)]
use std::sync::Arc;
use portolan_contract::Fixture;
use portolan_ports::Ledger;
#[path = "/tmp/mut/ledger.rs"] mod ledger;
async fn open() -> Fixture<dyn Ledger> {
    let it = Arc::new(ledger::MemoryLedger::new());
    Fixture::new((), move || { let it = Arc::clone(&it); async move { it as Arc<dyn Ledger> } }).await
}
portolan_contract::ledger_contract!(open);
