use portolan_core::git::Oid;
use portolan_ports::Objects;
use portolan_ports::objects::NewObject;

use super::help::{assert_has_all, blob, new, noise, put, repo, tree};
use crate::Fixture;
use crate::sample::oid;

fn with_base(mut object: NewObject, base: Oid) -> NewObject {
    object.base = Some(base);
    object
}

/// Each as a version of the one before.
fn chained(objects: impl IntoIterator<Item = NewObject>) -> Vec<NewObject> {
    let mut before = None;
    objects
        .into_iter()
        .map(|mut object| {
            object.base = before;
            before = Some(object.id);
            object
        })
        .collect()
}

/// Changes at the start, in the middle, at the end; growing, shrinking, to nothing and back.
pub(super) async fn versions_are_read_back(objects: Fixture<dyn Objects>) {
    let text = noise(7, 20_000);
    let mut versions = vec![text.clone()];
    for at in [0, 1, 9_999, 19_999] {
        let mut changed = text.clone();
        changed[at] ^= 0xff;
        versions.push(changed);
    }
    versions.push([b"front ".as_slice(), &text].concat());
    versions.push([&text, b" back".as_slice()].concat());
    versions.push([&text[..10_000], b"middle".as_slice(), &text[10_000..]].concat());
    versions.push([&text[..5_000], &text[15_000..]].concat());
    versions.push(text[..1].to_vec());
    versions.push(Vec::new());
    versions.push([text.clone(), text.clone()].concat());
    // Larger than the 16 MiB and 64 KiB that the numbers of a delta's copies step over.
    versions.push([noise(3, 70_000), vec![b'x'; 17 << 20], text].concat());
    let mut last = versions[versions.len() - 1].clone();
    last.extend_from_slice(b"end");
    versions.push(last);
    let batch = chained(versions.into_iter().map(blob));
    put(&*objects, &repo(), &batch).await;
    assert_has_all(&*objects, &repo(), &batch).await;
}

pub(super) async fn a_base_may_come_later_or_be_elsewhere(objects: Fixture<dyn Objects>) {
    let text = |number: usize| [noise(5, 5_000), vec![b'v'; number]].concat();
    let stored = blob(text(0));
    put(&*objects, &repo(), std::slice::from_ref(&stored)).await;
    let mut batch = chained((1..12).map(|number| blob(text(number))));
    batch[0].base = Some(stored.id);
    batch.reverse();
    put(&*objects, &repo(), &batch).await;
    assert_has_all(&*objects, &repo(), &batch).await;
}

pub(super) async fn bases_that_make_no_sense_are_harmless(objects: Fixture<dyn Objects>) {
    let text = |number: usize| [noise(6, 4_000), vec![b'v'; number]].concat();
    let [a, b, c] = [1, 2, 3].map(|number| blob(text(number)));
    let page = blob("page");
    let folder = tree([("Page.md".into(), page.id)]);
    let itself = blob(text(9));
    let batch = [
        with_base(blob(text(20)), oid(1)),
        with_base(blob(text(21)), Oid::ZERO),
        // A circle of versions, one that is its own, and one of another kind.
        with_base(a.clone(), c.id),
        with_base(b.clone(), a.id),
        with_base(c, b.id),
        with_base(itself.clone(), itself.id),
        with_base(folder, page.id),
        page,
        with_base(new(portolan_core::git::Object::new(portolan_core::git::Kind::Tag, text(1))), a.id),
    ];
    put(&*objects, &repo(), &batch).await;
    assert_has_all(&*objects, &repo(), &batch).await;
}

/// A flat folder of 10,000 pages, of which every version changes one: 410 KB each.
pub(super) async fn a_chain_of_large_trees_is_read_back(objects: Fixture<dyn Objects>) {
    let mut ids: Vec<Oid> = (0..10_000).map(oid).collect();
    let trees = (0..20_u64).map(|version| {
        let page = usize::try_from(version * 499 % 10_000).expect("a page's number is small");
        ids[page] = oid(1_000_000 + version);
        tree(ids.iter().enumerate().map(|(number, id)| (format!("page-{number:05}.md"), *id)))
    });
    let batch = chained(trees.collect::<Vec<_>>());
    assert_eq!(batch[0].object.data.len(), 410_000);
    put(&*objects, &repo(), &batch[..10]).await;
    put(&*objects, &repo(), &batch[10..]).await;
    assert_has_all(&*objects, &repo(), &batch).await;
}
