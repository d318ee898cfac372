//! Sealing the audit: once a minute the ends of the lanes that grew are chained into a checkpoint.

use std::collections::hash_map::Entry;

use portolan_core::access::Scope;
use portolan_core::audit::{Checkpoint, Lane, Link, Sealed};
use portolan_core::id::TenantId;
use portolan_ports::ledger::{Batch, CommitError, Expect, Key, Record, RecordKind};

use crate::tenancy::unexpected;
use crate::{Error, Portolan, Result};

/// Checkpoints read at once.
const PART: usize = 200;
/// Numbers looked at at once when the newest checkpoint is searched for; first as many powers of two.
const PROBES: u64 = 32;
/// How often a seal is tried that others are ahead of.
const TRIES: usize = 3;

impl Portolan {
    /// Seals the audit of every tenant whose lanes grew since the last time. Repeating it is harmless; of two
    /// processes that seal at once, one does and the other reads what it did.
    pub async fn seal_audit(&self) -> Result<()> {
        let mut result = Ok(());
        for tenant in self.inner.reads.take_grown() {
            if let Err(error) = self.seal_tenant(tenant).await {
                self.inner.reads.grew(tenant);
                result = Err(error);
            }
        }
        result
    }

    async fn seal_tenant(&self, tenant: TenantId) -> Result<()> {
        let scope = Scope::system("audit", tenant);
        let mut all = self.inner.reads.sealed.lock().await;
        let mut lost = 0;
        while lost < TRIES {
            let sealed = match all.entry(tenant) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(place) => place.insert(Sealed::by(self.newest_checkpoint(&scope).await?)),
            };
            let ends = self.lanes(&scope).await?;
            self.look_back(&scope, sealed, &ends).await?;
            let Some(checkpoint) = sealed.next(self.now(), &ends) else { return Ok(()) };
            let mut batch = Batch::new(self.now());
            let key = Key::Checkpoint(checkpoint.sequence);
            batch.put(key, Expect::Absent, Record::Checkpoint(checkpoint.clone()));
            match self.inner.ledger.commit(&scope, batch).await {
                Ok(_) => {
                    let is_full = checkpoint.seals.len() == Sealed::MOST;
                    sealed.learn(checkpoint);
                    // Where more lanes grew than one checkpoint holds, the next one has the rest.
                    if !is_full {
                        return Ok(());
                    }
                }
                // Somebody else sealed: read what, and look again.
                Err(CommitError::Conflict(_)) => {
                    all.remove(&tenant);
                    lost += 1;
                }
                Err(CommitError::Failed(error)) => {
                    all.remove(&tenant);
                    return Err(error.into());
                }
            }
        }
        Err(Error::Unavailable("the audit is being sealed by other processes; it will be tried again".into()))
    }

    /// Reads older checkpoints, as far as it needs to know how far these lanes are sealed: never more than a window of them.
    async fn look_back(&self, scope: &Scope, sealed: &mut Sealed, ends: &[(Lane, Link)]) -> Result<()> {
        while let Some(wanted) = sealed.wanted(ends) {
            let keys: Vec<Key> = wanted.map(Key::Checkpoint).collect();
            for stored in self.inner.ledger.get_many(scope, &keys).await?.into_iter().flatten() {
                sealed.learn(stored.record.checkpoint().ok_or_else(unexpected)?);
            }
        }
        Ok(())
    }

    /// The newest checkpoint, found by looking at a few numbers: they have no gaps. What the search costs grows with the
    /// logarithm of their count.
    async fn newest_checkpoint(&self, scope: &Scope) -> Result<Option<Checkpoint>> {
        let (mut newest, mut below): (Option<Checkpoint>, Option<u64>) = (None, None);
        loop {
            let at = newest.as_ref().map_or(0, |checkpoint| checkpoint.sequence);
            let numbers: Vec<u64> = match below {
                Some(below) if below == at + 1 => return Ok(newest),
                Some(below) => {
                    let step = (below - at - 1).div_ceil(PROBES);
                    (at + 1..below).step_by(usize::try_from(step).unwrap_or(usize::MAX)).collect()
                }
                None => (0..PROBES).map(|power| at + (1 << power)).collect(),
            };
            let keys: Vec<Key> = numbers.iter().copied().map(Key::Checkpoint).collect();
            for (number, stored) in numbers.into_iter().zip(self.inner.ledger.get_many(scope, &keys).await?) {
                let Some(stored) = stored else {
                    below = Some(number);
                    break;
                };
                newest = Some(stored.record.checkpoint().ok_or_else(unexpected)?);
            }
        }
    }

    /// Some checkpoints after number `after`, oldest first; none where there are no more.
    pub(super) async fn checkpoints(&self, scope: &Scope, after: u64) -> Result<Vec<Checkpoint>> {
        let after = Key::Checkpoint(after).name();
        let found = self.inner.ledger.list(scope, RecordKind::Checkpoint, Some(&after), PART).await?;
        found.into_iter().map(|(_, stored)| stored.record.checkpoint().ok_or_else(unexpected)).collect()
    }
}
