//! Merging packs into one in which versions of the same path are deltas of each other.

use std::io::Write;

use portolan_core::git::{Kind, Object, Oid};

use crate::cache::BaseCache;
use crate::delta;
use crate::entry::Form;
use crate::forest::{DEEPEST, Forest};
use crate::kin::{Item, Kin, items, numbered, short};
use crate::pack::{Entry, Pack};
use crate::select::{Written, whole};
use crate::versions::versions;
use crate::writer::Writer;
use crate::zlib::deflate;
use crate::{Error, Result};

/// Bytes of objects kept because deltas of the source packs build on them.
const SOURCES_KEPT: usize = 4 << 20;
/// Bytes of versions kept because later versions build on them. What does not fit is read again.
const VERSIONS_KEPT: usize = 4 << 20;
/// Larger objects are copied as they stand.
const LARGEST: u64 = 8 << 20;
/// A delta of at most this many deflated bytes is kept: a new one would hardly be smaller.
const SMALL: usize = 160;
/// A pack of so many objects was merged before, or made by another program: its deltas are as good as new ones.
const WELL_MADE: u32 = 1024;
/// Bytes of packs that are read at once, the first ones first: of a batch's small pack each entry is read several times.
const HELD: u64 = 2 << 20;
/// Where there is more to merge, bytes, none are: that takes memory enough.
const HELD_OF: u64 = 8 << 20;
/// The number of no pack: for objects of all packs that are merged.
const MERGED: u64 = u64::MAX;
/// Longest chain made of deltas that were there before; leaves room for those made here.
const REUSED_DEEPEST: u8 = 24;

/// Writes all objects of `packs` to `out` as one pack.
///
/// The history in the packs tells which trees and files are versions of the same path. Version `n` of a path is kept
/// as a delta against version `n` with its lowest set bit cleared (Subversion's skip-deltas,
/// `notes/skip-deltas`), so each path is stored whole once and any version is at most log₂ n deltas away. Where the
/// delta of a source pack is as good, it is copied, as long as no chain gets longer than 24. `outside` reads objects of other packs: trees of parents.
pub fn merge_packs<W: Write>(
    packs: &[&Pack],
    outside: &dyn Fn(&Oid) -> Result<Option<Object>>,
    out: W,
) -> Result<Written<W>> {
    for pack in packs {
        // What it says of ids is all that will be known of them.
        pack.index().verify()?;
        // Where entries lie is asked for all the time.
        pack.index().by_offset()?;
    }
    let held = held(packs)?;
    let packs: Vec<_> = held.iter().zip(packs).map(|(held, pack)| held.as_ref().unwrap_or(pack)).collect();
    let packs = &*packs;
    let items = items(packs)?;
    let count = u32::try_from(items.len()).map_err(|_| Error::refused("too many objects for one pack"))?;
    let mut merge = Merge {
        packs,
        forest: Forest::new(items.len()),
        items: &items,
        cache: BaseCache::new(SOURCES_KEPT),
        writer: Writer::new(out, count)?,
    };
    merge.run(outside)?;
    let done = merge.writer.finish()?;
    Ok(Written { out: done.out, index: done.index, receipt: done.receipt })
}

/// The first packs in memory, as far as there is room.
fn held(packs: &[&Pack]) -> Result<Vec<Option<Pack>>> {
    let all: u64 = packs.iter().map(|pack| pack.receipt().bytes).sum();
    let mut room = if all <= HELD_OF { HELD } else { 0 };
    let mut hold = |pack: &&Pack| {
        let Some(rest) = room.checked_sub(pack.receipt().bytes) else { return Ok(None) };
        room = rest;
        pack.in_memory().map(Some)
    };
    packs.iter().map(&mut hold).collect()
}

struct Merge<'a, W> {
    packs: &'a [&'a Pack],
    items: &'a [Item],
    forest: Forest,
    cache: BaseCache,
    writer: Writer<W>,
}

impl<W: Write> Merge<'_, W> {
    fn run(&mut self, outside: &dyn Fn(&Oid) -> Result<Option<Object>>) -> Result<()> {
        let (packs, items) = (self.packs, self.items);
        let kin = Kin::new(packs, items)?;
        let is_commit: Vec<_> =
            (0..items.len()).map(|number| kin.kind(number) == Some(Kind::Commit)).collect();
        let paths = versions(packs, items, kin, &mut |id| match numbered(items, id) {
            Some(number) => self.object(number).map(Some),
            None => outside(id),
        })?;
        // As they lie, and commits first: a walk of the history then reads forward.
        let mut rest: Vec<u32> = (0..items.len()).map(short).collect();
        rest.sort_unstable_by_key(|number| {
            let Item { pack, position, .. } = items[*number as usize];
            (!is_commit[*number as usize], pack, packs[pack as usize].index().offset(position).ok())
        });
        let after_commits = rest.partition_point(|number| is_commit[*number as usize]);
        for &number in &rest[..after_commits] {
            self.copy(number as usize)?;
        }
        for path in paths {
            self.path(&path)?;
        }
        for &number in &rest[after_commits..] {
            self.copy(number as usize)?;
        }
        Ok(())
    }

    /// Each pack begins with the versions of a large tree that earlier ones have: so a base is looked for among all packs' objects,
    /// where it was just read, and not in its own pack, where it would have to be made anew from the oldest version.
    fn object(&self, number: usize) -> Result<Object> {
        let (mut at, mut deltas) = (number, Vec::new());
        let base = loop {
            if let Some(found) = self.cache.get((MERGED, short(at))) {
                break found;
            }
            let entry = self.entry(at)?;
            match self.old_base(at, &entry)? {
                // Among several packs, chains can be long.
                Some(base) if deltas.len() < usize::from(DEEPEST) => {
                    deltas.push((at, entry));
                    at = base;
                }
                _ => break self.object_of_pack(at)?,
            }
        };
        let mut object = base;
        while let Some((at, entry)) = deltas.pop() {
            let delta = entry.inflate().map_err(|error| error.of_object(self.items[at].id))?;
            // The base is the one that the entry names, wherever it was read.
            let room = self.cache.room(object.data.len());
            let data = delta::apply(&object.data, &delta, room).ok_or_else(|| {
                Error::damaged(entry.offset, "its delta does not fit its base").of_object(self.items[at].id)
            })?;
            object = Object::new(object.kind, data);
            self.cache.put((MERGED, short(at)), object.clone());
        }
        Ok(object)
    }

    fn object_of_pack(&self, number: usize) -> Result<Object> {
        let item = self.items[number];
        let pack = self.packs[item.pack as usize];
        let object = pack.object(item.position, &self.cache).map_err(|error| error.of_object(item.id))?;
        self.cache.put((MERGED, short(number)), object.clone());
        Ok(object)
    }

    fn entry(&self, number: usize) -> Result<Entry> {
        let item = self.items[number];
        self.packs[item.pack as usize].entry(item.position).map_err(|error| error.of_object(item.id))
    }

    /// The number of the object that `entry` of `number` builds on.
    fn old_base(&self, number: usize, entry: &Entry) -> Result<Option<usize>> {
        let pack = self.packs[self.items[number].pack as usize];
        let base = pack.base(entry)?.map(|base| pack.index().id(base)).transpose()?;
        Ok(base.and_then(|base| numbered(self.items, &base)))
    }

    /// Stores an object as it stands, if it is not stored yet.
    fn copy(&mut self, number: usize) -> Result<()> {
        if self.writer.has(&self.items[number].id) {
            return Ok(());
        }
        let entry = self.entry(number)?;
        let base = self.old_base(number, &entry)?;
        self.copy_entry(number, &entry, base)
    }

    fn copy_entry(&mut self, number: usize, entry: &Entry, base: Option<usize>) -> Result<()> {
        let id = self.items[number].id;
        if let Form::Whole(kind) = entry.header.form {
            return self.writer.whole(id, kind, entry.header.size, entry.stream());
        }
        if self.reuse(number, entry, base, DEEPEST)? {
            return Ok(());
        }
        let object = self.object(number)?;
        whole(&mut self.writer, id, &object)
    }

    /// Copies the delta `entry` against `base`, where the forest allows it.
    fn reuse(&mut self, number: usize, entry: &Entry, base: Option<usize>, deepest: u8) -> Result<bool> {
        let Some(base) = base.filter(|base| self.forest.join(short(number), short(*base), deepest)) else {
            return Ok(false);
        };
        let base = self.items[base].id;
        self.writer.delta(self.items[number].id, base, entry.header.size, entry.stream())?;
        Ok(true)
    }

    /// Stores the versions of one path, oldest first.
    fn path(&mut self, versions: &[usize]) -> Result<()> {
        // A tree can name anything, also a commit, and those are stored already.
        let fresh = |number: &usize| !self.writer.has(&self.items[*number].id);
        let numbers: Vec<_> = versions.iter().copied().filter(fresh).collect();
        let mut kept = Kept::default();
        for (version, &number) in numbers.iter().enumerate() {
            let entry = self.entry(number)?;
            let old_base = self.old_base(number, &entry)?;
            if version == 0 {
                self.copy_entry(number, &entry, old_base)?;
                continue;
            }
            let base = version & (version - 1);
            let same = old_base == Some(numbers[base]);
            let well_made = self.packs[self.items[number].pack as usize].index().count() >= WELL_MADE;
            let good = well_made || entry.stream().len() <= SMALL;
            let done = (same && self.reuse(number, &entry, old_base, DEEPEST)?)
                || (good && self.reuse(number, &entry, old_base, REUSED_DEEPEST)?)
                || self.skip_delta(&numbers, version, &entry, old_base, &mut kept)?;
            if !done {
                self.copy_entry(number, &entry, old_base)?;
            }
        }
        Ok(())
    }

    /// Stores `version` as a delta against its base of the skip scheme, or as the delta that `entry` is where that is
    /// smaller and its chain leaves room; answers whether either was possible.
    fn skip_delta(
        &mut self,
        numbers: &[usize],
        version: usize,
        entry: &Entry,
        old_base: Option<usize>,
        kept: &mut Kept,
    ) -> Result<bool> {
        let (base, number) = (version & (version - 1), numbers[version]);
        let object = self.version(numbers, version, kept)?;
        let base_object = self.version(numbers, base, kept)?;
        let largest = object.data.len().max(base_object.data.len()) as u64;
        if largest > LARGEST || object.kind != base_object.kind {
            return Ok(false);
        }
        let delta = delta::blocks(&base_object.data, &object.data);
        let stream = deflate(&delta)?;
        if stream.len() >= entry.stream().len() {
            let whole = matches!(entry.header.form, Form::Whole(_));
            if whole || self.reuse(number, entry, old_base, REUSED_DEEPEST)? {
                return Ok(!whole);
            }
        }
        // Half of it: what does not shrink more is better read without its base.
        if stream.len() > object.data.len() / 2
            || !self.forest.join(short(number), short(numbers[base]), DEEPEST)
        {
            return Ok(false);
        }
        self.writer.delta(
            self.items[number].id,
            self.items[numbers[base]].id,
            delta.len() as u64,
            &stream,
        )?;
        Ok(true)
    }

    fn version(&mut self, numbers: &[usize], version: usize, kept: &mut Kept) -> Result<Object> {
        if let Some(object) = kept.get(version) {
            return Ok(object);
        }
        let object = self.object(numbers[version])?;
        kept.put(version, &object);
        Ok(object)
    }
}

/// The versions that later ones build on: in the skip scheme those of the newest one's own chain.
#[derive(Default)]
struct Kept {
    versions: Vec<(usize, Object)>,
    bytes: usize,
}

impl Kept {
    fn get(&self, version: usize) -> Option<Object> {
        self.versions.iter().find(|(kept, _)| *kept == version).map(|(_, object)| object.clone())
    }

    fn put(&mut self, version: usize, object: &Object) {
        self.versions.retain(|(kept, _)| in_chain(*kept, version) || *kept > version);
        self.versions.push((version, object.clone()));
        self.bytes = self.versions.iter().map(|(_, object)| object.data.len()).sum();
        while self.bytes > VERSIONS_KEPT && self.versions.len() > 2 {
            self.bytes -= self.versions.remove(0).1.data.len();
        }
    }
}

/// Whether `base` is in the chain of bases of `version`.
fn in_chain(base: usize, version: usize) -> bool {
    let mut at = version;
    while at > base {
        at &= at - 1;
    }
    at == base
}
