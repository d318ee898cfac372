//! How a data folder is kept.

use std::sync::Arc;
use std::time::Duration;

use portolan_ports::Clock;

/// Settings of [`crate::FsObjects`].
#[derive(Debug, Clone)]
pub struct FsOptions {
    /// Tells how long ago a pack was replaced.
    pub clock: Arc<dyn Clock>,
    /// How long replaced packs stay, so that every reader has reopened. Default: 10 minutes.
    pub grace: Duration,
    /// Most repositories kept open. Default: 256.
    pub open_repos: usize,
    /// Most pack files kept open. Default: 256.
    pub open_files: usize,
    /// Most bytes of ids of large packs in memory together, 20 an object; the packs that come first have them, of the others each id is read
    /// where it lies. Default: 16 MiB.
    pub index_bytes: u64,
    /// Bytes of objects kept because deltas build on them. Default: 4 MiB.
    pub base_cache_bytes: usize,
    /// Batches are refused while the disk has less room than this, bytes: what a write brings with it, the ledger's log and the
    /// index, needs some after its pack is stored. Default: 8 MiB.
    pub spare_bytes: u64,
}

impl FsOptions {
    /// The default settings with this clock.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            grace: Duration::from_mins(10),
            open_repos: 256,
            open_files: 256,
            index_bytes: 16 << 20,
            base_cache_bytes: 4 << 20,
            spare_bytes: 8 << 20,
        }
    }
}
