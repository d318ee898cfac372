//! The entries of a pack in the order in which they lie.

use crate::{Error, Result};

use super::LARGE;

/// Positions and offsets of all entries, by offset. It takes 8 bytes an object, 3.2 MB for 400,000; and 4 more while it
/// is made.
#[derive(Debug)]
pub(super) struct Order {
    positions: Vec<u32>,
    /// The lower halves of their offsets.
    offsets: Vec<u32>,
    /// Each upper half that there is, and at which rank the first with it is: a pack of less than 4 GiB has one.
    uppers: Vec<(u32, u32)>,
}

impl Order {
    /// Of the index whose table of offsets is `small`, and of 64-bit offsets `large`; `at` is where the first begins.
    pub(super) fn new(small: &[u8], large: &[u8], at: u64) -> Result<Self> {
        let (small, large) = (small.as_chunks::<4>().0, large.as_chunks::<8>().0);
        let offset = |word: [u8; 4]| match u32::from_be_bytes(word) {
            word if word & LARGE == 0 => Some(u64::from(word)),
            word => large.get((word & !LARGE) as usize).map(|wide| u64::from_be_bytes(*wide)),
        };
        if let Some(outside) = small.iter().position(|word| offset(*word).is_none()) {
            return Err(Error::damaged(at + 4 * outside as u64, "an offset points outside the index"));
        }
        let of =
            |position: u32| small.get(position as usize).and_then(|word| offset(*word)).unwrap_or(u64::MAX);
        let mut positions: Vec<u32> = (0..).zip(small).map(|(position, _)| position).collect();
        positions.sort_unstable_by_key(|position| (of(*position), *position));
        let mut uppers: Vec<(u32, u32)> = Vec::new();
        let mut offsets = Vec::with_capacity(positions.len());
        for (rank, position) in (0..).zip(&positions) {
            let (upper, lower) = halves(of(*position));
            if uppers.last().is_none_or(|(last, _)| *last != upper) {
                uppers.push((upper, rank));
            }
            offsets.push(lower);
        }
        Ok(Self { positions, offsets, uppers })
    }

    /// The positions.
    pub(super) fn positions(&self) -> &[u32] {
        &self.positions
    }

    /// The position whose entry starts at `offset`, and the offset of the entry after it, if there is one.
    pub(super) fn at(&self, offset: u64) -> Option<(u32, Option<u64>)> {
        let (upper, lower) = halves(offset);
        let group = self.uppers.binary_search_by_key(&upper, |(upper, _)| *upper).ok()?;
        let start = self.uppers[group].1 as usize;
        let end = self.uppers.get(group + 1).map_or(self.offsets.len(), |(_, rank)| *rank as usize);
        let rank = start + self.offsets[start..end].partition_point(|other| *other < lower);
        if rank == end || self.offsets[rank] != lower {
            return None;
        }
        let next = self.offsets.get(rank + 1).map(|lower| {
            let group = if rank + 1 == end { group + 1 } else { group };
            u64::from(self.uppers[group].0) << 32 | u64::from(*lower)
        });
        Some((self.positions[rank], next))
    }
}

/// Upper and lower half.
fn halves(offset: u64) -> (u32, u32) {
    let bytes = offset.to_be_bytes();
    let halves = bytes.as_chunks::<4>().0;
    (u32::from_be_bytes(halves[0]), u32::from_be_bytes(halves[1]))
}
