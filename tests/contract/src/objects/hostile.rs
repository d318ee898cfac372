//! Packs that are wrong in one way each, and otherwise right: also their checksum.

use portolan_core::git::{Kind, Object};
use portolan_ports::{Kind as ErrorKind, Objects};

use super::help::{blob as new_blob, get, repo};
use super::imports::{GENEROUS, import};
use super::pack::{
    BLOB, OFS_DELTA, blob, copy, deflate, delta, distance, header, insert, ofs_delta, pack_of, ref_delta,
    signed,
};
use crate::Fixture;
use crate::sample::oid;

/// A good pack: a text, and a delta of it.
fn good() -> Vec<u8> {
    let base = blob(b"hello, world\n");
    let back = base.len() as u64;
    pack_of(2, &[base, ofs_delta(back, &delta(13, 14, &[copy(0, 13), insert(b"!")]))])
}

/// Fails unless the pack is refused with a reason and nothing is left of it.
async fn assert_refused(objects: &dyn Objects, what: &str, pack: &[u8]) {
    assert_refused_within(objects, what, pack, GENEROUS).await;
}

pub(super) async fn assert_refused_within(
    objects: &dyn Objects,
    what: &str,
    pack: &[u8],
    limits: portolan_ports::objects::ImportLimits,
) {
    match import(objects, &repo(), pack, limits).await {
        Ok(receipt) => panic!("{what} was taken: {receipt:?}"),
        Err(error) => {
            assert_eq!(error.kind, ErrorKind::Refused, "{what}: {error}");
            assert!(!error.public.is_empty(), "{what}: {error:?} must say why");
            assert!(!error.public.contains("incoming.pack"), "{what}: {error} names a file of the server");
        }
    }
    assert_eq!(objects.packs(&repo()).await.unwrap(), [], "{what}");
    let base = Object::new(Kind::Blob, b"hello, world\n".to_vec());
    assert_eq!(get(objects, &repo(), base.id()).await, None, "{what}");
    let Some(path) = objects.local_path(&repo()) else { return };
    let files = std::fs::read_dir(path.join("objects/pack")).into_iter().flatten();
    let left: Vec<_> = files.map(|file| file.unwrap().file_name()).collect();
    let packs = left.iter().filter(|name| name.to_string_lossy().contains("pack")).count();
    assert_eq!(packs, 0, "{what} left {left:?}");
}

pub(super) async fn a_truncated_pack_is_refused(objects: Fixture<dyn Objects>) {
    let pack = good();
    for length in [0, 1, 4, 8, 11, 12, 13, 20, 31, 32, pack.len() - 21, pack.len() - 20, pack.len() - 1] {
        assert_refused(&*objects, &format!("a pack cut at {length}"), &pack[..length]).await;
    }
    // Cut and signed anew, so that only the content tells.
    for cut in [1, 5, 12] {
        let short = signed(pack[..pack.len() - 20 - cut].to_vec());
        assert_refused(&*objects, &format!("a pack with {cut} bytes less"), &short).await;
    }
    // What is refused leaves no trace that would stop the good one.
    import(&*objects, &repo(), &pack, GENEROUS).await.unwrap();
    let made = Object::new(Kind::Blob, b"hello, world\n!".to_vec());
    assert_eq!(get(&*objects, &repo(), made.id()).await, Some(made));
}

pub(super) async fn a_falsified_pack_is_refused(objects: Fixture<dyn Objects>) {
    let pack = good();
    for at in 0..pack.len() {
        let mut changed = pack.clone();
        changed[at] ^= 1;
        assert_refused(&*objects, &format!("a pack whose byte {at} was changed"), &changed).await;
    }
    let longer = [pack, b"more".to_vec()].concat();
    assert_refused(&*objects, "a pack with more after its end", &longer).await;
}

pub(super) async fn what_is_no_pack_is_refused(objects: Fixture<dyn Objects>) {
    let content = blob(b"hello, world\n");
    for (what, start) in [
        ("another magic", b"KCAP\0\0\0\x02\0\0\0\x01".to_vec()),
        ("version 1", b"PACK\0\0\0\x01\0\0\0\x01".to_vec()),
        ("version 4", b"PACK\0\0\0\x04\0\0\0\x01".to_vec()),
    ] {
        assert_refused(&*objects, what, &signed([start, content.clone()].concat())).await;
    }
    assert_refused(&*objects, "a text", b"# v2 git bundle\nthis is not a pack at all, but long enough\n")
        .await;
}

pub(super) async fn wrong_counts_are_refused(objects: Fixture<dyn Objects>) {
    let entries = [blob(b"hello, world\n"), blob(b"two")];
    for count in [1, 3, 100_000] {
        assert_refused(&*objects, &format!("2 objects called {count}"), &pack_of(count, &entries)).await;
    }
    assert_refused(&*objects, "four thousand million objects", &pack_of(u32::MAX, &entries)).await;
}

pub(super) async fn unknown_types_are_refused(objects: Fixture<dyn Objects>) {
    for kind in [0, 5] {
        let entry = [header(kind, 3), deflate(b"two")].concat();
        let pack = pack_of(2, &[blob(b"hello, world\n"), entry]);
        assert_refused(&*objects, &format!("an entry of type {kind}"), &pack).await;
    }
}

pub(super) async fn sizes_that_lie_are_refused(objects: Fixture<dyn Objects>) {
    let with = |size, data: &[u8]| {
        pack_of(2, &[blob(b"hello, world\n"), [header(BLOB, size), deflate(data)].concat()])
    };
    assert_refused(&*objects, "3 bytes called 2", &with(2, b"two")).await;
    assert_refused(&*objects, "3 bytes called 4", &with(4, b"two")).await;
    assert_refused(&*objects, "3 bytes called 60 MiB", &with(60 << 20, b"two")).await;
    assert_refused(&*objects, "3 bytes called 2^60", &with(1 << 60, b"two")).await;
    assert_refused(&*objects, "64 MiB called 10 bytes", &with(10, &vec![0; 64 << 20])).await;
    let endless = [header(BLOB, 3), vec![0xff; 40]].concat();
    assert_refused(&*objects, "no zlib stream", &pack_of(2, &[blob(b"hello, world\n"), endless])).await;
    let overflowing = [vec![0xbf], vec![0xff; 30], vec![1], deflate(b"two")].concat();
    assert_refused(&*objects, "a size of 200 bits", &pack_of(2, &[blob(b"hello, world\n"), overflowing]))
        .await;
    let mut wrong_sum = [header(BLOB, 3), deflate(b"two")].concat();
    *wrong_sum.last_mut().unwrap() ^= 1;
    assert_refused(&*objects, "a wrong Adler-32", &pack_of(2, &[blob(b"hello, world\n"), wrong_sum])).await;
}

pub(super) async fn a_delta_without_its_base_is_refused(objects: Fixture<dyn Objects>) {
    let base = blob(b"hello, world\n");
    let (back, grow) = (base.len() as u64, delta(13, 14, &[copy(0, 13), insert(b"!")]));
    let pack = |entry: Vec<u8>| pack_of(2, &[base.clone(), entry]);
    assert_refused(&*objects, "a delta of an unknown object", &pack(ref_delta(oid(1), &grow))).await;
    assert_refused(&*objects, "a delta of itself", &pack(ofs_delta(0, &grow))).await;
    for wrong in [1, back - 1, back + 1, back + 12, back + 13, 1 << 40] {
        let entry = ofs_delta(wrong, &grow);
        assert_refused(&*objects, &format!("a delta of what begins {wrong} bytes before"), &pack(entry))
            .await;
    }
    let far = [header(OFS_DELTA, grow.len() as u64), vec![0xff; 20], distance(1), deflate(&grow)].concat();
    assert_refused(&*objects, "a distance of more than 64 bits", &pack(far)).await;
    // The base is in the store, but not in the pack.
    let stored = new_blob("stored here");
    let other = crate::sample::repo(1, 2);
    objects.put_batch(&other, vec![stored.clone()]).await.unwrap();
    let thin = ref_delta(stored.id, &delta(11, 12, &[copy(0, 11), insert(b"!")]));
    assert_refused(&*objects, "a delta of another repository's object", &pack(thin)).await;
}

pub(super) async fn a_delta_that_does_not_fit_is_refused(objects: Fixture<dyn Objects>) {
    let base = blob(b"hello, world\n");
    let back = base.len() as u64;
    for (what, wrong) in [
        ("a wrong size of the base", delta(12, 14, &[copy(0, 12), insert(b"!!")])),
        ("too few bytes made", delta(13, 14, &[copy(0, 13)])),
        ("too many bytes made", delta(13, 14, &[copy(0, 13), insert(b"!!")])),
        ("a copy beyond the end", delta(13, 14, &[copy(5, 13), insert(b"!")])),
        ("a copy from beyond the end", delta(13, 14, &[copy(u32::MAX, 13), insert(b"!")])),
        ("an insertion that ends early", delta(13, 14, &[copy(0, 13), vec![5, b'!']])),
        ("a copy that ends early", delta(13, 14, &[insert(b"!"), vec![0xff, 0, 0]])),
        ("the reserved step", delta(13, 14, &[copy(0, 13), vec![0], insert(b"!")])),
        ("a size of more than 64 bits", [vec![0xff; 20], vec![1]].concat()),
        ("no sizes", Vec::new()),
    ] {
        assert_refused(&*objects, what, &pack_of(2, &[base.clone(), ofs_delta(back, &wrong)])).await;
    }
}
