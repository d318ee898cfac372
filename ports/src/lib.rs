//! What the core needs from the world. One port per file; each method says what happens when a thing is missing,
//! repeated or raced, and what is atomic.

mod clock;
mod error;
mod ids;
pub mod index;
pub mod ledger;
pub mod objects;

pub use clock::Clock;
pub use error::{BoxError, Error, Kind, Result, Retry};
pub use ids::Ids;
pub use index::Index;
pub use ledger::Ledger;
pub use objects::Objects;
