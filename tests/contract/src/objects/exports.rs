use std::collections::BTreeSet;

use portolan_core::git::Oid;
use portolan_ports::objects::{NewObject, PackReceipt};
use portolan_ports::{Kind as ErrorKind, Objects};

use super::git;
use super::help::{assert_has, blob, get, put, repo, revision, text};
use super::imports::{GENEROUS, Watcher, import, name_of};
use crate::Fixture;
use crate::sample::{self, oid};

/// Stores 20 revisions in several packs.
async fn revisions(objects: &dyn Objects) -> Vec<NewObject> {
    let mut all: Vec<NewObject> = Vec::new();
    for number in 0..20 {
        let parent = all.last().map(|commit| commit.id);
        let lines =
            text((0..200).map(|line| format!("line {line} {}", if line == number { "new" } else { "" })));
        let batch = revision(parent, &lines);
        put(objects, &repo(), &batch).await;
        all.extend(batch);
    }
    all
}

pub(super) async fn an_export_is_a_pack_that_git_reads(objects: Fixture<dyn Objects>) {
    let all = revisions(&*objects).await;
    // All but the last commit, which nothing names.
    let ids: BTreeSet<Oid> = all[..all.len() - 1].iter().map(|object| object.id).collect();
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("out.pack");
    let receipt = objects.export(&repo(), &ids, target.clone()).await.unwrap();
    let pack = std::fs::read(&target).unwrap();
    let count = u32::try_from(ids.len()).unwrap();
    assert_eq!(receipt, PackReceipt { name: name_of(&pack), bytes: pack.len() as u64, objects: count });
    // Git finds every delta's base in it, or it would not index it.
    git::git(folder.path(), &["init", "-q", "--bare", "check"]);
    let check = folder.path().join("check");
    git::git_with(&check, &["index-pack", "--stdin", "--strict"], &pack);
    let found: BTreeSet<Oid> = git::all_objects(&check).into_iter().map(|(id, _)| id).collect();
    assert_eq!(found, ids);
}

pub(super) async fn an_export_is_imported_again(objects: Fixture<dyn Objects>) {
    let source = tempfile::tempdir().unwrap();
    git::history(source.path());
    let (pack, expected) = (git::pack(source.path(), &[]), git::all_objects(source.path()));
    import(&*objects, &repo(), &pack, GENEROUS).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("out.pack");
    let ids: BTreeSet<Oid> = expected.iter().map(|(id, _)| *id).collect();
    objects.export(&repo(), &ids, target.clone()).await.unwrap();
    let other = sample::repo(1, 2);
    objects.import(&other, target, GENEROUS, &Watcher::default()).await.unwrap();
    assert_has(&*objects, &other, &expected).await;
    assert_eq!(objects.check(&other, &Watcher::default()).await.unwrap(), []);
}

pub(super) async fn exporting_what_is_missing_is_corrupt(objects: Fixture<dyn Objects>) {
    let there = blob("there");
    put(&*objects, &repo(), std::slice::from_ref(&there)).await;
    let folder = tempfile::tempdir().unwrap();
    let ids = BTreeSet::from([there.id, oid(1)]);
    let error = objects.export(&repo(), &ids, folder.path().join("out.pack")).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Corrupt, "{error}");
    assert!(error.public.contains(&oid(1).to_string()), "{error} must name the object");
    assert!(get(&*objects, &repo(), there.id).await.is_some());
}
