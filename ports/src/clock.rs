//! The time of day, as a port, so that every test is repeatable.

use std::fmt::Debug;

/// Tells the time.
pub trait Clock: Debug + Send + Sync + 'static {
    /// Now, in UTC. May repeat and may step back when the machine's clock does; whoever needs an order keeps one of
    /// his own (commit times and audit times never run backwards although this may).
    fn now(&self) -> jiff::Timestamp;
}
