//! Background work: grouped audit, checkpoints, full text, and records that have expired.

use std::future::Future;
use std::time::Duration;

use crate::{Portolan, Result};

/// How often expired records are looked for.
const SWEEP: Duration = Duration::from_mins(5);
/// Most records deleted at once, so that writers never wait long.
const SWEEP_LIMIT: usize = 2000;

impl Portolan {
    /// Does the background work until `stop` is ready, then what is left to do at once ([`Self::close`]). Everything it does is
    /// idempotent, and safe to do in several processes. Whoever answers requests after `stop` calls [`Self::close`] after the
    /// last of them.
    pub async fn run(&self, stop: impl Future<Output = ()>) {
        let options = self.options();
        let mut reads = tokio::time::interval(options.read_audit);
        let mut checkpoint = tokio::time::interval(options.checkpoint);
        let mut sweep = tokio::time::interval(SWEEP);
        for interval in [&mut reads, &mut checkpoint, &mut sweep] {
            interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        }
        let texts = self.follow_texts();
        tokio::pin!(stop, texts);
        loop {
            tokio::select! {
                () = &mut stop => break,
                () = &mut texts => {}
                _ = reads.tick() => {
                    log("writing the audit of reads", self.flush_reads().await);
                    log("recording how imports ended", self.settle_imports().await);
                    self.mirror_again().await;
                }
                _ = checkpoint.tick() => log("sealing the audit", self.seal_audit().await),
                _ = sweep.tick() => {
                    let swept = self.inner.ledger.sweep(self.now(), SWEEP_LIMIT).await;
                    log("deleting expired records", swept.map(|_| ()).map_err(Into::into));
                }
            }
        }
        self.close().await;
    }

    /// Writes what is still in memory: to be called after the last request was answered, before the process ends. What is
    /// read or refused after it is in no audit. Repeating it is harmless.
    ///
    /// Until then this library may hold its ports for half a minute after the last clone of it is gone.
    pub async fn close(&self) {
        self.inner.queues.close().await;
        log("recording how imports ended", self.settle_imports().await);
        log("writing the audit of reads", self.flush_reads().await);
        log("sealing the audit", self.seal_audit().await);
    }
}

fn log(what: &str, result: Result<()>) {
    if let Err(error) = result {
        tracing::warn!(%error, "{what} failed; it will be tried again");
    }
}
