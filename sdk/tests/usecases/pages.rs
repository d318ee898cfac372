//! Pages, one writer at a time.

use jiff::SignedDuration;
use portolan::core::git::{Kind, Oid};
use portolan::core::wiki::path::PathPrefix;
use portolan::ports::index::AuthorKind;
use portolan::{ChangesFilter, Condition, Current, Error, PathKindName, What};

use crate::support::{World, reason};

fn at(id: Oid) -> Condition {
    Condition::Match(vec![id])
}

/// What a refused writer is told of the page as it is.
fn stale<T: std::fmt::Debug>(result: portolan::Result<T>) -> Current {
    match result {
        Err(Error::StaleBase(current)) => *current,
        other => panic!("expected a stale base: {other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn a_page_is_created_read_changed_and_deleted() {
    let world = World::new().await;
    let owner = &world.owner;
    assert_eq!(owner.head().await.unwrap(), None);
    assert!(owner.pages("").await.unwrap().is_empty());
    assert_eq!(reason(owner.read("Start").await), "not-found");

    let written = owner.put("Guides/Start", "# Hello\n\nWorld\n", Condition::Absent).await.unwrap().value;
    assert_eq!(written.diff.text, "@@ -0,0 +1,3 @@\n+# Hello\n+\n+World\n");
    let first = written.effect;
    assert_eq!(owner.head().await.unwrap(), Some(first.head));
    let page = owner.read("Guides/Start").await.unwrap();
    assert_eq!((page.title.as_str(), page.text().0.as_ref()), ("Hello", "# Hello\n\nWorld\n"));
    assert_eq!((page.version, page.revision, page.head), (first.version, first.revision, first.head));
    assert_eq!((page.author.kind, page.author.name.as_str()), (AuthorKind::Member, "Demo Owner"));
    assert_eq!(page.updated_at, world.stores.clock_now());
    assert_eq!(owner.read("Guides/Start.md").await.unwrap(), page, "`.md` is implied");

    world.stores.clock.advance(SignedDuration::from_secs(10));
    let second = owner.put("Guides/Start", "# Hello\n\nAll\n", at(first.version)).await.unwrap().value;
    assert_eq!(second.diff.text, "@@ -1,3 +1,3 @@\n # Hello\n \n-World\n+All\n");
    let second = second.effect;
    assert_eq!((second.previous, second.created), (Some(first.version), false));
    for then in [first.version, first.revision] {
        let old = owner.read_at("Guides/Start", Some(&then.to_string())).await.unwrap();
        assert_eq!((old.text().0.as_ref(), old.revision), ("# Hello\n\nWorld\n", first.revision));
        assert_eq!(old.head, second.head);
    }

    let deleted = owner.delete("Guides/Start", at(second.version)).await.unwrap().value;
    assert_eq!(deleted.revision, deleted.head);
    let gone = owner.read("Guides/Start").await.unwrap_err();
    assert!(matches!(gone, Error::NotFound { deleted_in: Some(id), .. } if id == deleted.revision));
    assert!(owner.pages("").await.unwrap().is_empty());
    let old = owner.read_at("Guides/Start", Some(&second.revision.to_string())).await.unwrap();
    assert_eq!(old.version, second.version, "a deleted page is read as it was");
    assert_eq!(reason(owner.read_at("Guides/Start", Some(&deleted.revision.to_string())).await), "not-found");

    let history = owner.history("Guides/Start").await.unwrap();
    let told: Vec<_> =
        history.iter().map(|it| (it.revision, it.paths[0].what, it.message.as_str())).collect();
    assert_eq!(
        told,
        [
            (deleted.revision, What::Deleted, "Delete Guides/Start"),
            (second.revision, What::Modified, "Update Guides/Start"),
            (first.revision, What::Added, "Create Guides/Start"),
        ]
    );
    let again = owner.put("Guides/Start", "back\n", Condition::Absent).await.unwrap().value.effect;
    assert!(again.created);
    assert_eq!(owner.history("Guides/Start").await.unwrap().len(), 4);
}

#[tokio::test(start_paused = true)]
async fn a_base_is_a_version_or_revision_of_that_very_page() {
    let world = World::new().await;
    let owner = &world.owner;
    let (v1, r1) = owner.create("Page", "1\n").await;
    let (other, other_revision) = owner.create("Other", "other\n").await;
    let v2 = owner.put("Page", "2\n", at(r1)).await.unwrap().value.effect;
    // Stale: a version or a commit from before the change.
    for base in [v1, r1] {
        let current = stale(owner.put("Page", "3\n", at(base)).await);
        assert_eq!((current.version, current.revision), (Some(v2.version), Some(v2.revision)));
        assert_eq!(current.author.unwrap().name, "Demo Owner");
        stale(owner.delete("Page", at(base)).await);
    }
    // Another page's version; nothing's version; none at all.
    for condition in [at(other), at(Oid::from_bytes([1; 20])), Condition::Match(Vec::new())] {
        stale(owner.put("Page", "3\n", condition).await);
    }
    // The other page's commit is a commit of the main line: the page's text there is the first version.
    stale(owner.put("Page", "3\n", at(other_revision)).await);
    // One of several fits.
    let v3 = owner.put("Page", "3\n", Condition::Match(vec![v1, other, v2.revision])).await.unwrap();
    let v3 = v3.value.effect;
    // A commit that changed another page names this page's text, which is current.
    let (_, later) = owner.create("Later", "later\n").await;
    let v4 = owner.put("Page", "4\n", at(later)).await.unwrap().value.effect;
    assert_eq!(v4.previous, Some(v3.version));

    assert_eq!(reason(owner.put("Page", "5\n", Condition::None).await), "base-required");
    assert_eq!(reason(owner.put("Page", "5\n", Condition::Absent).await), "page-exists");
    assert_eq!(reason(owner.delete("Page", Condition::None).await), "base-required");
    assert_eq!(reason(owner.delete("Absent", Condition::None).await), "not-found");
    assert_eq!(stale(owner.put("Absent", "x\n", at(v1)).await), Current::default());
    assert_eq!(stale(owner.delete("Absent", at(v1)).await), Current::default());
    assert_eq!(owner.changes(&ChangesFilter::default()).await.unwrap().len(), 6, "refusals change nothing");
}

#[tokio::test(start_paused = true)]
async fn nothing_from_before_the_last_creation_is_a_base() {
    let world = World::new().await;
    let owner = &world.owner;
    let (version, old) = owner.create("Page", "same\n").await;
    owner.delete("Page", at(version)).await.unwrap();
    let (_, between) = owner.create("Other", "other\n").await;
    let (again, new) = owner.create("Page", "same\n").await;
    assert_eq!(version, again);
    for base in [old, between] {
        stale(owner.put("Page", "changed\n", at(base)).await);
    }
    owner.put("Page", "changed\n", at(new)).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_write_that_changes_nothing_makes_no_commit() {
    let world = World::new().await;
    let owner = &world.owner;
    let (version, revision) = owner.create("Page", "text\n").await;
    let (_, head) = owner.create("Other", "other\n").await;
    let effect = owner.key("k").put("Page", "text\n", at(version)).await.unwrap();
    assert_eq!(effect.value.diff.text, "");
    let told = effect.value.effect.clone();
    assert_eq!((told.changed, told.created, told.version), (false, false, version));
    assert_eq!((told.revision, told.head), (revision, head));
    assert_eq!(owner.changes(&ChangesFilter::default()).await.unwrap().len(), 2);
    let replay = owner.key("k").put("Page", "text\n", at(version)).await.unwrap();
    assert!(replay.replayed);
    assert_eq!(replay.value, effect.value);
    // A replay tells how it was, whatever has happened since.
    owner.put("Page", "changed\n", at(version)).await.unwrap();
    assert_eq!(owner.key("k").put("Page", "text\n", at(version)).await.unwrap().value, effect.value);
}

#[tokio::test(start_paused = true)]
async fn names_collide_across_case_spelling_and_kind() {
    let world = World::new().await;
    let owner = &world.owner;
    owner.create("Guides/Straße", "1\n").await;
    for path in ["guides/Other", "Guides/STRASSE", "GUIDES/straße", "Guides", "guides"] {
        let result = owner.put(path, "2\n", Condition::None).await;
        // The page `Guides` is the file `Guides.md`: beside the folder `Guides` there is room for it.
        if path == "Guides" {
            result.unwrap();
        } else {
            assert_eq!(reason(result), "path-collision", "{path}");
        }
    }
    owner.create("Guides/Other", "2\n").await;
    // A folder where a page's file is, and a page whose file is a folder.
    assert_eq!(reason(owner.put("Guides/Other.md/x", "3\n", Condition::None).await), "path-collision");
    owner.create("Folder.md/x", "3\n").await;
    assert_eq!(reason(owner.put("Folder", "4\n", Condition::None).await), "path-collision");
    assert_eq!(reason(owner.read("Folder").await), "not-found");
    // With what was in the way gone, its name is free.
    let version = owner.read("Folder.md/x").await.unwrap().version;
    owner.delete("Folder.md/x", at(version)).await.unwrap();
    owner.create("folder", "4\n").await;
}

#[tokio::test(start_paused = true)]
async fn a_name_is_kept_in_nfc_and_found_in_any_spelling() {
    let world = World::new().await;
    let owner = &world.owner;
    let (version, _) = owner.create("Cafe\u{301}/Me\u{301}nu", "1\n").await;
    let pages = owner.pages("").await.unwrap();
    assert_eq!(pages[0].path.as_str(), "Caf\u{e9}/M\u{e9}nu");
    for path in ["Cafe\u{301}/Me\u{301}nu", "Caf\u{e9}/Me\u{301}nu", "Caf\u{e9}/M\u{e9}nu"] {
        assert_eq!(owner.read(path).await.unwrap().version, version);
        assert_eq!(owner.history(path).await.unwrap().len(), 1);
        assert_eq!(reason(owner.put(path, "2\n", Condition::Absent).await), "page-exists");
    }
    assert_eq!(owner.pages("Cafe\u{301}").await.unwrap().len(), 1);
    owner.delete("Cafe\u{301}/Me\u{301}nu", at(version)).await.unwrap();
    let gone = owner.read("Cafe\u{301}/Me\u{301}nu").await.unwrap_err();
    assert!(matches!(gone, Error::NotFound { deleted_in: Some(_), .. }));
}

#[tokio::test(start_paused = true)]
async fn what_breaks_a_rule_is_refused_and_nothing_changes() {
    let world = World::new().await;
    let owner = &world.owner;
    for path in
        ["", "/", "a//b", "a/", "../a", "a/.git/b", ".hidden", "con", "a:b", "a\u{202e}b", "a ", "x\\y"]
    {
        assert_eq!(reason(owner.put(path, "x\n", Condition::None).await), "invalid", "{path:?}");
    }
    assert_eq!(reason(owner.put(&"p".repeat(238), "x\n", Condition::None).await), "invalid");
    assert_eq!(reason(owner.put("P", "nul\0", Condition::None).await), "invalid");
    assert_eq!(reason(owner.put("P", &"x".repeat(64 * 1024 + 1), Condition::None).await), "too-large");
    for message in [
        "Portolan-Principal: somebody else",
        "fine\n\nportolan-request : x",
        "fine\n  PORTOLAN-AGENT: x",
        "bell \u{7}",
        "rlo \u{202e}",
        &"m".repeat(4097),
    ] {
        let result = owner.put_saying("P", "x\n", Condition::None, Some(message)).await;
        assert_eq!(reason(result), "invalid", "{message:?}");
    }
    assert_eq!(owner.head().await.unwrap(), None);
    let largest = owner.put("P", &"x".repeat(64 * 1024), Condition::None).await.unwrap().value;
    assert!(largest.diff.cut && largest.diff.text.len() <= 64 * 1024);
}

#[tokio::test(start_paused = true)]
async fn a_commit_says_who_wrote_it_on_whose_behalf_and_when() {
    let world = World::new().await;
    let owner = &world.owner;
    let said = "Say why\n\nAt length: because.\n  \n";
    let put = owner.put_saying("Page", "1\n", Condition::Absent, Some(said)).await.unwrap();
    let first = put.value.effect;
    let repo = world.stores.repo("notes").await;
    let read = async |id: Oid| {
        let object = world.stores.objects.get_many(&repo, &[id]).await.unwrap().remove(0).unwrap();
        assert_eq!(object.kind, Kind::Commit);
        String::from_utf8(object.data.to_vec()).unwrap()
    };
    let member = owner.members().await.unwrap()[0].id;
    let commit = read(first.revision).await;
    let (header, message) = commit.split_once("\n\n").unwrap();
    let lines: Vec<&str> = header.lines().skip(1).collect();
    assert_eq!(
        lines,
        [
            "author Demo Owner <owner@demo.invalid> 1767225600 +0000",
            "committer Portolan <noreply@portolan.invalid> 1767225600 +0000",
        ]
    );
    assert_eq!(
        message,
        format!("Say why\n\nAt length: because.\n\nPortolan-Request: req\nPortolan-Principal: {member}\n")
    );
    let shown = &owner.changes(&ChangesFilter::default()).await.unwrap()[0];
    assert_eq!(shown.message, "Say why\n\nAt length: because.");
    assert_eq!(shown.author.email.as_deref(), Some("owner@demo.invalid"));
    assert_eq!(shown.author.id, Some(member.to_string()));

    // The clock steps back; commits do not. A blank message is the usual one.
    world.stores.clock.advance(SignedDuration::from_secs(-3600));
    let put = owner.put_saying("Page", "2\n", at(first.version), Some(" \n")).await.unwrap();
    let second = read(put.value.effect.revision).await;
    assert!(second.contains("committer Portolan <noreply@portolan.invalid> 1767225600 +0000\n"), "{second}");
    assert!(second.contains("\n\nUpdate Page\n\nPortolan-Request: req\n"), "{second}");
    assert!(second.contains(&format!("\nparent {}\n", first.revision)), "{second}");
    world.stores.clock.advance(SignedDuration::from_secs(7200));
    let (_, third) = owner.create("Third", "3\n").await;
    assert!(read(third).await.contains(" 1767229200 +0000\n"));
    let lane = owner.audit(&portolan::AuditFilter::default()).await.unwrap();
    let times: Vec<_> = lane
        .iter()
        .filter(|entry| matches!(entry.lane, portolan::core::audit::Lane::Wiki(_)))
        .map(|entry| entry.event.what.time)
        .collect();
    assert!(times.is_sorted_by(|newer, older| newer >= older), "{times:?}");
}

#[tokio::test(start_paused = true)]
async fn lists_go_by_prefix_part_by_part_in_the_order_of_paths() {
    let world = World::new().await;
    let owner = &world.owner;
    let mut paths: Vec<String> = (0..11).map(|n| format!("Guides/{n:02}")).collect();
    paths.extend(["Guidelines".into(), "a".into(), "é".into(), "Zz".into()]);
    for path in &paths {
        world.stores.clock.advance(SignedDuration::from_secs(1));
        owner.create(path, &format!("# About {path}\n")).await;
    }
    paths.sort();
    let listed = |pages: Vec<portolan::PageItem>| -> Vec<String> {
        pages.iter().map(|page| page.path.to_string()).collect()
    };
    assert_eq!(listed(owner.pages("").await.unwrap()), paths);
    assert_eq!(listed(owner.pages("Guides/").await.unwrap()).len(), 11);
    assert_eq!(listed(owner.pages("Guide").await.unwrap()).len(), 12);
    assert!(owner.pages("guides").await.unwrap().is_empty());
    for page in owner.pages("").await.unwrap() {
        let read = owner.read(page.path.as_str()).await.unwrap();
        assert_eq!((page.title, page.version, page.revision), (read.title, read.version, read.revision));
        assert_eq!((page.updated_at, page.bytes), (read.updated_at, read.content.len() as u64));
    }

    let since = world.stores.clock_now() - SignedDuration::from_secs(4);
    let since = ChangesFilter { since: Some(since), ..ChangesFilter::default() };
    assert_eq!(owner.changes(&since).await.unwrap().len(), 5, "since is inclusive");
    let prefix = PathPrefix::parse("Guides/").unwrap();
    let changes = owner.changes(&ChangesFilter { prefix, ..ChangesFilter::default() }).await.unwrap();
    assert_eq!(changes.len(), 11);
    assert!(
        changes.iter().all(|commit| commit.paths.len() == 1 && commit.paths[0].kind == PathKindName::Page)
    );
    for (author, count) in [("Demo Owner", 15), ("OWNER@demo.invalid", 15), ("Somebody", 0)] {
        let filter = ChangesFilter { author: Some(author.into()), ..ChangesFilter::default() };
        assert_eq!(owner.changes(&filter).await.unwrap().len(), count, "{author}");
    }
}
