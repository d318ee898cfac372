use portolan_ports::Objects;
use portolan_ports::objects::{Compaction, NewObject};

use super::help::{assert_has_all, get, put, repo, revision, text};
use super::imports::Watcher;
use crate::Fixture;

/// Stores 60 revisions of one page, a pack each.
async fn many_packs(objects: &dyn Objects) -> Vec<NewObject> {
    let mut all: Vec<NewObject> = Vec::new();
    for number in 0..60 {
        let lines = text((0..100).map(|line| format!("line {line} {}", line * (number / (line + 1)))));
        let mut batch = revision(all.last().map(|commit| commit.id), &format!("{lines}{number}\n"));
        if let [.., page, tree, _] = all.as_slice() {
            (batch[0].base, batch[1].base) = (Some(page.id), Some(tree.id));
        }
        put(objects, &repo(), &batch).await;
        all.extend(batch);
    }
    all
}

pub(super) async fn compaction_keeps_everything_readable(objects: Fixture<dyn Objects>) {
    let all = many_packs(&*objects).await;
    let before = objects.packs(&repo()).await.unwrap();
    let done = objects.compact(&repo()).await.unwrap();
    assert_has_all(&*objects, &repo(), &all).await;
    assert_eq!(objects.check(&repo(), &Watcher::default()).await.unwrap(), []);
    for replaced in &done.replaced {
        assert!(
            before.iter().any(|pack| pack.name == *replaced),
            "{replaced} was no pack of this repository"
        );
    }
    let after = objects.packs(&repo()).await.unwrap();
    for added in &done.added {
        assert!(after.contains(added), "{added:?} is not among {after:?}");
    }
    assert!(after.len() <= before.len(), "{} packs were {}", after.len(), before.len());
    // Life goes on.
    let next = revision(all.last().map(|commit| commit.id), "after\n");
    put(&*objects, &repo(), &next).await;
    assert_has_all(&*objects, &repo(), &next).await;
}

pub(super) async fn compaction_is_harmless_when_repeated_or_raced(objects: Fixture<dyn Objects>) {
    let all = many_packs(&*objects).await;
    let compact = || {
        let objects = objects.share();
        tokio::spawn(async move { objects.compact(&repo()).await.unwrap() })
    };
    let (one, two) = (compact(), compact());
    let (reader, writer) = (objects.share(), objects.share());
    let ids: Vec<_> = all.iter().map(|object| object.id).collect();
    let reading = tokio::spawn(async move {
        for id in ids {
            assert!(get(&*reader, &repo(), id).await.is_some(), "{id} cannot be read meanwhile");
            tokio::task::yield_now().await;
        }
    });
    let late = revision(None, "meanwhile\n");
    put(&*writer, &repo(), &late).await;
    drop(writer);
    reading.await.unwrap();
    one.await.unwrap();
    two.await.unwrap();
    objects.compact(&repo()).await.unwrap();
    assert_has_all(&*objects, &repo(), &all).await;
    assert_has_all(&*objects, &repo(), &late).await;
    assert_eq!(objects.check(&repo(), &Watcher::default()).await.unwrap(), []);
}

pub(super) async fn compaction_of_what_is_missing_does_nothing(objects: Fixture<dyn Objects>) {
    assert_eq!(objects.compact(&repo()).await.unwrap(), Compaction::default());
    assert_eq!(objects.packs(&repo()).await.unwrap(), []);
}

pub(super) async fn a_healthy_repository_has_no_damage(objects: Fixture<dyn Objects>) {
    assert_eq!(objects.check(&repo(), &Watcher::default()).await.unwrap(), []);
    put(&*objects, &repo(), &revision(None, "Hello\n")).await;
    let watcher = Watcher::default();
    assert_eq!(objects.check(&repo(), &watcher).await.unwrap(), []);
    assert!(watcher.steps() > 0, "whoever waits for a check wants to see it move");
}
