//! Renaming pages.

use portolan::{ChangesFilter, Condition, Error};

use crate::support::World;

#[tokio::test]
async fn a_page_moves_with_the_links_to_it_and_leaves_a_stub() {
    let world = World::new().await;
    let owner = &world.owner;
    owner.create("Guides/Start", "# Start\n\nSee [next](Next.md) and [[Guides/Next]].\n").await;
    owner.create("Guides/Next", "Back to [start](Start.md#install), [[Start]].\n\n`[[Start]]`\n").await;
    owner.create("Home", "[[Guides/Start|begin]] or [here](/Guides/Start).\n").await;
    owner.create("Other", "Nothing of it.\n").await;
    let before = owner.read("Guides/Start").await.unwrap();
    assert_eq!(owner.moved("Guides/Start", "Manual/Begin").await, ["Guides/Next", "Home"]);
    let moved = owner.text("Manual/Begin").await;
    assert_eq!(moved, "# Start\n\nSee [next](../Guides/Next.md) and [[Guides/Next]].\n");
    let next = owner.text("Guides/Next").await;
    assert_eq!(next, "Back to [start](../Manual/Begin.md#install), [[Begin]].\n\n`[[Start]]`\n");
    assert_eq!(owner.text("Home").await, "[[Manual/Begin|begin]] or [here](/Manual/Begin).\n");
    let stub = owner.read("Guides/Start").await.unwrap();
    assert_eq!(stub.redirect.as_deref(), Some("Manual/Begin"));
    // One commit.
    let changes = owner.changes(&ChangesFilter::default()).await.unwrap();
    assert_eq!(changes[0].paths.len(), 4);
    assert_eq!(changes[0].message, "Rename Guides/Start to Manual/Begin");
    assert_ne!(changes[0].revision, before.revision);
    // And back: the stub makes room.
    assert_eq!(owner.moved("Manual/Begin", "Guides/Start").await, ["Guides/Next", "Home"]);
    assert_eq!(owner.text("Guides/Start").await, moved, "a link that still leads there stays as it is");
    assert_eq!(owner.read("Manual/Begin").await.unwrap().redirect.as_deref(), Some("Guides/Start"));
}

#[tokio::test]
async fn a_change_of_case_alone_leaves_nothing_behind() {
    let world = World::new().await;
    let owner = &world.owner;
    owner.create("readme", "text\n").await;
    owner.create("Home", "[[readme]]\n").await;
    assert_eq!(owner.moved("readme", "README").await, ["Home"]);
    assert!(matches!(owner.read("readme").await, Err(Error::NotFound { .. })));
    assert_eq!(owner.text("README").await, "text\n");
    assert_eq!(owner.text("Home").await, "[[README]]\n");
}

#[tokio::test]
async fn what_cannot_be_renamed_stays() {
    let world = World::new().await;
    let owner = &world.owner;
    let (base, _) = owner.create("A", "a\n").await;
    let (other, _) = owner.create("B", "b\n").await;
    owner.create("Folder/Page", "p\n").await;
    let refused = async |from: &str, to: &str, base| owner.rename(from, to, base).await.unwrap_err();
    assert!(matches!(refused("A", "C", None).await, Error::BaseRequired(_)));
    assert!(matches!(refused("A", "C", Some(other)).await, Error::StaleBase(_)));
    assert!(
        matches!(refused("A", "B", Some(base)).await, Error::PageTaken(now) if now.version == Some(other))
    );
    assert!(
        matches!(refused("A", "A", Some(base)).await, Error::Invalid(faults) if faults[0].pointer == "/to")
    );
    assert!(matches!(refused("Nowhere", "C", Some(base)).await, Error::NotFound { .. }));
    assert!(matches!(refused("A", "folder/C", Some(base)).await, Error::PathCollision { .. }));
    assert!(matches!(refused("A", "b", Some(base)).await, Error::PathCollision { .. }));
    assert_eq!(owner.text("A").await, "a\n");
    assert_eq!(owner.pages("").await.unwrap().len(), 3);
    // A stub that leads elsewhere is a page like others.
    owner.moved("B", "Elsewhere").await;
    assert!(matches!(refused("A", "B", Some(base)).await, Error::PageTaken(_)));
}

#[tokio::test]
async fn the_current_text_moves_whatever_the_base() {
    let world = World::new().await;
    let owner = &world.owner;
    let (base, _) = owner.create("A", "first\n").await;
    owner.put("A", "second\n", Condition::Match(vec![base])).await.unwrap();
    let keyed = owner.key("k");
    let renamed = keyed.rename("A", "B", Some(base)).await.unwrap();
    assert_eq!(owner.text("B").await, "second\n");
    let again = keyed.rename("A", "B", Some(base)).await.unwrap();
    assert!(again.replayed);
    assert_eq!(again.value, renamed.value);
}

#[tokio::test]
async fn a_stub_names_any_page() {
    let world = World::new().await;
    let owner = &world.owner;
    owner.create("A", "[[B]]\n").await;
    owner.create("B", "a name with \"quotes\": [x]\n").await;
    let odd = "it's \"quoted\" - #1 [x] & {y}, *z*";
    assert_eq!(owner.moved("B", odd).await, Vec::<String>::new(), "no WikiLink can name it");
    assert_eq!(owner.read("B").await.unwrap().redirect.as_deref(), Some(odd));
}
