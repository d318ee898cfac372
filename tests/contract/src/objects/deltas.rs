use portolan_core::git::{Content, Delta, Oid, delta};
use portolan_ports::objects::NewObject;
use portolan_ports::{Kind, Objects};

use super::help::{assert_has_all, blob, get, new, noise, object_of, put, repo, tree};
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
    assert_eq!(object_of(&batch[0]).data.len(), 410_000);
    put(&*objects, &repo(), &batch[..10]).await;
    put(&*objects, &repo(), &batch[10..]).await;
    assert_has_all(&*objects, &repo(), &batch).await;
}

/// `new` as a delta against `base`.
fn as_delta(new: &NewObject, base: &NewObject, with_base: bool) -> NewObject {
    let (object, before) = (object_of(new), &object_of(base).data);
    let data = delta::edge(before, &object.data).into();
    let before = with_base.then(|| before.clone());
    let content = Content::Delta(Delta { kind: object.kind, data, before });
    NewObject { id: new.id, content, deflated: None, base: Some(base.id) }
}

/// Versions of a tree of 2,000 pages, each of which changes, adds or takes away one.
fn versions_of_a_large_tree(count: u64) -> Vec<NewObject> {
    let mut pages: Vec<(String, Oid)> =
        (0..2000).map(|page| (format!("page-{page:05}.md"), oid(page))).collect();
    let version = |version: u64| {
        let page = usize::try_from(version * 499 % 1990).expect("a page's number is small");
        match version % 5 {
            0 => drop(pages.remove(page)),
            1 => pages.insert(page + 1, (format!("{}x", pages[page].0), oid(2_000_000 + version))),
            _ => pages[page].1 = oid(1_000_000 + version),
        }
        tree(pages.clone())
    };
    (1..=count).map(version).collect()
}

/// A tree that each batch changes several times, handed over as what has changed.
pub(super) async fn deltas_are_read_back_as_what_they_make(objects: Fixture<dyn Objects>) {
    let versions = versions_of_a_large_tree(60);
    put(&*objects, &repo(), &versions[..1]).await;
    let mut at = 1;
    for size in (1..4).cycle() {
        let batch: Vec<_> = (at..(at + size).min(versions.len()))
            .map(|version| as_delta(&versions[version], &versions[version - 1], version == at))
            .collect();
        if batch.is_empty() {
            break;
        }
        put(&*objects, &repo(), &batch).await;
        at += size;
    }
    assert_has_all(&*objects, &repo(), &versions).await;
    objects.compact(&repo()).await.unwrap();
    assert_has_all(&*objects, &repo(), &versions).await;
}

/// The same versions in a repository that has seen none of them, and again.
pub(super) async fn a_delta_s_base_may_be_unknown_or_known_twice(objects: Fixture<dyn Objects>) {
    let versions = versions_of_a_large_tree(4);
    let later: Vec<_> =
        (1..4).map(|version| as_delta(&versions[version], &versions[version - 1], true)).collect();
    put(&*objects, &repo(), &later).await;
    assert_has_all(&*objects, &repo(), &versions[1..]).await;
    assert_eq!(get(&*objects, &repo(), versions[0].id).await, None, "a base that is shown is not stored");
    // Back to a former version, and on to one that is there.
    let again = [as_delta(&versions[2], &versions[3], true), as_delta(&versions[3], &versions[2], false)];
    put(&*objects, &repo(), &[versions[0].clone(), again[0].clone(), again[1].clone()]).await;
    assert_has_all(&*objects, &repo(), &versions).await;
}

pub(super) async fn a_delta_that_fits_nothing_is_refused(objects: Fixture<dyn Objects>) {
    let versions = versions_of_a_large_tree(3);
    let page = blob("page");
    let alone = as_delta(&versions[1], &versions[0], false);
    let without_id = NewObject { base: None, ..as_delta(&versions[1], &versions[0], false) };
    let mut of_another = as_delta(&versions[1], &versions[0], false);
    if let Content::Delta(delta) = &mut of_another.content {
        delta.before = Some(b"not this one".as_slice().into());
    }
    for bad in [alone, without_id, of_another] {
        let refused = objects.put_batch(&repo(), vec![page.clone(), bad]).await.unwrap_err();
        assert_eq!(refused.kind, Kind::Refused, "{refused}");
        assert_eq!(get(&*objects, &repo(), page.id).await, None, "all or nothing");
    }
    put(&*objects, &repo(), &[page.clone(), versions[0].clone()]).await;
    assert_has_all(&*objects, &repo(), &[page, versions[0].clone()]).await;
}
