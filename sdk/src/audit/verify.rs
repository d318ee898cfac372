//! Verifying the audit.

use std::collections::{BTreeMap, VecDeque};

use portolan_core::access::{Operation, Scope};
use portolan_core::audit::{Broken, CheckpointVerifier, Event, Lane, LaneVerifier, Link};
use portolan_ports::ledger::Walk;

use crate::{Admitted, Error, Portolan, Result};

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

/// Segments read at once.
const PART: usize = 32;

impl Portolan {
    /// Recomputes every hash of a tenant's audit. That reads all of it, once; in memory there is a small part of it at a time.
    pub async fn verify_audit(&self, admitted: &Admitted) -> Result<Verified> {
        admitted.must_be(Operation::AuditVerify)?;
        self.flush_before_reading().await;
        let result = self.verify_lanes(admitted.scope()).await;
        self.noted(admitted, "audit", result)
    }

    /// As [`Self::verify_audit`], for whoever holds the ledger itself.
    pub(crate) async fn verify_lanes(&self, scope: &Scope) -> Result<Verified> {
        match self.verified(scope).await {
            Ok(whole) => Ok(whole),
            Err(Stop::Broken(broken)) => Ok(Verified::Broken(broken)),
            Err(Stop::Failed(error)) => Err(error),
        }
    }

    async fn verified(&self, scope: &Scope) -> Result<Verified, Stop> {
        let mut walkers: BTreeMap<Lane, Walker> = BTreeMap::new();
        let mut checkpoints = CheckpointVerifier::default();
        let mut after = 0;
        // Each lane is taken as far as each checkpoint saw it.
        loop {
            let part = self.checkpoints(scope, after).await?;
            let Some(last) = part.last() else { break };
            after = last.sequence;
            for checkpoint in part {
                checkpoints.checkpoint(&checkpoint)?;
                for seal in &checkpoint.seals {
                    let walker = walkers.entry(seal.lane).or_insert_with(|| Walker::new(seal.lane));
                    walker.advance(self, scope, seal.sequence).await?;
                    walker.verifier.seal(seal)?;
                }
            }
        }
        // Only then to its end: checkpoints saw no more than the lanes hold by the time their ends are read.
        let (mut lanes, mut events, mut unsealed) = (0, 0, 0);
        for (lane, end) in self.lanes(scope).await? {
            let mut walker = walkers.remove(&lane).unwrap_or_else(|| Walker::new(lane));
            walker.advance(self, scope, end.sequence).await?;
            unsealed += end.sequence.saturating_sub(walker.verifier.sealed());
            events += walker.finish(end)?;
            lanes += 1;
        }
        if let Some((lane, walker)) = walkers.into_iter().next() {
            let reason = "a checkpoint saw this lane, and it is gone".into();
            let sequence = walker.verifier.at();
            return Err(Broken { lane: lane.to_string(), sequence, reason }.into());
        }
        Ok(Verified::Whole { lanes, events, unsealed })
    }
}

/// Why verification ends before its end.
enum Stop {
    Broken(Broken),
    Failed(Error),
}

impl From<Broken> for Stop {
    fn from(broken: Broken) -> Self {
        Self::Broken(broken)
    }
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// Goes up one lane.
struct Walker {
    lane: Lane,
    verifier: LaneVerifier,
    /// Events that were read and not yet taken.
    ahead: VecDeque<Event>,
}

impl Walker {
    fn new(lane: Lane) -> Self {
        Self { lane, verifier: LaneVerifier::new(lane), ahead: VecDeque::new() }
    }

    /// Verifies all events up to number `to`, or to the last one there is.
    async fn advance(&mut self, portolan: &Portolan, scope: &Scope, to: u64) -> Result<(), Stop> {
        while self.verifier.at() < to {
            if self.ahead.is_empty() {
                let walk = Walk::Up(self.verifier.at() + 1);
                // A segment has an event at least.
                let part = usize::try_from(to - self.verifier.at()).map_or(PART, |left| left.min(PART));
                let segments = portolan.inner.ledger.segments(scope, self.lane, walk, part).await;
                let segments = segments.map_err(Error::from)?;
                self.ahead.extend(segments.into_iter().flat_map(|segment| segment.events));
            }
            let Some(event) = self.ahead.pop_front() else { break };
            self.verifier.event(&event)?;
        }
        // Other lanes come before this one is gone on with; there may be many.
        self.ahead = VecDeque::new();
        Ok(())
    }

    fn finish(self, end: Link) -> Result<u64, Broken> {
        self.verifier.finish(end)
    }
}
