//! What a repository stores.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::failure::{Context, Failure, Result};
use crate::process;

/// The packs that are in use, by name, with the bytes of pack and index. Packs that compaction has replaced stay a while for readers
/// that have them open; each has a note beside the objects, `portolan/<id>.replaced`, and does not count.
pub(crate) fn live(repo: &Path) -> Result<BTreeMap<String, u64>> {
    let folder = repo.join("objects/pack");
    let mut packs = BTreeMap::new();
    for file in std::fs::read_dir(&folder).when(folder.display())? {
        let file = file.when(folder.display())?;
        let name = file.file_name().to_string_lossy().into_owned();
        let Some((id, _)) = name.strip_prefix("pack-").and_then(|name| name.split_once('.')) else {
            continue;
        };
        if repo.join(format!("portolan/{id}.replaced")).exists() {
            continue;
        }
        match file.metadata() {
            Ok(found) => *packs.entry(id.to_owned()).or_default() += found.len(),
            // Swept between the listing and now.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(error).when(&name),
        }
    }
    Ok(packs)
}

/// Bytes of all packs in use.
pub(crate) fn bytes(repo: &Path) -> Result<u64> {
    Ok(live(repo)?.values().sum())
}

/// How long nothing may happen for the repository to count as settled.
const QUIET: Duration = Duration::from_millis(1500);
/// Processor time in that while that is not yet work.
const IDLE: Duration = Duration::from_millis(60);
/// Longest time for it to come to rest.
const PATIENCE: Duration = Duration::from_mins(5);

/// Waits until the server `pid` is idle and no pack has come or gone for a while.
pub(crate) fn settle(repo: &Path, pid: u32) -> Result<BTreeMap<String, u64>> {
    let begun = Instant::now();
    let mut seen = (live(repo)?, process::cpu(&[pid])?);
    while begun.elapsed() < PATIENCE {
        std::thread::sleep(QUIET);
        let now = (live(repo)?, process::cpu(&[pid])?);
        if now.0 == seen.0 && now.1.saturating_sub(seen.1) < IDLE {
            return Ok(now.0);
        }
        seen = now;
    }
    Err(Failure::new("compaction does not come to rest"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replaced_packs_do_not_count() {
        let repo = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(repo.path().join("objects/pack")).unwrap();
        std::fs::create_dir_all(repo.path().join("portolan")).unwrap();
        for (name, bytes) in [("pack-a.pack", 10), ("pack-a.idx", 5), ("pack-b.pack", 100), ("other", 1000)] {
            std::fs::write(repo.path().join("objects/pack").join(name), vec![0; bytes]).unwrap();
        }
        assert_eq!(bytes(repo.path()).unwrap(), 115);
        std::fs::write(repo.path().join("portolan/b.replaced"), "").unwrap();
        assert_eq!(live(repo.path()).unwrap(), BTreeMap::from([("a".into(), 15)]));
    }
}
