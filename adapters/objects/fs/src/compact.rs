//! Compaction: small packs become one, replaced packs go when every reader has had time to reopen.

use std::collections::HashMap;
use std::fs;
use std::io::{self, BufWriter, Write};
use std::time::{Duration, SystemTime};

use portolan_core::git::Oid;
use portolan_objects_pack::{Pack, merge_packs};
use portolan_ports::Result;
use portolan_ports::objects::Compaction;

use crate::error;
use crate::layout::{REPLACED, TEMPORARY};
use crate::loose;
use crate::packs::named;
use crate::repo::Repo;
use crate::shared::Shared;
use crate::store::{Staged, delete, publish, unless_missing};

const OPERATION: &str = "compact";
/// So many packs of about a size become one: of sizes that differ by this factor at most.
const ALIKE: usize = 4;
/// Packs of fewer objects are always merged.
const TINY: u64 = 256;
/// Temporary files of a crashed process are removed when they are this old; no write takes as long.
const ABANDONED: Duration = Duration::from_hours(24);

/// Merges packs that are too many of their size.
pub(crate) fn compact(shared: &Shared, repo: &Repo) -> Result<Compaction> {
    let mut noted = repo.compacting.lock();
    let disk = |error| error::disk(OPERATION, error);
    sweep(shared, repo, &mut noted).map_err(disk)?;
    let snapshot = repo.refresh(shared).map_err(|error| error::pack(OPERATION, error))?;
    let mut packs: Vec<&Pack> = snapshot.packs.iter().map(|stored| &*stored.pack).collect();
    packs.sort_by_key(|pack| (pack.index().count(), pack.name()));
    let counts: Vec<_> = packs.iter().map(|pack| u64::from(pack.index().count())).collect();
    packs.truncate(small(&counts));
    if packs.len() < 2 {
        return Ok(Compaction::default());
    }
    let outside = |id: &Oid| {
        for stored in &snapshot.packs {
            if let Some(found) = stored.pack.get(id, &shared.cache)? {
                return Ok(Some(found));
            }
        }
        loose::read(&repo.layout.repo, id).map_err(loose::Error::into_pack)
    };
    let staged = Staged::new(&*shared.disk, &repo.layout, "pack", 0o444).map_err(disk)?;
    let merged = merge_packs(&packs, &outside, BufWriter::with_capacity(1 << 18, staged))
        .map_err(|error| error::pack(OPERATION, error))?;
    let staged = merged.out.into_inner().map_err(|error| disk(error.into_error()))?;
    let receipt = merged.receipt;
    publish(&*shared.disk, &repo.layout, &repo.turns, &receipt.name, staged, &merged.index).map_err(disk)?;
    let stored = repo.folder(shared).published(&receipt.name, merged.index);
    let stored = stored.map_err(|error| error::pack(OPERATION, error))?;
    // Merging a pack with parts of itself can give the same bytes again.
    let replaced: Vec<_> =
        packs.iter().map(|pack| pack.name()).filter(|name| *name != receipt.name).collect();
    let now = shared.options.clock.now().as_second();
    note_all(shared, repo, &replaced, now).map_err(disk)?;
    repo.replace(stored, &replaced);
    Ok(Compaction { added: vec![receipt], replaced })
}

/// How many of the packs of these sizes, smallest first, are to be merged: all up to the largest that has [`ALIKE`] packs of about its
/// size, counting what is smaller as one, so that an object is merged again when there is [`ALIKE`] times as much, and some three packs
/// of a size stay; else those that are tiny.
fn small(counts: &[u64]) -> usize {
    let is_crowded = |end: &usize| {
        let largest = counts[end - 1];
        let (alike, smaller): (Vec<u64>, Vec<u64>) =
            counts[..*end].iter().partition(|count| **count * ALIKE as u64 >= largest);
        let as_one = smaller.iter().sum::<u64>() * ALIKE as u64 >= largest;
        alike.len() + usize::from(as_one) >= ALIKE
    };
    let tiny = counts.iter().filter(|count| **count < TINY).count();
    let crowded = (2..=counts.len()).rev().find(is_crowded).unwrap_or(0);
    crowded.max(if tiny > 1 { tiny } else { 0 })
}

/// Notes the packs `names` in one file, under a name for each: to make a file costs more than anything else here where many were deleted
/// lately.
fn note_all(shared: &Shared, repo: &Repo, names: &[Oid], now: i64) -> io::Result<()> {
    let Some((first, others)) = names.split_first() else { return Ok(()) };
    note(shared, repo, first, now)?;
    let noted = repo.layout.replaced(first);
    // Not every file system has further names.
    others.iter().try_for_each(|name| {
        shared.disk.link(&noted, &repo.layout.replaced(name)).or_else(|_| note(shared, repo, name, now))
    })
}

/// Notes that the pack `name` is no longer needed since `now`, seconds since 1970. Not synced: without the note the
/// pack is merged again, which is harmless.
fn note(shared: &Shared, repo: &Repo, name: &Oid, now: i64) -> io::Result<()> {
    let mut staged = Staged::new(&*shared.disk, &repo.layout, "note", 0o644)?;
    writeln!(staged, "{now}")?;
    staged.rename(&repo.layout.replaced(name))
}

/// Deletes packs whose grace is over and temporary files nobody writes any more.
fn sweep(shared: &Shared, repo: &Repo, noted: &mut HashMap<Oid, i64>) -> io::Result<()> {
    let now = shared.options.clock.now();
    let is_over = |since: i64| {
        u64::try_from(now.as_second().saturating_sub(since)).unwrap_or(0) >= shared.options.grace.as_secs()
    };
    let names = named(&repo.layout.own, "", REPLACED)?;
    let known: HashMap<Oid, i64> = names.iter().filter_map(|name| Some((*name, *noted.get(name)?))).collect();
    *noted = known;
    for name in names {
        // Thousands can be waiting, so a note is read once; and once more in the end, as another process may have written it anew.
        if noted.get(&name).is_some_and(|since| !is_over(*since)) {
            continue;
        }
        let text = fs::read_to_string(repo.layout.replaced(&name)).ok();
        // A note that a crash left empty counts from now on.
        let Some(since) = text.and_then(|text| text.trim().parse::<i64>().ok()) else {
            note(shared, repo, &name, now.as_second())?;
            continue;
        };
        noted.insert(name, since);
        if is_over(since) {
            delete(&*shared.disk, &repo.layout, &repo.turns, &name)?;
        }
    }
    for file in fs::read_dir(&repo.layout.own)? {
        let file = file?;
        let temporary = file.file_name().to_str().is_some_and(|name| name.starts_with(TEMPORARY));
        let written = file.metadata().and_then(|metadata| metadata.modified());
        let old = written.is_ok_and(|written| written + ABANDONED < SystemTime::from(now));
        if temporary && old {
            unless_missing(shared.disk.remove(&file.path()))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::small;

    #[test]
    fn packs_of_one_size_are_merged() {
        for (counts, merged) in [
            (&[][..], 0),
            (&[5], 0),
            (&[5, 5], 2),
            (&[1, 2, 4, 8], 4),
            (&[100, 200, 300], 2),
            (&[300, 300, 300], 0),
            (&[300, 300, 300, 300], 4),
            (&[300, 400, 900, 1200], 4),
            (&[300, 400, 900, 1201], 0),
            (&[2, 300, 300, 300], 0),
            (&[20, 30, 40, 300, 300, 300], 6),
            (&[10, 20, 30, 300, 300, 300], 3),
            (&[300, 300, 300, 300, 1200, 1200, 1200], 7),
            (&[300, 300, 300, 300, 5000, 5000, 5000], 4),
            (&[300, 5000, 5000, 5000, 5000], 5),
        ] {
            assert_eq!(small(counts), merged, "{counts:?}");
        }
    }

    #[test]
    fn packs_stay_few_and_objects_are_merged_seldom() {
        let (mut packs, mut merged, mut all) = (Vec::new(), 0, 0);
        for _ in 0..2_000 {
            packs.push(200);
            all += 200;
            packs.sort_unstable();
            let split = small(&packs);
            let sum: u64 = packs.drain(..split).sum();
            if sum > 0 {
                merged += sum;
                packs.push(sum);
                packs.sort_unstable();
            }
            assert!(packs.len() <= 24, "{packs:?}");
        }
        // The logarithm of 2,000 to the base of 4 is 5.5.
        assert!(merged <= 7 * all, "{merged} of {all}");
    }
}
