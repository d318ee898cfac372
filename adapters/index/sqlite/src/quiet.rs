//! What is done to an index while nobody writes to it.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};
use std::time::Duration;

use crate::fault::Result;
use crate::texts;
use crate::wiki::{self, Wiki};

/// How long nobody has written before it is quiet.
const QUIET: Duration = Duration::from_secs(1);

/// Merges the texts of `wiki` once it is quiet, unless somebody is at it already. It is no loss if that is never done: searches are slower.
/// Without a runtime it is not.
pub(crate) fn merge_later(wiki: &Arc<Wiki>) {
    let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
    if wiki.merging.swap(true, Ordering::AcqRel) {
        return;
    }
    // An index that nobody uses may be closed meanwhile.
    let weak = Arc::downgrade(wiki);
    drop(runtime.spawn(async move {
        let merged = merge(&weak).await;
        if let Some(wiki) = weak.upgrade() {
            wiki.merging.store(false, Ordering::Release);
            if let Err(fault) = merged {
                tracing::warn!(file = %wiki.file().display(), %fault, "the texts of an index could not be merged");
            }
        }
    }));
}

/// Merges step by step; waits again whenever somebody has written.
async fn merge(wiki: &Weak<Wiki>) -> Result<()> {
    let writes = || wiki.upgrade().map(|wiki| wiki.writes.load(Ordering::Acquire));
    let mut is_first = true;
    while let Some(before) = writes() {
        tokio::time::sleep(QUIET).await;
        while writes() == Some(before) {
            let Some(wiki) = wiki.upgrade() else { break };
            let writer = Arc::clone(&wiki.writer).lock_owned().await;
            if wiki.closed.load(Ordering::Acquire) {
                return Ok(());
            }
            let step = move || wiki::transact(&writer, || texts::merge_step(&writer, is_first));
            if !tokio::task::spawn_blocking(step).await?? {
                return Ok(());
            }
            is_first = false;
            wiki.checkpoint_if_due();
        }
    }
    Ok(())
}
