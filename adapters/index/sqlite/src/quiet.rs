//! What is done to an index while nobody writes to it.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};
use std::time::Duration;

use crate::fault::Result;
use crate::texts;
use crate::wiki::{self, Wiki};

/// How long nobody has written before it is quiet.
const QUIET: Duration = Duration::from_secs(1);

/// Merges the texts of `wiki` once it is quiet, unless somebody is at it already. Without a runtime nobody is, which is no loss: searches are
/// slower.
pub(crate) fn merge_later(wiki: &Arc<Wiki>) {
    let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
    let Ok(merging) = Arc::clone(&wiki.merging).try_lock_owned() else { return };
    // An index that nobody uses may be closed meanwhile.
    let wiki = Arc::downgrade(wiki);
    drop(runtime.spawn(async move {
        let merged = merge(&wiki).await;
        drop(merging);
        let Some(wiki) = wiki.upgrade() else { return };
        match merged {
            // Whoever put texts before the end, and found somebody at it, went away.
            Ok(()) => {
                let is_due = is_due(&wiki, &*wiki.writer.lock().await);
                if is_due {
                    merge_later(&wiki);
                }
            }
            Err(fault) => {
                tracing::warn!(file = %wiki.file().display(), %fault, "the texts of an index could not be merged");
            }
        }
    }));
}

/// [`merge_later`], if it is due and nobody else has the writer, who looks himself.
pub(crate) fn merge_if_due(wiki: &Arc<Wiki>) {
    let is_due = wiki.writer.try_lock().is_ok_and(|writer| is_due(wiki, &writer));
    if is_due {
        merge_later(wiki);
    }
}

/// Whether the texts of `wiki` are to be merged. What is wrong with its file others find out.
pub(crate) fn is_due(wiki: &Wiki, writer: &rusqlite::Connection) -> bool {
    !wiki.closed.load(Ordering::Acquire) && texts::merge_is_due(writer).unwrap_or(false)
}

/// Merges step by step; waits again whenever somebody has written.
async fn merge(wiki: &Weak<Wiki>) -> Result<()> {
    let writes = |wiki: &Wiki| wiki.writes.load(Ordering::Acquire);
    loop {
        let Some(before) = wiki.upgrade().map(|wiki| writes(&wiki)) else { return Ok(()) };
        tokio::time::sleep(QUIET).await;
        loop {
            let Some(wiki) = wiki.upgrade() else { return Ok(()) };
            let writer = Arc::clone(&wiki.writer).lock_owned().await;
            if wiki.closed.load(Ordering::Acquire) {
                return Ok(());
            }
            if writes(&wiki) != before {
                break;
            }
            let step = move || wiki::transact(&writer, || texts::merge_step(&writer));
            let is_more = match tokio::task::spawn_blocking(step).await {
                Ok(is_more) => is_more?,
                // The runtime ends.
                Err(error) if error.is_cancelled() => false,
                Err(error) => return Err(error.into()),
            };
            if !is_more {
                return Ok(());
            }
            wiki.checkpoint_if_due();
        }
    }
}
