//! All lanes of a tenant.

use portolan_core::access::Scope;
use portolan_core::audit::{Event, Lane, Link};
use portolan_ports::ledger::{RecordKind, Walk};

use crate::tenancy::unexpected;
use crate::{Portolan, Result};

impl Portolan {
    /// Every lane of the scope's tenant, and where it ends.
    pub(super) async fn lanes(&self, scope: &Scope) -> Result<Vec<(Lane, Link)>> {
        let mut lanes = Vec::new();
        for kind in [RecordKind::Lane, RecordKind::Head] {
            let mut after: Option<String> = None;
            loop {
                let found = self.inner.ledger.list(scope, kind, after.as_deref(), 200).await?;
                let Some((last, _)) = found.last() else { break };
                after = Some(last.clone());
                for (name, stored) in found {
                    let lane: Lane = name.parse().map_err(|_| unexpected())?;
                    let end = match kind {
                        RecordKind::Lane => stored.record.lane(),
                        _ => stored.record.head().map(|head| head.audit),
                    };
                    lanes.push((lane, end.ok_or_else(unexpected)?));
                }
            }
        }
        lanes.retain(|(_, end)| end.sequence > 0);
        lanes.sort_by_key(|(lane, _)| *lane);
        Ok(lanes)
    }

    /// The event `sequence` of `lane`, if it is there.
    pub(super) async fn event_at(&self, scope: &Scope, lane: Lane, sequence: u64) -> Result<Option<Event>> {
        let found = self.inner.ledger.segments(scope, lane, Walk::Down(sequence), 1).await?;
        let events = found.into_iter().flat_map(|segment| segment.events);
        Ok(events.into_iter().find(|event| event.sequence == sequence))
    }
}
