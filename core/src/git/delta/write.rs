//! Writing a delta's instructions.

use std::ops::Range;

use crate::git::common::{prefix, suffix};

/// Largest piece one copy can tell. Git itself writes at most 0x10000 and reads all three bytes.
const MAX_COPY: usize = 0x00ff_ffff;
/// Largest piece one insert can tell.
const MAX_INSERT: usize = 0x7f;
/// A copy cannot begin behind this.
pub(super) const MAX_OFFSET: usize = u32::MAX as usize;

/// A delta from `base` to `target` that copies what they share at their start and at their end and inserts what is
/// between. Costs little more than comparing the two; right for an object in which one place changed, as in a tree with
/// one new entry.
pub fn edge(base: &[u8], target: &[u8]) -> Vec<u8> {
    let mut writer = Writer::new(base.len(), target.len());
    let (start, end) = edges(base, target);
    writer.copy(0, start);
    writer.insert(&target[start..target.len() - end]);
    writer.copy(base.len().min(MAX_OFFSET) - end, end);
    writer.finish()
}

/// The delta from a base of `base` bytes, at most 4 GiB, in which `bytes` are put in the place of `range`.
pub fn splice(base: usize, range: Range<usize>, bytes: &[u8]) -> Vec<u8> {
    let mut writer = Writer::new(base, base - range.len() + bytes.len());
    writer.copy(0, range.start);
    writer.insert(bytes);
    writer.copy(range.end, base - range.end);
    writer.finish()
}

/// How much two byte strings share at their start and, of the rest, at their end, as far as a copy can reach.
pub(super) fn edges(base: &[u8], target: &[u8]) -> (usize, usize) {
    let base = &base[..base.len().min(MAX_OFFSET)];
    let start = prefix(base, target);
    (start, suffix(&base[start..], &target[start..]))
}

/// Puts instructions together.
pub(super) struct Writer {
    delta: Vec<u8>,
}

impl Writer {
    pub(super) fn new(base: usize, target: usize) -> Self {
        let mut delta = Vec::with_capacity(64);
        for mut size in [base, target] {
            while size > 0x7f {
                delta.push(low_byte(size) | 0x80);
                size >>= 7;
            }
            delta.push(low_byte(size));
        }
        Self { delta }
    }

    /// Copies `length` bytes of the base from `offset`.
    pub(super) fn copy(&mut self, mut offset: usize, mut length: usize) {
        while length > 0 {
            let size = length.min(MAX_COPY);
            let command = self.delta.len();
            self.delta.push(0x80);
            let bytes = (0..4).map(|byte| (byte, offset)).chain((4..7).map(|byte| (byte, size)));
            for (bit, number) in bytes {
                let byte = low_byte(number >> (8 * (bit & 3)));
                if byte != 0 {
                    self.delta[command] |= 1 << bit;
                    self.delta.push(byte);
                }
            }
            offset += size;
            length -= size;
        }
    }

    /// Adds bytes that are not in the base.
    pub(super) fn insert(&mut self, bytes: &[u8]) {
        for piece in bytes.chunks(MAX_INSERT) {
            self.delta.push(low_byte(piece.len()));
            self.delta.extend_from_slice(piece);
        }
    }

    pub(super) fn finish(self) -> Vec<u8> {
        self.delta
    }
}

fn low_byte(number: usize) -> u8 {
    number.to_le_bytes()[0]
}
