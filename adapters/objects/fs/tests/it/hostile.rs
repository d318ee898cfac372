//! Packs made to do harm: refused with a reason, nothing left behind, no memory spent.

use std::io::Write;

use portolan_core::git::{Kind, Oid};
use portolan_ports::objects::{ImportLimits, PackReceipt, Unwatched};
use portolan_ports::{Kind as ErrorKind, Objects, Result};

use crate::flat::{Flat, blob, new_object, prose};
use crate::support::{Folder, UNLIMITED};

/// Tries to import these bytes into a repository of its own.
async fn import(bytes: &[u8], limits: ImportLimits) -> Result<PackReceipt> {
    import_into(&Folder::new(), bytes, limits).await
}

/// Tries to import these bytes; on refusal nothing may be left.
async fn import_into(folder: &Folder, bytes: &[u8], limits: ImportLimits) -> Result<PackReceipt> {
    let file = folder.root.path().join("hostile");
    std::fs::write(&file, bytes).unwrap();
    let answer = folder.objects.import(&folder.repo, file, limits, &Unwatched).await;
    if let Err(error) = &answer {
        assert_eq!(error.kind, ErrorKind::Refused, "{error}");
        assert_eq!(folder.files("pack").len() + folder.files("idx").len(), 0);
        assert_eq!(std::fs::read_dir(folder.path().join("portolan")).unwrap().count(), 0);
    }
    answer
}

async fn refusal(bytes: &[u8], limits: ImportLimits) -> String {
    import(bytes, limits).await.unwrap_err().public.into_owned()
}

async fn good_pack() -> Vec<u8> {
    let folder = Folder::new();
    let (mut flat, mut objects) = Flat::new(6, 80);
    objects.extend((0..4).flat_map(|page| flat.edit(page)));
    folder.put(objects).await;
    std::fs::read(&folder.files("pack")[0]).unwrap()
}

/// The bytes of a pack with these entries, each a header and what is to be deflated, its checksum right.
fn pack(entries: &[(Vec<u8>, Vec<u8>)]) -> Vec<u8> {
    let mut pack = b"PACK\0\0\0\x02".to_vec();
    pack.extend(u32::try_from(entries.len()).unwrap().to_be_bytes());
    for (header, data) in entries {
        pack.extend(header);
        let mut stream = flate2::write::ZlibEncoder::new(&mut pack, flate2::Compression::best());
        stream.write_all(data).unwrap();
        stream.finish().unwrap();
    }
    sealed(pack)
}

fn sealed(mut pack: Vec<u8>) -> Vec<u8> {
    let mut hash = gix_hash::hasher(gix_hash::Kind::Sha1);
    hash.update(&pack);
    pack.extend(hash.try_finalize().unwrap().as_bytes());
    pack
}

fn header(number: u8, mut size: u64) -> Vec<u8> {
    let mut bytes = vec![number << 4 | (size & 15) as u8];
    size >>= 4;
    while size > 0 {
        *bytes.last_mut().unwrap() |= 128;
        bytes.push((size & 127) as u8);
        size >>= 7;
    }
    bytes
}

fn number(mut value: u64) -> Vec<u8> {
    let mut bytes = vec![];
    loop {
        bytes.push((value & 127) as u8 | if value > 127 { 128 } else { 0 });
        value >>= 7;
        if value == 0 {
            return bytes;
        }
    }
}

fn ref_delta(base: Oid, delta: Vec<u8>) -> (Vec<u8>, Vec<u8>) {
    let mut bytes = header(7, delta.len() as u64);
    bytes.extend(base.as_bytes());
    (bytes, delta)
}

#[tokio::test]
async fn every_truncation_is_refused() {
    let good = good_pack().await;
    assert!(import(&good, UNLIMITED).await.is_ok());
    let folder = Folder::new();
    for keep in (0..good.len()).step_by(7).chain(good.len() - 21..good.len()) {
        let reason = import_into(&folder, &good[..keep], UNLIMITED).await.unwrap_err().public;
        assert!(reason.contains("truncated"), "{keep}: {reason}");
    }
    let mut longer = good;
    longer.push(0);
    assert!(refusal(&longer, UNLIMITED).await.contains("bytes follow"));
}

#[tokio::test]
async fn every_flipped_byte_is_refused() {
    let (good, folder) = (good_pack().await, Folder::new());
    for at in (0..good.len()).step_by(5).chain(good.len() - 20..good.len()) {
        let mut bad = good.clone();
        bad[at] ^= 0x21;
        import_into(&folder, &bad, UNLIMITED).await.unwrap_err();
    }
    let mut bad = good.clone();
    *bad.last_mut().unwrap() ^= 1;
    assert!(refusal(&bad, UNLIMITED).await.contains("checksum"));
}

#[tokio::test]
async fn limits_hold() {
    let good = good_pack().await;
    let count = u32::from_be_bytes(good[8..12].try_into().unwrap());
    let reason = refusal(&good, ImportLimits { objects: count - 1, ..UNLIMITED }).await;
    assert!(reason.contains(&format!("has {count} objects")), "{reason}");
    assert!(import(&good, ImportLimits { objects: count, ..UNLIMITED }).await.is_ok());
    assert!(refusal(&good, ImportLimits { object_bytes: 100, ..UNLIMITED }).await.contains("at most 100"));
    assert!(
        refusal(&good, ImportLimits { total_bytes: 1000, ..UNLIMITED }).await.contains("1000 bytes together")
    );
}

#[tokio::test]
async fn bombs_are_refused_before_memory_is_spent() {
    let base = prose(1, 70_000).into_bytes();
    let id = new_object(Kind::Blob, base.clone(), None).id;
    let whole = (header(3, base.len() as u64), base.clone());
    // A small delta that claims to make 2^40 bytes.
    let mut delta = number(base.len() as u64);
    delta.extend(number(1 << 40));
    delta.extend([0x80, 0x80, 0x80]);
    let reason = refusal(&pack(&[whole.clone(), ref_delta(id, delta)]), UNLIMITED).await;
    assert!(reason.contains("1099511627776 bytes"), "{reason}");
    // One that copies the base a thousand times and says so.
    let mut delta = number(base.len() as u64);
    delta.extend(number(65_536 * 3000));
    delta.extend([0x80].repeat(3000));
    let reason = refusal(&pack(&[whole.clone(), ref_delta(id, delta.clone())]), UNLIMITED).await;
    assert!(reason.contains("at most"), "{reason}");
    // One that copies the base a thousand times and says it is small.
    let mut delta = number(base.len() as u64);
    delta.extend(number(10));
    delta.extend([0x80].repeat(3000));
    let reason = refusal(&pack(&[whole.clone(), ref_delta(id, delta)]), UNLIMITED).await;
    assert!(reason.contains("does not fit"), "{reason}");
    // A stream that inflates to more than its header says, and a header that says more than can be.
    let reason = refusal(&pack(&[(header(3, 5), vec![0; 9 << 20])]), UNLIMITED).await;
    assert!(reason.contains("larger than it claims"), "{reason}");
    let reason = refusal(&pack(&[(header(3, u64::MAX), vec![0; 9])]), UNLIMITED).await;
    assert!(reason.contains("at most"), "{reason}");
    // A count of four billion in a pack of one.
    let mut many = pack(&[whole]);
    many[8..12].copy_from_slice(&u32::MAX.to_be_bytes());
    let reason = refusal(&many, ImportLimits { objects: u32::MAX, ..UNLIMITED }).await;
    assert!(reason.contains("malformed") || reason.contains("truncated"), "{reason}");
}

#[tokio::test]
async fn deltas_that_lead_nowhere_are_refused() {
    let (a, b) = (blob("a").id, blob("b").id);
    let delta = || vec![1, 1, 1, b'x'];
    let reason = refusal(&pack(&[ref_delta(a, delta()), ref_delta(b, delta())]), UNLIMITED).await;
    assert!(reason.contains("2 deltas"), "{reason}");
    // On itself, by the id it would have.
    let x = blob("x").id;
    let reason = refusal(&pack(&[ref_delta(x, delta())]), UNLIMITED).await;
    assert!(reason.contains("1 deltas"), "{reason}");
    let mut outside = header(6, 4);
    outside.push(127);
    let reason = refusal(&pack(&[(outside, delta())]), UNLIMITED).await;
    assert!(reason.contains("outside the pack"), "{reason}");
    let mut itself = header(6, 4);
    itself.push(0);
    assert!(refusal(&pack(&[(itself, delta())]), UNLIMITED).await.contains("outside the pack"));
    // Into the middle of another entry.
    let whole = (header(3, 3), b"abc".to_vec());
    let mut middle = header(6, 4);
    middle.push(3);
    let reason = refusal(&pack(&[whole.clone(), (middle, delta())]), UNLIMITED).await;
    assert!(reason.contains("1 deltas"), "{reason}");
    let reason = refusal(&pack(&[whole.clone(), whole]), UNLIMITED).await;
    assert!(reason.contains("twice"), "{reason}");
}

#[tokio::test]
async fn other_files_are_refused() {
    for bytes in
        [&b""[..], b"PACK", b"# v2 git bundle\n", b"PACK\0\0\0\x03\0\0\0\x01", b"PACK\0\0\0\x02\0\0\0\0"]
    {
        refusal(bytes, UNLIMITED).await;
    }
    let folder = Folder::new();
    let missing = folder.root.path().join("missing");
    let error = folder.objects.import(&folder.repo, missing, UNLIMITED, &Unwatched).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Refused);
}

#[tokio::test]
async fn a_deep_and_broad_chain_is_resolved_within_memory() {
    // 400 versions of 600 KB, each a delta of the one before, and from each a second one: 240 MB if all were kept.
    let size = 600 << 10;
    let base: Vec<u8> = prose(5, size).into_bytes();
    let mut entries = vec![(header(3, size as u64), base)];
    for version in 0..400_u16 {
        for twin in 0..2_u8 {
            let mut delta = number(size as u64);
            delta.extend(number(size as u64));
            delta.push(4);
            delta.extend([twin, 1]);
            delta.extend(version.to_le_bytes());
            delta.extend([0x80 | 0x01 | 0x70, 4]);
            delta.extend(&(size - 4).to_le_bytes()[..3]);
            entries.push((header(6, delta.len() as u64), delta));
        }
    }
    // Distances: deflated sizes must be known, so the entries are laid out one by one.
    let mut pack = b"PACK\0\0\0\x02".to_vec();
    pack.extend(u32::try_from(entries.len()).unwrap().to_be_bytes());
    let (mut base, mut next) = (12, 12);
    for (number, (mut header, data)) in entries.into_iter().enumerate() {
        let start = pack.len();
        if number == 0 {
            base = start;
        } else {
            if number % 2 == 1 {
                base = next;
            }
            header.extend(distance(start - base));
            if number % 2 == 1 {
                next = start;
            }
        }
        pack.extend(header);
        let mut stream = flate2::write::ZlibEncoder::new(&mut pack, flate2::Compression::fast());
        stream.write_all(&data).unwrap();
        stream.finish().unwrap();
    }
    let receipt = import(&sealed(pack), UNLIMITED).await.unwrap();
    assert_eq!(receipt.objects, 801);
}

fn distance(mut value: usize) -> Vec<u8> {
    let mut bytes = vec![value.to_le_bytes()[0] & 127];
    value >>= 7;
    while value > 0 {
        value -= 1;
        bytes.insert(0, value.to_le_bytes()[0] | 128);
        value >>= 7;
    }
    bytes
}

#[tokio::test]
async fn a_chain_that_is_longer_than_git_makes_any_is_refused() {
    let chain = |deltas: u64| {
        let text = |number: u64| format!("{number:08}").into_bytes();
        let mut entries = vec![(header(3, 8), text(0))];
        for number in 1..=deltas {
            let mut delta = vec![8, 8, 8];
            delta.extend(text(number));
            let base = new_object(Kind::Blob, text(number - 1), None).id;
            entries.push(ref_delta(base, delta));
        }
        pack(&entries)
    };
    assert_eq!(import(&chain(4095), UNLIMITED).await.unwrap().objects, 4096);
    let reason = refusal(&chain(4096), UNLIMITED).await;
    assert!(reason.contains("4,095 deltas"), "{reason}");
}
