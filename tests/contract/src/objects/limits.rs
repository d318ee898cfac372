use portolan_core::git::{Kind, Object};
use portolan_ports::Objects;
use portolan_ports::objects::ImportLimits;

use super::help::{get, repo};
use super::hostile::assert_refused_within;
use super::imports::import;
use super::pack::{blob, copy, delta, ofs_delta, pack_of};
use crate::Fixture;

const LIMITS: ImportLimits = ImportLimits { object_bytes: 1_000, total_bytes: 5_000, objects: 10 };

fn blobs(count: u8, size: usize) -> Vec<u8> {
    let entries: Vec<_> = (0..count).map(|number| blob(&vec![number; size])).collect();
    pack_of(count.into(), &entries)
}

pub(super) async fn too_many_objects_are_refused(objects: Fixture<dyn Objects>) {
    assert_refused_within(&*objects, "11 objects of 10", &blobs(11, 10), LIMITS).await;
}

pub(super) async fn a_too_large_object_is_refused(objects: Fixture<dyn Objects>) {
    assert_refused_within(&*objects, "1,001 bytes of 1,000", &blobs(1, 1_001), LIMITS).await;
}

pub(super) async fn a_too_large_sum_is_refused(objects: Fixture<dyn Objects>) {
    assert_refused_within(&*objects, "5,400 bytes of 5,000", &blobs(6, 900), LIMITS).await;
    // Deltas count as what they make.
    let mut entries = vec![blob(&[7; 900])];
    for number in 0..6_u16 {
        let size = 900 - number;
        let back = entries.iter().map(Vec::len).sum::<usize>() as u64;
        entries.push(ofs_delta(back, &delta(900, size.into(), &[copy(0, size)])));
    }
    assert_refused_within(&*objects, "deltas that make 6,285 bytes", &pack_of(7, &entries), LIMITS).await;
}

pub(super) async fn an_object_that_a_delta_makes_too_large_is_refused(objects: Fixture<dyn Objects>) {
    let base = blob(&[7; 900]);
    let back = base.len() as u64;
    let double = delta(900, 1_800, &[copy(0, 900), copy(0, 900)]);
    assert_refused_within(
        &*objects,
        "a delta to 1,800 bytes",
        &pack_of(2, &[base.clone(), ofs_delta(back, &double)]),
        LIMITS,
    )
    .await;
    // It says less than it makes.
    let lie = delta(900, 900, &[copy(0, 900), copy(0, 900)]);
    assert_refused_within(
        &*objects,
        "a delta that lies",
        &pack_of(2, &[base, ofs_delta(back, &lie)]),
        LIMITS,
    )
    .await;
    // Every delta doubles: 60 of them would make 2^60 bytes.
    let mut entries = vec![blob(&[7; 2])];
    for power in 1..60_u32 {
        let steps = [copy(0, 1 << power.min(15)), copy(0, 1 << power.min(15))];
        let back = entries.last().map_or(0, Vec::len) as u64;
        entries.push(ofs_delta(back, &delta(1 << power, 1 << (power + 1), &steps)));
    }
    let limits = ImportLimits { objects: 100, ..LIMITS };
    assert_refused_within(&*objects, "deltas that double", &pack_of(60, &entries), limits).await;
}

pub(super) async fn a_pack_within_its_limits_is_taken(objects: Fixture<dyn Objects>) {
    import(&*objects, &repo(), &blobs(5, 1_000), LIMITS).await.unwrap();
    import(&*objects, &repo(), &blobs(10, 500), LIMITS).await.unwrap();
    let one = Object::new(Kind::Blob, vec![4; 1_000]);
    assert_eq!(get(&*objects, &repo(), one.id()).await, Some(one));
}
