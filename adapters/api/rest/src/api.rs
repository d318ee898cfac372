//! What every handler shares.

use std::future::Future;
use std::sync::Arc;

use portolan::core::access::Operation;
use portolan::{Portolan, Written};
use tokio::sync::Semaphore;
use tracing::Instrument as _;

use crate::RestOptions;
use crate::metrics::Metrics;
use crate::problem::Problem;

/// The library and the limits of the HTTP side. Cloning shares everything.
#[derive(Debug, Clone)]
pub(crate) struct Api(Arc<Inner>);

#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) portolan: Portolan,
    pub(crate) options: RestOptions,
    pub(crate) metrics: Option<Metrics>,
    /// One place for each request that may be at work.
    pub(crate) room: Semaphore,
    /// One for each large file that may be received or written.
    pub(crate) uploads: Semaphore,
}

/// Most large files received or written at once: each is held in memory. More wait, as long as a request may take.
const UPLOADS: usize = 16;

impl std::ops::Deref for Api {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl Api {
    pub(crate) fn new(portolan: Portolan, options: RestOptions) -> Self {
        let metrics = options.metrics.then(Metrics::new);
        let room = Semaphore::new(options.requests.min(Semaphore::MAX_PERMITS));
        let uploads = Semaphore::new(UPLOADS);
        Self(Arc::new(Inner { portolan, options, metrics, room, uploads }))
    }

    /// Does a write on a task of its own: a client that goes away, or a request that runs out of time, cancels nothing.
    pub(crate) async fn write<T, W>(
        &self,
        operation: Operation,
        write: impl FnOnce(Portolan) -> W,
    ) -> Result<Written<T>, Problem>
    where
        T: Send + 'static,
        W: Future<Output = portolan::Result<Written<T>>> + Send + 'static,
    {
        let task = tokio::spawn(write(self.portolan.clone()).in_current_span());
        match task.await {
            Ok(written) => {
                let written = written?;
                if let Some(metrics) = &self.metrics {
                    metrics.write(operation, written.replayed);
                }
                Ok(written)
            }
            Err(ended) if ended.is_panic() => std::panic::resume_unwind(ended.into_panic()),
            Err(_) => Err(Problem::internal("the task of a write was cancelled")),
        }
    }
}
