use portolan_ports::Objects;

use super::help::{assert_has_all, get, put, revision};
use crate::Fixture;
use crate::sample;

/// Neither two wikis of a tenant nor wikis of the same id in two tenants see each other's objects.
pub(super) async fn repositories_do_not_meet(objects: Fixture<dyn Objects>) {
    let repos = [(1, 1), (1, 2), (2, 1)].map(|(tenant, wiki)| sample::repo(tenant, wiki));
    let batch = |place: usize| revision(None, &format!("page {place}\n"));
    for (place, repo) in repos.iter().enumerate() {
        put(&*objects, repo, &batch(place)).await;
    }
    for (place, repo) in repos.iter().enumerate() {
        assert_has_all(&*objects, repo, &batch(place)).await;
        assert_eq!(objects.packs(repo).await.unwrap().len(), 1);
        for other in (0..3).filter(|other| *other != place) {
            for object in batch(other) {
                assert_eq!(get(&*objects, repo, object.id).await, None);
            }
        }
    }
}

pub(super) async fn a_removed_repository_is_gone(objects: Fixture<dyn Objects>) {
    let (gone, kept) = (sample::repo(1, 1), sample::repo(1, 2));
    let batch = revision(None, "page\n");
    objects.remove(&gone).await.expect("removing what is missing is harmless");
    put(&*objects, &gone, &batch).await;
    put(&*objects, &kept, &batch).await;
    assert_has_all(&*objects, &gone, &batch).await;
    let path = objects.local_path(&gone);
    for _ in 0..2 {
        objects.remove(&gone).await.unwrap();
        assert_eq!(get(&*objects, &gone, batch[0].id).await, None);
        assert_eq!(objects.packs(&gone).await.unwrap(), []);
        assert!(path.as_ref().is_none_or(|path| !path.exists()));
    }
    assert_has_all(&*objects, &kept, &batch).await;
    // It can be made anew.
    put(&*objects, &gone, &batch[..1]).await;
    assert_has_all(&*objects, &gone, &batch[..1]).await;
    assert_eq!(get(&*objects, &gone, batch[2].id).await, None);
}
