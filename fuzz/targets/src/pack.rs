//! Packs: what is written is read back, and a damaged or hostile one is refused without harm.

use bytes::Bytes;
use portolan_core::git::{Content, Delta, Kind, Object, delta};
use portolan_objects_pack::{BaseCache, Chain, Index, Pack, build_pack, index_pack};
use portolan_ports::objects::{ImportLimits, NewObject, Progress};

/// Small, so that a small input can meet them.
const LIMITS: ImportLimits = ImportLimits { object_bytes: 1 << 16, total_bytes: 1 << 18, objects: 256 };

/// Nobody watches.
#[derive(Debug)]
struct Silent;

impl Progress for Silent {
    fn step(&self, _: &'static str, _: u64, _: u64) {}
}

/// Tries one input: as a pack, as a pack but for its checksum, as objects to be packed, and as a delta.
pub fn run(data: &[u8]) {
    foreign(data.to_vec());
    let mut signed = data.to_vec();
    if signed.len() >= 20 {
        signed.truncate(signed.len() - 20);
    }
    foreign(with_checksum(signed));
    ours(data);
    let (base, changes) = data.split_at(data.len() / 2);
    let _applied = delta::apply(base, changes, 1 << 16);
    if let Ok(index) = Index::open(Box::new(Bytes::copy_from_slice(data))) {
        let _verified = index.verify();
        let _ordered = index.by_offset().map(<[u32]>::len);
    }
}

fn with_checksum(mut pack: Vec<u8>) -> Vec<u8> {
    let mut hasher = gix_hash::hasher(gix_hash::Kind::Sha1);
    hasher.update(&pack);
    if let Ok(sum) = hasher.try_finalize() {
        pack.extend_from_slice(sum.as_bytes());
    }
    pack
}

/// What is taken of a pack that somebody sent can be read to its last object.
fn foreign(data: Vec<u8>) {
    let data = Bytes::from(data);
    let Ok(imported) = index_pack(&data, &LIMITS, &Silent) else { return };
    let index = Index::open(Box::new(Bytes::from(imported.index))).expect("its own index");
    index.verify().expect("its own index");
    let pack = Pack::open(Box::new(data), index).expect("what was taken can be opened");
    assert_eq!(pack.receipt(), imported.receipt);
    pack.verify_checksum().expect("what was taken has its checksum");
    let cache = BaseCache::new(1 << 16);
    for position in 0..pack.index().count() {
        pack.verify_object(position, &cache).expect("what was taken can be read");
    }
}

/// The input's lines as blobs, each the next version of the one before it, some told as what has changed.
fn ours(data: &[u8]) {
    let (mut plain, mut objects): (Vec<Object>, Vec<NewObject>) = (Vec::new(), Vec::new());
    for part in data.split(|byte| *byte == b'\n').take(32) {
        let object = Object::new(Kind::Blob, part.repeat(3));
        let base = objects.last().map(|last| last.id);
        let before = plain.last().map(|last| &last.data);
        let content = match before.filter(|_| part.len() % 2 == 1 && base != Some(object.id())) {
            None => Content::Whole(object.clone()),
            Some(before) => {
                let data = delta::edge(before, &object.data).into();
                Content::Delta(Delta { kind: Kind::Blob, data, before: None })
            }
        };
        objects.push(NewObject { id: object.id(), content, deflated: None, base });
        plain.push(object);
    }
    let built = build_pack(&objects, &mut Chain::default()).expect("any objects can be packed");
    let index = Index::open(Box::new(Bytes::from(built.index))).expect("its own index");
    let pack = Pack::open(Box::new(Bytes::from(built.pack.clone())), index).expect("its own pack");
    let cache = BaseCache::new(1 << 16);
    for object in &plain {
        let read = pack.get(&object.id(), &cache).expect("it can be read").expect("it is there");
        assert_eq!(read.data, object.data);
    }
    foreign(built.pack.clone());
    // Damage in one place: whatever is said of it, nothing else happens.
    let mut damaged = built.pack;
    let at = data.first().map_or(0, |byte| usize::from(*byte)) * damaged.len() / 256;
    damaged[at] ^= data.last().map_or(1, |byte| *byte | 1);
    assert!(index_pack(&Bytes::from(damaged.clone()), &LIMITS, &Silent).is_err(), "its checksum is wrong");
    damaged.truncate(damaged.len() - 20);
    foreign(with_checksum(damaged));
}

/// Inputs to begin with.
pub fn seeds() -> Vec<Vec<u8>> {
    let text =
        "a line of a text that is long enough for a delta to be worth its while, again and again ".repeat(8);
    let objects: Vec<NewObject> = (0..4)
        .scan(None, |base, number| {
            let object = Object::new(Kind::Blob, format!("{text}{number}").into_bytes());
            let new = NewObject { base: *base, ..NewObject::whole(object.id(), object) };
            *base = Some(new.id);
            Some(new)
        })
        .collect();
    let packs = [1, 2, 4].map(|count| {
        build_pack(&objects[..count], &mut Chain::default()).map(|built| built.pack).unwrap_or_default()
    });
    let mut seeds = packs.to_vec();
    seeds.extend(crate::from_texts(&["one\ntwo\nthree\n", "PACK", "\n\n"]));
    seeds
}
