//! The index of a foreign pack: its deltas resolved within bounded memory and work.

use std::collections::HashMap;
use std::io::Read;

use portolan_core::git::{Kind, Oid};
use portolan_ports::objects::{ImportLimits, PackReceipt, Progress};

use crate::entry::Form;
use crate::hash::object_id;
use crate::index::{IndexEntry, encode_index};
use crate::scan::{Scan, Seen, scan};
use crate::source::{Source, bytes_at};
use crate::{Error, Result, zlib};

/// A foreign pack that was found to be good.
#[derive(Debug, Clone)]
pub struct ImportedPack {
    /// The bytes of its `.idx` file.
    pub index: Vec<u8>,
    /// Its name and sizes.
    pub receipt: PackReceipt,
}

/// Inflated objects that are kept while their deltas are resolved, bytes. What does not fit is resolved again.
const KEPT: usize = 16 << 20;
/// How many times the total of all objects may be resolved again for want of memory.
const REPEATS: u64 = 32;
/// Longest chain of deltas: git itself makes none that is longer (`pack.depth`). Whoever reads its last object goes through all of it.
const LONGEST: usize = 4095;

/// Verifies the pack in `source`, which nobody needs to trust, and makes its index.
///
/// First one pass in constant memory: header, every entry's claimed and real size, `limits`, zlib checksums, the pack's
/// checksum. Only then are deltas resolved, each within its claimed size. Refused, with a reason for its maker: a pack
/// that fails any of this, has a delta without a base in the same pack, or an object twice.
pub fn index_pack(
    source: &dyn Source,
    limits: &ImportLimits,
    progress: &dyn Progress,
) -> Result<ImportedPack> {
    let scan = scan(Reader { source, at: 0 }, limits, progress)?;
    let mut entries = Resolver::new(source, &scan, limits, progress).run()?;
    let index = encode_index(&mut entries, &scan.name)?;
    if let Some(twice) = entries.windows(2).find(|pair| pair[0].id == pair[1].id) {
        return Err(Error::refused(format!("the pack has object {} twice", twice[0].id)));
    }
    let objects =
        u32::try_from(entries.len()).map_err(|_| Error::refused("the pack has too many objects"))?;
    Ok(ImportedPack { index, receipt: PackReceipt { name: scan.name, bytes: scan.bytes, objects } })
}

/// Tells a step, and ends the work where nobody wants it any more.
pub(crate) fn step(progress: &dyn Progress, stage: &'static str, done: u64, total: u64) -> Result<()> {
    progress.step(stage, done, total);
    if progress.stopped() {
        Err(Error::refused("the work was stopped: nobody waits for it any more"))
    } else {
        Ok(())
    }
}

/// Reads a source from its start.
struct Reader<'a> {
    source: &'a dyn Source,
    at: u64,
}

impl Read for Reader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let left = self.source.size().saturating_sub(self.at);
        let count = usize::try_from(left).map_or(buffer.len(), |left| left.min(buffer.len()));
        self.source.read_exact_at(&mut buffer[..count], self.at)?;
        self.at += count as u64;
        Ok(count)
    }
}

/// Resolves deltas depth first, from every whole object.
struct Resolver<'a> {
    source: &'a dyn Source,
    entries: &'a [Seen],
    ids: Vec<Option<Oid>>,
    by_offset: Vec<(usize, usize)>,
    by_id: HashMap<Oid, Vec<usize>>,
    kept: usize,
    repeats_left: u64,
    progress: &'a dyn Progress,
}

/// An object whose deltas are being resolved.
struct Frame {
    entry: usize,
    kind: Kind,
    data: Option<Vec<u8>>,
    children: Vec<usize>,
}

impl<'a> Resolver<'a> {
    fn new(
        source: &'a dyn Source,
        scan: &'a Scan,
        limits: &ImportLimits,
        progress: &'a dyn Progress,
    ) -> Self {
        let entries = scan.entries.as_slice();
        let (mut by_offset, mut by_id) = (Vec::new(), HashMap::<Oid, Vec<usize>>::new());
        for (place, entry) in entries.iter().enumerate() {
            match entry.header.form {
                Form::Whole(_) => {}
                Form::RefDelta(base) => by_id.entry(base).or_default().push(place),
                Form::OfsDelta(distance) => {
                    let base = entry.offset - distance;
                    // A distance into the middle of an entry finds none; the delta then stays unresolved.
                    if let Ok(base) = entries.binary_search_by_key(&base, |entry| entry.offset) {
                        by_offset.push((base, place));
                    }
                }
            }
        }
        by_offset.sort_unstable();
        let total = entries.iter().map(|entry| entry.size).sum::<u64>().min(limits.total_bytes);
        Self {
            source,
            entries,
            ids: entries.iter().map(|entry| entry.id).collect(),
            by_offset,
            by_id,
            kept: 0,
            repeats_left: total.saturating_mul(REPEATS),
            progress,
        }
    }

    fn run(mut self) -> Result<Vec<IndexEntry>> {
        let mut done = 0_u64;
        let total = self.entries.iter().filter(|entry| entry.id.is_none()).count() as u64;
        for place in 0..self.entries.len() {
            let Form::Whole(kind) = self.entries[place].header.form else { continue };
            let children = self.children(place);
            let mut stack = vec![Frame { entry: place, kind, data: None, children }];
            while let Some(frame) = stack.last_mut() {
                let Some(child) = frame.children.pop() else {
                    let frame = stack.pop();
                    self.kept -= frame.and_then(|frame| frame.data).map_or(0, |data| data.len());
                    continue;
                };
                let kind = frame.kind;
                let data = self.child(&mut stack, child)?;
                self.finish(&mut stack);
                self.ids[child] = Some(object_id(kind, &data)?);
                if done.is_multiple_of(256) {
                    step(self.progress, "resolving", done, total)?;
                }
                done += 1;
                let children = self.children(child);
                if !children.is_empty() {
                    if stack.len() >= LONGEST {
                        return Err(Error::refused(
                            "the pack has a chain of more than 4,095 deltas: pack it anew, as `git repack -adf` does",
                        ));
                    }
                    self.kept += data.len();
                    stack.push(Frame { entry: child, kind, data: Some(data), children });
                    self.forget(&mut stack);
                }
            }
        }
        step(self.progress, "resolving", done, total)?;
        if done < total {
            let missing = total - done;
            return Err(Error::refused(format!(
                "{missing} deltas in the pack build on objects that are not in it: make the pack without --thin"
            )));
        }
        let entries = self.entries.iter().zip(self.ids);
        Ok(entries
            .filter_map(|(entry, id)| Some(IndexEntry { id: id?, crc: entry.crc, offset: entry.offset }))
            .collect())
    }

    /// The deltas against the object of the entry at `place` that are not resolved yet.
    fn children(&mut self, place: usize) -> Vec<usize> {
        let from = self.by_offset.partition_point(|&(base, _)| base < place);
        let mut children: Vec<_> = self.by_offset[from..]
            .iter()
            .take_while(|(base, _)| *base == place)
            .map(|(_, child)| *child)
            .collect();
        if let Some(id) = self.ids[place] {
            // Taken out: a second object of the same id must not resolve them again.
            children.extend(self.by_id.remove(&id).unwrap_or_default());
        }
        children
    }

    /// The object of the delta `child` of the topmost frame.
    fn child(&mut self, stack: &mut [Frame], child: usize) -> Result<Vec<u8>> {
        self.restore(stack)?;
        let base = stack.last().and_then(|frame| frame.data.as_deref()).unwrap_or_default();
        self.apply(base, child)
    }

    fn apply(&self, base: &[u8], child: usize) -> Result<Vec<u8>> {
        let entry = &self.entries[child];
        let delta = self.inflate(entry)?;
        crate::delta::apply_within(base, &delta, entry.size).ok_or_else(|| {
            Error::refused(format!(
                "the pack is malformed: the delta at byte {} does not fit its base",
                entry.offset
            ))
        })
    }

    fn inflate(&self, entry: &Seen) -> Result<Vec<u8>> {
        let bytes = bytes_at(self.source, entry.offset, entry.end - entry.offset)?;
        zlib::inflate(&bytes[entry.header.length..], entry.header.size)
    }

    /// Makes the data of the topmost frame again, where it was dropped for want of memory.
    fn restore(&mut self, stack: &mut [Frame]) -> Result<()> {
        let first = stack.iter().rposition(|frame| frame.data.is_some()).unwrap_or(0);
        for level in first..stack.len() {
            if stack[level].data.is_some() {
                continue;
            }
            let place = stack[level].entry;
            let data = if level == 0 {
                self.inflate(&self.entries[place])?
            } else {
                let base = stack[level - 1].data.take().unwrap_or_default();
                let data = self.apply(&base, place)?;
                // What lies lower was dropped before; it stays so.
                self.kept -= base.len();
                if level - 1 == first {
                    self.kept += base.len();
                    stack[level - 1].data = Some(base);
                }
                let cost = data.len() as u64;
                self.repeats_left = self.repeats_left.checked_sub(cost).ok_or_else(|| {
                    Error::refused(
                        "the pack's deltas take too much work to resolve: repack it with less depth",
                    )
                })?;
                data
            };
            self.kept += data.len();
            stack[level].data = Some(data);
        }
        Ok(())
    }

    /// Drops the data of the topmost frame where no delta that builds on it is left: in a long chain that is all but the newest.
    fn finish(&mut self, stack: &mut [Frame]) {
        if let Some(frame) = stack.last_mut()
            && frame.children.is_empty()
        {
            self.kept -= frame.data.take().map_or(0, |data| data.len());
        }
    }

    /// Drops data from the lowest frames until the rest fits.
    fn forget(&mut self, stack: &mut [Frame]) {
        let last = stack.len() - 1;
        for frame in &mut stack[..last] {
            if self.kept <= KEPT {
                return;
            }
            self.kept -= frame.data.take().map_or(0, |data| data.len());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use bytes::Bytes;
    use portolan_core::git::Object;
    use portolan_ports::objects::NewObject;

    use super::*;
    use crate::build_pack;

    /// Loses interest after so many steps.
    #[derive(Debug)]
    struct Impatient(AtomicU64);

    impl Progress for Impatient {
        fn step(&self, _stage: &'static str, _done: u64, _total: u64) {
            self.0.store(self.0.load(Ordering::Relaxed).saturating_sub(1), Ordering::Relaxed);
        }

        fn stopped(&self) -> bool {
            self.0.load(Ordering::Relaxed) == 0
        }
    }

    #[test]
    fn work_that_nobody_wants_ends_at_the_next_step() {
        // Versions of one text, so that many are deltas.
        let texts = (0..1500).map(|number| format!("{}{number}\n", "the same line\n".repeat(20)));
        let objects: Vec<Object> =
            texts.map(|text| Object { kind: Kind::Blob, data: Bytes::from(text) }).collect();
        let mut base = None;
        let new: Vec<NewObject> = objects
            .into_iter()
            .map(|object| {
                let id = object.id();
                NewObject { base: base.replace(id), ..NewObject::whole(id, object) }
            })
            .collect();
        let pack = Bytes::from(build_pack(&new, &mut crate::Chain::default()).unwrap().pack);
        let limits = ImportLimits { object_bytes: 1 << 20, total_bytes: 1 << 30, objects: 10_000 };
        let index = |steps| index_pack(&pack, &limits, &Impatient(AtomicU64::new(steps)));
        let all = (1..100).find(|&steps| index(steps).is_ok()).unwrap();
        assert!(all > 5, "both passes tell their steps: {all}");
        for steps in 1..all {
            let Err(Error::Refused(reason)) = index(steps) else { panic!("after {steps} steps") };
            assert!(reason.contains("stopped"), "{reason}");
        }
    }
}
