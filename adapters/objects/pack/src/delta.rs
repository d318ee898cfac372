//! Deltas, as this crate uses those of the core.

use portolan_core::git::delta;
pub(crate) use portolan_core::git::delta::blocks;

/// `base` changed by `delta`, in the memory of `target`; `None` where the two do not fit.
pub(crate) fn apply(base: &[u8], delta: &[u8], target: Vec<u8>) -> Option<Vec<u8>> {
    delta::apply_into(base, delta, u64::MAX, target).ok()
}

/// `base` changed by `delta` to exactly `size` bytes; `None` where the three do not fit.
pub(crate) fn apply_within(base: &[u8], delta: &[u8], size: u64) -> Option<Vec<u8>> {
    delta::apply(base, delta, size).ok().filter(|data| data.len() as u64 == size)
}
