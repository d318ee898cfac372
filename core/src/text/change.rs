//! The edit script between two sequences: which ranges were replaced by which.

use std::ops::Range;

use super::compact::{self, Side};
use super::{discard, myers};

/// A range of the old sequence replaced by one of the new; one of them may be empty. Places count from 0.
///
/// Between two changes of a script is at least one equal element.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Change {
    /// What was there; where empty, the place of the insertion.
    pub old: Range<usize>,
    /// What stands in its place.
    pub new: Range<usize>,
}

/// The changes from `old` to `new`, whose elements are numbers below `kinds`.
///
/// Where `indents` gives the indentation of each kind of line, a group of lines that could stand in several places
/// equally well is put where it reads best (`diff.indentHeuristic` of git); else as far down as it goes.
pub(super) fn script(old: &[u32], new: &[u32], kinds: usize, indents: Option<&[i16]>) -> Vec<Change> {
    let mut sides = [Side::new(old), Side::new(new)];
    let (prefix, suffix) = common_ends(old, new);
    if prefix + suffix < old.len().min(new.len()) {
        let kept = discard::split(old, new, kinds, prefix, suffix, &mut sides);
        myers::mark(&kept, &mut sides);
    } else {
        let ends = [old.len() - suffix, new.len() - suffix];
        for (side, end) in sides.iter_mut().zip(ends) {
            side.changed[prefix..end].fill(true);
        }
    }
    let [old, new] = &mut sides;
    compact::compact(old, new, indents);
    compact::compact(new, old, indents);
    collect(&old.changed, &new.changed)
}

/// How many elements at the beginning, and of the others at the end, are equal.
fn common_ends(old: &[u32], new: &[u32]) -> (usize, usize) {
    let prefix = old.iter().zip(new).take_while(|(old, new)| old == new).count();
    let rest = old[prefix..].iter().rev().zip(new[prefix..].iter().rev());
    (prefix, rest.take_while(|(old, new)| old == new).count())
}

/// Unchanged elements pair up in their order; what is between two pairs is one change.
fn collect(old: &[bool], new: &[bool]) -> Vec<Change> {
    let run = |side: &[bool], from: usize| from + side[from..].iter().take_while(|changed| **changed).count();
    let mut changes = Vec::new();
    let (mut at_old, mut at_new) = (0, 0);
    loop {
        let (end_old, end_new) = (run(old, at_old), run(new, at_new));
        if end_old > at_old || end_new > at_new {
            changes.push(Change { old: at_old..end_old, new: at_new..end_new });
        }
        if end_old == old.len() || end_new == new.len() {
            debug_assert!(end_old == old.len() && end_new == new.len(), "equal elements pair up");
            return changes;
        }
        (at_old, at_new) = (end_old + 1, end_new + 1);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_script_makes_the_new_of_the_old(
            old in prop::collection::vec(0u32..5, 0..60),
            new in prop::collection::vec(0u32..5, 0..60),
            indented: bool,
        ) {
            let indents = [-1, 0, 4, 0, 8];
            let changes = script(&old, &new, 5, indented.then_some(&indents[..]));
            let (mut made, mut at) = (Vec::new(), 0);
            for change in &changes {
                prop_assert!(!change.old.is_empty() || !change.new.is_empty());
                prop_assert!(at == 0 || change.old.start > at, "changes keep apart");
                made.extend_from_slice(&old[at..change.old.start]);
                prop_assert_eq!(made.len(), change.new.start);
                made.extend_from_slice(&new[change.new.clone()]);
                at = change.old.end;
            }
            made.extend_from_slice(&old[at..]);
            prop_assert_eq!(made, new);
        }

        /// Short texts stay below the cuts in cost, so the script is a shortest one: as long as the longest common
        /// subsequence says.
        #[test]
        fn a_short_script_is_a_shortest_one(
            old in prop::collection::vec(0u32..4, 0..12),
            new in prop::collection::vec(0u32..4, 0..12),
        ) {
            let mut common = vec![vec![0; new.len() + 1]; old.len() + 1];
            for (i, x) in old.iter().enumerate() {
                for (j, y) in new.iter().enumerate() {
                    common[i + 1][j + 1] = if x == y {
                        common[i][j] + 1
                    } else {
                        common[i][j + 1].max(common[i + 1][j])
                    };
                }
            }
            let shortest = old.len() + new.len() - 2 * common[old.len()][new.len()];
            let length: usize =
                script(&old, &new, 4, None).iter().map(|change| change.old.len() + change.new.len()).sum();
            // Elements in the midst of ones without a partner are given up early, as git does: never fewer edits.
            prop_assert!(length >= shortest);
            if old.iter().all(|x| new.contains(x)) && new.iter().all(|x| old.contains(x)) {
                prop_assert_eq!(length, shortest);
            }
        }
    }
}
