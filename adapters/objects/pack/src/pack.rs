//! Reading a pack through its index.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use portolan_core::git::{Kind, Object, Oid};
use portolan_ports::objects::PackReceipt;

use crate::cache::BaseCache;
use crate::entry::{Form, Header, LONGEST};
use crate::hash::{Sha1, object_id};
use crate::index::{Index, Place};
use crate::source::{Source, array_at, bytes_at};
use crate::writer::HEADER;
use crate::{Error, Result, zlib};

static SERIAL: AtomicU64 = AtomicU64::new(0);

/// A pack and its index.
#[derive(Debug)]
pub struct Pack {
    serial: u64,
    name: Oid,
    data: Box<dyn Source>,
    index: Arc<Index>,
}

/// One entry as it stands in the pack; its CRC-32 was compared.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) offset: u64,
    pub(crate) header: Header,
    bytes: Vec<u8>,
}

impl Entry {
    /// Its zlib stream.
    pub(crate) fn stream(&self) -> &[u8] {
        &self.bytes[self.header.length..]
    }

    /// Its inflated bytes: an object or a delta.
    pub(crate) fn inflate(&self) -> Result<Vec<u8>> {
        zlib::inflate(self.stream(), self.header.size).map_err(|error| match error {
            Error::Damaged { reason, .. } => Error::Damaged { offset: self.offset, reason },
            other => other,
        })
    }
}

impl Pack {
    /// The pack in `data` with its `index`; `Damaged` unless header and count fit together. The bytes of objects are
    /// compared with their CRC-32 whenever one is read.
    pub fn open(data: Box<dyn Source>, index: Index) -> Result<Self> {
        let size = data.size();
        if size < HEADER + 20 {
            return Err(Error::damaged(size, "the pack is cut short"));
        }
        let header: [u8; 12] = array_at(&*data, 0)?;
        if header[..8] != *b"PACK\0\0\0\x02" {
            return Err(Error::damaged(0, "not a pack of version 2"));
        }
        if header[8..] != index.count().to_be_bytes() {
            return Err(Error::damaged(8, "pack and index differ in their number of objects"));
        }
        let name = index.pack_checksum()?;
        Ok(Self { serial: SERIAL.fetch_add(1, Ordering::Relaxed), name, data, index: Arc::new(index) })
    }

    /// The same pack, all its bytes in memory.
    pub(crate) fn in_memory(&self) -> Result<Self> {
        let data = Box::new(Bytes::from(bytes_at(&*self.data, 0, self.data.size())?));
        Ok(Self { serial: self.serial, name: self.name, data, index: Arc::clone(&self.index) })
    }

    /// Its name and sizes.
    pub fn receipt(&self) -> PackReceipt {
        PackReceipt { name: self.name, bytes: self.data.size(), objects: self.index.count() }
    }

    /// Its checksum, as its index has it.
    pub fn name(&self) -> Oid {
        self.name
    }

    /// Its index.
    pub fn index(&self) -> &Index {
        &self.index
    }

    /// Whether the pack ends with the checksum that its index names.
    pub fn ends_as_named(&self) -> Result<bool> {
        Ok(array_at::<20>(&*self.data, self.data.size() - 20)? == *self.name.as_bytes())
    }

    /// The object `id`; `None` where the pack has none of that id. Damage is named with the id.
    pub fn get(&self, id: &Oid, cache: &BaseCache) -> Result<Option<Object>> {
        let Some(position) = self.index.find(id)? else { return Ok(None) };
        self.object(position, cache).map(Some).map_err(|error| error.of_object(*id))
    }

    /// The object at `position` of the index.
    pub fn object(&self, position: u32, cache: &BaseCache) -> Result<Object> {
        let mut chain = Vec::new();
        let mut at = position;
        let mut object = loop {
            if let Some(found) = cache.get((self.serial, at)) {
                break found;
            }
            let entry = self.entry(at)?;
            if let Form::Whole(kind) = entry.header.form {
                let whole = Object::new(kind, entry.inflate()?);
                if !chain.is_empty() {
                    cache.put((self.serial, at), whole.clone());
                }
                break whole;
            }
            if chain.len() > self.index.count() as usize {
                return Err(Error::damaged(entry.offset, "its deltas go round in a circle"));
            }
            let base = self
                .base(&entry)?
                .ok_or_else(|| Error::damaged(entry.offset, "its delta's base is not in the pack"))?;
            // Inflated when it is applied: all those of a long chain together could be larger than memory.
            chain.push((at, entry));
            at = base;
        };
        while let Some((at, entry)) = chain.pop() {
            let (offset, delta) = (entry.offset, entry.inflate()?);
            let data = crate::delta::apply(&object.data, &delta, cache.room(object.data.len()))
                .ok_or_else(|| Error::damaged(offset, "its delta does not fit its base"))?;
            object = Object::new(object.kind, data);
            cache.put((self.serial, at), object.clone());
        }
        Ok(object)
    }

    /// The position of the object that the delta `entry` builds on.
    pub(crate) fn base(&self, entry: &Entry) -> Result<Option<u32>> {
        self.base_of(entry.offset, &entry.header)
    }

    fn base_of(&self, offset: u64, header: &Header) -> Result<Option<u32>> {
        match header.form {
            Form::Whole(_) => Ok(None),
            Form::RefDelta(id) => self.index.find(&id),
            Form::OfsDelta(distance) => {
                let Some(offset) = offset.checked_sub(distance) else { return Ok(None) };
                self.index.at_offset(offset)
            }
        }
    }

    /// What the header of the object at `position` says: its kind, where it is whole, or the position of the object that it builds on.
    pub(crate) fn form(&self, position: u32) -> Result<(Option<Kind>, Option<u32>)> {
        let offset = self.index.offset(position)?;
        let length = (self.data.size() - 20).saturating_sub(offset).min(LONGEST as u64);
        let bytes = bytes_at(&*self.data, offset, length)?;
        let header = Header::decode(&bytes).map_err(|error| Error::damaged(offset, error.to_string()))?;
        if let Form::Whole(kind) = header.form {
            return Ok((Some(kind), None));
        }
        let base = self.base_of(offset, &header)?;
        base.map(|base| (None, Some(base)))
            .ok_or_else(|| Error::damaged(offset, "its delta's base is not in the pack"))
    }

    /// The entry at `position`, its CRC-32 compared.
    pub(crate) fn entry(&self, position: u32) -> Result<Entry> {
        let outside = || Error::damaged(self.data.size(), "an entry is outside the index");
        let Place { offset, next, crc } = self.index.place(position)?.ok_or_else(outside)?;
        let damaged = |reason| Error::damaged(offset, reason);
        let end = next.unwrap_or(self.data.size() - 20);
        let size = end.checked_sub(offset).ok_or_else(|| damaged("the entry lies outside the pack"))?;
        let bytes = bytes_at(&*self.data, offset, size).map_err(|error| match error.kind() {
            std::io::ErrorKind::UnexpectedEof => damaged("the pack is cut short"),
            _ => error.into(),
        })?;
        if crc32fast::hash(&bytes) != crc {
            return Err(damaged("the CRC-32 of its entry does not match the index"));
        }
        let header = Header::decode(&bytes).map_err(|error| Error::damaged(offset, error.to_string()))?;
        Ok(Entry { offset, header, bytes })
    }

    /// Reads the object at `position` and compares it with its id.
    pub fn verify_object(&self, position: u32, cache: &BaseCache) -> Result<()> {
        let id = self.index.id(position)?;
        let object = self.object(position, cache).map_err(|error| error.of_object(id))?;
        if object_id(object.kind, &object.data)? == id {
            return Ok(());
        }
        let offset = self.index.offset(position)?;
        Err(Error::damaged(offset, "its bytes have another id").of_object(id))
    }

    /// Reads all of the pack and compares its checksum.
    pub fn verify_checksum(&self) -> Result<()> {
        let size = self.data.size();
        let (mut hash, mut at) = (Sha1::new(), 0);
        while at < size - 20 {
            let piece = bytes_at(&*self.data, at, (size - 20 - at).min(1 << 20))?;
            hash.update(&piece);
            at += piece.len() as u64;
        }
        if hash.finish()? == self.name && self.ends_as_named()? {
            return Ok(());
        }
        Err(Error::damaged(size - 20, "the pack's checksum does not match"))
    }
}
