//! Before the search: elements that cannot have a partner, or hardly a meaningful one, are taken out.

use super::compact::Side;

/// How far around an element its neighbourhood is looked at: a bound on the cost.
const WINDOW: usize = 100;
/// An element that occurs this often on the other side counts as frequent, however long the texts.
const FREQUENT: usize = 1024;
/// A frequent element goes where fewer than one in this many of its neighbours are frequent rather than unmatched.
const RATIO: usize = 4;

/// What is left of one side: elements, and where each stood.
pub(super) struct Kept {
    pub(super) tokens: Vec<u32>,
    pub(super) places: Vec<usize>,
}

#[derive(Clone, Copy, PartialEq)]
enum Fate {
    /// No partner on the other side.
    Alone,
    /// Few partners.
    Keep,
    /// So many partners that one of them says little.
    Frequent,
}

/// Marks what is taken out as changed, and returns what the search has to look at: for both sides, what lies between
/// the common beginning (`prefix` elements) and the common end (`suffix` elements).
pub(super) fn split(
    old: &[u32],
    new: &[u32],
    kinds: usize,
    prefix: usize,
    suffix: usize,
    sides: &mut [Side<'_>; 2],
) -> [Kept; 2] {
    let counts = [count(old, kinds), count(new, kinds)];
    let [first, second] = sides;
    [
        keep(first, &counts[1], prefix, old.len() - suffix),
        keep(second, &counts[0], prefix, new.len() - suffix),
    ]
}

/// How often each kind occurs; the common ends count too.
fn count(tokens: &[u32], kinds: usize) -> Vec<usize> {
    let mut counts = vec![0; kinds];
    for token in tokens {
        counts[*token as usize] += 1;
    }
    counts
}

fn keep(side: &mut Side<'_>, partners: &[usize], start: usize, end: usize) -> Kept {
    let frequent = rough_root(side.tokens.len()).min(FREQUENT);
    let fates: Vec<Fate> = side.tokens[start..end]
        .iter()
        .map(|token| match partners[*token as usize] {
            0 => Fate::Alone,
            count if count >= frequent => Fate::Frequent,
            _ => Fate::Keep,
        })
        .collect();
    let mut kept = Kept { tokens: Vec::new(), places: Vec::new() };
    for (at, fate) in fates.iter().enumerate() {
        if *fate == Fate::Keep || (*fate == Fate::Frequent && !among_unmatched(&fates, at)) {
            kept.tokens.push(side.tokens[start + at]);
            kept.places.push(start + at);
        } else {
            side.changed[start + at] = true;
        }
    }
    kept
}

/// Whether the run of elements around `at` that have no partner or too many, on both sides, is mostly without.
fn among_unmatched(fates: &[Fate], at: usize) -> bool {
    let before = tally(fates[at.saturating_sub(WINDOW)..at].iter().rev());
    if before.0 == 0 {
        return false;
    }
    let after = tally(fates[at + 1..fates.len().min(at + 1 + WINDOW)].iter());
    if after.0 == 0 {
        return false;
    }
    // Each direction counts the element itself.
    let (alone, frequent) = (before.0 + after.0, before.1 + after.1 + 2);
    frequent * RATIO < frequent + alone
}

/// How many are alone and how many frequent, until one is neither.
fn tally<'a>(fates: impl Iterator<Item = &'a Fate>) -> (usize, usize) {
    fates.take_while(|fate| **fate != Fate::Keep).fold((0, 0), |(alone, frequent), fate| match fate {
        Fate::Alone => (alone + 1, frequent),
        _ => (alone, frequent + 1),
    })
}

/// A power of two near the square root.
pub(super) fn rough_root(number: usize) -> usize {
    1 << (usize::BITS - number.leading_zeros()).div_ceil(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rough_root() {
        let roots = [0, 1, 3, 4, 15, 16, 1 << 20].map(rough_root);
        assert_eq!(roots, [1, 2, 2, 4, 4, 8, 2048]);
    }
}
