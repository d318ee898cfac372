//! The pack of one batch of new objects.

use std::collections::{HashMap, HashSet};

use bytes::Bytes;
use portolan_core::git::{Content, Delta, Kind, Object, Oid, delta};
use portolan_ports::objects::{NewObject, PackReceipt};

use crate::chain::{Chain, Link};
use crate::writer::Writer;
use crate::zlib::{deflate, deflate_fast};
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
/// it where that is smaller, so a large tree that many commits change is stored whole at most once. Where an object that came
/// as a delta has the newest of `chain` as its base, the pack begins with that chain, and need not store it whole at all.
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
            let Content::Delta(delta) = &objects[place].content else { return false };
            let base = objects[place].base.filter(|base| !places.contains_key(base));
            base.is_some_and(|base| kept.ends_with(base, delta.kind))
        });
    let first = if continued { kept.links().to_vec() } else { Vec::new() };
    let count = places.len() + first.iter().filter(|link| !places.contains_key(&link.id)).count();
    let count = u32::try_from(count).map_err(|_| Error::refused("the batch has too many objects"))?;
    let writer = Writer::new(Vec::new(), count)?;
    let mut pack = Batch { objects, places, continued, writer };
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
            // A delta's base came before it, or is no part of the batch as far as it is concerned.
            let later = |base: &Oid| self.places.get(base).is_some_and(|at| *at > place);
            let new = &self.objects[place];
            next = new.base.filter(|base| new.content.whole().is_some() || !later(base));
        }
        versions
    }

    fn store(&mut self, new: &NewObject, chain: &mut Chain) -> Result<()> {
        match &new.content {
            Content::Whole(object) => self.store_object(new, object, chain),
            Content::Delta(delta) => self.store_delta(new, delta, chain),
        }
    }

    fn store_object(&mut self, new: &NewObject, object: &Object, chain: &mut Chain) -> Result<()> {
        let base = new.base.filter(|base| self.writer.has(base)).and_then(|id| {
            let base = self.objects[*self.places.get(&id)?].content.whole()?;
            (base.kind == object.kind).then(|| (id, delta::edge(&base.data, &object.data)))
        });
        let size = object.data.len();
        if let Some((base, delta)) = base {
            let stream = Bytes::from(deflate(&delta)?);
            // Deflating a large tree only to see that its delta is smaller would cost most of the batch's time.
            if stream.len() < size / 8 || stream.len() < whole(new, object)?.len() {
                return self.delta(base, Link::new(new.id, object.kind, delta.len(), stream), chain);
            }
        }
        let stream = whole(new, object)?;
        self.writer.whole(new.id, object.kind, size as u64, &stream)?;
        if !self.continued {
            chain.stored_whole(Link::new(new.id, object.kind, size, stream));
        }
        Ok(())
    }

    /// Stores what came as a delta: as it is, where the pack has its base.
    fn store_delta(&mut self, new: &NewObject, delta: &Delta, chain: &mut Chain) -> Result<()> {
        if let Some(base) = new.base.filter(|base| self.writer.has(base)) {
            let stream = Bytes::from(deflate(&delta.data)?);
            return self.delta(base, Link::new(new.id, delta.kind, delta.data.len(), stream), chain);
        }
        let refused =
            |why: &dyn std::fmt::Display| Error::refused(format!("object {} came as a delta: {why}", new.id));
        let before =
            delta.before.as_ref().ok_or_else(|| refused(&"its base came neither before it nor with it"))?;
        let object = delta.of(before).map_err(|bad| refused(&bad))?;
        self.store_object(&NewObject::whole(new.id, object.clone()), &object, chain)
    }

    fn delta(&mut self, base: Oid, link: Link, chain: &mut Chain) -> Result<()> {
        self.writer.delta(link.id, base, link.size, &link.stream)?;
        chain.stored_delta(base, link);
        Ok(())
    }
}

/// The stream of an object that is stored whole.
fn whole(new: &NewObject, object: &Object) -> Result<Bytes> {
    Ok(match (&new.deflated, object.kind) {
        (Some(stream), _) => stream.clone(),
        // Trees stay whole only until packs are merged.
        (None, Kind::Tree) => deflate_fast(&object.data)?.into(),
        (None, _) => deflate(&object.data)?.into(),
    })
}
