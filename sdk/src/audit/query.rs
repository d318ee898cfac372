//! Reading the audit, newest first, over all lanes.

use std::cmp::Reverse;
use std::collections::VecDeque;

use jiff::Timestamp;
use portolan_core::access::{Operation, Scope};
use portolan_core::audit::{Event, Lane, Outcome};
use portolan_ports::ledger::Walk;

use crate::list::{Listed, Paging};
use crate::{Admitted, Error, Portolan, Result};

/// Which events.
#[derive(Debug, Clone, Default)]
pub struct AuditFilter {
    /// Only of the principal with this id or name.
    pub actor: Option<String>,
    /// Only this operation, by its name in the permission table.
    pub operation: Option<String>,
    /// Only with this outcome.
    pub outcome: Option<Outcome>,
    /// Only at this time or later.
    pub since: Option<Timestamp>,
    /// Only before this time.
    pub until: Option<Timestamp>,
}

/// One event, and its lane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// The lane.
    pub lane: Lane,
    /// The event.
    pub event: Event,
}

/// A place in the order of all events: newest first; at the same time by lane, and in a lane backwards.
type Place = (Reverse<Timestamp>, Lane, Reverse<u64>);

/// Most events looked at for one part of a list. A filter that matches rarely gets a shorter part and a cursor.
const BUDGET: usize = 50_000;
/// Segments read at once.
const CHUNK: usize = 64;

/// Walks down one lane.
#[derive(Debug)]
struct Walker {
    lane: Lane,
    below: u64,
    events: VecDeque<Event>,
}

impl AuditFilter {
    fn passes(&self, event: &Event) -> bool {
        let what = &event.what;
        self.actor.as_ref().is_none_or(|actor| *actor == what.actor.id || *actor == what.actor.name)
            && self.operation.as_ref().is_none_or(|operation| *operation == what.operation)
            && self.outcome.is_none_or(|outcome| outcome == what.outcome)
            && self.since.is_none_or(|since| what.time >= since)
            && self.until.is_none_or(|until| what.time < until)
    }
}

impl Portolan {
    /// The audit of a tenant, newest first. What was read and refused until this moment is in it.
    pub async fn query_audit(
        &self,
        admitted: &Admitted,
        filter: &AuditFilter,
        paging: &Paging,
    ) -> Result<Listed<AuditEntry>> {
        admitted.must_be(Operation::AuditRead)?;
        self.flush_before_reading().await;
        let result = self.audit_page(admitted.scope(), filter, paging).await;
        self.noted(admitted, "audit", result)
    }

    async fn audit_page(
        &self,
        scope: &Scope,
        filter: &AuditFilter,
        paging: &Paging,
    ) -> Result<Listed<AuditEntry>> {
        let list = list_name(scope);
        let after = self.cursor_place(scope, paging).await?;
        let mut walkers = Vec::new();
        for (lane, end) in self.lanes(scope).await? {
            let below = match (after, filter.until) {
                (None, None) => end.sequence + 1,
                (after, until) => self.first_not_before(scope, lane, end.sequence, after, until).await?,
            };
            walkers.push(Walker { lane, below, events: VecDeque::new() });
        }
        let mut found: Vec<(String, AuditEntry)> = Vec::new();
        let mut last = None;
        for _ in 0..BUDGET {
            if found.len() > paging.limit {
                break;
            }
            let Some((lane, event)) = self.newest(scope, &mut walkers).await? else {
                return Ok(Listed::page(&list, found, paging));
            };
            if filter.since.is_some_and(|since| event.what.time < since) {
                return Ok(Listed::page(&list, found, paging));
            }
            let cursor = format!("{lane} {}", event.sequence);
            last = Some(cursor.clone());
            if filter.passes(&event) {
                found.push((cursor, AuditEntry { lane, event }));
            }
        }
        if found.len() > paging.limit {
            return Ok(Listed::page(&list, found, paging));
        }
        let next = last.map(|cursor| crate::list::cursor(&list, cursor.as_bytes()));
        Ok(Listed { items: found.into_iter().map(|(_, entry)| entry).collect(), next })
    }

    /// The next event in the order of all lanes.
    async fn newest(&self, scope: &Scope, walkers: &mut [Walker]) -> Result<Option<(Lane, Event)>> {
        for walker in walkers.iter_mut().filter(|walker| walker.events.is_empty() && walker.below > 1) {
            let walk = Walk::Down(walker.below - 1);
            let segments = self.inner.ledger.segments(scope, walker.lane, walk, CHUNK).await?;
            for segment in segments {
                walker
                    .events
                    .extend(segment.events.into_iter().rev().filter(|event| event.sequence < walker.below));
            }
            walker.below = walker.events.back().map_or(1, |event| event.sequence);
        }
        let best = walkers
            .iter_mut()
            .filter(|walker| !walker.events.is_empty())
            .min_by_key(|walker| place(walker.lane, &walker.events[0]));
        Ok(best.and_then(|walker| walker.events.pop_front().map(|event| (walker.lane, event))))
    }

    /// The place that the cursor names.
    async fn cursor_place(&self, scope: &Scope, paging: &Paging) -> Result<Option<Place>> {
        let Some(cursor) = paging.after_text(&list_name(scope))? else { return Ok(None) };
        let (lane, sequence) = cursor.split_once(' ').ok_or(Error::BadCursor)?;
        let lane: Lane = lane.parse().map_err(|_| Error::BadCursor)?;
        let sequence: u64 = sequence.parse().map_err(|_| Error::BadCursor)?;
        let event = self.event_at(scope, lane, sequence).await?.ok_or(Error::BadCursor)?;
        Ok(Some(place(lane, &event)))
    }

    /// The number of the first event of `lane` that comes before `after` in the list, or is not before `until`: the walk begins
    /// below it. Found by bisection: within a lane, numbers and times run the same way.
    async fn first_not_before(
        &self,
        scope: &Scope,
        lane: Lane,
        end: u64,
        after: Option<Place>,
        until: Option<Timestamp>,
    ) -> Result<u64> {
        let (mut low, mut high) = (1, end + 1);
        while low < high {
            let middle = low.midpoint(high);
            let event = self.event_at(scope, lane, middle).await?;
            let event = event.ok_or_else(|| Error::Internal("the audit has a gap; verify it".into()))?;
            let past = after.is_some_and(|after| place(lane, &event) <= after)
                || until.is_some_and(|until| event.what.time >= until);
            if past { high = middle } else { low = middle + 1 }
        }
        Ok(low)
    }
}

fn place(lane: Lane, event: &Event) -> Place {
    (Reverse(event.what.time), lane, Reverse(event.sequence))
}

/// What cursors of this list are made for.
fn list_name(scope: &Scope) -> String {
    format!("audit {}", scope.tenant())
}
