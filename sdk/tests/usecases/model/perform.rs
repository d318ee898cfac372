//! Writes of the model, made by the library.

use portolan::core::git::Oid;
use portolan::{Error, Result};

use super::plain::{Refusal, Write};
use crate::files;
use crate::support::Client;

/// A write that was done.
#[derive(Debug)]
pub(super) struct Done {
    /// Its commit, where it changed something.
    pub(super) revision: Option<Oid>,
    pub(super) replayed: bool,
    /// All that was answered.
    pub(super) shown: String,
}

pub(super) async fn perform(client: &Client, write: &Write) -> Result<Done> {
    Ok(match write {
        Write::Put { path, text, condition } => {
            let written = client.put(path, text, condition.clone()).await?;
            let effect = &written.value.effect;
            let revision = effect.changed.then_some(effect.revision);
            Done { revision, replayed: written.replayed, shown: format!("{:?}", written.value) }
        }
        Write::Edit { path, edits, condition } => {
            let written = client.edit(path, edits.clone(), condition.clone()).await?;
            let effect = &written.value.effect;
            let revision = effect.changed.then_some(effect.revision);
            Done { revision, replayed: written.replayed, shown: format!("{:?}", written.value) }
        }
        Write::Delete { path, condition } => {
            let deleted = client.delete(path, condition.clone()).await?;
            let shown = format!("{:?}", deleted.value);
            Done { revision: Some(deleted.value.revision), replayed: deleted.replayed, shown }
        }
        Write::Rename { from, to, base } => {
            let renamed = client.rename(from, to, *base).await?;
            let shown = format!("{:?}", renamed.value);
            Done { revision: Some(renamed.value.revision), replayed: renamed.replayed, shown }
        }
        Write::Revert { revision, path } => {
            let reverted = client.revert(*revision, path.as_deref()).await?;
            let changed = !reverted.value.paths.is_empty();
            let shown = format!("{:?}", reverted.value);
            let revision = changed.then_some(reverted.value.revision);
            Done { revision, replayed: reverted.replayed, shown }
        }
        Write::Attach { path, content, condition } => {
            let written = files::put(client, path, content.clone(), condition.clone()).await?;
            let effect = &written.value;
            let revision = effect.changed.then_some(effect.revision);
            Done { revision, replayed: written.replayed, shown: format!("{effect:?}") }
        }
        Write::Detach { path, condition } => {
            let deleted = files::delete(client, path, condition.clone()).await?;
            let shown = format!("{:?}", deleted.value);
            Done { revision: Some(deleted.value.revision), replayed: deleted.replayed, shown }
        }
    })
}

/// Why the library refused a write, in the model's words.
pub(super) fn refusal(error: &Error) -> Refusal {
    match error {
        Error::PageExists(_) => Refusal::Exists,
        Error::StaleBase(_) => Refusal::Stale,
        Error::BaseRequired(_) => Refusal::BaseRequired,
        Error::NotFound { .. } => Refusal::NotFound,
        Error::PageConflict(_) => Refusal::Conflict,
        Error::EditNotApplied(_) => Refusal::NotApplied,
        Error::PageTaken(_) => Refusal::Taken,
        Error::PathCollision { .. } => Refusal::Collision,
        Error::Invalid(_) => Refusal::Invalid,
        Error::RevertConflict(_) => Refusal::RevertConflict,
        other => panic!("no write may end so: {other:?}"),
    }
}
