//! Writing a pack of version 2.

use std::collections::HashMap;
use std::io::Write;

use portolan_core::git::{Kind, Oid};
use portolan_ports::objects::PackReceipt;

use crate::entry::{Form, encode};
use crate::hash::Sha1;
use crate::index::{IndexEntry, encode_index};
use crate::{Error, Result};

/// Size of a pack's header: magic, version, count.
pub(crate) const HEADER: u64 = 12;

/// Writes the entries of one pack, each once.
pub(crate) struct Writer<W> {
    out: W,
    hash: Sha1,
    at: u64,
    count: u32,
    entries: Vec<IndexEntry>,
    /// Which of the entries each object is.
    numbers: HashMap<Oid, u32>,
}

/// A finished pack.
pub(crate) struct Finished<W> {
    pub(crate) out: W,
    pub(crate) index: Vec<u8>,
    pub(crate) receipt: PackReceipt,
}

impl<W: Write> Writer<W> {
    /// Starts a pack of exactly `count` entries.
    pub(crate) fn new(mut out: W, count: u32) -> Result<Self> {
        let mut header = *b"PACK\0\0\0\x02\0\0\0\0";
        header[8..].copy_from_slice(&count.to_be_bytes());
        out.write_all(&header)?;
        let mut hash = Sha1::new();
        hash.update(&header);
        Ok(Self { out, hash, at: HEADER, count, entries: Vec::new(), numbers: HashMap::new() })
    }

    /// Whether `id` is in the pack already.
    pub(crate) fn has(&self, id: &Oid) -> bool {
        self.numbers.contains_key(id)
    }

    /// Adds the object `id` whole: `stream` inflates to its `size` bytes.
    pub(crate) fn whole(&mut self, id: Oid, kind: Kind, size: u64, stream: &[u8]) -> Result<()> {
        self.entry(id, Form::Whole(kind), size, stream)
    }

    /// Adds the object `id` as a delta against `base`, which is in the pack already or comes later: `stream` inflates
    /// to the delta's `size` bytes.
    pub(crate) fn delta(&mut self, id: Oid, base: Oid, size: u64, stream: &[u8]) -> Result<()> {
        let form = self.numbers.get(&base).map_or(Form::RefDelta(base), |number| {
            Form::OfsDelta(self.at - self.entries[*number as usize].offset)
        });
        self.entry(id, form, size, stream)
    }

    fn entry(&mut self, id: Oid, form: Form, size: u64, stream: &[u8]) -> Result<()> {
        let header = encode(form, size);
        let mut crc = crc32fast::Hasher::new();
        for part in [&*header, stream] {
            self.out.write_all(part)?;
            self.hash.update(part);
            crc.update(part);
        }
        let number = u32::try_from(self.entries.len());
        self.numbers.insert(id, number.map_err(|_| Error::refused("too many objects for one pack"))?);
        self.entries.push(IndexEntry { id, crc: crc.finalize(), offset: self.at });
        self.at += (header.len() + stream.len()) as u64;
        Ok(())
    }

    /// Ends the pack with its checksum and makes its index.
    pub(crate) fn finish(mut self) -> Result<Finished<W>> {
        if self.entries.len() != self.count as usize || self.numbers.len() != self.entries.len() {
            return Err(Error::refused("the pack has not the number of objects it was started for"));
        }
        // What follows takes as much memory.
        drop(self.numbers);
        let name = self.hash.finish()?;
        self.out.write_all(name.as_bytes())?;
        let index = encode_index(&mut self.entries, &name)?;
        let receipt = PackReceipt { name, bytes: self.at + 20, objects: self.count };
        Ok(Finished { out: self.out, index, receipt })
    }
}
