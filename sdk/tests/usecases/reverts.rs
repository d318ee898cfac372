//! Undoing commits.

use portolan::{Condition, Error, Revert};

use crate::support::World;

#[tokio::test]
async fn one_change_is_undone_and_later_ones_stay() {
    let world = World::new().await;
    let owner = &world.owner;
    let text = "one\ntwo\nthree\nfour\nfive\n";
    let (base, _) = owner.create("List", text).await;
    let bad = owner.merge("List", &text.replace("two", "BAD"), base).await.unwrap().effect.revision;
    owner.merge("List", &text.replace("five", "FIVE"), base).await.unwrap();
    let undone = owner.revert(bad, None).await.unwrap().value;
    assert_eq!(owner.text("List").await, text.replace("five", "FIVE"));
    assert_eq!(undone.paths.iter().map(|(path, _)| path.as_str()).collect::<Vec<_>>(), ["List"]);
    let history = owner.history("List").await.unwrap();
    assert_eq!(history[0].revision, undone.revision);
    assert_eq!(history[0].message, format!("Revert \"Update List\"\n\nThis reverts commit {bad}."));
    // Once more there is nothing left to do.
    let again = owner.revert(bad, None).await.unwrap().value;
    assert_eq!((again.revision, again.paths.len()), (undone.revision, 0));
    // Undoing the undoing.
    owner.revert(undone.revision, None).await.unwrap();
    assert_eq!(owner.text("List").await, text.replace("five", "FIVE").replace("two", "BAD"));
}

#[tokio::test]
async fn what_was_changed_since_is_a_conflict_and_nothing_is_changed() {
    let world = World::new().await;
    let owner = &world.owner;
    let (base, created) = owner.create("List", "one\n").await;
    let second = owner.put("List", "two\n", Condition::Match(vec![base])).await.unwrap().value.effect;
    owner.put("List", "three\n", Condition::Match(vec![second.version])).await.unwrap();
    for revision in [second.revision, created] {
        let Err(Error::RevertConflict(conflicts)) = owner.revert(revision, None).await else { panic!() };
        assert_eq!((conflicts.len(), conflicts[0].path.as_str()), (1, "List"));
    }
    assert_eq!(owner.text("List").await, "three\n");
    let unknown = "0123456789012345678901234567890123456789".parse().unwrap();
    assert!(matches!(owner.revert(unknown, None).await, Err(Error::NotFound { .. })));
    let (_, other) = owner.create("Other", "x\n").await;
    assert!(matches!(owner.revert(other, Some("List")).await, Err(Error::Invalid(_))));
}

#[tokio::test]
async fn a_deletion_a_creation_and_a_renaming_are_undone() {
    let world = World::new().await;
    let owner = &world.owner;
    let (base, _) = owner.create("Page", "text\n").await;
    let deleted = owner.delete("Page", Condition::Match(vec![base])).await.unwrap().value.revision;
    owner.revert(deleted, None).await.unwrap();
    assert_eq!(owner.text("Page").await, "text\n", "it is back");
    let (_, created) = owner.create("Other", "[[Page]]\n").await;
    owner.moved("Page", "Moved").await;
    let renamed = owner.read("Moved").await.unwrap().revision;
    assert_eq!(owner.text("Other").await, "[[Moved]]\n");
    owner.revert(renamed, None).await.unwrap();
    assert_eq!(owner.text("Page").await, "text\n");
    assert_eq!(owner.text("Other").await, "[[Page]]\n");
    assert!(matches!(owner.read("Moved").await, Err(Error::NotFound { .. })));
    owner.revert(created, None).await.unwrap();
    assert!(matches!(owner.read("Other").await, Err(Error::NotFound { .. })));
}

#[tokio::test]
async fn a_change_of_a_page_that_was_renamed_since_is_undone_where_it_is() {
    let world = World::new().await;
    let owner = &world.owner;
    let (base, _) = owner.create("Page", "one\ntwo\n").await;
    let bad = owner.put("Page", "one\nBAD\n", Condition::Match(vec![base])).await.unwrap().value.effect;
    owner.moved("Page", "Moved").await;
    owner.revert(bad.revision, Some("Page")).await.unwrap();
    assert_eq!(owner.text("Moved").await, "one\ntwo\n");
    assert_eq!(owner.read("Page").await.unwrap().redirect.as_deref(), Some("Moved"));
}

#[tokio::test]
async fn only_one_page_of_a_commit_is_undone_where_that_is_asked() {
    let world = World::new().await;
    let owner = &world.owner;
    owner.create("A", "[[C]]\n").await;
    owner.create("B", "[[C]]\n").await;
    owner.create("C", "c\n").await;
    owner.moved("C", "D").await;
    let renamed = owner.read("D").await.unwrap().revision;
    let undone = owner.key("k").revert(renamed, Some("A")).await.unwrap();
    assert_eq!(undone.value.paths.len(), 1);
    assert_eq!((owner.text("A").await, owner.text("B").await), ("[[C]]\n".into(), "[[D]]\n".into()));
    let again = owner.key("k").revert(renamed, Some("A")).await.unwrap();
    assert!(again.replayed);
    assert_eq!(again.value, undone.value);
    // An agent that did nothing.
    let since = world.stores.clock_now();
    let none = owner.revert_what(Revert::Agent { agent: "agt_none".into(), since }).await.unwrap().value;
    assert_eq!((none.paths.len(), none.revision), (0, none.head));
}
