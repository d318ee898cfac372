//! The audit: grouped reads and refusals, checkpoints, and the use cases that read, export and verify it.

mod checkpoints;
mod export;
mod lanes;
mod query;
mod reads;
mod verify;

pub use export::AuditItem;
pub use query::{AuditEntry, AuditFilter};
pub(crate) use reads::Reads;
pub use verify::Verified;
