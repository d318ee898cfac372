//! Files in memory, as long as there is room for them.

use std::fmt;
use std::io;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use bytes::Bytes;
use portolan_objects_pack::Source;

use super::LazyFile;

/// Where there was no room for a file it is tried again each time it was read so often: what took it may have been dropped, as the index of
/// a pack that was merged.
const AGAIN: u32 = 64;

/// Bytes that may be kept yet.
#[derive(Debug)]
pub(super) struct Room(AtomicU64);

impl Room {
    pub(super) const fn new(bytes: u64) -> Self {
        Self(AtomicU64::new(bytes))
    }

    fn take(&self, bytes: u64) -> bool {
        let less = |left: u64| left.checked_sub(bytes);
        self.0.fetch_update(Ordering::AcqRel, Ordering::Acquire, less).is_ok()
    }

    fn give_back(&self, bytes: u64) {
        self.0.fetch_add(bytes, Ordering::AcqRel);
    }
}

/// A file that nobody changes. From its first read on it is in memory, if there is room, until it is dropped; else it is read where it
/// lies.
pub(crate) struct ResidentFile {
    file: LazyFile,
    reads: AtomicU32,
    bytes: OnceLock<Bytes>,
}

impl ResidentFile {
    pub(crate) fn new(file: LazyFile) -> Self {
        Self { file, reads: AtomicU32::new(0), bytes: OnceLock::new() }
    }

    /// Keeps it, if there is room. Where two do this at once, one of them has read in vain.
    fn keep(&self) -> io::Result<()> {
        let room = &self.file.files.room;
        if !room.take(self.file.size) {
            return Ok(());
        }
        let read = || {
            let size = usize::try_from(self.file.size).map_err(|_| io::ErrorKind::FileTooLarge)?;
            let mut bytes = vec![0; size];
            self.file.read_exact_at(&mut bytes, 0)?;
            Ok(Bytes::from(bytes))
        };
        let kept = read().map(|bytes| self.bytes.set(bytes).is_ok());
        if !matches!(kept, Ok(true)) {
            room.give_back(self.file.size);
        }
        kept.map(drop)
    }
}

impl Source for ResidentFile {
    fn size(&self) -> u64 {
        self.file.size
    }

    fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        if self.bytes.get().is_none() && self.reads.fetch_add(1, Ordering::Relaxed).is_multiple_of(AGAIN) {
            self.keep()?;
        }
        match self.bytes.get() {
            Some(bytes) => bytes.read_exact_at(buffer, offset),
            None => self.file.read_exact_at(buffer, offset),
        }
    }
}

impl fmt::Debug for ResidentFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kept = self.bytes.get().is_some();
        f.debug_struct("ResidentFile").field("file", &self.file).field("kept", &kept).finish_non_exhaustive()
    }
}

impl Drop for ResidentFile {
    fn drop(&mut self) {
        if self.bytes.get().is_some() {
            self.file.files.room.give_back(self.file.size);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Arc;

    use super::super::Files;
    use super::*;

    fn resident(path: &Path, files: &Arc<Files>) -> ResidentFile {
        std::fs::write(path, b"0123456789").unwrap();
        ResidentFile::new(LazyFile::open(path.to_path_buf(), files).unwrap())
    }

    /// Reads it `times`, and tells whether it was kept after that.
    fn read(file: &ResidentFile, times: u32) -> bool {
        for _ in 0..times {
            let mut two = [0; 2];
            file.read_exact_at(&mut two, 3).unwrap();
            assert_eq!(&two, b"34");
        }
        assert!(file.read_exact_at(&mut [0; 2], 9).is_err(), "beyond its end");
        file.bytes.get().is_some()
    }

    #[test]
    fn what_is_read_is_kept_as_long_as_there_is_room() {
        let folder = tempfile::tempdir().unwrap();
        let files = Arc::new(Files::new(4, 25));
        let [one, two, three] =
            ["one", "two", "three"].map(|name| resident(&folder.path().join(name), &files));
        assert!(read(&one, 1) && read(&two, 1));
        assert!(!read(&three, 3 * AGAIN), "no room for a third one");
        drop(one);
        assert!(read(&three, AGAIN), "there is room again");
        drop((two, three));
        assert!(files.room.take(25) && !files.room.take(1), "all of it was given back");
    }

    #[test]
    fn of_those_who_keep_it_at_once_one_takes_room() {
        let folder = tempfile::tempdir().unwrap();
        let files = Arc::new(Files::new(4, 25));
        let file = resident(&folder.path().join("one"), &files);
        file.keep().unwrap();
        file.keep().unwrap();
        assert!(files.room.take(15), "once");
    }

    #[test]
    fn a_file_that_cannot_be_read_takes_no_room() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("one");
        let files = Arc::new(Files::new(4, 25));
        let file = resident(&path, &files);
        std::fs::write(&path, b"short").unwrap();
        assert_eq!(file.keep().unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
        assert!(files.room.take(25));
    }
}
