//! Packs made by hand, so that every part of them can lie (`gitformat-pack`).

use std::io::Write;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use portolan_core::git::Oid;

pub(super) const BLOB: u8 = 3;
pub(super) const OFS_DELTA: u8 = 6;
pub(super) const REF_DELTA: u8 = 7;

/// A pack of version 2 with these entries, which says that there are `count`.
pub(super) fn pack_of(count: u32, entries: &[Vec<u8>]) -> Vec<u8> {
    let mut pack = b"PACK\0\0\0\x02".to_vec();
    pack.extend(count.to_be_bytes());
    pack.extend(entries.concat());
    signed(pack)
}

/// `bytes` with their SHA-1 at the end.
pub(super) fn signed(mut bytes: Vec<u8>) -> Vec<u8> {
    let mut hasher = gix_hash::hasher(gix_hash::Kind::Sha1);
    hasher.update(&bytes);
    let sum = hasher.try_finalize().expect("a test's pack is no attack on SHA-1");
    bytes.extend_from_slice(sum.as_bytes());
    bytes
}

pub(super) fn deflate(data: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(data).expect("memory can be written");
    encoder.finish().expect("memory can be written")
}

/// Type and size, as an entry begins: four bits of the size, then seven a byte.
pub(super) fn header(kind: u8, size: u64) -> Vec<u8> {
    let low = u8::try_from(size & 0x0f).expect("four bits fit");
    let rest = size >> 4;
    let mut bytes = vec![(kind << 4) | low | if rest > 0 { 0x80 } else { 0 }];
    if rest > 0 {
        bytes.extend(number(rest));
    }
    bytes
}

/// A number as deltas and headers have it: seven bits a byte, the least first.
fn number(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let low = u8::try_from(value & 0x7f).expect("seven bits fit");
        value >>= 7;
        if value == 0 {
            bytes.push(low);
            return bytes;
        }
        bytes.push(low | 0x80);
    }
}

/// The distance back to a delta's base: seven bits a byte, the highest first, each but the last one less.
pub(super) fn distance(value: u64) -> Vec<u8> {
    let mut bytes = vec![u8::try_from(value & 0x7f).expect("seven bits fit")];
    let mut rest = value >> 7;
    while rest > 0 {
        rest -= 1;
        bytes.push(0x80 | u8::try_from(rest & 0x7f).expect("seven bits fit"));
        rest >>= 7;
    }
    bytes.reverse();
    bytes
}

pub(super) fn blob(data: &[u8]) -> Vec<u8> {
    [header(BLOB, data.len() as u64), deflate(data)].concat()
}

pub(super) fn ofs_delta(back: u64, delta: &[u8]) -> Vec<u8> {
    [header(OFS_DELTA, delta.len() as u64), distance(back), deflate(delta)].concat()
}

pub(super) fn ref_delta(base: Oid, delta: &[u8]) -> Vec<u8> {
    [header(REF_DELTA, delta.len() as u64), base.as_bytes().to_vec(), deflate(delta)].concat()
}

/// A delta that says it makes `to` bytes of `from`.
pub(super) fn delta(from: u64, to: u64, steps: &[Vec<u8>]) -> Vec<u8> {
    [number(from), number(to), steps.concat()].concat()
}

/// A step that copies from the base; at most 64 KiB - 1.
pub(super) fn copy(offset: u32, size: u16) -> Vec<u8> {
    [&[0xbf_u8][..], &offset.to_le_bytes(), &size.to_le_bytes()].concat()
}

/// A step that inserts at most 127 bytes.
pub(super) fn insert(data: &[u8]) -> Vec<u8> {
    [&[u8::try_from(data.len()).expect("at most 127 bytes")], data].concat()
}
