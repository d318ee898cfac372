//! What is sealed, and what the next checkpoint seals: decided on the newest checkpoints alone, however many there are.

use std::collections::BTreeMap;
use std::ops::Range;

use jiff::Timestamp;

use super::{Checkpoint, Lane, Link, Seal};

/// What the newest checkpoints of a tenant say of its lanes.
///
/// A checkpoint seals the lanes that grew since the last one, and beside them those that no other checkpoint of the last
/// [`Sealed::WINDOW`] names. So whoever reads so many knows of every lane how far it is sealed, and no list over all
/// checkpoints or all lanes is ever needed. A lane that he does not find there is sealed once more: that is harmless.
#[derive(Debug, Clone, Default)]
pub struct Sealed {
    newest: Option<Checkpoint>,
    /// The oldest checkpoint looked at, by number.
    oldest: u64,
    lanes: BTreeMap<Lane, Known>,
}

/// The newest seal of a lane.
#[derive(Debug, Clone, Copy)]
struct Known {
    checkpoint: u64,
    end: u64,
}

impl Sealed {
    /// In how many checkpoints every lane is named at least once.
    pub const WINDOW: u64 = 64;
    /// Most seals in one checkpoint, so that it stays a small record. Of more lanes that grew, the rest is for the next one.
    pub const MOST: usize = 500;
    /// Checkpoints looked at together, going back.
    const PART: u64 = 16;

    /// What `newest`, the newest checkpoint, says. None: there is none.
    pub fn by(newest: Option<Checkpoint>) -> Self {
        let mut sealed = Self::default();
        if let Some(checkpoint) = newest {
            sealed.oldest = checkpoint.sequence;
            sealed.learn(checkpoint);
        }
        sealed
    }

    /// Takes in what one more checkpoint says, a newer or an older one.
    pub fn learn(&mut self, checkpoint: Checkpoint) {
        let number = checkpoint.sequence;
        for seal in &checkpoint.seals {
            let known = self.lanes.entry(seal.lane).or_insert(Known { checkpoint: 0, end: 0 });
            if known.checkpoint <= number {
                *known = Known { checkpoint: number, end: seal.sequence };
            }
        }
        if self.newest.as_ref().is_none_or(|newest| newest.sequence < number) {
            self.newest = Some(checkpoint);
        }
    }

    /// The numbers of the checkpoints to be learnt before [`Self::next`] is asked about lanes that end so. None: enough is known.
    pub fn wanted(&mut self, ends: &[(Lane, Link)]) -> Option<Range<u64>> {
        let newest = self.newest.as_ref()?.sequence;
        let last = (newest + 1).saturating_sub(Self::WINDOW).max(1);
        if self.oldest <= last || ends.iter().all(|(lane, _)| self.lanes.contains_key(lane)) {
            return None;
        }
        let from = self.oldest.saturating_sub(Self::PART).max(last);
        let wanted = from..self.oldest;
        self.oldest = from;
        Some(wanted)
    }

    /// The next checkpoint over lanes that now end so. None where none of them grew.
    pub fn next(&self, time: Timestamp, ends: &[(Lane, Link)]) -> Option<Checkpoint> {
        let number = self.newest.as_ref().map_or(1, |newest| newest.sequence + 1);
        let known =
            |lane: &Lane| self.lanes.get(lane).copied().unwrap_or(Known { checkpoint: number, end: 0 });
        let seal = |(lane, end): (Lane, Link)| Seal { lane, sequence: end.sequence, hash: end.hash };
        let (grown, rest): (Vec<_>, Vec<_>) =
            ends.iter().copied().partition(|(lane, end)| end.sequence > known(lane).end);
        if grown.is_empty() {
            return None;
        }
        let due = rest
            .into_iter()
            .filter(|(lane, end)| end.sequence > 0 && known(lane).checkpoint + Self::WINDOW <= number);
        let seals = grown.into_iter().chain(due).take(Self::MOST).map(seal).collect();
        Some(Checkpoint::after(self.newest.as_ref(), time, seals))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::audit::{CheckpointVerifier, Hash};
    use crate::id::ProcessId;

    fn lane(number: u128) -> Lane {
        Lane::Process(ProcessId::new(Uuid::from_u128(number)))
    }

    fn end(sequence: u64) -> Link {
        Link { sequence, ..Link::START }
    }

    /// What somebody knows who reads `all` backwards, as a process does that has just started; and how many he read.
    fn restarted(all: &[Checkpoint], ends: &[(Lane, Link)]) -> (Sealed, usize) {
        let mut sealed = Sealed::by(all.last().cloned());
        let mut read = 1;
        while let Some(wanted) = sealed.wanted(ends) {
            for number in wanted {
                sealed.learn(all[usize::try_from(number).unwrap() - 1].clone());
                read += 1;
            }
        }
        (sealed, read)
    }

    #[test]
    fn only_growth_is_sealed_and_nothing_without_growth() {
        let mut sealed = Sealed::default();
        let first = sealed.next(Timestamp::UNIX_EPOCH, &[(lane(1), end(2)), (lane(2), end(1))]).unwrap();
        assert_eq!((first.sequence, first.seals.len()), (1, 2));
        sealed.learn(first);
        assert_eq!(sealed.next(Timestamp::UNIX_EPOCH, &[(lane(1), end(2)), (lane(2), end(1))]), None);
        let second = sealed.next(Timestamp::UNIX_EPOCH, &[(lane(1), end(2)), (lane(2), end(3))]).unwrap();
        assert_eq!((second.seals.len(), second.seals[0].lane, second.seals[0].sequence), (1, lane(2), 3));
    }

    #[test]
    fn many_lanes_that_grew_need_several_checkpoints() {
        let ends: Vec<_> = (0..=Sealed::MOST as u128 * 2).map(|number| (lane(number), end(1))).collect();
        let mut sealed = Sealed::default();
        let mut count = 0;
        while let Some(checkpoint) = sealed.next(Timestamp::UNIX_EPOCH, &ends) {
            assert!(checkpoint.seals.len() <= Sealed::MOST);
            sealed.learn(checkpoint);
            count += 1;
        }
        assert_eq!(count, 3);
    }

    #[test]
    fn a_lane_that_rests_is_named_once_in_a_window_so_a_start_reads_no_more_than_one() {
        let mut all: Vec<Checkpoint> = Vec::new();
        let mut sealed = Sealed::default();
        for number in 1..=10 * Sealed::WINDOW {
            let ends = [(lane(1), end(number)), (lane(2), end(7))];
            let checkpoint = sealed.next(Timestamp::UNIX_EPOCH, &ends).unwrap();
            sealed.learn(checkpoint.clone());
            all.push(checkpoint);
            let (known, read) = restarted(&all, &ends);
            assert!(read as u64 <= Sealed::WINDOW, "{read} of {number}");
            assert_eq!(known.next(Timestamp::UNIX_EPOCH, &ends), None, "at {number}: both are known");
        }
        let rested = all.iter().filter(|checkpoint| checkpoint.seals.iter().any(|seal| seal.lane == lane(2)));
        assert_eq!(rested.count(), 10);
    }

    proptest! {
        /// Whether a process remembers or has to look: it seals all growth, and the chain is whole.
        #[test]
        fn a_start_forgets_nothing_that_matters(
            steps in prop::collection::vec((0..6_u128, any::<bool>()), 1..300),
        ) {
            let mut ends: BTreeMap<Lane, Link> = BTreeMap::new();
            let mut all: Vec<Checkpoint> = Vec::new();
            let mut sealed = Sealed::default();
            for (number, restart) in steps {
                // Lanes 4 and 5 hardly ever grow.
                let number = if number > 3 && ends.len() > 4 { 0 } else { number };
                ends.entry(lane(number)).or_insert(Link::START).sequence += 1;
                let ends: Vec<_> = ends.iter().map(|(lane, end)| (*lane, *end)).collect();
                if restart {
                    sealed = restarted(&all, &ends).0;
                }
                let checkpoint = sealed.next(Timestamp::UNIX_EPOCH, &ends).unwrap();
                prop_assert!(checkpoint.seals.iter().any(|seal| seal.lane == lane(number)));
                sealed.learn(checkpoint.clone());
                all.push(checkpoint);
                prop_assert_eq!(sealed.next(Timestamp::UNIX_EPOCH, &ends), None);
            }
            let mut verifier = CheckpointVerifier::default();
            let mut seen: BTreeMap<Lane, u64> = BTreeMap::new();
            for checkpoint in &all {
                verifier.checkpoint(checkpoint).unwrap();
                for seal in &checkpoint.seals {
                    prop_assert!(seen.insert(seal.lane, seal.sequence).is_none_or(|before| before <= seal.sequence));
                    prop_assert_eq!(seal.hash, Hash::START);
                }
            }
            prop_assert_eq!(seen, ends.into_iter().map(|(lane, end)| (lane, end.sequence)).collect());
        }
    }
}
