//! The header of a pack entry (git's `gitformat-pack`, "pack-*.pack files have the following format").

use portolan_core::git::{Kind, Oid};

/// How an entry keeps its object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// Whole.
    Whole(Kind),
    /// As a delta against the entry that starts this many bytes earlier.
    OfsDelta(u64),
    /// As a delta against the object with this id.
    RefDelta(Oid),
}

/// What stands before an entry's zlib stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Header {
    /// How the object is kept.
    pub(crate) form: Form,
    /// Size of the inflated stream, bytes: the object's, or that of its delta.
    pub(crate) size: u64,
    /// Size of this header, bytes.
    pub(crate) length: usize,
}

/// The longest header: a size of 64 bits (10 bytes) and an id or a distance.
pub(crate) const LONGEST: usize = 32;

/// Why bytes are no header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BadHeader {
    /// More bytes are needed.
    #[error("the entry header is cut short")]
    Short,
    /// No header starts like this.
    #[error("the entry header is malformed")]
    Malformed,
}

impl Header {
    /// The header at the start of `bytes`.
    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, BadHeader> {
        let mut rest = bytes.iter().copied();
        let mut next = || rest.next().ok_or(BadHeader::Short);
        let first = next()?;
        let mut size = u64::from(first & 15);
        let (mut shift, mut byte, mut length) = (4_u32, first, 1);
        while byte & 128 != 0 {
            byte = next()?;
            let part = u64::from(byte & 127);
            if shift > 60 || (part << shift) >> shift != part {
                return Err(BadHeader::Malformed);
            }
            size |= part << shift;
            shift += 7;
            length += 1;
        }
        let form = match (first >> 4) & 7 {
            1 => Form::Whole(Kind::Commit),
            2 => Form::Whole(Kind::Tree),
            3 => Form::Whole(Kind::Blob),
            4 => Form::Whole(Kind::Tag),
            6 => {
                let mut byte = next()?;
                let mut distance = u64::from(byte & 127);
                length += 1;
                while byte & 128 != 0 {
                    byte = next()?;
                    if distance >= 1 << 56 {
                        return Err(BadHeader::Malformed);
                    }
                    distance = ((distance + 1) << 7) | u64::from(byte & 127);
                    length += 1;
                }
                Form::OfsDelta(distance)
            }
            7 => {
                let id = bytes.get(length..length + 20).ok_or(BadHeader::Short)?;
                length += 20;
                Form::RefDelta(Oid::from_slice(id).ok_or(BadHeader::Short)?)
            }
            _ => return Err(BadHeader::Malformed),
        };
        Ok(Self { form, size, length })
    }
}

/// The header of an entry of `form` whose inflated stream has `size` bytes.
pub(crate) fn encode(form: Form, size: u64) -> Vec<u8> {
    let number = match form {
        Form::Whole(Kind::Commit) => 1,
        Form::Whole(Kind::Tree) => 2,
        Form::Whole(Kind::Blob) => 3,
        Form::Whole(Kind::Tag) => 4,
        Form::OfsDelta(_) => 6,
        Form::RefDelta(_) => 7,
    };
    let mut out = Vec::with_capacity(LONGEST);
    let (mut byte, mut rest) = ((number << 4) | low(size, 4), size >> 4);
    while rest != 0 {
        out.push(byte | 128);
        (byte, rest) = (low(rest, 7), rest >> 7);
    }
    out.push(byte);
    match form {
        Form::Whole(_) => {}
        Form::RefDelta(id) => out.extend_from_slice(id.as_bytes()),
        Form::OfsDelta(distance) => {
            let mut digits = vec![low(distance, 7)];
            let mut rest = distance >> 7;
            while rest != 0 {
                rest -= 1;
                digits.push(low(rest, 7) | 128);
                rest >>= 7;
            }
            out.extend(digits.iter().rev());
        }
    }
    out
}

/// The lowest `bits` (at most 8) of `value`.
fn low(value: u64, bits: u32) -> u8 {
    value.to_le_bytes()[0] & (u8::MAX >> (8 - bits))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn form() -> impl Strategy<Value = Form> {
        prop_oneof![
            prop::sample::select(vec![Kind::Blob, Kind::Tree, Kind::Commit, Kind::Tag]).prop_map(Form::Whole),
            (0_u64..1 << 60).prop_map(Form::OfsDelta),
            any::<[u8; 20]>().prop_map(|id| Form::RefDelta(Oid::from_bytes(id))),
        ]
    }

    proptest! {
        #[test]
        fn a_header_survives_its_bytes(form in form(), size: u64, shift in 0_u32..64, tail: Vec<u8>) {
            let size = size >> shift;
            let mut bytes = encode(form, size);
            let length = bytes.len();
            prop_assert!(length <= LONGEST);
            for cut in 0..length {
                prop_assert_eq!(Header::decode(&bytes[..cut]), Err(BadHeader::Short));
            }
            bytes.extend(tail);
            prop_assert_eq!(Header::decode(&bytes), Ok(Header { form, size, length }));
        }

        #[test]
        fn any_bytes_are_judged_without_panic(bytes: Vec<u8>) {
            if let Ok(header) = Header::decode(&bytes) {
                prop_assert!(header.length <= bytes.len());
            }
        }
    }
}
