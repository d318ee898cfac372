//! Finding pieces of a base anywhere in a target.

use super::write::{MAX_OFFSET, Writer, edge, edges};
use crate::git::common::{prefix, suffix};

/// Bytes of a block: a shorter match would hardly be shorter as a copy.
const BLOCK: usize = 16;
/// Blocks of equal hash that are tried at one place; more are mostly runs of the same byte, where all are as good.
const TRIES: usize = 32;
/// Odd, so that every byte of a block moves the hash.
const BASE: u32 = 0x0100_0193;
/// `BASE` to the power of `BLOCK - 1`: what the oldest byte of a block weighs.
const OLDEST: u32 = BASE.wrapping_pow(15);

/// A delta from `base` to `target` that finds moved pieces too: smaller than [`edge`] where several places changed,
/// and slower. To make many deltas from one base, keep a [`BlockIndex`].
pub fn blocks(base: &[u8], target: &[u8]) -> Vec<u8> {
    let (start, end) = edges(base, target);
    if target.len() - start - end < BLOCK { edge(base, target) } else { BlockIndex::new(base).delta(target) }
}

/// Where the blocks of a base are, by their hash. Takes 8 to 12 bytes for every 16 of the base.
#[derive(Debug)]
pub struct BlockIndex<'a> {
    base: &'a [u8],
    /// By hash, the first block, counted from 1; 0 for none.
    first: Vec<u32>,
    /// By block, the next one of that hash.
    next: Vec<u32>,
}

impl<'a> BlockIndex<'a> {
    /// The index of `base`, of which no more is used than a copy can reach (4 GiB).
    pub fn new(base: &'a [u8]) -> Self {
        let used = &base[..base.len().min(MAX_OFFSET)];
        let count = used.len() / BLOCK;
        let mut index = Self { base, first: vec![0; count.next_power_of_two().max(2)], next: vec![0; count] };
        // From the end, so that the first block of a hash is tried first.
        for (number, block) in used.chunks_exact(BLOCK).enumerate().rev() {
            let slot = index.slot(hash(block));
            // Less than 4 GiB have fewer blocks than a `u32` counts.
            let Ok(counted) = u32::try_from(number + 1) else { continue };
            index.next[number] = std::mem::replace(&mut index.first[slot], counted);
        }
        index
    }

    /// A delta from the base to `target`.
    pub fn delta(&self, target: &[u8]) -> Vec<u8> {
        let mut writer = Writer::new(self.base.len(), target.len());
        let (start, end) = edges(self.base, target);
        writer.copy(0, start);
        let middle = &target[..target.len() - end];
        // Before `told` everything is in the delta; `at` is where a block is looked for.
        let (mut told, mut at) = (start, start);
        while let Some(block) = middle.get(at..at + BLOCK) {
            let mut rolling = hash(block);
            let found = loop {
                if let Some(found) = self.longest(rolling, middle, at) {
                    break Some(found);
                }
                let Some(&newest) = middle.get(at + BLOCK) else { break None };
                rolling = roll(rolling, middle[at], newest);
                at += 1;
            };
            let Some((offset, length)) = found else { break };
            let before = suffix(&self.base[..offset], &middle[told..at]);
            writer.insert(&middle[told..at - before]);
            writer.copy(offset - before, before + length);
            at += length;
            told = at;
        }
        writer.insert(&middle[told..]);
        writer.copy(self.base.len().min(MAX_OFFSET) - end, end);
        writer.finish()
    }

    /// The longest piece of the base that is at `at` in `target`: its offset and its length.
    fn longest(&self, hash: u32, target: &[u8], at: usize) -> Option<(usize, usize)> {
        let mut best = None;
        let mut block = self.first[self.slot(hash)];
        for _ in 0..TRIES {
            let Some(number) = (block as usize).checked_sub(1) else { break };
            let offset = number * BLOCK;
            let base = &self.base[offset..self.base.len().min(MAX_OFFSET)];
            let length = prefix(base, &target[at..]);
            if length >= BLOCK && best.is_none_or(|(_, longest)| length > longest) {
                best = Some((offset, length));
            }
            block = self.next[number];
        }
        best
    }

    fn slot(&self, hash: u32) -> usize {
        // The upper bits of the product depend on all of the hash (Fibonacci hashing).
        let bits = self.first.len().trailing_zeros();
        (hash.wrapping_mul(0x9e37_79b1) >> (u32::BITS - bits)) as usize
    }
}

/// The hash of a block.
fn hash(block: &[u8]) -> u32 {
    block.iter().fold(0, |hash: u32, byte| hash.wrapping_mul(BASE).wrapping_add(u32::from(*byte)))
}

/// The hash of the block one byte on.
fn roll(hash: u32, oldest: u8, newest: u8) -> u32 {
    let without = hash.wrapping_sub(OLDEST.wrapping_mul(u32::from(oldest)));
    without.wrapping_mul(BASE).wrapping_add(u32::from(newest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_rolls_to_that_of_the_next_block() {
        let bytes: Vec<u8> = (0..200_u32).map(|n| (n * n % 251) as u8).collect();
        let mut rolling = hash(&bytes[..BLOCK]);
        for at in 1..=bytes.len() - BLOCK {
            rolling = roll(rolling, bytes[at - 1], bytes[at + BLOCK - 1]);
            assert_eq!(rolling, hash(&bytes[at..at + BLOCK]));
        }
    }
}
