//! Where the bytes of a pack or index come from.

use std::fmt::Debug;
use std::io;

use bytes::Bytes;

/// Immutable bytes that can be read at any place.
pub trait Source: Debug + Send + Sync {
    /// Number of bytes.
    fn size(&self) -> u64;

    /// Fills `buffer` with the bytes from `offset` on; `UnexpectedEof` where they do not suffice.
    fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()>;
}

impl Source for Bytes {
    fn size(&self) -> u64 {
        self.len() as u64
    }

    fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        let start = usize::try_from(offset).map_err(|_| io::ErrorKind::UnexpectedEof)?;
        let end = start.checked_add(buffer.len()).ok_or(io::ErrorKind::UnexpectedEof)?;
        buffer.copy_from_slice(self.get(start..end).ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }
}

impl Source for std::fs::File {
    fn size(&self) -> u64 {
        self.metadata().map_or(0, |metadata| metadata.len())
    }

    fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        std::os::unix::fs::FileExt::read_exact_at(self, buffer, offset)
    }
}

/// The `N` bytes of `source` at `offset`.
pub(crate) fn array_at<const N: usize>(source: &dyn Source, offset: u64) -> io::Result<[u8; N]> {
    let mut buffer = [0; N];
    source.read_exact_at(&mut buffer, offset)?;
    Ok(buffer)
}

/// `size` bytes of `source` at `offset`, which must lie within it.
pub(crate) fn bytes_at(source: &dyn Source, offset: u64, size: u64) -> io::Result<Vec<u8>> {
    let within = offset.checked_add(size).is_some_and(|end| end <= source.size());
    let size = usize::try_from(size).ok().filter(|_| within).ok_or(io::ErrorKind::UnexpectedEof)?;
    let mut buffer = vec![0; size];
    source.read_exact_at(&mut buffer, offset)?;
    Ok(buffer)
}
