//! The pack of one batch of new objects.

use std::collections::{HashMap, HashSet};

use portolan_core::git::{Oid, delta};
use portolan_ports::objects::{NewObject, PackReceipt};

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
/// it where that is smaller, so a large tree that many commits change is stored whole at most once.
pub fn build_pack(objects: &[NewObject]) -> Result<BuiltPack> {
    let mut places = HashMap::with_capacity(objects.len());
    for (place, object) in objects.iter().enumerate() {
        places.entry(object.id).or_insert(place);
    }
    let count = u32::try_from(places.len()).map_err(|_| Error::refused("the batch has too many objects"))?;
    let mut writer = Writer::new(Vec::new(), count)?;
    let mut deflater = Deflater::new();
    for object in objects {
        for place in chain(object, objects, &places, &writer).into_iter().rev() {
            let object = &objects[place];
            let base = object.base.filter(|base| writer.has(base)).map(|base| &objects[places[&base]]);
            store(object, base, &mut writer, &mut deflater)?;
        }
    }
    let done = writer.finish()?;
    Ok(BuiltPack { pack: done.out, index: done.index, receipt: done.receipt })
}

/// `object` and its previous versions, newest first, as far as they are in the batch and not written yet. Ends where
/// versions go round in a circle, which only a confused caller makes.
fn chain(
    object: &NewObject,
    objects: &[NewObject],
    places: &HashMap<Oid, usize>,
    writer: &Writer<Vec<u8>>,
) -> Vec<usize> {
    let (mut chain, mut seen) = (Vec::new(), HashSet::new());
    let mut next = Some(object.id);
    while let Some(&place) = next.and_then(|id| places.get(&id)) {
        if writer.has(&objects[place].id) || !seen.insert(place) {
            break;
        }
        chain.push(place);
        next = objects[place].base;
    }
    chain
}

fn store(
    object: &NewObject,
    base: Option<&NewObject>,
    writer: &mut Writer<Vec<u8>>,
    deflater: &mut Deflater,
) -> Result<()> {
    let data = &object.object.data;
    let size = data.len() as u64;
    let kind = object.object.kind;
    let whole = |deflater: &mut Deflater| match &object.deflated {
        Some(stream) => Ok(stream.clone()),
        None => deflater.deflate(data).map(Into::into),
    };
    if let Some(base) = base.filter(|base| base.object.kind == kind) {
        let delta = delta::edge(&base.object.data, data);
        let stream = deflater.deflate(&delta)?;
        // Deflating a large tree only to see that its delta is smaller would cost most of the batch's time.
        let plain = if stream.len() < data.len() / 8 { None } else { Some(whole(deflater)?) };
        return match plain {
            Some(plain) if plain.len() <= stream.len() => writer.whole(object.id, kind, size, &plain),
            _ => writer.delta(object.id, base.id, delta.len() as u64, &stream),
        };
    }
    let stream = whole(deflater)?;
    writer.whole(object.id, kind, size, &stream)
}
