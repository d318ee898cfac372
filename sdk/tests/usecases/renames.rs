//! Renaming pages.

use portolan::core::wiki::edit::Edit;
use portolan::{ChangesFilter, Condition, Difference, Error, What};

use crate::support::{Set, World};

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
    let changes = owner.changes(&ChangesFilter::default()).await.unwrap();
    let paths: Vec<_> = changes[0].paths.iter().map(|path| (path.path.as_str(), path.what)).collect();
    assert_eq!(paths, [("Home", What::Modified), ("README", What::Renamed)]);
    let difference = owner.diff(None, None, None).await.unwrap();
    let files: Vec<_> =
        difference.files.iter().map(|file| (&*file.path, file.what, file.from.as_deref())).collect();
    assert_eq!(files, [("Home", What::Modified, None), ("README", What::Renamed, Some("readme"))]);
    assert_eq!(difference.files[1].hunks, []);
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

#[tokio::test(start_paused = true)]
async fn a_difference_tells_what_a_page_was_called() {
    for set in [Set::Memory, Set::Embedded] {
        let world = World::on(set).await;
        let owner = &world.owner;
        let (_, made) = owner.create("A", "one\ntwo\n").await;
        let made = made.to_string();
        owner.moved("A", "B").await;
        let version = owner.read("B").await.unwrap().version;
        owner.put("B", "one\n2\n", Condition::Match(vec![version])).await.unwrap();
        owner.moved("B", "C").await;
        let told = |difference: &Difference| -> Vec<_> {
            let files = difference.files.iter();
            files.map(|file| (file.path.clone(), file.what, file.from.clone())).collect()
        };
        let modified = |path: &str| (path.to_owned(), What::Modified, None);
        let renamed = |path: &str, from: &str| (path.to_owned(), What::Renamed, Some(from.to_owned()));
        let added = |path: &str| (path.to_owned(), What::Added, None);
        let all = owner.diff(None, Some(&made), None).await.unwrap();
        assert_eq!(told(&all), [modified("A"), added("B"), renamed("C", "A")]);
        assert_eq!(all.files[2].unified, "@@ -1,2 +1,2 @@\n one\n-two\n+2\n");
        let last = owner.diff(None, None, None).await.unwrap();
        assert_eq!(told(&last), [modified("B"), renamed("C", "B")]);
        assert_eq!(last.files[1].unified, "");
        // The other way round, what is gone is what it was renamed from.
        let head = last.to.unwrap().to_string();
        let back = owner.diff(None, Some(&head), Some(&made)).await.unwrap();
        assert_eq!(told(&back)[0], renamed("A", "C"));
        assert_eq!(back.files[0].unified, "@@ -1,2 +1,2 @@\n one\n-2\n+two\n");
        assert_eq!(told(&back).len(), 2, "and the stub");
        // One page alone.
        let page = owner.diff(Some("C"), Some(&made), None).await.unwrap();
        assert_eq!(told(&page), [renamed("C", "A")]);
        assert_eq!(page.files[0].unified, all.files[2].unified);
        // There and back is none.
        owner.moved("C", "B").await;
        owner.moved("B", "A").await;
        let same = owner.diff(None, Some(&made), None).await.unwrap();
        assert_eq!(told(&same), [modified("A"), added("B"), added("C")]);
        // Nor is a page that was deleted and made anew.
        owner.moved("A", "D").await;
        let version = owner.read("D").await.unwrap().version;
        owner.delete("D", Condition::Match(vec![version])).await.unwrap();
        owner.create("D", "one\ntwo\n").await;
        let other = owner.diff(None, Some(&made), None).await.unwrap();
        assert_eq!(told(&other)[3], added("D"));
    }
}

#[tokio::test]
async fn images_and_embeds_move_as_links_do() {
    let world = World::new().await;
    let owner = &world.owner;
    crate::files::create(owner, "img/pic.png", &b"\x89PNG\r\n\x1a\n"[..]).await;
    owner
        .create("A", "![p](img/pic.png) ![[pic.png]] ![[img/pic.png|30]] ![r][x]\n\n[x]: img/pic.png\n")
        .await;
    owner.create("Home", "![[A]] ![a](A.md#h) ![[A|30]] ![r][x] [![in](A)](A)\n\n[x]: <A.md> \"t\"\n").await;
    assert_eq!(owner.moved("A", "F/B").await, ["Home"]);
    let home = owner.text("Home").await;
    assert_eq!(
        home,
        "![[F/B]] ![a](F/B.md#h) ![[F/B|30]] ![r][x] [![in](F/B)](F/B)\n\n[x]: <F/B.md> \"t\"\n"
    );
    let moved = owner.text("F/B").await;
    assert_eq!(
        moved,
        "![p](../img/pic.png) ![[pic.png]] ![[img/pic.png|30]] ![r][x]\n\n[x]: ../img/pic.png\n"
    );
}

#[tokio::test]
async fn what_was_made_of_a_page_is_not_merged_into_its_stub() {
    let world = World::new().await;
    let owner = &world.owner;
    let text = "# Plan\n\nstep one\n";
    let (base, _) = owner.create("Plan", text).await;
    owner.rename("Plan", "Later", Some(base)).await.unwrap();
    let stub = owner.text("Plan").await;

    let more = format!("{text}more\n");
    let Err(Error::PageConflict(conflict)) = owner.merge("Plan", &more, base).await else { panic!() };
    let [hunk] = conflict.hunks.as_slice() else { panic!("{:?}", conflict.hunks) };
    let sides = [&hunk.base, &hunk.theirs, &hunk.yours].map(|part| std::str::from_utf8(&part.text).unwrap());
    assert_eq!(sides, [text, stub.as_str(), more.as_str()]);
    let append = || vec![Edit::Append { content: "more\n".into() }];
    let appended = owner.edit("Plan", append(), Condition::Base(base)).await;
    assert!(matches!(appended, Err(Error::PageConflict(_))), "{appended:?}");
    let draft = owner.draft("Plan", append(), Condition::Base(base)).await;
    assert!(matches!(draft, Err(Error::PageConflict(_))), "{draft:?}");
    assert_eq!((owner.text("Plan").await, owner.text("Later").await), (stub.clone(), text.to_owned()));

    // Where nothing was changed, or the same, nothing is lost.
    for same in [text, &stub] {
        assert!(!owner.merge("Plan", same, base).await.unwrap().effect.changed);
    }
    // Nor is a change of the stub put on a page that took its place.
    let version = owner.read("Plan").await.unwrap().version;
    owner.merge("Plan", "a page again\n", version).await.unwrap();
    let late = owner.merge("Plan", &format!("{stub}note\n"), version).await;
    assert!(matches!(late, Err(Error::PageConflict(_))), "{late:?}");
}
