//! The one thread that writes. All batches that wait are one transaction, so they share one sync of the disk; each has a
//! savepoint of its own, so that one that fails leaves the others alone.

mod apply;
mod group;
#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use portolan_core::access::Version;
use portolan_ports::ledger::CommitError;
use portolan_ports::{Error, Kind};
use tokio::sync::oneshot;

use crate::cache::Caches;
use crate::error::{ADAPTER, During};
use crate::prepare::Prepared;
use crate::schema;
use group::Group;

/// Most batches in one transaction, so that the first does not wait for ever.
const MOST_GROUPED: usize = 512;

/// How long a group waits for those who were in the last one.
const MOMENT: Duration = Duration::from_micros(200);

/// Pages in the log after which they are copied into the database: what SQLite itself would do, but then before answering.
const CHECKPOINT_AFTER: i32 = 1000;

/// What the writer is asked to do.
pub(crate) enum Work {
    /// Apply a batch.
    Commit(Prepared),
    /// Delete records that expired before a time, at most so many.
    Sweep { before: i64, limit: i64 },
    /// Anything, within the group's transaction and a savepoint: how tests break things.
    #[cfg(test)]
    Test(tests::Act),
}

/// What was done.
#[derive(Debug, Default)]
pub(crate) struct Done {
    /// Of a batch: the version of each edit's record.
    pub(crate) versions: Vec<Version>,
    /// Of a sweep: the records deleted.
    pub(crate) deleted: usize,
}

pub(crate) type Outcome = Result<Done, CommitError>;

struct Job {
    work: Work,
    answer: oneshot::Sender<Outcome>,
}

/// The way to the writer. Dropping it waits until everything sent is done.
#[derive(Debug)]
pub(crate) struct Writer {
    jobs: Option<Sender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    /// Starts the writer on the database at `path`, which is created or migrated first.
    pub(crate) fn start(path: &Path, caches: Arc<Caches>) -> Result<Self, Error> {
        let mut connection = schema::writer(path)?;
        let log = Arc::new(AtomicI32::new(0));
        // In place of SQLite's own hook, which would copy the log into the database before COMMIT returns.
        let pages = Arc::clone(&log);
        connection
            .wal_hook(Some(move |_: &mut rusqlite::hooks::Wal, count| {
                pages.store(count, Ordering::Relaxed);
                Ok(())
            }))
            .during("open")?;
        let group = Group::new(connection, caches)?;
        let (jobs, waiting) = mpsc::channel();
        let thread = std::thread::Builder::new()
            .name("ledger-writer".into())
            .spawn(move || work(group, &waiting, &log))
            .map_err(|error| {
                Error::new(Kind::Unavailable, ADAPTER, "open", "the ledger's thread cannot be started")
                    .because(error)
            })?;
        Ok(Self { jobs: Some(jobs), thread: Some(thread) })
    }

    /// Does `work` together with whatever else waits. Whoever stops waiting for the answer does not stop the work.
    pub(crate) async fn submit(&self, operation: &'static str, work: Work) -> Outcome {
        let (answer, answered) = oneshot::channel();
        let job = Job { work, answer };
        if self.jobs.as_ref().is_none_or(|jobs| jobs.send(job).is_err()) {
            let public = "the ledger's writer has stopped, nothing was changed; start the server again";
            return Err(Error::new(Kind::Unavailable, ADAPTER, operation, public).into());
        }
        answered.await.unwrap_or_else(|_| {
            let public =
                "the ledger's writer stopped during the write; read what is stored before sending it again";
            Err(Error::new(Kind::Ambiguous, ADAPTER, operation, public).into())
        })
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        drop(self.jobs.take());
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the ledger's writer had stopped by a panic");
        }
    }
}

/// All jobs that wait. Where the last group was larger, its writers have just been answered and are about to send again:
/// they are given a moment, which is a small part of what a sync takes and saves one. A lone writer never waits.
fn gather(first: Job, waiting: &Receiver<Job>, siblings: usize) -> Vec<Job> {
    let mut jobs = vec![first];
    jobs.extend(waiting.try_iter().take(MOST_GROUPED - 1));
    let until = Instant::now() + MOMENT;
    while jobs.len() < siblings {
        match waiting.recv_timeout(until.saturating_duration_since(Instant::now())) {
            Ok(job) => jobs.push(job),
            Err(_) => break,
        }
    }
    jobs
}

fn work(mut group: Group, waiting: &Receiver<Job>, log: &AtomicI32) {
    let mut copied = 0;
    let mut siblings = 0;
    while let Ok(first) = waiting.recv() {
        let jobs = gather(first, waiting, siblings);
        siblings = jobs.len();
        let (works, answers): (Vec<_>, Vec<_>) = jobs.into_iter().map(|job| (job.work, job.answer)).unzip();
        for (answer, outcome) in answers.into_iter().zip(group.run(works)) {
            // Whoever does not wait any more loses only the answer.
            drop(answer.send(outcome));
        }
        // The log begins anew after it was copied, unless a long read still needs it; then it is not copied each time.
        let pages = log.load(Ordering::Relaxed);
        if pages < copied {
            copied = 0;
        }
        if pages >= copied + CHECKPOINT_AFTER {
            copied = pages;
            group.checkpoint();
        }
    }
}
