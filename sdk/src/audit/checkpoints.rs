//! Sealing the audit: once a minute the ends of all lanes that grew are chained into a checkpoint.

use std::collections::BTreeMap;
use std::collections::hash_map::Entry;

use portolan_core::access::Scope;
use portolan_core::audit::{Checkpoint, Lane, Seal};
use portolan_core::id::TenantId;
use portolan_ports::ledger::{Batch, CommitError, Expect, Key, Record};

use crate::{Error, Portolan, Result};

/// What is sealed of one tenant.
#[derive(Debug, Default)]
pub(crate) struct Sealed {
    last: Option<Checkpoint>,
    lanes: BTreeMap<Lane, Seal>,
}

impl Sealed {
    fn add(&mut self, checkpoint: Checkpoint) {
        self.lanes.extend(checkpoint.seals.iter().map(|seal| (seal.lane, *seal)));
        self.last = Some(checkpoint);
    }
}

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
        for _ in 0..3 {
            let sealed = match all.entry(tenant) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(place) => {
                    let mut sealed = Sealed::default();
                    self.checkpoints(&scope).await?.into_iter().for_each(|checkpoint| sealed.add(checkpoint));
                    place.insert(sealed)
                }
            };
            let ends = self.lanes(&scope).await?;
            let known: Vec<Seal> = sealed.lanes.values().copied().collect();
            let Some(checkpoint) = Checkpoint::seal(sealed.last.as_ref(), self.now(), &known, &ends) else {
                return Ok(());
            };
            let mut batch = Batch::new(self.now());
            let key = Key::Checkpoint(checkpoint.sequence);
            batch.put(key, Expect::Absent, Record::Checkpoint(checkpoint.clone()));
            match self.inner.ledger.commit(&scope, batch).await {
                Ok(_) => {
                    sealed.add(checkpoint);
                    return Ok(());
                }
                // Somebody else sealed: read what, and look again.
                Err(CommitError::Conflict(_)) => {
                    all.remove(&tenant);
                }
                Err(CommitError::Failed(error)) => {
                    all.remove(&tenant);
                    return Err(error.into());
                }
            }
        }
        Err(Error::Unavailable("the audit is being sealed by other processes; it will be tried again".into()))
    }
}
