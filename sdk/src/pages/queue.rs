//! Group commit: one queue per wiki. All writes waiting are folded onto the head, in order, each its own commit; then
//! one pack, one ledger batch.

mod batch;
mod plan;
mod settle;
mod worker;

use std::collections::HashMap;

use parking_lot::Mutex;
use portolan_core::wiki::RepoId;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::job::Job;
use crate::{Error, Portolan, Result};
pub(crate) use worker::Wiki;
pub(super) use worker::{State, Worker};

/// The queues that have a worker.
#[derive(Debug, Default)]
pub(crate) struct Queues(Mutex<HashMap<RepoId, Queue>>);

#[derive(Debug)]
struct Queue {
    sender: mpsc::Sender<Job>,
    worker: JoinHandle<()>,
}

impl Queues {
    /// Ends the workers, after what stands in their queues is written. A write that comes later begins another.
    pub(crate) async fn close(&self) {
        let queues = std::mem::take(&mut *self.0.lock());
        // All senders go first, so that no write joins a queue that is about to end.
        let workers: Vec<_> = queues.into_values().map(|queue| queue.worker).collect();
        for worker in workers {
            // A worker that ended by a defect has told its callers.
            let _ended = worker.await;
        }
    }
}

impl Portolan {
    /// Puts a write into the queue of its wiki. Once it stands there, it is done or refused whatever becomes of the caller.
    pub(super) fn enqueue(&self, wiki: &Wiki, job: Job) -> Result<()> {
        let mut queues = self.inner.queues.0.lock();
        // A worker that ended by a defect, or with its runtime, leaves a closed queue: the next write begins another.
        if queues.get(&wiki.repo).is_some_and(|queue| queue.sender.is_closed()) {
            queues.remove(&wiki.repo);
        }
        let queue = queues.entry(wiki.repo).or_insert_with(|| {
            let (sender, receiver) = mpsc::channel(self.inner.options.queue);
            let worker = tokio::spawn(Worker::new(self.clone(), wiki.clone(), receiver).run());
            Queue { sender, worker }
        });
        queue
            .sender
            .try_send(job)
            .map_err(|_| Error::Unavailable("too many writes are waiting for this wiki; try again".into()))
    }

    /// Ends the queue of a wiki if nothing is waiting; answers whether it did.
    fn retire(&self, wiki: &Wiki, receiver: &mpsc::Receiver<Job>) -> bool {
        let mut queues = self.inner.queues.0.lock();
        // Senders are only used under this lock, so nothing can arrive between the look and the removal.
        let idle = receiver.is_empty();
        if idle {
            queues.remove(&wiki.repo);
        }
        idle
    }
}
