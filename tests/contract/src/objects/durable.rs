use portolan_core::git::{Kind, Object};
use portolan_ports::Objects;

use super::help::{assert_has, assert_has_all, put, repo, revision};
use super::imports::{GENEROUS, Watcher, import};
use super::pack::{blob, pack_of};
use crate::Fixture;

pub(super) async fn everything_is_there_after_reopening(mut objects: Fixture<dyn Objects>) {
    let one = revision(None, "one\n");
    put(&*objects, &repo(), &one).await;
    import(&*objects, &repo(), &pack_of(1, &[blob(b"imported\n")]), GENEROUS).await.unwrap();
    let packs = objects.packs(&repo()).await.unwrap();
    objects.reopen().await;
    assert_has_all(&*objects, &repo(), &one).await;
    let imported = Object::new(Kind::Blob, b"imported\n".to_vec());
    assert_has(&*objects, &repo(), &[(imported.id(), imported.clone())]).await;
    assert_eq!(objects.packs(&repo()).await.unwrap(), packs);
    objects.compact(&repo()).await.unwrap();
    let two = revision(Some(one[2].id), "two\n");
    put(&*objects, &repo(), &two).await;
    objects.reopen().await;
    assert_has_all(&*objects, &repo(), &one).await;
    assert_has_all(&*objects, &repo(), &two).await;
    assert_has(&*objects, &repo(), &[(imported.id(), imported)]).await;
    assert_eq!(objects.check(&repo(), &Watcher::default()).await.unwrap(), []);
}
