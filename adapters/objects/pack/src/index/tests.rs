use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use portolan_core::git::{Kind, Object};
use proptest::prelude::*;

use super::*;
use crate::cache::BaseCache;
use crate::pack::Pack;
use crate::writer::Writer;
use crate::zlib::deflate;

/// A source that counts its reads.
#[derive(Debug, Clone)]
struct Counting {
    bytes: Bytes,
    reads: Arc<AtomicU64>,
}

impl Counting {
    fn index(entries: &mut [IndexEntry]) -> (Index, Self) {
        let bytes = encode_index(entries, &Oid::from_bytes([7; 20])).unwrap().into();
        let source = Self { bytes, reads: Arc::default() };
        (Index::open(Box::new(source.clone())).unwrap(), source)
    }

    /// What `work` answers, and how often it read.
    fn count<T>(&self, work: impl FnOnce() -> T) -> (T, u64) {
        let before = self.reads.load(Ordering::Relaxed);
        let done = work();
        (done, self.reads.load(Ordering::Relaxed) - before)
    }
}

impl Source for Counting {
    fn size(&self) -> u64 {
        self.bytes.size()
    }

    fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        self.bytes.read_exact_at(buffer, offset)
    }
}

/// `count` objects with the ids that numbers hash to, in a pack of that order.
fn hashed(count: u32) -> Vec<IndexEntry> {
    let entry = |number: u32| IndexEntry {
        id: Sha1::digest(&number.to_be_bytes()).unwrap(),
        crc: number,
        offset: 12 + 300 * u64::from(number),
    };
    (0..count).map(entry).collect()
}

/// Every entry is found by its id and by its offset, as simple searches of `entries` find them; and `absent` is not found.
fn finds_all(index: &Index, entries: &[IndexEntry], absent: &[Oid]) -> Result<(), TestCaseError> {
    let mut by_offset: Vec<(u64, u32)> = (0..).zip(entries).map(|(at, entry)| (entry.offset, at)).collect();
    by_offset.sort_unstable();
    let positions: Vec<u32> = by_offset.iter().map(|(_, at)| *at).collect();
    // Read where they lie, and then from memory.
    for (position, entry) in (0..).zip(entries) {
        prop_assert_eq!(index.offset(position).unwrap(), entry.offset);
    }
    prop_assert_eq!(index.by_offset().unwrap(), &positions);
    for (position, entry) in (0..).zip(entries) {
        prop_assert_eq!(index.find(&entry.id).unwrap(), Some(position));
        prop_assert_eq!(index.id(position).unwrap(), entry.id);
        prop_assert_eq!(index.crc(position).unwrap(), entry.crc);
        prop_assert_eq!(index.offset(position).unwrap(), entry.offset);
    }
    for (rank, (offset, _)) in by_offset.iter().enumerate() {
        // Where two entries claim one place it is the first one's.
        let first = by_offset.partition_point(|(other, _)| other < offset);
        prop_assert_eq!(index.at_offset(*offset).unwrap(), Some(by_offset[first].1));
        let (position, next) = (by_offset[rank].1, by_offset.get(rank + 1).map(|(offset, _)| *offset));
        let place = Place { offset: *offset, next, crc: entries[position as usize].crc };
        prop_assert_eq!(index.place(position).unwrap(), Some(place));
        for beside in [offset.wrapping_sub(1), offset.wrapping_add(1), offset ^ (1 << 32)] {
            let known = by_offset.binary_search_by_key(&beside, |(offset, _)| *offset).is_ok();
            prop_assert_eq!(index.at_offset(beside).unwrap().is_some(), known, "{} at {}", beside, rank);
        }
    }
    for id in absent {
        let known = entries.binary_search_by_key(id, |entry| entry.id).ok();
        prop_assert_eq!(index.find(id).unwrap().map(|at| at as usize), known);
    }
    Ok(())
}

/// Offsets of all sizes, some of them twice and some of them close to each other.
fn offset() -> impl Strategy<Value = u64> {
    prop_oneof![
        0_u64..1 << 12,
        0_u64..1 << 40,
        (1_u64 << 63) - 4..(1 << 63) + 4,
        u64::MAX - 4..=u64::MAX,
        (1_u64 << 31) - 4..(1 << 31) + 4,
        (1_u64 << 32) - 4..(1 << 32) + 4
    ]
}

/// Ids that are spread evenly, or that are all alike in their first `alike` bytes.
fn ids() -> impl Strategy<Value = std::collections::BTreeSet<[u8; 20]>> {
    (0_usize..8, prop::collection::btree_set(any::<[u8; 20]>(), 0..80)).prop_map(|(alike, ids)| {
        let mut ids: Vec<_> = ids.into_iter().collect();
        for id in &mut ids {
            id[..alike].fill(0xab);
        }
        ids.into_iter().collect()
    })
}

proptest! {
    #[test]
    fn every_entry_is_found_again(
        ids in ids(),
        rows in prop::collection::vec((any::<u32>(), offset()), 80),
        absent: [u8; 20],
    ) {
        let row = |(id, &(crc, offset)): (&[u8; 20], &(u32, u64))| IndexEntry { id: Oid::from_bytes(*id), crc, offset };
        let mut entries: Vec<_> = ids.iter().zip(&rows).map(row).rev().collect();
        let pack = Oid::from_bytes([7; 20]);
        let bytes = encode_index(&mut entries, &pack).unwrap();
        let index = Index::open(Box::new(Bytes::from(bytes))).unwrap();
        index.verify().unwrap();
        prop_assert_eq!(index.count() as usize, ids.len());
        prop_assert_eq!(index.pack_checksum().unwrap(), pack);
        finds_all(&index, &entries, &[Oid::from_bytes(absent)])?;
    }

    #[test]
    fn any_bytes_are_judged_without_panic(bytes: Vec<u8>) {
        let mut index = MAGIC.to_vec();
        index.extend(bytes);
        prop_assert!(Index::open(Box::new(Bytes::from(index))).is_err());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// Ids of one first byte, some thousand of them, however they are spread: many windows, and some in the wrong place.
    #[test]
    fn ids_that_somebody_chose_are_found(
        numbers in prop::collection::btree_set(prop_oneof![0_u32..3_000, any::<u32>(), u32::MAX - 3_000..=u32::MAX], 0..4_000),
        absent: Vec<u32>,
    ) {
        let id = |number: u32| {
            let mut id = [0xab; 20];
            id[1..5].copy_from_slice(&number.to_be_bytes());
            Oid::from_bytes(id)
        };
        let entry = |&number: &u32| IndexEntry { id: id(number), crc: number, offset: number.into() };
        let mut entries: Vec<IndexEntry> = numbers.iter().map(entry).collect();
        let (index, source) = Counting::index(&mut entries);
        let absent: Vec<Oid> = absent.into_iter().chain([0, u32::MAX]).map(id).collect();
        finds_all(&index, &entries, &absent)?;
        for id in entries.iter().map(|entry| &entry.id).chain(&absent) {
            // One guess, and then log2(4000 / 204) halvings.
            let (_, reads) = source.count(|| index.find(id).unwrap());
            prop_assert!(reads <= 6, "{reads} reads");
        }
    }
}

#[test]
fn in_a_large_index_little_is_read() {
    let mut entries = hashed(100_000);
    let (index, source) = Counting::index(&mut entries);
    let (_, reads) = source.count(|| index.by_offset().unwrap().len());
    assert!(reads <= 2, "{reads} reads for the order of all entries");
    let (mut all, mut most) = (0, 0);
    for (position, entry) in (0..).zip(&entries).step_by(7) {
        let (found, reads) = source.count(|| index.find(&entry.id).unwrap());
        assert_eq!(found, Some(position));
        (all, most) = (all + reads, most.max(reads));
        let (found, reads) = source.count(|| index.at_offset(entry.offset).unwrap().unwrap());
        assert_eq!((found, reads), (position, 0));
        let (place, reads) = source.count(|| index.place(position).unwrap().unwrap());
        let next = Some(entry.offset + 300).filter(|next| *next < 12 + 300 * 100_000);
        assert_eq!((place, reads), (Place { offset: entry.offset, next, crc: entry.crc }, 0));
        let (offset, reads) = source.count(|| index.offset(position).unwrap());
        assert_eq!((offset, reads), (entry.offset, 0));
    }
    assert!(most <= 2, "{most} reads for one id");
    assert!(all * 100 <= 105 * (100_000 / 7), "{all} reads for all ids");
    for number in 100_000..101_000_u32 {
        let absent = Sha1::digest(&number.to_be_bytes()).unwrap();
        let (found, reads) = source.count(|| index.find(&absent).unwrap());
        assert_eq!((found, reads <= 2), (None, true));
    }
}

#[test]
fn an_offset_outside_the_index_is_damage() {
    let mut entries = hashed(3);
    let mut bytes = encode_index(&mut entries, &Oid::from_bytes([7; 20])).unwrap();
    let at = usize::try_from(HEADER).unwrap() + 3 * 24 + 4;
    bytes[at..at + 4].copy_from_slice(&LARGE.to_be_bytes());
    let index = Index::open(Box::new(Bytes::from(bytes))).unwrap();
    assert!(matches!(index.offset(1), Err(Error::Damaged { offset, .. }) if offset == at as u64));
    assert!(matches!(index.by_offset(), Err(Error::Damaged { offset, .. }) if offset == at as u64));
}

#[test]
fn an_object_costs_one_read_of_its_index() {
    let objects: Vec<Object> =
        (0..3_000_u32).map(|number| Object::new(Kind::Blob, number.to_be_bytes().to_vec())).collect();
    let mut writer = Writer::new(Vec::new(), 3_000).unwrap();
    for object in &objects {
        let stream = deflate(&object.data).unwrap();
        writer.whole(object.id(), object.kind, 4, &stream).unwrap();
    }
    let done = writer.finish().unwrap();
    let source = Counting { bytes: done.index.into(), reads: Arc::default() };
    let index = Index::open(Box::new(source.clone())).unwrap();
    let pack = Pack::open(Box::new(Bytes::from(done.out)), index).unwrap();
    pack.index().by_offset().unwrap();
    let cache = BaseCache::new(1 << 20);
    for object in &objects {
        let (found, reads) = source.count(|| pack.get(&object.id(), &cache).unwrap());
        assert_eq!(found.as_ref(), Some(object));
        // Its id.
        assert_eq!(reads, 1);
    }
}

#[test]
fn ids_are_in_memory_as_long_as_there_is_room() {
    let room = Arc::new(Room::new(25_000));
    let mut entries = hashed(600);
    let open = |entries: &mut [IndexEntry]| {
        let (index, source) = Counting::index(entries);
        (index.within(&room), source)
    };
    let mut opened: Vec<_> = (0..3).map(|_| open(&mut entries)).collect();
    let reads = |(index, source): &(Index, Counting)| {
        let find = |id| index.find(id).unwrap();
        source.count(|| assert!((0..).zip(&entries).all(|(at, entry)| find(&entry.id) == Some(at)))).1
    };
    assert_eq!([&opened[0], &opened[1]].map(reads), [1, 1], "all ids at once");
    assert!(reads(&opened[2]) >= 600, "no room for a third index");
    drop(opened.remove(0));
    assert!(reads(&opened[1]) <= 1 + 64, "there is room again");
    assert_eq!(reads(&opened[1]), 0);
    drop(opened);
    let whole = open(&mut hashed(1_250));
    assert_eq!(whole.1.count(|| whole.0.find(&entries[0].id).unwrap()).1, 1, "all of it was given back");
}

#[test]
fn ids_that_cannot_be_read_take_no_room() {
    /// Of which only the beginning can be read.
    #[derive(Debug)]
    struct Broken(Bytes);

    impl Source for Broken {
        fn size(&self) -> u64 {
            self.0.size()
        }

        fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
            if offset + buffer.len() as u64 > HEADER + 20_000 {
                return Err(io::Error::other("a bad sector"));
            }
            self.0.read_exact_at(buffer, offset)
        }
    }

    let mut entries = hashed(2_000);
    let bytes = encode_index(&mut entries, &Oid::from_bytes([7; 20])).unwrap();
    let room = Arc::new(Room::new(40_000));
    let index = Index::open(Box::new(Broken(bytes.into()))).unwrap().within(&room);
    for (position, entry) in (0..).zip(&entries).take(900) {
        assert_eq!(index.find(&entry.id).unwrap(), Some(position), "where it can be read it is");
    }
    assert!(matches!(index.find(&entries[1_999].id), Err(Error::Io(_))));
    let (whole, source) = Counting::index(&mut entries);
    let whole = whole.within(&room);
    assert_eq!(source.count(|| whole.find(&entries[5].id).unwrap()), (Some(5), 1), "there is room");
}
