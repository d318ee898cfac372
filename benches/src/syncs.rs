//! The system calls that one durable write needs, alone: the floor under a lone writer.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::failure::{Context, Result};
use crate::git::rate;

/// Bytes of the pack, the index and the ledger's log that one write of a page of 2 KB makes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sizes {
    pub(crate) pack: usize,
    pub(crate) index: usize,
    pub(crate) log: usize,
}

/// Writes a second of nothing but the sequence, in a new `folder`: pack and index each created, written and synced, both renamed into the
/// folder, the folder synced, the ledger's log appended to and its data synced. What it wrote stays there: ext4 without a journal passes
/// over files deleted in the last minutes one by one for each file that it makes, also for those of whoever is measured next.
pub(crate) fn alone(folder: &Path, sizes: Sizes, window: Duration) -> Result<f64> {
    let (own, packs) = (folder.join("own"), folder.join("pack"));
    for folder in [&own, &packs] {
        fs::create_dir_all(folder).when(folder.display())?;
    }
    let when = || format!("the sync sequence in {}", folder.display());
    let log = folder.join("log");
    // A log that is written over, as SQLite's is between two checkpoints: its size does not change with each write.
    let length = 4 << 20;
    fs::write(&log, vec![0; length]).and_then(|()| File::open(&log)?.sync_all()).when(when())?;
    let mut log = OpenOptions::new().write(true).open(&log).when(when())?;
    let (begun, mut count, mut at) = (Instant::now(), 0_u64, 0);
    while begun.elapsed() < window {
        let stage = |kind: &str, bytes: usize| {
            let path = own.join(format!("tmp_{kind}_{count}"));
            let mut file = File::create_new(&path)?;
            file.write_all(&vec![count.to_le_bytes()[0]; bytes])?;
            file.sync_all()?;
            Ok::<_, std::io::Error>(path)
        };
        let once = || {
            let pack = stage("pack", sizes.pack)?;
            let index = stage("idx", sizes.index)?;
            fs::rename(pack, packs.join(format!("pack-{count}.pack")))?;
            fs::rename(index, packs.join(format!("pack-{count}.idx")))?;
            File::open(&packs)?.sync_all()?;
            if at + sizes.log > length {
                std::io::Seek::rewind(&mut log)?;
                at = 0;
            }
            log.write_all(&vec![1; sizes.log])?;
            at += sizes.log;
            log.sync_data()
        };
        let mut once = once;
        once().when(when())?;
        count += 1;
    }
    Ok(rate(count, begun.elapsed()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sequence_runs_and_nothing_is_deleted() {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path().join("syncs");
        let sizes = Sizes { pack: 3000, index: 1200, log: 2 << 20 };
        assert!(alone(&at, sizes, Duration::from_millis(30)).unwrap() > 0.0);
        let kept = |folder: &str| fs::read_dir(at.join(folder)).unwrap().count();
        assert!(kept("pack") >= 2 && kept("pack") % 2 == 0 && kept("own") == 0);
    }
}
