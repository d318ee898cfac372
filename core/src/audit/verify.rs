//! Verification: recomputes every hash and names the first that does not fit. It goes forward through lanes and checkpoints at
//! once, so that nothing has to be in memory as a whole.

use super::chain::chained;
use super::{Checkpoint, Event, Hash, Lane, Link, Seal};

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

/// Verifies one lane, event by event, and what checkpoints saw of it, in between.
#[derive(Debug)]
pub struct LaneVerifier {
    lane: Lane,
    end: Link,
    sealed: u64,
}

impl LaneVerifier {
    /// A verifier for `lane`, before its first event.
    pub const fn new(lane: Lane) -> Self {
        Self { lane, end: Link::START, sealed: 0 }
    }

    /// Number of the last event taken; 0 before the first.
    pub const fn at(&self) -> u64 {
        self.end.sequence
    }

    /// Number of the last event that a checkpoint saw; 0 before the first.
    pub const fn sealed(&self) -> u64 {
        self.sealed
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
        Ok(())
    }

    /// Takes what a checkpoint saw of this lane, after the event that it names, or the last one there is.
    pub fn seal(&mut self, seal: &Seal) -> Result<(), Broken> {
        if seal.sequence > self.end.sequence {
            return Err(self.broken(seal.sequence, "a checkpoint saw this event, and it is gone"));
        }
        if seal.sequence < self.sealed {
            return Err(
                self.broken(seal.sequence, "a checkpoint saw the lane end here, and one before it later")
            );
        }
        if seal.sequence < self.end.sequence || seal.hash != self.end.hash {
            return Err(self.broken(seal.sequence, "a checkpoint saw another event here"));
        }
        self.sealed = seal.sequence;
        Ok(())
    }

    /// After the last event: compares with where the ledger says the lane ends. Answers the number of events.
    pub fn finish(self, recorded: Link) -> Result<u64, Broken> {
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

/// Verifies the chain of all checkpoints, one by one, oldest first.
#[derive(Debug)]
pub struct CheckpointVerifier {
    sequence: u64,
    hash: Hash,
}

impl Default for CheckpointVerifier {
    fn default() -> Self {
        Self { sequence: 0, hash: Hash::START }
    }
}

impl CheckpointVerifier {
    /// Takes the next checkpoint.
    pub fn checkpoint(&mut self, checkpoint: &Checkpoint) -> Result<(), Broken> {
        let Checkpoint { sequence, time, seals, hash } = checkpoint;
        let broken =
            |sequence, reason: &str| Broken { lane: "checkpoints".into(), sequence, reason: reason.into() };
        if *sequence != self.sequence + 1 {
            return Err(broken(self.sequence + 1, "this checkpoint is missing"));
        }
        if Checkpoint::chained(self.hash, *sequence, *time, seals) != *hash {
            return Err(broken(*sequence, "its hash does not fit its content and the checkpoint before it"));
        }
        (self.sequence, self.hash) = (*sequence, *hash);
        Ok(())
    }
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

    fn verify(segment: &Segment, end: Link) -> Result<u64, Broken> {
        let mut verifier = LaneVerifier::new(Lane::Control);
        segment.events.iter().try_for_each(|event| verifier.event(event))?;
        verifier.finish(end)
    }

    fn seal(end: Link) -> Seal {
        Seal { lane: Lane::Control, sequence: end.sequence, hash: end.hash }
    }

    #[test]
    fn a_whole_lane_is_whole_and_time_never_runs_back() {
        let (segment, end) = append(Lane::Control, Link::START, vec![event("a", 5), event("b", 3)]);
        assert_eq!(segment.events[1].what.time, segment.events[0].what.time);
        assert_eq!(verify(&segment, end), Ok(2));
    }

    #[test]
    fn a_cut_end_is_seen_by_the_recorded_end_and_by_a_checkpoint() {
        let (mut segment, end) = append(Lane::Control, Link::START, vec![event("a", 1), event("b", 2)]);
        segment.events.pop();
        assert_eq!(verify(&segment, end).unwrap_err().sequence, 2);
        let mut verifier = LaneVerifier::new(Lane::Control);
        verifier.event(&segment.events[0]).unwrap();
        let broken = verifier.seal(&seal(end)).unwrap_err();
        assert_eq!((broken.sequence, broken.reason.contains("checkpoint")), (2, true));
    }

    #[test]
    fn checkpoints_see_each_event_as_it_is_and_never_go_back() {
        let (segment, end) = append(Lane::Control, Link::START, vec![event("a", 1), event("b", 2)]);
        let first = Link { sequence: 1, hash: segment.events[0].hash, ..end };
        let mut verifier = LaneVerifier::new(Lane::Control);
        verifier.event(&segment.events[0]).unwrap();
        verifier.seal(&seal(first)).unwrap();
        assert_eq!(verifier.seal(&seal(first)), Ok(()), "a lane that rests is sealed again");
        verifier.event(&segment.events[1]).unwrap();
        assert_eq!(verifier.seal(&seal(Link { hash: first.hash, ..end })).unwrap_err().sequence, 2);
        verifier.seal(&seal(end)).unwrap();
        assert_eq!(verifier.sealed(), 2);
        assert_eq!(verifier.seal(&seal(first)).unwrap_err().sequence, 1);
    }

    #[test]
    fn checkpoints_are_chained() {
        let (_, one) = append(Lane::Control, Link::START, vec![event("a", 1)]);
        let first = Checkpoint::after(None, Timestamp::UNIX_EPOCH, vec![seal(one)]);
        let (_, two) = append(Lane::Control, one, vec![event("b", 2)]);
        let mut second = Checkpoint::after(Some(&first), Timestamp::UNIX_EPOCH, vec![seal(two)]);
        let verify = |all: &[&Checkpoint]| {
            let mut verifier = CheckpointVerifier::default();
            all.iter().try_for_each(|checkpoint| verifier.checkpoint(checkpoint))
        };
        assert_eq!(verify(&[&first, &second]), Ok(()));
        assert_eq!(verify(&[&second]).unwrap_err().sequence, 1);
        second.seals[0].sequence += 1;
        assert_eq!(verify(&[&first, &second]).unwrap_err().sequence, 2);
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
            let broken = verify(&segment, end).unwrap_err();
            prop_assert_eq!(broken.sequence, at as u64 + 1);
        }
    }
}
