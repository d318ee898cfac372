//! What every adapter of a port must do: one suite of cases per port. An adapter's test file says how to open it and
//! gets each case as a test of its own name:
//!
//! ```ignore
//! use std::sync::Arc;
//! use portolan_contract::Fixture;
//! use portolan_ports::Ledger;
//!
//! async fn open() -> Fixture<dyn Ledger> {
//!     let folder = tempfile::tempdir().unwrap();
//!     let path = folder.path().join("ledger.db");
//!     // The first argument lives as long as the fixture; the second opens the same store again each time it is called.
//!     Fixture::new(folder, move || {
//!         let path = path.clone();
//!         async move { Arc::new(SqliteLedger::open(&path).unwrap()) as Arc<dyn Ledger> }
//!     })
//!     .await
//! }
//!
//! portolan_contract::ledger_contract!(open);
//! ```
//!
//! A store is opened empty. The cases of a suite share nothing, so that they run side by side.

#![expect(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "a case ends at the first thing that is not as it must be"
)]

mod fixture;
mod suite;

pub mod clock;
pub mod ids;
pub mod index;
pub mod ledger;
pub mod objects;
pub mod sample;
pub mod texts;

pub use fixture::Fixture;
pub use suite::run;
