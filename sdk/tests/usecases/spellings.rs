//! Names imported as a file system that decomposes letters has them: found by their NFC, as people type them.

use portolan::{Condition, Error, What};

use crate::support::git::Git;
use crate::support::{Set, World};

/// `Cafe` with an acute accent of its own.
const NFD: &str = "Cafe\u{301}";
const NFC: &str = "Caf\u{e9}";

/// A wiki with pages whose names are decomposed, and one with both spellings.
async fn imported(set: Set) -> World {
    let git = Git::new();
    git.write(&format!("{NFD}/Me\u{301}nu.md"), "one\ntwo\n");
    git.write(&format!("{NFD}/pic.txt"), "text\n");
    git.write("Home.md", "[[M\u{e9}nu]] [m](Caf%C3%A9/M%C3%A9nu.md)\n");
    git.write("stub.md", "---\nredirect: Caf\u{e9}/M\u{e9}nu\n---\n");
    git.write("e\u{301}.md", "decomposed\n");
    git.write("\u{e9}.md", "composed\n");
    git.commit("first");
    let world = World::on(set).await;
    let id = world.owner.start_import(git.bundle(&["main"]), None).await.unwrap().value;
    world.owner.import_end(id).await.unwrap();
    world
}

#[tokio::test(start_paused = true)]
async fn an_imported_name_is_found_by_its_nfc() {
    for set in [Set::Memory, Set::Embedded] {
        let world = imported(set).await;
        let owner = &world.owner;
        let (asked, there) = ("Caf\u{e9}/M\u{e9}nu", format!("{NFD}/Me\u{301}nu"));
        let page = owner.read(asked).await.unwrap();
        assert_eq!((page.path.as_str(), page.content.as_ref()), (there.as_str(), &b"one\ntwo\n"[..]));
        let first = page.revision.to_string();
        assert_eq!(owner.read_at(asked, Some(&first)).await.unwrap().version, page.version);
        assert_eq!(owner.history(asked).await.unwrap().len(), 1);
        assert_eq!(owner.blame(asked, None).await.unwrap().path, there);
        assert_eq!(owner.diff(Some(asked), None, None).await.unwrap().files[0].path, there);
        let listed: Vec<_> = owner.pages("Caf\u{e9}/M\u{e9}").await.unwrap();
        assert_eq!(listed.iter().map(|page| page.path.as_str()).collect::<Vec<_>>(), [there.as_str()]);
        // It is the page that is written, and no other one beside it.
        let created = owner.put(asked, "x\n", Condition::Absent).await;
        assert!(matches!(created, Err(Error::PageExists(_))), "{created:?}");
        let written = owner.put(asked, "one\n2\n", Condition::Match(vec![page.version])).await.unwrap().value;
        assert_eq!((written.effect.path.as_str(), written.effect.created), (there.as_str(), false));
        let merged = owner.merge(asked, "ONE\ntwo\n", page.version).await.unwrap().effect;
        assert!(merged.merged);
        assert_eq!(owner.text(asked).await, "ONE\n2\n");
        assert_eq!(owner.history(asked).await.unwrap().len(), 3);
        owner.revert(merged.revision, Some(asked)).await.unwrap();
        assert_eq!(owner.text(&there).await, "one\n2\n");
        // What is new comes into the folder that there is.
        let new = owner.put("Caf\u{e9}/N\u{e9}w", "new\n", Condition::Absent).await.unwrap().value;
        assert_eq!(new.effect.path.as_str(), format!("{NFD}/N\u{e9}w"));
        assert_eq!(owner.text("Caf\u{e9}/N\u{e9}w").await, "new\n");
        // Links, and what they become.
        assert_eq!(owner.moved(asked, "Moved").await, ["Home"]);
        assert_eq!(owner.text("Home").await, "[[Moved]] [m](Moved.md)\n");
        assert_eq!(owner.read(asked).await.unwrap().redirect.as_deref(), Some("Moved"));
        let moved = owner.history("Moved").await.unwrap();
        assert_eq!(
            (moved[0].paths[0].what, moved[0].paths[0].from.as_deref()),
            (What::Renamed, Some(&*there))
        );
        let version = owner.read("Caf\u{e9}/N\u{e9}w").await.unwrap().version;
        owner.delete("Caf\u{e9}/N\u{e9}w", Condition::Match(vec![version])).await.unwrap();
        assert!(matches!(owner.read(new.effect.path.as_str()).await, Err(Error::NotFound { .. })));
    }
}

#[tokio::test(start_paused = true)]
async fn of_two_spellings_the_bytes_asked_for_win() {
    for set in [Set::Memory, Set::Embedded] {
        let world = imported(set).await;
        let owner = &world.owner;
        assert_eq!(owner.text("\u{e9}").await, "composed\n");
        assert_eq!(owner.text("e\u{301}").await, "decomposed\n");
        let version = owner.read("\u{e9}").await.unwrap().version;
        owner.put("\u{e9}", "composed!\n", Condition::Match(vec![version])).await.unwrap();
        assert_eq!(owner.text("e\u{301}").await, "decomposed\n");
        // Where one is gone the other is found.
        let version = owner.read("\u{e9}").await.unwrap().version;
        owner.delete("\u{e9}", Condition::Match(vec![version])).await.unwrap();
        assert_eq!(owner.text("\u{e9}").await, "decomposed\n");
        assert_eq!(owner.pages(NFC).await.unwrap().len(), 1);
        assert_eq!(owner.pages("Cafe").await.unwrap().len(), 0);
    }
}

/// A decomposed folder, and in it one in both forms: the path of a new page is one that no spelling names as a whole.
#[tokio::test(start_paused = true)]
async fn a_new_page_comes_into_folders_that_are_spelled_one_by_one() {
    for set in [Set::Memory, Set::Embedded] {
        let git = Git::new();
        git.write(&format!("{NFD}/Me\u{301}nu/a.md"), "a\n");
        git.write(&format!("{NFD}/M\u{e9}nu/b.md"), "b\n");
        git.commit("first");
        let world = World::on(set).await;
        let owner = &world.owner;
        let id = owner.start_import(git.bundle(&["main"]), None).await.unwrap().value;
        owner.import_end(id).await.unwrap();
        let asked = format!("{NFC}/M\u{e9}nu/c");
        let new = owner.put(&asked, "c\n", Condition::Absent).await.unwrap().value;
        assert_eq!(new.effect.path.as_str(), format!("{NFD}/M\u{e9}nu/c"));
        assert_eq!(owner.text(&asked).await, "c\n");
    }
}
