//! The end of an import that has no effect: recorded whatever happens, so that its wiki can be written again.

use portolan_core::access::{Scope, Version};
use portolan_core::audit::{Lane, append};
use portolan_core::id::ImportId;
use portolan_core::wiki::{Import, ImportState};
use portolan_ports::Kind;
use portolan_ports::ledger::{Batch, CommitError, Expect, Key, Record};

use super::FAILED;
use crate::once::done;
use crate::tenancy::unexpected;
use crate::{Call, Error, Portolan, Result};

/// An import that failed.
#[derive(Debug, Clone)]
pub(super) struct Failure {
    /// On whose behalf it is recorded.
    pub(super) scope: Scope,
    /// The call that began the import, as far as it is known.
    pub(super) call: Call,
    pub(super) id: ImportId,
    /// Why it failed, and what to do.
    pub(super) problem: String,
}

/// Most characters of a problem in the audit.
const MOST: usize = 500;
/// How often recording is tried at once.
const TRIES: u32 = 8;

impl Portolan {
    pub(super) async fn import_record(&self, scope: &Scope, id: ImportId) -> Result<(Import, Version)> {
        let found = self.inner.ledger.get_many(scope, &[Key::Import(id)]).await?.pop().flatten();
        let found = found.ok_or_else(|| Error::not_found("import"))?;
        Ok((found.record.import().ok_or_else(unexpected)?, found.version))
    }

    /// Records that an import failed, and lets its wiki be written again. Where the ledger cannot be written, the background
    /// work tries again until it can; and after a stop, the next start.
    pub(super) async fn end_as_failed(&self, failure: Failure) {
        if let Err(error) = self.fail_import(&failure).await {
            tracing::error!(%error, import = %failure.id, "a failed import could not be recorded; it will be tried again");
            self.inner.imports.unrecorded.lock().push(failure);
        }
    }

    /// Records what [`Self::end_as_failed`] could not.
    pub(crate) async fn settle_imports(&self) -> Result<()> {
        let failures = std::mem::take(&mut *self.inner.imports.unrecorded.lock());
        let mut result = Ok(());
        for failure in failures {
            if let Err(error) = self.fail_import(&failure).await {
                self.inner.imports.unrecorded.lock().push(failure);
                result = Err(error);
            }
        }
        result
    }

    /// One batch: the import has failed, the wiki is free, the audit says so. Does nothing where the import has ended, or was never begun.
    pub(super) async fn fail_import(&self, failure: &Failure) -> Result<()> {
        let Failure { scope, call, id, problem } = failure;
        let mut last = None;
        for attempt in 0..TRIES {
            let (mut import, version) = match self.import_record(scope, *id).await {
                Err(Error::NotFound { .. }) => return Ok(()),
                found => found?,
            };
            if import.state != ImportState::Running {
                return Ok(());
            }
            let (wiki, slug) = (import.wiki, import.slug.clone());
            import.state = ImportState::Failed { problem: problem.clone() };
            let key = Key::Head(wiki);
            let head = self.inner.ledger.get_many(scope, std::slice::from_ref(&key)).await?.pop().flatten();
            let now = self.now();
            let mut batch = Batch::new(now);
            batch.put(Key::Import(*id), Expect::At(version), Record::Import(import));
            if let Some(stored) = head {
                let expect = Expect::At(stored.version);
                let mut head = stored.record.head().ok_or_else(unexpected)?;
                if head.importing == Some(*id) {
                    head.importing = None;
                }
                let target = format!("{slug}/imports/{id}");
                let mut event = done(&scope.principal().actor, FAILED, target, call, now);
                event.reason = Some(problem.chars().take(MOST).collect());
                let (segment, end) = append(Lane::Wiki(wiki), head.audit, vec![event]);
                head.audit = end;
                batch.put(key, expect, Record::Head(head));
                batch.segments.push(segment);
            }
            match self.inner.ledger.commit(scope, batch).await {
                Ok(_) => {
                    self.inner.reads.grew(scope.tenant());
                    return Ok(());
                }
                // After an ambiguous answer the import's record tells.
                Err(CommitError::Failed(error))
                    if !matches!(error.kind, Kind::Ambiguous | Kind::Unavailable) =>
                {
                    return Err(error.into());
                }
                Err(CommitError::Failed(error)) => last = Some(error),
                Err(CommitError::Conflict(_)) => {}
            }
            self.pause(attempt).await;
        }
        Err(last.map_or_else(|| Error::Unavailable("too many writers at once".into()), Into::into))
    }
}
