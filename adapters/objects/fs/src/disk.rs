//! The few things done to a disk, as a seam: tests record their order and let each of them fail.

use std::fmt::Debug;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Changes of a disk. Reading goes past it.
pub(crate) trait Disk: Debug + Send + Sync {
    /// Makes a directory; its parent must be there, itself not.
    fn create_dir(&self, path: &Path) -> io::Result<()>;
    /// Makes a file that must not be there yet, with these permission bits.
    fn create(&self, path: &Path, mode: u32) -> io::Result<Box<dyn DiskFile>>;
    /// Renames a file over another, or a directory to a free name.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Gives a file a further, free name.
    fn link(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Makes what was written to both files survive a crash of the machine.
    fn sync_both(&self, one: &mut dyn DiskFile, other: &mut dyn DiskFile) -> io::Result<()>;
    /// Makes the names in a directory survive a crash of the machine.
    fn sync_dir(&self, path: &Path) -> io::Result<()>;
    /// Removes a file.
    fn remove(&self, path: &Path) -> io::Result<()>;
    /// Removes a directory with everything in it.
    fn remove_dir(&self, path: &Path) -> io::Result<()>;
    /// Puts `bytes` in the place of the file `at`, for a reader all at once, by way of the file `spare`, which is made where it is
    /// missing and stays for the next time where the system can exchange two names. Not synced.
    fn exchange(&self, spare: &Path, at: &Path, bytes: &[u8]) -> io::Result<()>;
    /// Bytes that this process may still write to the disk that `path` is on.
    fn room(&self, path: &Path) -> io::Result<u64>;
}

/// A file being written.
pub(crate) trait DiskFile: Write + Debug + Send {
    /// Makes what was written survive a crash of the machine.
    fn sync(&mut self) -> io::Result<()>;
}

/// The disk itself.
#[derive(Debug)]
pub(crate) struct RealDisk;

impl Disk for RealDisk {
    fn create_dir(&self, path: &Path) -> io::Result<()> {
        fs::create_dir(path)
    }

    fn create(&self, path: &Path, mode: u32) -> io::Result<Box<dyn DiskFile>> {
        let file = OpenOptions::new().write(true).create_new(true).mode(mode).open(path)?;
        Ok(Box::new(file))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::hard_link(from, to)
    }

    fn sync_both(&self, one: &mut dyn DiskFile, other: &mut dyn DiskFile) -> io::Result<()> {
        // At once: a disk takes hardly longer for two than for one.
        let mut beside = None;
        let alone = std::thread::scope(|scope| {
            let started = std::thread::Builder::new().spawn_scoped(scope, || other.sync());
            let alone = one.sync();
            beside = started.ok().map(std::thread::ScopedJoinHandle::join);
            alone
        });
        alone?;
        match beside {
            Some(Ok(synced)) => synced,
            Some(Err(_)) => Err(io::Error::other("a sync was stopped by a defect")),
            // The system gives no further thread.
            None => other.sync(),
        }
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        File::open(path)?.sync_all()
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn remove_dir(&self, path: &Path) -> io::Result<()> {
        fs::remove_dir_all(path)
    }

    fn exchange(&self, spare: &Path, at: &Path, bytes: &[u8]) -> io::Result<()> {
        // Whatever else has the name is not written to, nor through.
        if fs::symlink_metadata(spare).is_ok_and(|found| !found.is_file()) {
            fs::remove_file(spare).or_else(|_| fs::remove_dir_all(spare))?;
        }
        let mut file = OpenOptions::new().write(true).create(true).truncate(false).mode(0o644).open(spare)?;
        file.write_all(bytes)?;
        file.set_len(bytes.len() as u64)?;
        drop(file);
        // A file that is replaced is deleted, and to each new file ext4 offers, for a minute, all that were deleted before it.
        #[cfg(target_os = "linux")]
        {
            use rustix::fs::{CWD, RenameFlags, renameat_with};
            if renameat_with(CWD, spare, CWD, at, RenameFlags::EXCHANGE).is_ok() {
                return Ok(());
            }
        }
        fs::rename(spare, at)
    }

    fn room(&self, path: &Path) -> io::Result<u64> {
        let disk = rustix::fs::statvfs(path)?;
        Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
    }
}

impl DiskFile for File {
    fn sync(&mut self) -> io::Result<()> {
        self.sync_all()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[derive(Debug)]
    struct Fake<'a> {
        synced: &'a AtomicUsize,
        outcome: fn() -> io::Result<()>,
    }

    impl Write for Fake<'_> {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl DiskFile for Fake<'_> {
        fn sync(&mut self) -> io::Result<()> {
            self.synced.fetch_add(1, Ordering::SeqCst);
            (self.outcome)()
        }
    }

    #[test]
    fn two_syncs_are_done_when_both_are_and_fail_when_one_does() {
        let good: fn() -> io::Result<()> = || Ok(());
        let bad: fn() -> io::Result<()> = || Err(io::ErrorKind::StorageFull.into());
        let defect: fn() -> io::Result<()> = || panic!("a defect");
        for (one, other, error) in [
            (good, good, None),
            (bad, good, Some(io::ErrorKind::StorageFull)),
            (good, bad, Some(io::ErrorKind::StorageFull)),
            (good, defect, Some(io::ErrorKind::Other)),
        ] {
            let synced = AtomicUsize::new(0);
            let file = |outcome| Fake { synced: &synced, outcome };
            let answer = RealDisk.sync_both(&mut file(one), &mut file(other));
            assert_eq!(answer.err().map(|error| error.kind()), error);
            assert_eq!(synced.load(Ordering::SeqCst), 2);
        }
    }
}
