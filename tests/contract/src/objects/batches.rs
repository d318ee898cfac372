use std::io::Write;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::ZlibEncoder;
use futures::future::join_all;
use portolan_core::git::{Kind, Object, Oid};
use portolan_ports::objects::NewObject;
use portolan_ports::{Kind as ErrorKind, Objects};

use super::help::{assert_has_all, blob, get, new, noise, object_of, put, repo, revision, text};
use crate::Fixture;
use crate::sample::oid;

pub(super) async fn what_is_put_is_read(objects: Fixture<dyn Objects>) {
    let batch = revision(None, "Hello\n");
    put(&*objects, &repo(), &batch).await;
    assert_has_all(&*objects, &repo(), &batch).await;
}

/// The empty blob and the empty tree are objects like any other, and bytes are kept as they are.
pub(super) async fn every_kind_is_kept(objects: Fixture<dyn Objects>) {
    let tag = "object 4b825dc642cb6eb9a060e54bf8d69288fbee4904\ntype tree\ntag t\n\nno tagger\n";
    let batch = [
        new(Object::new(Kind::Blob, Vec::new())),
        new(Object::new(Kind::Tree, Vec::new())),
        new(Object::new(Kind::Tag, tag.as_bytes().to_vec())),
        new(Object::new(Kind::Commit, b"not even a commit \xff\0".to_vec())),
        blob(b"\0\xff\r\n".to_vec()),
        blob(noise(1, 300_000)),
        blob(vec![b'a'; 3_000_000]),
    ];
    put(&*objects, &repo(), &batch).await;
    assert_has_all(&*objects, &repo(), &batch).await;
}

pub(super) async fn answers_come_in_the_order_asked(objects: Fixture<dyn Objects>) {
    let batch: Vec<NewObject> = (0..20).map(|number| blob(format!("{number}"))).collect();
    put(&*objects, &repo(), &batch[..10]).await;
    put(&*objects, &repo(), &batch[10..]).await;
    let places = [13, 2, 19, 2, 0, 7];
    let mut ids: Vec<Oid> = places.iter().map(|place| batch[*place].id).collect();
    ids.insert(3, oid(1));
    let answers = objects.get_many(&repo(), &ids).await.unwrap();
    let texts: Vec<_> =
        answers.into_iter().map(|object| Some(String::from_utf8(object?.data.to_vec()).unwrap())).collect();
    let expected = [Some("13"), Some("2"), Some("19"), None, Some("2"), Some("0"), Some("7")];
    assert_eq!(texts, expected.map(|text| text.map(String::from)));
    assert_eq!(objects.get_many(&repo(), &[]).await.unwrap(), []);
}

pub(super) async fn a_missing_object_or_repository_is_none(objects: Fixture<dyn Objects>) {
    assert_eq!(get(&*objects, &repo(), oid(1)).await, None);
    assert_eq!(objects.packs(&repo()).await.unwrap(), []);
    put(&*objects, &repo(), &[blob("there")]).await;
    assert_eq!(get(&*objects, &repo(), oid(1)).await, None);
    assert_eq!(get(&*objects, &repo(), Oid::ZERO).await, None);
}

pub(super) async fn a_stream_that_was_deflated_before_is_taken(objects: Fixture<dyn Objects>) {
    let deflated = |level, mut new: NewObject| {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::new(level));
        encoder.write_all(&object_of(&new).data).unwrap();
        new.deflated = Some(Bytes::from(encoder.finish().unwrap()));
        new
    };
    let long = text((0..5000).map(|line| format!("line {line}")));
    let mut version = deflated(1, blob(format!("{long}more\n")));
    version.base = Some(blob(long.clone()).id);
    let batch = [deflated(9, blob(long)), version, deflated(0, blob("")), deflated(6, blob("short"))];
    put(&*objects, &repo(), &batch).await;
    assert_has_all(&*objects, &repo(), &batch).await;
}

pub(super) async fn putting_again_is_harmless(objects: Fixture<dyn Objects>) {
    let batch = revision(None, "Hello\n");
    put(&*objects, &repo(), &batch).await;
    put(&*objects, &repo(), &batch).await;
    let more = [batch[0].clone(), blob("new")];
    put(&*objects, &repo(), &more).await;
    assert_has_all(&*objects, &repo(), &batch).await;
    assert_has_all(&*objects, &repo(), &more).await;
}

pub(super) async fn one_object_twice_in_a_batch_is_harmless(objects: Fixture<dyn Objects>) {
    let batch = [blob("a"), blob("b"), blob("a")];
    put(&*objects, &repo(), &batch).await;
    assert_has_all(&*objects, &repo(), &batch).await;
}

pub(super) async fn an_empty_batch_is_refused(objects: Fixture<dyn Objects>) {
    let error = objects.put_batch(&repo(), Vec::new()).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Refused, "{error}");
    assert_eq!(objects.packs(&repo()).await.unwrap(), []);
}

pub(super) async fn receipts_tell_what_was_stored(objects: Fixture<dyn Objects>) {
    let receipt = put(&*objects, &repo(), &revision(None, "one")).await;
    assert_eq!(receipt.objects, 3);
    // Header and checksum of a pack have 32 bytes.
    assert!(receipt.bytes > 32, "{receipt:?}");
    assert_eq!(objects.packs(&repo()).await.unwrap(), [receipt]);
}

pub(super) async fn all_packs_are_listed(objects: Fixture<dyn Objects>) {
    let mut receipts = Vec::new();
    for number in 0..5 {
        receipts.push(put(&*objects, &repo(), &revision(None, &format!("{number}"))).await);
    }
    let mut listed = objects.packs(&repo()).await.unwrap();
    listed.sort_by_key(|pack| pack.name);
    receipts.sort_by_key(|pack| pack.name);
    assert_eq!(listed, receipts);
}

pub(super) async fn many_batches_at_once_all_arrive(objects: Fixture<dyn Objects>) {
    let batch = |number: u32| revision(None, &format!("page {number}\n"));
    let tasks = (0..24).map(|number| {
        let objects = objects.share();
        tokio::spawn(async move {
            put(&*objects, &repo(), &batch(number)).await;
            assert_has_all(&*objects, &repo(), &batch(number)).await;
        })
    });
    join_all(tasks).await.into_iter().for_each(Result::unwrap);
    for number in 0..24 {
        assert_has_all(&*objects, &repo(), &batch(number)).await;
    }
}
