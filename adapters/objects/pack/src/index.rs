//! Pack indexes, version 2 (git's `gitformat-pack`, "Version 2 pack-*.idx files").

mod ids;
mod order;

#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::{Arc, OnceLock};

use portolan_core::git::Oid;

use crate::hash::Sha1;
use crate::source::{Source, array_at, bytes_at};
use crate::{Error, Result};
use ids::Ids;
pub use ids::Room;
use order::Order;
pub(crate) use order::Place;

const MAGIC: [u8; 8] = *b"\xfftOc\0\0\0\x02";
/// Magic, version and 256 counts.
const HEADER: u64 = 8 + 256 * 4;
/// A 32-bit offset with this bit names a row of the table of 64-bit offsets.
const LARGE: u32 = 1 << 31;
/// Ids read at once where one is looked for: what fits in 4 KiB.
const WINDOW: usize = 204;

/// One object of a pack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IndexEntry {
    /// The object.
    pub id: Oid,
    /// CRC-32 of its entry as it stands in the pack.
    pub crc: u32,
    /// Where its entry starts, bytes.
    pub offset: u64,
}

/// The index of the pack whose checksum is `pack`; sorts `entries`.
pub fn encode_index(entries: &mut [IndexEntry], pack: &Oid) -> Result<Vec<u8>> {
    entries.sort_unstable_by_key(|entry| entry.id);
    let mut out = Vec::with_capacity(1100 + entries.len() * 28);
    out.extend_from_slice(&MAGIC);
    let mut counts = [0_u32; 256];
    for entry in &*entries {
        counts[usize::from(entry.id.as_bytes()[0])] += 1;
    }
    let mut sum = 0;
    for count in counts {
        sum += count;
        out.extend_from_slice(&sum.to_be_bytes());
    }
    for entry in &*entries {
        out.extend_from_slice(entry.id.as_bytes());
    }
    for entry in &*entries {
        out.extend_from_slice(&entry.crc.to_be_bytes());
    }
    let mut large = Vec::new();
    for entry in &*entries {
        let small = u32::try_from(entry.offset).ok().filter(|offset| offset & LARGE == 0);
        let word = if let Some(small) = small {
            small
        } else {
            let row =
                u32::try_from(large.len()).map_err(|_| Error::refused("too many objects for one pack"))?;
            large.push(entry.offset);
            LARGE | row
        };
        out.extend_from_slice(&word.to_be_bytes());
    }
    for offset in large {
        out.extend_from_slice(&offset.to_be_bytes());
    }
    out.extend_from_slice(pack.as_bytes());
    let digest = Sha1::digest(&out)?;
    out.extend_from_slice(digest.as_bytes());
    Ok(out)
}

/// An index, read where it lies. In memory are 1 KiB of counts and, once an entry was read, 17 bytes an object: then to find
/// where an entry lies, its checksum, and what lies after it, reads nothing. With [`Index::within`] it may have its ids in memory, too.
pub struct Index {
    source: Box<dyn Source>,
    fanout: Box<[u32; 256]>,
    large: u64,
    ids: Option<Ids>,
    order: OnceLock<Order>,
}

impl fmt::Debug for Index {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Index")
            .field("source", &self.source)
            .field("count", &self.count())
            .field("ids", &self.ids)
            .finish_non_exhaustive()
    }
}

impl Index {
    /// The index in `source`; `Damaged` unless its header and its size fit together. Its checksum is left to
    /// [`Index::verify`].
    pub fn open(source: Box<dyn Source>) -> Result<Self> {
        let size = source.size();
        if size < HEADER + 40 {
            return Err(Error::damaged(size, "the index is cut short"));
        }
        if array_at::<8>(&*source, 0)? != MAGIC {
            return Err(Error::damaged(0, "not a pack index of version 2"));
        }
        let header = bytes_at(&*source, 8, HEADER - 8)?;
        let mut fanout = Box::new([0_u32; 256]);
        for (slot, word) in fanout.iter_mut().zip(header.chunks_exact(4)) {
            *slot = u32::from_be_bytes([word[0], word[1], word[2], word[3]]);
        }
        if !fanout.is_sorted() {
            return Err(Error::damaged(8, "the index's counts run backwards"));
        }
        let count = u64::from(fanout[255]);
        let rest = size.checked_sub(HEADER + count * 28 + 40);
        let large = rest.filter(|rest| rest % 8 == 0 && rest / 8 <= count).map(|rest| rest / 8);
        let large = large.ok_or_else(|| Error::damaged(size, "the index's size does not fit its count"))?;
        Ok(Self { source, fanout, large, ids: None, order: OnceLock::new() })
    }

    /// The same, which has its ids in memory after the first search, 20 bytes an object, if there is `room` for them: then to find one reads
    /// nothing.
    #[must_use]
    pub fn within(self, room: &Arc<Room>) -> Self {
        Self { ids: Some(Ids::new(room)), ..self }
    }

    /// Number of objects.
    pub fn count(&self) -> u32 {
        self.fanout[255]
    }

    /// The checksum of the pack it belongs to.
    pub fn pack_checksum(&self) -> Result<Oid> {
        Ok(Oid::from_bytes(array_at(&*self.source, self.source.size() - 40)?))
    }

    /// The position of the object `id`: the number of smaller ids. Of an index of a million objects it mostly reads once.
    pub fn find(&self, id: &Oid) -> Result<Option<u32>> {
        let [first, second, third, fourth, fifth, ..] = *id.as_bytes();
        let mut low = if first == 0 { 0 } else { self.fanout[usize::from(first) - 1] as usize };
        let mut high = self.fanout[usize::from(first)] as usize;
        // Ids are hashes: they lie about as far from the first of their byte as their next bytes say.
        let fraction = u64::from(u32::from_be_bytes([second, third, fourth, fifth]));
        let ahead = ((high - low) as u64 * fraction) >> 32;
        let mut ahead = usize::try_from(ahead).unwrap_or_default();
        let all = self.ids.as_ref().and_then(|ids| ids.all(&*self.source, self.count()));
        let mut buffer = [[0; 20]; WINDOW];
        while low < high {
            let count = (high - low).min(WINDOW);
            let start = low + ahead.saturating_sub(count / 2).min(high - low - count);
            let window = if let Some(all) = all {
                &all[start..start + count]
            } else {
                let window = &mut buffer[..count];
                self.source.read_exact_at(window.as_flattened_mut(), HEADER + start as u64 * 20)?;
                window
            };
            match window.binary_search(id.as_bytes()) {
                Ok(at) => return Ok(u32::try_from(start + at).ok()),
                Err(0) => high = start,
                Err(at) if at == count => low = start + count,
                Err(_) => return Ok(None),
            }
            // Somebody may have chosen the ids: then it takes no more than halving.
            ahead = (high - low) / 2;
        }
        Ok(None)
    }

    /// The id at `position`.
    pub fn id(&self, position: u32) -> Result<Oid> {
        Ok(Oid::from_bytes(array_at(&*self.source, HEADER + u64::from(position) * 20)?))
    }

    /// The CRC-32 of the entry at `position`.
    pub fn crc(&self, position: u32) -> Result<u32> {
        if let Some(place) = self.order.get().and_then(|order| order.place(position)) {
            return Ok(place.crc);
        }
        let at = HEADER + u64::from(self.count()) * 20 + u64::from(position) * 4;
        Ok(u32::from_be_bytes(array_at(&*self.source, at)?))
    }

    /// Where the entry at `position` starts in the pack.
    pub fn offset(&self, position: u32) -> Result<u64> {
        let at = HEADER + u64::from(self.count()) * 24 + u64::from(position) * 4;
        let outside = || Error::damaged(at, "an offset points outside the index");
        if let Some(order) = self.order.get() {
            return order.place(position).map(|place| place.offset).ok_or_else(outside);
        }
        let word = u32::from_be_bytes(array_at(&*self.source, at)?);
        if word & LARGE == 0 {
            return Ok(u64::from(word));
        }
        let row = u64::from(word & !LARGE);
        if row >= self.large {
            return Err(outside());
        }
        Ok(u64::from_be_bytes(array_at(&*self.source, HEADER + u64::from(self.count()) * 28 + row * 8)?))
    }

    /// All positions in the order of their entries in the pack.
    pub fn by_offset(&self) -> Result<&[u32]> {
        Ok(self.order()?.positions())
    }

    /// The position whose entry starts at `offset`; the first one where several claim to.
    pub(crate) fn at_offset(&self, offset: u64) -> Result<Option<u32>> {
        Ok(self.order()?.at(offset))
    }

    /// All of the entry at `position`; none beyond the last.
    pub(crate) fn place(&self, position: u32) -> Result<Option<Place>> {
        Ok(self.order()?.place(position))
    }

    fn order(&self) -> Result<&Order> {
        if let Some(order) = self.order.get() {
            return Ok(order);
        }
        let count = u64::from(self.count());
        let tables = bytes_at(&*self.source, HEADER + count * 20, count * 8)?;
        let (crcs, small) = tables.split_at(tables.len() / 2);
        let large = bytes_at(&*self.source, HEADER + count * 28, self.large * 8)?;
        let order = Order::new(crcs, small, &large, HEADER + count * 24)?;
        Ok(self.order.get_or_init(|| order))
    }

    /// Reads all of it and compares its checksum.
    pub fn verify(&self) -> Result<()> {
        let size = self.source.size();
        let (mut hash, mut at) = (Sha1::new(), 0);
        while at < size - 20 {
            let piece = bytes_at(&*self.source, at, (size - 20 - at).min(1 << 20))?;
            hash.update(&piece);
            at += piece.len() as u64;
        }
        let expected = Oid::from_bytes(array_at(&*self.source, size - 20)?);
        if hash.finish()? == expected {
            Ok(())
        } else {
            Err(Error::damaged(size - 20, "the index's checksum does not match"))
        }
    }
}
