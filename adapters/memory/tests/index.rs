//! The derived index in memory does what every such index must.

use std::sync::Arc;

use portolan_contract::Fixture;
use portolan_memory::MemoryIndex;
use portolan_ports::Index;

async fn open() -> Fixture<dyn Index> {
    let index = Arc::new(MemoryIndex::new());
    Fixture::new((), move || {
        let index = Arc::clone(&index);
        async move { index as Arc<dyn Index> }
    })
    .await
}

portolan_contract::index_contract!(open);
portolan_contract::texts_contract!(open);
