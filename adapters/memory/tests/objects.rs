//! The store of git objects in memory does what every such store must.

use std::sync::Arc;

use portolan_contract::Fixture;
use portolan_memory::MemoryObjects;
use portolan_ports::Objects;

async fn open() -> Fixture<dyn Objects> {
    let objects = Arc::new(MemoryObjects::new());
    Fixture::new((), move || {
        let objects = Arc::clone(&objects);
        async move { objects as Arc<dyn Objects> }
    })
    .await
}

portolan_contract::objects_contract!(open);
