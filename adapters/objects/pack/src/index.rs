//! Pack indexes, version 2 (git's `gitformat-pack`, "Version 2 pack-*.idx files").

use std::fmt;
use std::sync::OnceLock;

use portolan_core::git::Oid;

use crate::hash::Sha1;
use crate::source::{Source, array_at, bytes_at};
use crate::{Error, Result};

const MAGIC: [u8; 8] = *b"\xfftOc\0\0\0\x02";
/// Magic, version and 256 counts.
const HEADER: u64 = 8 + 256 * 4;
/// A 32-bit offset with this bit names a row of the table of 64-bit offsets.
const LARGE: u32 = 1 << 31;

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

/// An index, read where it lies.
pub struct Index {
    source: Box<dyn Source>,
    fanout: Box<[u32; 256]>,
    large: u64,
    by_offset: OnceLock<Vec<u32>>,
}

impl fmt::Debug for Index {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Index")
            .field("source", &self.source)
            .field("count", &self.count())
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
        Ok(Self { source, fanout, large, by_offset: OnceLock::new() })
    }

    /// Number of objects.
    pub fn count(&self) -> u32 {
        self.fanout[255]
    }

    /// The checksum of the pack it belongs to.
    pub fn pack_checksum(&self) -> Result<Oid> {
        Ok(Oid::from_bytes(array_at(&*self.source, self.source.size() - 40)?))
    }

    /// The position of the object `id`: the number of smaller ids.
    pub fn find(&self, id: &Oid) -> Result<Option<u32>> {
        let first = usize::from(id.as_bytes()[0]);
        let mut low = if first == 0 { 0 } else { self.fanout[first - 1] };
        let mut high = self.fanout[first];
        while low < high {
            let middle = low + (high - low) / 2;
            match self.id(middle)?.cmp(id) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
                std::cmp::Ordering::Equal => return Ok(Some(middle)),
            }
        }
        Ok(None)
    }

    /// The id at `position`.
    pub fn id(&self, position: u32) -> Result<Oid> {
        Ok(Oid::from_bytes(array_at(&*self.source, HEADER + u64::from(position) * 20)?))
    }

    /// The CRC-32 of the entry at `position`.
    pub fn crc(&self, position: u32) -> Result<u32> {
        let at = HEADER + u64::from(self.count()) * 20 + u64::from(position) * 4;
        Ok(u32::from_be_bytes(array_at(&*self.source, at)?))
    }

    /// Where the entry at `position` starts in the pack.
    pub fn offset(&self, position: u32) -> Result<u64> {
        let at = HEADER + u64::from(self.count()) * 24 + u64::from(position) * 4;
        let word = u32::from_be_bytes(array_at(&*self.source, at)?);
        if word & LARGE == 0 {
            return Ok(u64::from(word));
        }
        let row = u64::from(word & !LARGE);
        if row >= self.large {
            return Err(Error::damaged(at, "an offset points outside the index"));
        }
        Ok(u64::from_be_bytes(array_at(&*self.source, HEADER + u64::from(self.count()) * 28 + row * 8)?))
    }

    /// All positions in the order of their entries in the pack.
    pub fn by_offset(&self) -> Result<&[u32]> {
        if let Some(order) = self.by_offset.get() {
            return Ok(order);
        }
        let mut order =
            (0..self.count()).map(|at| Ok((self.offset(at)?, at))).collect::<Result<Vec<(u64, u32)>>>()?;
        order.sort_unstable();
        Ok(self.by_offset.get_or_init(|| order.into_iter().map(|(_, at)| at).collect()))
    }

    /// The position whose entry starts at `offset`, and the offset of the entry after it, if there is one.
    pub(crate) fn at_offset(&self, offset: u64) -> Result<Option<(u32, Option<u64>)>> {
        let order = self.by_offset()?;
        let (mut low, mut high) = (0, order.len());
        while low < high {
            let middle = low + (high - low) / 2;
            if self.offset(order[middle])? < offset {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        let Some(&found) = order.get(low) else { return Ok(None) };
        if self.offset(found)? != offset {
            return Ok(None);
        }
        let next = order.get(low + 1).map(|&next| self.offset(next)).transpose()?;
        Ok(Some((found, next)))
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

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_entry_is_found_again(
            rows in prop::collection::btree_map(any::<[u8; 20]>(), (any::<u32>(), 0_u64..1 << 40), 0..80),
            absent: [u8; 20],
        ) {
            let mut entries: Vec<_> = rows
                .iter()
                .map(|(id, &(crc, offset))| IndexEntry { id: Oid::from_bytes(*id), crc, offset })
                .rev()
                .collect();
            let pack = Oid::from_bytes([7; 20]);
            let bytes = encode_index(&mut entries, &pack).unwrap();
            let index = Index::open(Box::new(Bytes::from(bytes))).unwrap();
            index.verify().unwrap();
            prop_assert_eq!(index.count() as usize, rows.len());
            prop_assert_eq!(index.pack_checksum().unwrap(), pack);
            for entry in &entries {
                let at = index.find(&entry.id).unwrap().unwrap();
                prop_assert_eq!(index.id(at).unwrap(), entry.id);
                prop_assert_eq!(index.crc(at).unwrap(), entry.crc);
                prop_assert_eq!(index.offset(at).unwrap(), entry.offset);
            }
            prop_assert_eq!(index.find(&Oid::from_bytes(absent)).unwrap().is_some(), rows.contains_key(&absent));
            for entry in &entries {
                prop_assert!(index.at_offset(entry.offset).unwrap().is_some());
            }
        }

        #[test]
        fn any_bytes_are_judged_without_panic(bytes: Vec<u8>) {
            let mut index = MAGIC.to_vec();
            index.extend(bytes);
            prop_assert!(Index::open(Box::new(Bytes::from(index))).is_err());
        }
    }
}
