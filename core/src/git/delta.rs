//! Git's pack deltas: a target told as pieces of a base and new bytes (git's `Documentation/gitformat-pack`,
//! "Deltified representation").

mod blocks;
mod write;

pub use blocks::{BlockIndex, blocks};
pub use write::{edge, splice};

/// Why a delta cannot be applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadDelta {
    /// It ends in the middle of something, or a size is too large to be one.
    #[error("the delta is cut off or damaged at byte {0}; check the pack")]
    Damaged(usize),
    /// It was made for another base.
    #[error("the delta is for a base of {expected} bytes, this one has {found}; check the pack")]
    OtherBase {
        /// Size the delta names.
        expected: u64,
        /// Size of the base given.
        found: u64,
    },
    /// The target is larger than the caller takes.
    #[error("the delta makes an object of {size} bytes, more than the limit of {limit}")]
    TooLarge {
        /// Size of the target, bytes.
        size: u64,
        /// The caller's limit, bytes.
        limit: u64,
    },
    /// A piece lies outside the base, or the pieces do not add up to the target.
    #[error("the delta's instruction at byte {0} reaches beyond the base or the target; check the pack")]
    OutOfBounds(usize),
}

/// What `delta` makes of `base`, at most `limit` bytes. Allocates no more than the target, and only when it is within
/// the limit.
pub fn apply(base: &[u8], delta: &[u8], limit: u64) -> Result<Vec<u8>, BadDelta> {
    apply_into(base, delta, limit, Vec::new())
}

/// The same in the memory of `target`, whatever that held: for many large objects one after the other.
pub fn apply_into(base: &[u8], delta: &[u8], limit: u64, mut target: Vec<u8>) -> Result<Vec<u8>, BadDelta> {
    let mut reader = Reader { delta, at: 0 };
    let (expected, size) = (reader.size()?, reader.size()?);
    let found = base.len() as u64;
    if expected != found {
        return Err(BadDelta::OtherBase { expected, found });
    }
    let too_large = BadDelta::TooLarge { size, limit };
    let length = usize::try_from(size).ok().filter(|_| size <= limit).ok_or(too_large)?;
    target.clear();
    target.reserve_exact(length);
    while reader.at < delta.len() {
        let at = reader.at;
        let piece = match reader.byte()? {
            0 => return Err(BadDelta::Damaged(at)),
            command if command & 0x80 != 0 => {
                let offset = reader.number(command, 4)?;
                let size = match reader.number(command >> 4, 3)? {
                    0 => 0x1_0000,
                    size => size,
                };
                offset
                    .checked_add(size)
                    .and_then(|end| base.get(offset..end))
                    .ok_or(BadDelta::OutOfBounds(at))?
            }
            length => reader.bytes(usize::from(length))?,
        };
        if piece.len() > length - target.len() {
            return Err(BadDelta::OutOfBounds(at));
        }
        target.extend_from_slice(piece);
    }
    if target.len() == length { Ok(target) } else { Err(BadDelta::OutOfBounds(delta.len())) }
}

/// The sizes of the base and of the target that `delta` names, without applying it.
pub fn sizes(delta: &[u8]) -> Result<(u64, u64), BadDelta> {
    let mut reader = Reader { delta, at: 0 };
    Ok((reader.size()?, reader.size()?))
}

struct Reader<'a> {
    delta: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn byte(&mut self) -> Result<u8, BadDelta> {
        let byte = *self.delta.get(self.at).ok_or(BadDelta::Damaged(self.at))?;
        self.at += 1;
        Ok(byte)
    }

    fn bytes(&mut self, length: usize) -> Result<&'a [u8], BadDelta> {
        let bytes = self.delta.get(self.at..self.at + length).ok_or(BadDelta::Damaged(self.at))?;
        self.at += length;
        Ok(bytes)
    }

    /// A size: seven bits a byte, the lowest first.
    fn size(&mut self) -> Result<u64, BadDelta> {
        let mut size = 0_u64;
        for shift in (0..63).step_by(7) {
            let byte = self.byte()?;
            size |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(size);
            }
        }
        Err(BadDelta::Damaged(self.at))
    }

    /// A number of which only those of the `count` lowest bytes are there whose bit is set in `present`.
    fn number(&mut self, present: u8, count: u32) -> Result<usize, BadDelta> {
        let mut number = 0;
        for byte in 0..count {
            if present >> byte & 1 != 0 {
                number |= usize::from(self.byte()?) << (8 * byte);
            }
        }
        Ok(number)
    }
}

#[cfg(test)]
mod tests;
