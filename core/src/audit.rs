//! The audit: append-only lanes, each a hash chain, sealed by checkpoints.

mod chain;
mod checkpoint;
mod event;
mod lane;
mod sealed;
mod verify;

pub use chain::{Hash, Link, Segment, append};
pub use checkpoint::{Checkpoint, Seal};
pub use event::{Event, NewEvent, Outcome};
pub use lane::{BadLane, Lane};
pub use sealed::Sealed;
pub use verify::{Broken, CheckpointVerifier, LaneVerifier};
