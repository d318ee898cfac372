//! The pack of one batch of new objects.

use std::collections::{HashMap, HashSet};

use bytes::Bytes;
use portolan_core::git::{Object, Oid, delta};
use portolan_ports::objects::{NewObject, PackReceipt};

use crate::chain::{Chain, Link};
use crate::writer::Writer;
use crate::zlib::Deflater;
use crate::{Error, Result};

/// A pack in memory, ready to be stored.
#[derive(Debug, Clone)]
pub struct BuiltPack {
    /// The bytes of the `.pack` file.
    pub pack: Vec<u8>,
    /// The bytes of the `.idx` file.
    pub index: Vec<u8>,
    /// Its name and sizes.
    pub receipt: PackReceipt,
}

/// The pack of `objects`, each id once. An object whose previous version is in the batch is kept as a delta against
/// it where that is smaller, so a large tree that many commits change is stored whole at most once. Where its previous
/// version is the newest of `chain`, the pack begins with that chain, and need not store it whole at all.
///
/// `chain` is left as this pack has it; on an error it is empty.
pub fn build_pack(objects: &[NewObject], chain: &mut Chain) -> Result<BuiltPack> {
    let mut places = HashMap::with_capacity(objects.len());
    for (place, object) in objects.iter().enumerate() {
        places.entry(object.id).or_insert(place);
    }
    let mut kept = std::mem::take(chain);
    let continued = kept.may_grow()
        && places.values().any(|&place| {
            let object = &objects[place];
            let base = object.base.filter(|base| !places.contains_key(base));
            base.is_some_and(|base| kept.newest(base, object.object.kind).is_some())
        });
    let first = if continued { kept.links().to_vec() } else { Vec::new() };
    let count = places.len() + first.iter().filter(|link| !places.contains_key(&link.id)).count();
    let count = u32::try_from(count).map_err(|_| Error::refused("the batch has too many objects"))?;
    let (writer, deflater) = (Writer::new(Vec::new(), count)?, Deflater::new());
    let mut pack = Batch { objects, places, continued, writer, deflater };
    let mut base = None;
    for link in first {
        match base {
            None => pack.writer.whole(link.id, link.kind, link.size, &link.stream)?,
            Some(base) => pack.writer.delta(link.id, base, link.size, &link.stream)?,
        }
        base = Some(link.id);
    }
    for object in objects {
        for place in pack.versions(object).into_iter().rev() {
            pack.store(&objects[place], &mut kept)?;
        }
    }
    let done = pack.writer.finish()?;
    *chain = kept;
    Ok(BuiltPack { pack: done.out, index: done.index, receipt: done.receipt })
}

struct Batch<'a> {
    objects: &'a [NewObject],
    places: HashMap<Oid, usize>,
    /// The pack begins with the chain, which another tree of the batch must not take the place of before it is used.
    continued: bool,
    writer: Writer<Vec<u8>>,
    deflater: Deflater,
}

impl Batch<'_> {
    /// `object` and its previous versions, newest first, as far as they are in the batch and not written yet. Ends where
    /// versions go round in a circle, which only a confused caller makes.
    fn versions(&self, object: &NewObject) -> Vec<usize> {
        let (mut versions, mut seen) = (Vec::new(), HashSet::new());
        let mut next = Some(object.id);
        while let Some(&place) = next.and_then(|id| self.places.get(&id)) {
            if self.writer.has(&self.objects[place].id) || !seen.insert(place) {
                break;
            }
            versions.push(place);
            next = self.objects[place].base;
        }
        versions
    }

    fn store(&mut self, object: &NewObject, chain: &mut Chain) -> Result<()> {
        let Object { kind, data } = &object.object;
        let base = object.base.filter(|base| self.writer.has(base)).and_then(|id| {
            let base = match self.places.get(&id) {
                Some(&place) => {
                    Some(&self.objects[place].object).filter(|base| base.kind == *kind).map(|base| &base.data)
                }
                None => chain.newest(id, *kind),
            };
            base.map(|base| (id, delta::edge(base, data)))
        });
        if let Some((base, delta)) = base {
            let stream = Bytes::from(self.deflater.deflate(&delta)?);
            // Deflating a large tree only to see that its delta is smaller would cost most of the batch's time.
            if stream.len() < data.len() / 8 || stream.len() < self.whole(object)?.len() {
                let size = delta.len() as u64;
                self.writer.delta(object.id, base, size, &stream)?;
                chain.stored_delta(base, Link { id: object.id, kind: *kind, size, stream }, data);
                return Ok(());
            }
        }
        let stream = self.whole(object)?;
        self.writer.whole(object.id, *kind, data.len() as u64, &stream)?;
        if !self.continued {
            chain.stored_whole(object.id, *kind, data, &stream);
        }
        Ok(())
    }

    fn whole(&mut self, object: &NewObject) -> Result<Bytes> {
        match &object.deflated {
            Some(stream) => Ok(stream.clone()),
            None => Ok(self.deflater.deflate(&object.object.data)?.into()),
        }
    }
}
