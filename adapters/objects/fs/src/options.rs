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
    /// Bytes of objects kept because deltas build on them. Default: 8 MiB.
    pub base_cache_bytes: usize,
}

impl FsOptions {
    /// The default settings with this clock.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            grace: Duration::from_mins(10),
            open_repos: 256,
            open_files: 256,
            base_cache_bytes: 8 << 20,
        }
    }
}
