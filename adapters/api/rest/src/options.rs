//! What an operator may set about the HTTP side.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// Limits of the HTTP side, and what it needs from the machine.
#[derive(Clone)]
pub struct RestOptions {
    /// Folder for bundles on their way in and out. It must exist and be as large as the largest of them.
    pub temporary: PathBuf,
    /// Longest JSON body of requests that carry no page, bytes.
    pub body_bytes: usize,
    /// How long a request may take until its answer begins; uploads and exports have [`RestOptions::transfer_time`].
    pub request_time: Duration,
    /// How long taking in a bundle, or preparing one, may take.
    pub transfer_time: Duration,
    /// Most requests at work at once; more are answered 503 at once.
    pub requests: usize,
    /// Whether requests are counted for [`crate::metrics_only`].
    pub metrics: bool,
    /// Makes the ids of requests that bring none: 1 to 128 characters of `A-Z a-z 0-9 . _ -`.
    pub request_ids: RequestIds,
}

/// Makes request ids.
pub type RequestIds = Arc<dyn Fn() -> String + Send + Sync>;

impl Default for RestOptions {
    fn default() -> Self {
        Self {
            temporary: std::env::temp_dir(),
            body_bytes: 256 << 10,
            request_time: Duration::from_secs(30),
            transfer_time: Duration::from_hours(1),
            requests: 1024,
            metrics: false,
            request_ids: Arc::new(|| format!("req_{}", uuid::Uuid::now_v7().simple())),
        }
    }
}

impl fmt::Debug for RestOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { temporary, body_bytes, request_time, transfer_time, requests, metrics, request_ids: _ } =
            self;
        f.debug_struct("RestOptions")
            .field("temporary", temporary)
            .field("body_bytes", body_bytes)
            .field("request_time", request_time)
            .field("transfer_time", transfer_time)
            .field("requests", requests)
            .field("metrics", metrics)
            .finish_non_exhaustive()
    }
}
