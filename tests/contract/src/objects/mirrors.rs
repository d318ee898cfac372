//! What plain git sees, where the adapter has a folder for it; elsewhere a mirror is nothing that can fail.

use portolan_core::git::Oid;
use portolan_ports::Objects;
use portolan_ports::objects::{Mirror, NewObject};

use super::git::{all_objects, git, git_text};
use super::help::{put, repo, revision};
use crate::Fixture;

/// Three revisions; the third does not descend from the second.
async fn revisions(objects: &dyn Objects) -> [Oid; 3] {
    let one = revision(None, "one\n");
    let two = revision(Some(one[2].id), "two\n");
    let foreign = revision(Some(one[2].id), "foreign\n");
    put(objects, &repo(), &[one.clone(), two.clone(), foreign.clone()].concat()).await;
    [one, two, foreign].map(|[_, _, commit]: [NewObject; 3]| commit.id)
}

pub(super) async fn the_mirror_follows_the_head(objects: Fixture<dyn Objects>) {
    assert_eq!(objects.shown(&repo()).await.unwrap(), None, "there is no repository yet");
    let [one, two, _] = revisions(&*objects).await;
    // The last is set twice, as when an answer was lost.
    for (expected, head) in [(None, one), (Some(one), two), (Some(one), two), (Some(two), two)] {
        assert_eq!(objects.mirror(&repo(), expected, Some(head)).await.unwrap(), Mirror::Set);
        let visible = objects.local_path(&repo()).map(|_| head);
        assert_eq!(objects.shown(&repo()).await.unwrap(), visible);
        if let Some(path) = objects.local_path(&repo()) {
            assert_eq!(git_text(&path, &["rev-parse", "refs/heads/main"]), head.to_string());
            assert_eq!(git_text(&path, &["rev-parse", "HEAD"]), head.to_string());
        }
    }
}

pub(super) async fn a_foreign_commit_is_kept_and_reported(objects: Fixture<dyn Objects>) {
    let [one, two, foreign] = revisions(&*objects).await;
    assert_eq!(objects.mirror(&repo(), None, Some(one)).await.unwrap(), Mirror::Set);
    let Some(path) = objects.local_path(&repo()) else {
        assert_eq!(objects.mirror(&repo(), Some(foreign), Some(two)).await.unwrap(), Mirror::Set);
        return;
    };
    git(&path, &["update-ref", "refs/heads/main", &foreign.to_string()]);
    assert_eq!(objects.shown(&repo()).await.unwrap(), Some(foreign));
    match objects.mirror(&repo(), Some(one), Some(two)).await.unwrap() {
        Mirror::Found { kept_as, commit } => {
            assert_eq!(commit, foreign);
            assert!(kept_as.starts_with("refs/") && kept_as != "refs/heads/main", "{kept_as}");
            assert_eq!(git_text(&path, &["rev-parse", &kept_as]), foreign.to_string());
        }
        Mirror::Set => panic!("the foreign commit was overwritten"),
    }
}

pub(super) async fn plain_git_reads_what_was_put(objects: Fixture<dyn Objects>) {
    let [_, two, foreign] = revisions(&*objects).await;
    objects.mirror(&repo(), None, Some(two)).await.unwrap();
    objects.compact(&repo()).await.unwrap();
    let Some(path) = objects.local_path(&repo()) else { return };
    git(&path, &["fsck", "--full", "--strict"]);
    assert_eq!(git_text(&path, &["show", "main:Page.md"]), "two");
    assert_eq!(git_text(&path, &["show", &format!("{foreign}:Page.md")]), "foreign");
    assert_eq!(all_objects(&path).len(), 9);
}
