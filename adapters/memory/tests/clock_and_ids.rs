//! The clock and the identifiers of tests do what every clock and every maker of identifiers must.

use std::sync::Arc;

use portolan_contract::Fixture;
use portolan_memory::{ManualClock, SequentialIds};
use portolan_ports::{Clock, Ids};

async fn clock() -> Fixture<dyn Clock> {
    Fixture::new((), || async { Arc::new(ManualClock::new()) as Arc<dyn Clock> }).await
}

async fn ids() -> Fixture<dyn Ids> {
    Fixture::new((), || async { Arc::new(SequentialIds::new()) as Arc<dyn Ids> }).await
}

portolan_contract::clock_contract!(clock);
portolan_contract::ids_contract!(ids);
