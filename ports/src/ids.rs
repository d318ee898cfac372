//! Fresh identifiers and secrets, as a port, so that every test is repeatable.

use std::fmt::Debug;

use portolan_core::id::Uuid;

/// Makes identifiers and secrets that were never made before.
pub trait Ids: Debug + Send + Sync + 'static {
    /// A new UUID of version 7 (RFC 9562 §5.7): later ones sort after earlier ones, to the millisecond.
    fn uuid(&self) -> Uuid;

    /// 256 bits nobody can guess, from the operating system's generator.
    fn secret(&self) -> [u8; 32];
}
