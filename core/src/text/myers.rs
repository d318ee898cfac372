//! The search for a short edit script in linear space: Eugene W. Myers, "An O(ND) Difference Algorithm and Its
//! Variations" (1986), with the cuts in cost of GNU diff and git.
//!
//! A box is a part of both sequences. From its two corners the furthest points reached with 1, 2, 3 … edits are
//! followed, one on each diagonal (place in the old minus place in the new), until the two fronts meet: there the box
//! is split, and both parts are searched alike. Where that becomes too dear, the box is split at the most promising
//! point reached so far; the script is then correct, but perhaps no shortest one.

use std::ops::Range;

use super::compact::Side;
use super::discard::{Kept, rough_root};

/// Steps after which a search makes haste: beyond what git does, which takes half a minute for some texts of 1 MiB.
/// Only texts of tens of thousands of lines that differ nearly everywhere come here.
const HASTE: usize = 1 << 25;
/// The number of edits up to which a box is searched in haste.
const HASTY: usize = 32;
/// The number of edits up to which a box is searched exactly.
const EXACT: usize = 256;
/// That many equal elements in a row are a good sign.
const SNAKE: isize = 20;
/// A point is promising if its distance from the corner is so many times the number of edits made.
const PROMISING: isize = 4;

#[derive(Clone)]
struct Area {
    old: Range<isize>,
    new: Range<isize>,
    /// Known to need few edits: search without cuts.
    exact: bool,
}

/// Where to split an area.
struct Split {
    old: isize,
    new: isize,
    /// Whether the part before, and the part after, is known to be worth an exact search.
    exact: (bool, bool),
}

/// A front of points, one on each diagonal from `low` to `high` in steps of two.
struct Front {
    /// By diagonal plus `offset`: the place in the old sequence.
    reached: Vec<isize>,
    offset: isize,
    low: isize,
    high: isize,
}

impl Front {
    fn new(diagonals: usize, offset: isize) -> Self {
        Self { reached: vec![0; diagonals], offset, low: 0, high: 0 }
    }

    fn begin(&mut self, diagonal: isize, old: isize) {
        (self.low, self.high) = (diagonal, diagonal);
        self.set(diagonal, old);
    }

    #[inline]
    fn at(&self, diagonal: isize) -> isize {
        self.reached[(diagonal + self.offset).cast_unsigned()]
    }

    #[inline]
    fn set(&mut self, diagonal: isize, old: isize) {
        self.reached[(diagonal + self.offset).cast_unsigned()] = old;
    }

    /// One diagonal more on either side, or one less where the area ends; `never` is a place no step begins at.
    fn widen(&mut self, least: isize, most: isize, never: isize) {
        if self.low > least {
            self.low -= 1;
            self.set(self.low - 1, never);
        } else {
            self.low += 1;
        }
        if self.high < most {
            self.high += 1;
            self.set(self.high + 1, never);
        } else {
            self.high -= 1;
        }
    }

    fn has(&self, diagonal: isize) -> bool {
        (self.low..=self.high).contains(&diagonal)
    }

    /// The diagonals of this step, from the highest.
    fn diagonals(&self) -> impl Iterator<Item = isize> + use<> {
        let (low, high) = (self.low, self.high);
        std::iter::successors(Some(high), |diagonal| Some(diagonal - 2))
            .take_while(move |diagonal| *diagonal >= low)
    }
}

/// Marks on both sides what is no part of the common subsequence found in what was kept.
pub(super) fn mark(kept: &[Kept; 2], sides: &mut [Side<'_>; 2]) {
    let [old, new] = kept;
    let mut search = Search::new(&old.tokens, &new.tokens);
    let whole =
        Area { old: 0..old.tokens.len().cast_signed(), new: 0..new.tokens.len().cast_signed(), exact: false };
    let mut areas = vec![whole];
    while let Some(mut area) = areas.pop() {
        search.shrink(&mut area);
        if area.old.is_empty() || area.new.is_empty() {
            for (side, kept, range) in [(0, old, area.old), (1, new, area.new)] {
                for place in &kept.places[range.start.cast_unsigned()..range.end.cast_unsigned()] {
                    sides[side].changed[*place] = true;
                }
            }
            continue;
        }
        let split = search.split(&area);
        areas.push(Area { old: split.old..area.old.end, new: split.new..area.new.end, exact: split.exact.1 });
        areas.push(Area {
            old: area.old.start..split.old,
            new: area.new.start..split.new,
            exact: split.exact.0,
        });
    }
}

struct Search<'a> {
    old: &'a [u32],
    new: &'a [u32],
    forward: Front,
    backward: Front,
    most: usize,
    /// Diagonals visited and elements compared.
    steps: usize,
}

impl<'a> Search<'a> {
    fn new(old: &'a [u32], new: &'a [u32]) -> Self {
        let diagonals = old.len() + new.len() + 3;
        let offset = new.len().cast_signed() + 1;
        Self {
            old,
            new,
            forward: Front::new(diagonals, offset),
            backward: Front::new(diagonals, offset),
            most: rough_root(diagonals).max(EXACT),
            steps: 0,
        }
    }

    #[inline]
    fn equal(&self, old: isize, new: isize) -> bool {
        self.old[old.cast_unsigned()] == self.new[new.cast_unsigned()]
    }

    /// Equal elements at the ends of an area need no search.
    fn shrink(&self, area: &mut Area) {
        let Area { old, new, .. } = area;
        let open = |old: &Range<isize>, new: &Range<isize>| !old.is_empty() && !new.is_empty();
        while open(old, new) && self.equal(old.start, new.start) {
            (old.start, new.start) = (old.start + 1, new.start + 1);
        }
        while open(old, new) && self.equal(old.end - 1, new.end - 1) {
            (old.end, new.end) = (old.end - 1, new.end - 1);
        }
    }

    /// Where to split an area, neither side of which is empty.
    fn split(&mut self, area: &Area) -> Split {
        let (start, end) = (area.old.start - area.new.start, area.old.end - area.new.end);
        let odd = (start - end) % 2 != 0;
        self.forward.begin(start, area.old.start);
        self.backward.begin(end, area.old.end);
        for edits in 1.. {
            let (met, forward_snake) = self.step_forward(area, odd);
            if let Some((old, new)) = met {
                return Split { old, new, exact: (true, true) };
            }
            let (met, backward_snake) = self.step_backward(area, !odd);
            if let Some((old, new)) = met {
                return Split { old, new, exact: (true, true) };
            }
            if edits >= HASTY && self.steps > HASTE {
                break;
            }
            if area.exact {
                continue;
            }
            if (forward_snake || backward_snake) && edits > EXACT {
                if let Some((old, new)) = self.promising_forward(area, start, edits.cast_signed()) {
                    return Split { old, new, exact: (true, false) };
                }
                if let Some((old, new)) = self.promising_backward(area, end, edits.cast_signed()) {
                    return Split { old, new, exact: (false, true) };
                }
            }
            if edits >= self.most {
                break;
            }
        }
        self.furthest(area)
    }

    /// One edit more from the beginning: where the fronts met, if this step is to look for it, and whether a long row
    /// of equal elements was passed.
    fn step_forward(&mut self, area: &Area, meet: bool) -> (Option<(isize, isize)>, bool) {
        let (least, most) = (area.old.start - area.new.end, area.old.end - area.new.start);
        self.forward.widen(least, most, -1);
        let mut snake = false;
        for diagonal in self.forward.diagonals() {
            let (below, above) = (self.forward.at(diagonal - 1), self.forward.at(diagonal + 1));
            let from = if below >= above { below + 1 } else { above };
            let mut old = from;
            while old < area.old.end && old - diagonal < area.new.end && self.equal(old, old - diagonal) {
                old += 1;
            }
            self.steps += 1 + (old - from).cast_unsigned();
            snake |= old - from > SNAKE;
            self.forward.set(diagonal, old);
            if meet && self.backward.has(diagonal) && self.backward.at(diagonal) <= old {
                return (Some((old, old - diagonal)), snake);
            }
        }
        (None, snake)
    }

    /// The same from the end.
    fn step_backward(&mut self, area: &Area, meet: bool) -> (Option<(isize, isize)>, bool) {
        let (least, most) = (area.old.start - area.new.end, area.old.end - area.new.start);
        self.backward.widen(least, most, isize::MAX);
        let mut snake = false;
        for diagonal in self.backward.diagonals() {
            let (below, above) = (self.backward.at(diagonal - 1), self.backward.at(diagonal + 1));
            let from = if below < above { below } else { above - 1 };
            let mut old = from;
            while old > area.old.start
                && old - diagonal > area.new.start
                && self.equal(old - 1, old - diagonal - 1)
            {
                old -= 1;
            }
            self.steps += 1 + (from - old).cast_unsigned();
            snake |= from - old > SNAKE;
            self.backward.set(diagonal, old);
            if meet && self.forward.has(diagonal) && old <= self.forward.at(diagonal) {
                return (Some((old, old - diagonal)), snake);
            }
        }
        (None, snake)
    }

    /// The point of the forward front that came furthest for its cost and lies behind a long row of equal elements.
    fn promising_forward(&self, area: &Area, middle: isize, edits: isize) -> Option<(isize, isize)> {
        let mut best = (0, None);
        for diagonal in self.forward.diagonals() {
            let old = self.forward.at(diagonal);
            let new = old - diagonal;
            let gain = (old - area.old.start) + (new - area.new.start) - (diagonal - middle).abs();
            let inside = (area.old.start + SNAKE..area.old.end).contains(&old)
                && (area.new.start + SNAKE..area.new.end).contains(&new);
            if gain > PROMISING * edits
                && gain > best.0
                && inside
                && (1..=SNAKE).all(|back| self.equal(old - back, new - back))
            {
                best = (gain, Some((old, new)));
            }
        }
        best.1
    }

    /// The same on the backward front.
    fn promising_backward(&self, area: &Area, middle: isize, edits: isize) -> Option<(isize, isize)> {
        let mut best = (0, None);
        for diagonal in self.backward.diagonals() {
            let old = self.backward.at(diagonal);
            let new = old - diagonal;
            let gain = (area.old.end - old) + (area.new.end - new) - (diagonal - middle).abs();
            let inside = (area.old.start + 1..=area.old.end - SNAKE).contains(&old)
                && (area.new.start + 1..=area.new.end - SNAKE).contains(&new);
            if gain > PROMISING * edits
                && gain > best.0
                && inside
                && (0..SNAKE).all(|ahead| self.equal(old + ahead, new + ahead))
            {
                best = (gain, Some((old, new)));
            }
        }
        best.1
    }

    /// Too dear: the point of either front that is furthest from its corner.
    fn furthest(&self, area: &Area) -> Split {
        let mut forward = (-1, -1);
        for diagonal in self.forward.diagonals() {
            let old = self.forward.at(diagonal).min(area.old.end).min(area.new.end + diagonal);
            let sum = 2 * old - diagonal;
            if sum > forward.0 {
                forward = (sum, old);
            }
        }
        let mut backward = (isize::MAX, isize::MAX);
        for diagonal in self.backward.diagonals() {
            let old = self.backward.at(diagonal).max(area.old.start).max(area.new.start + diagonal);
            let sum = 2 * old - diagonal;
            if sum < backward.0 {
                backward = (sum, old);
            }
        }
        let ahead = forward.0 - (area.old.start + area.new.start);
        if (area.old.end + area.new.end) - backward.0 < ahead {
            Split { old: forward.1, new: forward.0 - forward.1, exact: (true, false) }
        } else {
            Split { old: backward.1, new: backward.0 - backward.1, exact: (false, true) }
        }
    }
}
