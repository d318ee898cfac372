//! Every driven port in memory: the reference model of each port, and what tests and examples use.
//!
//! Written to be obviously right, not to be fast. Nothing outlives the value that holds it.

mod clock;
mod ids;
mod index;
mod ledger;
mod objects;

pub use clock::ManualClock;
pub use ids::SequentialIds;
pub use index::MemoryIndex;
pub use ledger::MemoryLedger;
pub use objects::MemoryObjects;
