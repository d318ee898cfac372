//! An index that is read where it lies answers as one in memory does.

use portolan_core::access::Scope;
use portolan_core::git::{Kind, Object};
use portolan_core::id::{TenantId, Uuid, WikiId};
use portolan_objects_pack::{IndexEntry, encode_index};
use proptest::prelude::*;
use tempfile::TempDir;

use super::*;
use crate::disk::RealDisk;

/// Objects whose index is a little larger than is kept in memory.
const MANY: u32 = 150_000;

/// A folder with one pack, of which there is no more than its header and its index.
struct Large {
    root: TempDir,
    layout: Layout,
    entries: Vec<IndexEntry>,
    index: Bytes,
    name: Oid,
}

impl Large {
    fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        let id =
            Scope::system("test", TenantId::new(Uuid::from_u128(1))).repo(WikiId::new(Uuid::from_u128(2)));
        let layout = Layout::new(root.path(), &id);
        fs::create_dir_all(&layout.packs).unwrap();
        let entry = |number: u32| IndexEntry {
            id: Object::new(Kind::Blob, number.to_be_bytes().to_vec()).id(),
            crc: number,
            // Some beyond 2 GiB and 4 GiB, and none in the order of their ids.
            offset: 12 + u64::from(number) * 40_000,
        };
        let mut entries: Vec<IndexEntry> = (0..MANY).map(entry).collect();
        let name = Oid::from_bytes([7; 20]);
        let index: Bytes = encode_index(&mut entries, &name).unwrap().into();
        assert!(index.len() as u64 > SMALL);
        fs::write(layout.index(&name), &index).unwrap();
        let pack = [&b"PACK\0\0\0\x02"[..], &MANY.to_be_bytes(), &[0; 20]].concat();
        fs::write(layout.pack(&name), pack).unwrap();
        Self { root, layout, entries, index, name }
    }
}

#[test]
fn what_was_done_during_a_listing_is_not_lost() {
    let large = Large::new();
    let (files, room) = (Arc::new(Files::new(4)), Arc::new(Room::new(0)));
    let folder = Folder { layout: &large.layout, files: &files, room: &room, disk: &RealDisk };
    let one = folder.list(&Snapshot::default()).unwrap();
    let none = Snapshot::default();
    let after = |listed: &Snapshot, before: &Snapshot, now: &Snapshot| -> Vec<Oid> {
        listed.clone().after(before, now).packs.iter().map(|stored| stored.pack.name()).collect()
    };
    assert_eq!(after(&none, &none, &one), [large.name], "added meanwhile");
    assert_eq!(after(&one, &none, &one), [large.name], "added meanwhile and listed");
    assert_eq!(after(&one, &one, &none), [], "replaced meanwhile");
    assert_eq!(after(&one, &none, &none), [large.name], "by another process");
    assert_eq!(after(&none, &one, &one), [], "removed by another process");
}

#[test]
fn a_large_index_answers_as_a_small_one() {
    let large = Large::new();
    for (room, kept) in [(0, "bytes: None"), (16 << 20, "bytes: Some(3000000)")] {
        let lazy = answers_as_a_small_one(&large, room);
        assert!(format!("{lazy:?}").contains(kept), "{lazy:?}");
    }
}

/// With so much room for large indexes; answers the pack.
fn answers_as_a_small_one(large: &Large, room: u64) -> Arc<Pack> {
    let (files, room) = (Arc::new(Files::new(4)), Arc::new(Room::new(room)));
    let folder = Folder { layout: &large.layout, files: &files, room: &room, disk: &RealDisk };
    let listed = folder.list(&Snapshot::default()).unwrap();
    assert!(listed.broken.is_empty(), "{:?} below {:?}", listed.broken, large.root.path());
    let pack = Arc::clone(&listed.packs[0].pack);
    assert_eq!(pack.name(), large.name);
    let lazy = pack.index();
    let kept = Index::open(Box::new(large.index.clone())).unwrap();
    assert_eq!(lazy.by_offset().unwrap(), kept.by_offset().unwrap());

    let id = prop_oneof![
        prop::sample::select(large.entries.iter().map(|entry| entry.id).collect::<Vec<_>>()),
        any::<[u8; 20]>().prop_map(Oid::from_bytes),
    ];
    proptest!(ProptestConfig::with_cases(2_000), |(id in id)| {
        let found = lazy.find(&id).unwrap();
        prop_assert_eq!(found, kept.find(&id).unwrap());
        prop_assert_eq!(found.is_some(), large.entries.binary_search_by_key(&id, |entry| entry.id).is_ok());
        if let Some(position) = found {
            let entry = large.entries[position as usize];
            for index in [lazy, &kept] {
                let read = (index.id(position), index.crc(position), index.offset(position));
                prop_assert_eq!((read.0.unwrap(), read.1.unwrap(), read.2.unwrap()), (entry.id, entry.crc, entry.offset));
            }
        }
    });
    pack
}
