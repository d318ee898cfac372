//! Verification: recomputes every hash and names the first that does not fit.

use std::collections::BTreeMap;

use super::chain::chained;
use super::{Checkpoint, Event, Hash, Lane, Link};

/// Where and how the audit is broken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("lane {lane}, event {sequence}: {reason}")]
pub struct Broken {
    /// The lane, or `checkpoints`.
    pub lane: String,
    /// The first event that does not fit.
    pub sequence: u64,
    /// What does not fit.
    pub reason: String,
}

/// Verifies one lane, event by event, so that it never has to be in memory as a whole.
#[derive(Debug)]
pub struct LaneVerifier {
    lane: Lane,
    end: Link,
    expected: BTreeMap<u64, Hash>,
}

impl LaneVerifier {
    /// A verifier for `lane`, which checkpoints saw with these hashes.
    pub fn new(lane: Lane, sealed: BTreeMap<u64, Hash>) -> Self {
        Self { lane, end: Link::START, expected: sealed }
    }

    /// Takes the next event.
    pub fn event(&mut self, event: &Event) -> Result<(), Broken> {
        if event.sequence != self.end.sequence + 1 {
            return Err(self.broken(self.end.sequence + 1, "this event is missing"));
        }
        if event.what.time < self.end.time {
            return Err(self.broken(event.sequence, "its time is before the event before it"));
        }
        if chained(self.end.hash, self.lane, event.sequence, &event.what) != event.hash {
            return Err(
                self.broken(event.sequence, "its hash does not fit its content and the event before it")
            );
        }
        self.end = Link { sequence: event.sequence, hash: event.hash, time: event.what.time };
        match self.expected.remove(&event.sequence) {
            Some(sealed) if sealed != event.hash => {
                Err(self.broken(event.sequence, "a checkpoint saw another event here"))
            }
            _ => Ok(()),
        }
    }

    /// After the last event: compares with where the ledger says the lane ends, and with the checkpoints. Answers the
    /// number of events.
    pub fn finish(self, recorded: Link) -> Result<u64, Broken> {
        if let Some(&sequence) = self.expected.keys().next() {
            return Err(self.broken(sequence, "a checkpoint saw this event, and it is gone"));
        }
        if recorded.sequence != self.end.sequence || recorded.hash != self.end.hash {
            return Err(self.broken(
                self.end.sequence.min(recorded.sequence) + 1,
                "the lane does not end where it was recorded to end",
            ));
        }
        Ok(self.end.sequence)
    }

    fn broken(&self, sequence: u64, reason: &str) -> Broken {
        Broken { lane: self.lane.to_string(), sequence, reason: reason.into() }
    }
}

/// Verifies the chain of all checkpoints, oldest first; answers what they saw of each lane.
pub fn verify_checkpoints<'a>(
    checkpoints: impl IntoIterator<Item = &'a Checkpoint>,
) -> Result<BTreeMap<Lane, BTreeMap<u64, Hash>>, Broken> {
    let mut seen: BTreeMap<Lane, BTreeMap<u64, Hash>> = BTreeMap::new();
    let mut previous = (0, Hash::START);
    for checkpoint in checkpoints {
        let broken =
            |sequence, reason: &str| Broken { lane: "checkpoints".into(), sequence, reason: reason.into() };
        if checkpoint.sequence != previous.0 + 1 {
            return Err(broken(previous.0 + 1, "this checkpoint is missing"));
        }
        let hash = Checkpoint::chained(previous.1, checkpoint.sequence, checkpoint.time, &checkpoint.seals);
        if hash != checkpoint.hash {
            return Err(broken(
                checkpoint.sequence,
                "its hash does not fit its content and the checkpoint before it",
            ));
        }
        for seal in &checkpoint.seals {
            seen.entry(seal.lane).or_default().insert(seal.sequence, seal.hash);
        }
        previous = (checkpoint.sequence, checkpoint.hash);
    }
    Ok(seen)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::{Actor, ActorKind};
    use crate::audit::{NewEvent, Outcome, Segment, append};
    use jiff::Timestamp;
    use proptest::prelude::*;

    fn event(target: &str, second: i64) -> NewEvent {
        NewEvent {
            time: Timestamp::from_second(second).unwrap(),
            actor: Actor { kind: ActorKind::Member, id: "mem_x".into(), name: "Ada".into() },
            operation: "page.write".into(),
            target: target.into(),
            outcome: Outcome::Done,
            count: 1,
            request_id: "r".into(),
            revision: None,
            reason: None,
        }
    }

    fn verify(segment: &Segment, sealed: BTreeMap<u64, Hash>, end: Link) -> Result<u64, Broken> {
        let mut verifier = LaneVerifier::new(Lane::Control, sealed);
        segment.events.iter().try_for_each(|event| verifier.event(event))?;
        verifier.finish(end)
    }

    #[test]
    fn a_whole_lane_is_whole_and_time_never_runs_back() {
        let (segment, end) = append(Lane::Control, Link::START, vec![event("a", 5), event("b", 3)]);
        assert_eq!(segment.events[1].what.time, segment.events[0].what.time);
        assert_eq!(verify(&segment, BTreeMap::new(), end), Ok(2));
    }

    #[test]
    fn a_cut_end_is_seen_by_the_recorded_end_and_by_a_checkpoint() {
        let (mut segment, end) = append(Lane::Control, Link::START, vec![event("a", 1), event("b", 2)]);
        let seal = Checkpoint::seal(None, Timestamp::UNIX_EPOCH, &[], &[(Lane::Control, end)]).unwrap();
        let sealed = verify_checkpoints([&seal]).unwrap().remove(&Lane::Control).unwrap();
        segment.events.pop();
        assert_eq!(verify(&segment, BTreeMap::new(), end).unwrap_err().sequence, 2);
        let (_, shorter) = append(Lane::Control, Link::START, vec![event("a", 1)]);
        let broken = verify(&segment, sealed, shorter).unwrap_err();
        assert_eq!((broken.sequence, broken.reason.contains("checkpoint")), (2, true));
    }

    #[test]
    fn checkpoints_are_chained_and_cover_only_growth() {
        let (_, one) = append(Lane::Control, Link::START, vec![event("a", 1)]);
        let first = Checkpoint::seal(None, Timestamp::UNIX_EPOCH, &[], &[(Lane::Control, one)]).unwrap();
        assert_eq!(
            Checkpoint::seal(Some(&first), Timestamp::UNIX_EPOCH, &first.seals, &[(Lane::Control, one)]),
            None
        );
        let (_, two) = append(Lane::Control, one, vec![event("b", 2)]);
        let mut second =
            Checkpoint::seal(Some(&first), Timestamp::UNIX_EPOCH, &first.seals, &[(Lane::Control, two)])
                .unwrap();
        assert!(verify_checkpoints([&first, &second]).is_ok());
        assert_eq!(verify_checkpoints([&second]).unwrap_err().sequence, 1);
        second.seals[0].sequence += 1;
        assert_eq!(verify_checkpoints([&first, &second]).unwrap_err().sequence, 2);
    }

    proptest! {
        #[test]
        fn any_change_of_any_event_is_named(count in 1..20_usize, at in 0..20_usize, what in 0..4_u8) {
            let (mut segment, end) = append(Lane::Control, Link::START, (0..count).map(|n| event(&n.to_string(), 1)).collect());
            let at = at % count;
            match what {
                0 => segment.events[at].what.target.push('x'),
                1 => segment.events[at].what.outcome = Outcome::Refused,
                2 => segment.events[at].what.actor.id.push('x'),
                _ => { segment.events.remove(at); }
            }
            let broken = verify(&segment, BTreeMap::new(), end).unwrap_err();
            prop_assert_eq!(broken.sequence, at as u64 + 1);
        }
    }
}
