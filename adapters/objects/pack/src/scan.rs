//! The first look at a foreign pack: one pass in constant memory that refuses what is truncated, falsified or too
//! large before anything is resolved.

use std::io::{self, Read};

use portolan_core::git::Oid;
use portolan_ports::objects::{ImportLimits, Progress};

use crate::entry::{BadHeader, Form, Header, LONGEST};
use crate::hash::Sha1;
use crate::import::step;
use crate::writer::HEADER;
use crate::zlib::Inflating;
use crate::{Error, Result};

/// What the first pass learnt.
pub(crate) struct Scan {
    /// The pack's checksum.
    pub(crate) name: Oid,
    /// Its size, bytes.
    pub(crate) bytes: u64,
    /// Its entries in the order of their offsets.
    pub(crate) entries: Vec<Seen>,
}

/// One entry.
pub(crate) struct Seen {
    pub(crate) offset: u64,
    pub(crate) end: u64,
    pub(crate) crc: u32,
    pub(crate) header: Header,
    /// Size of the object, after the delta is applied, as claimed.
    pub(crate) size: u64,
    /// The object's id, where it is stored whole.
    pub(crate) id: Option<Oid>,
}

/// Reads a pack to its end and checks everything that can be checked without resolving deltas.
pub(crate) fn scan(reader: impl Read, limits: &ImportLimits, progress: &dyn Progress) -> Result<Scan> {
    let mut tap = Tap::new(reader);
    let header = tap.peek(12)?;
    if header.len() < 12 {
        return Err(ends_early());
    }
    if header[..8] != *b"PACK\0\0\0\x02" {
        return Err(Error::refused("this is not a git pack of version 2"));
    }
    let count = u32::from_be_bytes([header[8], header[9], header[10], header[11]]);
    if count == 0 {
        return Err(Error::refused("the pack holds no objects"));
    }
    if count > limits.objects {
        let most = limits.objects;
        return Err(Error::refused(format!("the pack has {count} objects; at most {most} are taken")));
    }
    tap.take(12);
    let mut sums = Sums { limits, objects: 0, deltas: 0 };
    let mut inflating = Inflating::new();
    let mut entries = Vec::new();
    for number in 0..count {
        if number % 1024 == 0 {
            step(progress, "reading", number.into(), count.into())?;
        }
        entries.push(entry(&mut tap, &mut inflating, &mut sums)?);
    }
    step(progress, "reading", count.into(), count.into())?;
    let name = tap.hash.clone().finish()?;
    let trailer = tap.peek(21)?;
    match trailer.len() {
        0..20 => Err(ends_early()),
        20 if trailer != name.as_bytes() => {
            Err(Error::refused("the pack's checksum does not match: it was changed or damaged on its way"))
        }
        20 => Ok(Scan { name, bytes: tap.at + 20, entries }),
        _ => Err(Error::refused("bytes follow the end of the pack")),
    }
}

fn ends_early() -> Error {
    Error::refused("the pack is truncated: it ends early")
}

/// What was claimed so far.
struct Sums<'a> {
    limits: &'a ImportLimits,
    objects: u64,
    deltas: u64,
}

impl Sums<'_> {
    fn add_object(&mut self, size: u64) -> Result<()> {
        self.object(size)?;
        self.objects = self.objects.saturating_add(size);
        self.total(self.objects)
    }

    /// Deltas are inflated as well, so they are bounded alike.
    fn add_delta(&mut self, size: u64) -> Result<()> {
        self.object(size)?;
        self.deltas = self.deltas.saturating_add(size);
        self.total(self.deltas)
    }

    fn object(&self, size: u64) -> Result<()> {
        let most = self.limits.object_bytes;
        if size <= most {
            return Ok(());
        }
        Err(Error::refused(format!("an object of {size} bytes is in the pack; at most {most} are taken")))
    }

    fn total(&self, sum: u64) -> Result<()> {
        let most = self.limits.total_bytes;
        if sum <= most {
            return Ok(());
        }
        Err(Error::refused(format!(
            "the pack's objects have more than {most} bytes together, the most that is taken"
        )))
    }
}

fn entry<R: Read>(tap: &mut Tap<R>, inflating: &mut Inflating, sums: &mut Sums<'_>) -> Result<Seen> {
    let offset = tap.at;
    tap.crc = crc32fast::Hasher::new();
    let malformed =
        |what: &str| Error::refused(format!("the pack is malformed: the entry at byte {offset} {what}"));
    let header = Header::decode(tap.peek(LONGEST)?).map_err(|bad| match bad {
        BadHeader::Short => ends_early(),
        BadHeader::Malformed => malformed("has no valid header"),
    })?;
    tap.take(header.length);
    let mut hash = None;
    match header.form {
        Form::Whole(kind) => {
            sums.add_object(header.size)?;
            hash = Some(Sha1::of_object(kind, header.size));
        }
        Form::OfsDelta(distance) if distance == 0 || distance > offset - HEADER => {
            return Err(malformed("builds on an entry outside the pack"));
        }
        Form::OfsDelta(_) | Form::RefDelta(_) => sums.add_delta(header.size)?,
    }
    // The two sizes at the start of a delta have at most 10 bytes each.
    let (mut start, mut inflated) = (Vec::with_capacity(20), 0_u64);
    inflating.restart();
    loop {
        let input = tap.peek(1)?;
        if input.is_empty() {
            return Err(ends_early());
        }
        let step = inflating.step(input).map_err(|_| malformed("has a damaged zlib stream"))?;
        inflated += step.out.len() as u64;
        if inflated > header.size {
            return Err(malformed("is larger than it claims"));
        }
        if let Some(hash) = &mut hash {
            hash.update(step.out);
        } else {
            start.extend(step.out.iter().take(20 - start.len()));
        }
        let (used, end, idle) = (step.used, step.end, step.used == 0 && step.out.is_empty());
        tap.take(used);
        if end {
            break;
        }
        if idle {
            return Err(malformed("has a damaged zlib stream"));
        }
    }
    if inflated != header.size {
        return Err(malformed("is smaller than it claims"));
    }
    let (size, id) = if let Some(hash) = hash {
        (header.size, Some(hash.finish()?))
    } else {
        let mut start = start.as_slice();
        let sizes = number(&mut start).zip(number(&mut start));
        let (base, size) = sizes.ok_or_else(|| malformed("is no delta"))?;
        sums.object(base)?;
        sums.add_object(size)?;
        (size, None)
    };
    Ok(Seen { offset, end: tap.at, crc: tap.crc.clone().finalize(), header, size, id })
}

/// The number at the start of `bytes`, 7 bits a byte, lowest first; moves `bytes` behind it.
fn number(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0_u64;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        let part = u64::from(byte & 127);
        if (part << shift) >> shift != part {
            return None;
        }
        value |= part << shift;
        if byte & 128 == 0 {
            return Some(value);
        }
    }
    None
}

/// A reader that hashes what is taken from it.
struct Tap<R> {
    reader: R,
    buffer: Box<[u8]>,
    start: usize,
    end: usize,
    at: u64,
    hash: Sha1,
    crc: crc32fast::Hasher,
}

impl<R: Read> Tap<R> {
    fn new(reader: R) -> Self {
        let buffer = vec![0; 64 << 10].into_boxed_slice();
        Self { reader, buffer, start: 0, end: 0, at: 0, hash: Sha1::new(), crc: crc32fast::Hasher::new() }
    }

    /// What is buffered: at least `want` bytes unless the end is nearer.
    fn peek(&mut self, want: usize) -> io::Result<&[u8]> {
        if self.end - self.start < want {
            self.buffer.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.end - self.start);
            while self.end < want {
                match self.reader.read(&mut self.buffer[self.end..]) {
                    Ok(0) => break,
                    Ok(read) => self.end += read,
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(&self.buffer[self.start..self.end])
    }

    /// Moves behind the next `count` bytes, which were peeked at.
    fn take(&mut self, count: usize) {
        let taken = &self.buffer[self.start..self.start + count];
        self.hash.update(taken);
        self.crc.update(taken);
        self.start += count;
        self.at += count as u64;
    }
}
