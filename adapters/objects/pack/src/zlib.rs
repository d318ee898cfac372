//! Deflating and inflating, bounded.

use std::cell::RefCell;
use std::io;

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};
use parking_lot::Mutex;

use crate::{Error, Result};

/// Deflate cannot shrink more than about 1032 to 1, so a larger claim is a lie (zlib's technical notes).
const MOST_GROWTH: u64 = 1040;

thread_local! {
    // The window of a decompressor costs more to make than a page costs to inflate.
    static INFLATER: RefCell<Decompress> = RefCell::new(Decompress::new(true));
}

/// Inflates the zlib stream that is all of `stream` to exactly `size` bytes.
pub(crate) fn inflate(stream: &[u8], size: u64) -> Result<Vec<u8>> {
    let bad = |reason: &'static str| Error::damaged(0, reason);
    if size > (stream.len() as u64).saturating_mul(MOST_GROWTH) + 64 {
        return Err(bad("the claimed size is larger than the stream can hold"));
    }
    let size = usize::try_from(size).map_err(|_| bad("the object is larger than memory"))?;
    INFLATER.with_borrow_mut(|inflater| {
        inflater.reset(true);
        // Room for one byte too many shows a stream that is longer than it claims.
        let mut out = Vec::with_capacity(size + 1);
        loop {
            let (read, written) = (inflater.total_in(), out.len());
            let rest = usize::try_from(read).ok().and_then(|read| stream.get(read..)).unwrap_or_default();
            let status = inflater
                .decompress_vec(rest, &mut out, FlushDecompress::Finish)
                .map_err(|_| bad("the zlib stream is malformed or its checksum is wrong"))?;
            if out.len() > size {
                return Err(bad("the stream is longer than its claimed size"));
            }
            if status == Status::StreamEnd {
                if out.len() < size {
                    return Err(bad("the stream is shorter than its claimed size"));
                }
                if inflater.total_in() != stream.len() as u64 {
                    return Err(bad("bytes follow the zlib stream"));
                }
                return Ok(out);
            }
            if inflater.total_in() == read && out.len() == written {
                return Err(bad("the zlib stream is cut short"));
            }
        }
    })
}

/// Inflates a stream of unknown length piece by piece, without keeping it.
pub(crate) struct Inflating {
    inflater: Decompress,
    buffer: Box<[u8]>,
}

/// What one step of [`Inflating`] did.
pub(crate) struct Step<'a> {
    /// Bytes of input used.
    pub(crate) used: usize,
    /// The bytes that came out.
    pub(crate) out: &'a [u8],
    /// The stream is at its end, its checksum right.
    pub(crate) end: bool,
}

impl Inflating {
    pub(crate) fn new() -> Self {
        Self { inflater: Decompress::new(true), buffer: vec![0; 32 << 10].into_boxed_slice() }
    }

    /// Makes it ready for another stream.
    pub(crate) fn restart(&mut self) {
        self.inflater.reset(true);
    }

    /// Inflates some of `input`.
    pub(crate) fn step(&mut self, input: &[u8]) -> Result<Step<'_>, flate2::DecompressError> {
        let (read, written) = (self.inflater.total_in(), self.inflater.total_out());
        let status = self.inflater.decompress(input, &mut self.buffer, FlushDecompress::None)?;
        // Both differences are bounded by the lengths of the two slices.
        let used = usize::try_from(self.inflater.total_in() - read).unwrap_or(input.len());
        let out = usize::try_from(self.inflater.total_out() - written).unwrap_or(self.buffer.len());
        Ok(Step { used, out: &self.buffer[..out], end: status == Status::StreamEnd })
    }
}

/// From this size on objects are deflated fast.
const LARGE: usize = 64 << 10;

/// The zlib stream of `data`.
pub(crate) fn deflate(data: &[u8]) -> io::Result<Vec<u8>> {
    if data.len() >= LARGE { deflate_fast(data) } else { GOOD.deflate(data) }
}

/// The zlib stream of `data`, made fast: for what no level shrinks much, as trees, which are mostly ids.
pub(crate) fn deflate_fast(data: &[u8]) -> io::Result<Vec<u8>> {
    FAST.deflate(data)
}

static FAST: Deflaters = Deflaters { level: 1, idle: Mutex::new(Vec::new()) };
static GOOD: Deflaters = Deflaters { level: 6, idle: Mutex::new(Vec::new()) };

/// Compressors of a level of zlib. To make one costs more than to deflate a page, and each takes a quarter of a MiB: so one for each
/// thread would be too many.
struct Deflaters {
    level: u32,
    idle: Mutex<Vec<Compress>>,
}

/// Most that are kept of a level.
const IDLE: usize = 2;

impl Deflaters {
    fn deflate(&self, data: &[u8]) -> io::Result<Vec<u8>> {
        let idle = self.idle.lock().pop();
        let mut deflater = idle.unwrap_or_else(|| Compress::new(Compression::new(self.level), true));
        let stream = stream(&mut deflater, data)?;
        let mut idle = self.idle.lock();
        if idle.len() < IDLE {
            idle.push(deflater);
        }
        Ok(stream)
    }
}

fn stream(deflater: &mut Compress, data: &[u8]) -> io::Result<Vec<u8>> {
    deflater.reset();
    let mut out = Vec::with_capacity(data.len() / 2 + 64);
    loop {
        let read = usize::try_from(deflater.total_in()).map_err(io::Error::other)?;
        let rest = data.get(read..).unwrap_or_default();
        let status =
            deflater.compress_vec(rest, &mut out, FlushCompress::Finish).map_err(io::Error::other)?;
        if status == Status::StreamEnd {
            return Ok(out);
        }
        out.reserve(data.len() / 4 + 256);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_deflated_inflates(data: Vec<u8>, repeat in 1_usize..400) {
            let data = data.repeat(repeat);
            deflate(b"another stream before").unwrap();
            let stream = deflate(&data).unwrap();
            let size = data.len() as u64;
            prop_assert_eq!(inflate(&stream, size).unwrap(), data);
            prop_assert!(inflate(&stream, size + 1).is_err());
            prop_assert!(size == 0 || inflate(&stream, size - 1).is_err());
            prop_assert!(inflate(&stream[..stream.len() - 1], size).is_err());
            let mut longer = stream;
            longer.push(0);
            prop_assert!(inflate(&longer, size).is_err());
        }
    }

    #[test]
    fn a_lie_about_the_size_costs_no_memory() {
        assert!(inflate(&deflate(b"small").unwrap(), u64::MAX / 2).is_err());
    }
}
