//! A pack of chosen objects, made of what is stored already.

use std::collections::{BTreeSet, HashMap};
use std::io::Write;

use portolan_core::git::{Object, Oid};

use crate::cache::BaseCache;
use crate::pack::Pack;
use crate::writer::Writer;
use crate::zlib::deflate;
use crate::{Error, Result};

/// Bytes of objects kept because others build on them.
const KEPT: usize = 16 << 20;

/// A pack that was written.
#[derive(Debug)]
pub struct Written<W> {
    /// Where to.
    pub out: W,
    /// The bytes of its `.idx` file.
    pub index: Vec<u8>,
    /// Its name and sizes.
    pub receipt: portolan_ports::objects::PackReceipt,
}

/// Writes a pack with exactly the objects `ids` to `out`, taken from `packs` or, where none has it, from `others`.
/// What is stored is copied as it stands; a delta is inflated only where its base is not wanted. An object that is
/// nowhere is [`Error::Missing`].
pub fn write_selection<W: Write>(
    ids: &BTreeSet<Oid>,
    packs: &[&Pack],
    others: &dyn Fn(&Oid) -> Result<Option<Object>>,
    out: W,
) -> Result<Written<W>> {
    let count = u32::try_from(ids.len()).map_err(|_| Error::refused("too many objects for one pack"))?;
    // Every object from the first pack that has it. A delta's base lies in the delta's pack, so it is taken from that
    // one or an earlier one: deltas never go round in a circle.
    let mut places = HashMap::with_capacity(ids.len());
    let mut order = Vec::with_capacity(ids.len());
    for id in ids {
        let place = place(id, packs)?;
        if let Some(place) = place {
            places.insert(*id, place);
        }
        order.push((place.map(|(pack, _, offset)| (pack, offset)), *id));
    }
    // As they lie, so that bases come before their deltas and reading goes forward.
    order.sort_unstable();
    let mut writer = Writer::new(out, count)?;
    let cache = BaseCache::new(KEPT);
    for (_, id) in order {
        let Some(&(pack, position, _)) = places.get(&id) else {
            let object = others(&id)?.ok_or(Error::Missing(id))?;
            whole(&mut writer, id, &object)?;
            continue;
        };
        let pack = packs[pack];
        copy(pack, position, id, &places, &cache, &mut writer).map_err(|error| error.of_object(id))?;
    }
    let done = writer.finish()?;
    Ok(Written { out: done.out, index: done.index, receipt: done.receipt })
}

/// The first pack with `id`, its position and its offset there.
fn place(id: &Oid, packs: &[&Pack]) -> Result<Option<(usize, u32, u64)>> {
    for (number, pack) in packs.iter().enumerate() {
        if let Some(position) = pack.index().find(id)? {
            return Ok(Some((number, position, pack.index().offset(position)?)));
        }
    }
    Ok(None)
}

fn copy<W: Write>(
    pack: &Pack,
    position: u32,
    id: Oid,
    places: &HashMap<Oid, (usize, u32, u64)>,
    cache: &BaseCache,
    writer: &mut Writer<W>,
) -> Result<()> {
    let entry = pack.entry(position)?;
    if let crate::entry::Form::Whole(kind) = entry.header.form {
        return writer.whole(id, kind, entry.header.size, entry.stream());
    }
    let base = pack.base(&entry)?.map(|base| pack.index().id(base)).transpose()?;
    if let Some(base) = base.filter(|base| places.contains_key(base)) {
        return writer.delta(id, base, entry.header.size, entry.stream());
    }
    whole(writer, id, &pack.object(position, cache)?)
}

pub(crate) fn whole<W: Write>(writer: &mut Writer<W>, id: Oid, object: &Object) -> Result<()> {
    let stream = deflate(&object.data)?;
    writer.whole(id, object.kind, object.data.len() as u64, &stream)
}
