//! Verifying the audit.

use std::collections::BTreeMap;

use portolan_core::access::{Operation, Scope};
use portolan_core::audit::{Broken, Checkpoint, LaneVerifier, verify_checkpoints};
use portolan_ports::ledger::{RecordKind, Walk};

use crate::tenancy::unexpected;
use crate::{Admitted, Portolan, Result};

/// What verification found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verified {
    /// Every hash fits.
    Whole {
        /// Number of lanes.
        lanes: u64,
        /// Number of events.
        events: u64,
        /// Events after the last checkpoint: chained, but a cut of them would not be seen.
        unsealed: u64,
    },
    /// Something does not fit.
    Broken(Broken),
}

impl Portolan {
    /// Recomputes every hash of a tenant's audit.
    pub async fn verify_audit(&self, admitted: &Admitted) -> Result<Verified> {
        admitted.must_be(Operation::AuditVerify)?;
        self.flush_before_reading().await;
        let result = self.verify_lanes(admitted.scope()).await;
        self.noted(admitted, "audit", result)
    }

    /// As [`Self::verify_audit`], for whoever holds the ledger itself.
    pub(crate) async fn verify_lanes(&self, scope: &Scope) -> Result<Verified> {
        // Checkpoints first: each saw only what the lanes hold by the time their ends are read.
        let checkpoints = self.checkpoints(scope).await?;
        let mut seen = match verify_checkpoints(&checkpoints) {
            Ok(seen) => seen,
            Err(broken) => return Ok(Verified::Broken(broken)),
        };
        let (mut events, mut unsealed, mut count) = (0, 0, 0);
        for (lane, end) in self.lanes(scope).await? {
            let sealed = seen.remove(&lane).unwrap_or_default();
            unsealed += end.sequence.saturating_sub(sealed.keys().next_back().copied().unwrap_or(0));
            let mut verifier = LaneVerifier::new(lane, sealed);
            let mut next = 1;
            while next <= end.sequence {
                let segments = self.inner.ledger.segments(scope, lane, Walk::Up(next), 64).await?;
                if segments.is_empty() {
                    break;
                }
                for event in segments.iter().flat_map(|segment| &segment.events) {
                    if event.sequence > end.sequence {
                        next = end.sequence + 1;
                        break;
                    }
                    if let Err(broken) = verifier.event(event) {
                        return Ok(Verified::Broken(broken));
                    }
                    next = event.sequence + 1;
                }
            }
            match verifier.finish(end) {
                Ok(verified) => events += verified,
                Err(broken) => return Ok(Verified::Broken(broken)),
            }
            count += 1;
        }
        // A lane that checkpoints saw and that is gone with all its events.
        if let Some((lane, sealed)) = seen.into_iter().next() {
            let sequence = sealed.keys().next().copied().unwrap_or(1);
            let reason = "a checkpoint saw this lane, and it is gone".into();
            return Ok(Verified::Broken(Broken { lane: lane.to_string(), sequence, reason }));
        }
        Ok(Verified::Whole { lanes: count, events, unsealed })
    }

    /// All checkpoints, oldest first.
    pub(super) async fn checkpoints(&self, scope: &Scope) -> Result<Vec<Checkpoint>> {
        let mut all = BTreeMap::new();
        let mut after: Option<String> = None;
        loop {
            let found = self.inner.ledger.list(scope, RecordKind::Checkpoint, after.as_deref(), 200).await?;
            let Some((last, _)) = found.last() else { break };
            after = Some(last.clone());
            for (_, stored) in found {
                let checkpoint = stored.record.checkpoint().ok_or_else(unexpected)?;
                all.insert(checkpoint.sequence, checkpoint);
            }
        }
        Ok(all.into_values().collect())
    }
}
