//! Changes that are made on an older text, and changes of parts.

use portolan::core::wiki::edit::{Edit, Reason, SectionOp};
use portolan::{Condition, Error};

use crate::support::World;

const BASE: &str = "# List\n\none\ntwo\nthree\nfour\nfive\n";

fn replace(old: &str, new: &str) -> Edit {
    Edit::Replace { old: old.into(), new: new.into() }
}

#[tokio::test]
async fn changes_in_different_places_both_stand() {
    let world = World::new().await;
    let owner = &world.owner;
    let (base, created) = owner.create("List", BASE).await;
    let first = owner.merge("List", &BASE.replace("one", "ONE"), base).await.unwrap();
    assert!(first.effect.changed && !first.effect.merged, "the base was current");
    let second = owner.merge("List", &BASE.replace("five", "FIVE"), base).await.unwrap();
    assert!(second.effect.changed && second.effect.merged);
    assert_eq!(owner.text("List").await, BASE.replace("one", "ONE").replace("five", "FIVE"));
    assert_eq!(second.effect.previous, Some(first.effect.version));
    assert!(
        second.diff.text.contains("+FIVE") && !second.diff.text.contains("ONE\n+"),
        "{}",
        second.diff.text
    );
    // A revision is a base like the version it made.
    let third = owner.merge("List", &BASE.replace("three", "THREE"), created).await.unwrap();
    assert!(third.effect.merged);
    // What is there already changes nothing.
    let before = owner.read("List").await.unwrap();
    let again = owner.merge("List", &BASE.replace("five", "FIVE"), base).await.unwrap();
    assert!(!again.effect.changed && again.effect.merged);
    assert_eq!(again.effect.revision, before.revision);
    assert_eq!(again.diff.text, "");
}

#[tokio::test]
async fn a_clash_changes_nothing_and_shows_all_three_sides() {
    let world = World::new().await;
    let owner = &world.owner;
    let (base, created) = owner.create("List", BASE).await;
    let theirs = owner.merge("List", &BASE.replace("two", "zwei"), base).await.unwrap().effect;
    let Err(Error::PageConflict(conflict)) = owner.merge("List", &BASE.replace("two", "deux"), base).await
    else {
        panic!()
    };
    assert_eq!((conflict.base.version, conflict.base.revision), (Some(base), Some(created)));
    assert_eq!(
        (conflict.theirs.version, conflict.theirs.revision),
        (Some(theirs.version), Some(theirs.revision))
    );
    assert!(conflict.theirs.author.is_some());
    let [hunk] = conflict.hunks.as_slice() else { panic!("{:?}", conflict.hunks) };
    assert_eq!(
        (&hunk.base.text[..], &hunk.theirs.text[..], &hunk.yours.text[..]),
        (&b"two\n"[..], &b"zwei\n"[..], &b"deux\n"[..])
    );
    assert_eq!(owner.read("List").await.unwrap().version, theirs.version);
    // A draft says the same.
    let base = Condition::Base(base);
    let draft = owner.draft("List", vec![replace("two", "deux")], base).await;
    assert!(matches!(draft, Err(Error::PageConflict(_))));
}

#[tokio::test]
async fn a_base_must_be_one_of_the_page_as_it_lives_now() {
    let world = World::new().await;
    let owner = &world.owner;
    let (other, _) = owner.create("Other", "other\n").await;
    let (base, _) = owner.create("List", BASE).await;
    assert!(matches!(owner.merge("List", "x\n", other).await, Err(Error::StaleBase(_))));
    assert!(matches!(owner.merge("Nowhere", "x\n", base).await, Err(Error::NotFound { .. })));
    let deleted = owner.delete("List", Condition::Match(vec![base])).await.unwrap().value.revision;
    let gone = owner.merge("List", "x\n", base).await;
    assert!(matches!(gone, Err(Error::NotFound { deleted_in: Some(id), .. }) if id == deleted), "{gone:?}");
    owner.create("List", "new\n").await;
    assert!(matches!(owner.merge("List", "x\n", base).await, Err(Error::StaleBase(_))), "of its former life");
}

#[tokio::test]
async fn what_was_based_on_a_page_that_is_made_anew_meanwhile_is_stale() {
    let world = World::new().await;
    let owner = &world.owner;
    let (base, _) = owner.create("List", BASE).await;
    // All three stand in the queue together, the last one judged before the others were done.
    let merged = BASE.replace("one", "ONE");
    let (deleted, created, merged) = tokio::join!(
        owner.delete("List", Condition::Match(vec![base])),
        owner.put("List", "one\n\nnew\n", Condition::Absent),
        owner.merge("List", &merged, base)
    );
    deleted.unwrap();
    created.unwrap();
    assert!(matches!(merged, Err(Error::StaleBase(now)) if now.version.is_some()));
    assert_eq!(owner.text("List").await, "one\n\nnew\n");
    // Two pages cannot take each other's place.
    let (base, _) = owner.create("B", "b\n").await;
    owner.moved("B", "A").await;
    owner.moved("A", "B").await;
    let (stub, now) = (owner.read("A").await.unwrap().version, owner.read("B").await.unwrap().version);
    let (there, back) = tokio::join!(owner.rename("B", "A", Some(now)), owner.rename("A", "B", Some(stub)));
    there.unwrap();
    assert!(matches!(back, Err(Error::StaleBase(_))), "{back:?}");
    assert_eq!((owner.text("A").await.as_str(), base == now), ("b\n", true));
}

#[tokio::test]
async fn writers_of_one_page_who_merge_lose_nothing() {
    let world = World::new().await;
    let lines: Vec<String> = (0..24).map(|line| format!("{line}: \n\n")).collect();
    let (base, _) = world.owner.create("Board", &lines.concat()).await;
    let writes = (0..24).map(|at| {
        let (owner, mut lines) = (world.owner.clone(), lines.clone());
        lines[at] = format!("{at}: written\n\n");
        async move { owner.merge("Board", &lines.concat(), base).await.unwrap() }
    });
    let written = futures::future::join_all(writes).await;
    assert_eq!(written.iter().filter(|page| page.effect.merged).count(), 23);
    let expected: Vec<String> = (0..24).map(|line| format!("{line}: written\n\n")).collect();
    assert_eq!(world.owner.text("Board").await, expected.concat());
}

#[tokio::test]
async fn edits_change_their_place_and_no_other_byte() {
    let world = World::new().await;
    let owner = &world.owner;
    let text = "\u{feff}---\r\ntitle: T\r\n---\r\n# A\r\n\r\nteh\r\n\r\n## B\r\n\r\nb";
    let (base, _) = owner.create("Page", text).await;
    let edits = vec![
        replace("teh", "the"),
        Edit::Section {
            path: "A > B".into(),
            op: SectionOp::Append,
            content: "more\n".into(),
            subtree: false,
        },
    ];
    let draft = owner.draft("Page", edits.clone(), Condition::Match(vec![base])).await.unwrap();
    assert_eq!(owner.read("Page").await.unwrap().version, base, "a draft changes nothing");
    let done = owner.edit("Page", edits, Condition::Match(vec![base])).await.unwrap().value;
    assert_eq!(draft.version, done.effect.version);
    assert_eq!(draft.diff, done.diff);
    let now = owner.text("Page").await;
    assert!(
        now.starts_with("\u{feff}---\r\ntitle: T\r\n---\r\n# A\r\n\r\nthe\r\n\r\n## B\r\n\r\nb"),
        "{now:?}"
    );
    assert!(now.contains("more"));
    assert!(!now.replace("\r\n", "").contains('\n'), "its line ends stay: {now:?}");
}

#[tokio::test]
async fn an_edit_that_does_not_fit_is_told_with_candidates() {
    let world = World::new().await;
    let owner = &world.owner;
    let (base, _) = owner.create("List", BASE).await;
    let condition = Condition::Match(vec![base]);
    let edits = vec![replace("one", "1"), replace("thre\nfour", "x")];
    let Err(Error::EditNotApplied(failed)) = owner.edit("List", edits, condition.clone()).await else {
        panic!()
    };
    let [failure] = failed.failures.as_slice() else { panic!("{failed:?}") };
    assert_eq!((failure.index, failure.reason, failure.matches), (1, Reason::NoMatch, 0));
    assert_eq!(failure.candidates[0].line, 5);
    assert_eq!(owner.read("List").await.unwrap().version, base);
    assert!(matches!(
        owner.edit("List", vec![replace("one", "1")], Condition::None).await,
        Err(Error::BaseRequired(_))
    ));
    assert!(matches!(
        owner.edit("Nowhere", vec![replace("one", "1")], Condition::None).await,
        Err(Error::NotFound { .. })
    ));
    assert!(matches!(
        owner.edit("Nowhere", vec![replace("one", "1")], condition).await,
        Err(Error::StaleBase(now)) if now.version.is_none()
    ));
}

#[tokio::test]
async fn an_edit_is_made_once_under_its_key() {
    let world = World::new().await;
    let owner = &world.owner;
    let (base, _) = owner.create("List", BASE).await;
    let keyed = owner.key("k");
    let append = vec![Edit::Append { content: "six\n".into() }];
    let first = keyed.edit("List", append.clone(), Condition::Base(base)).await.unwrap();
    let second = keyed.edit("List", append, Condition::Base(base)).await.unwrap();
    assert!(!first.replayed && second.replayed);
    assert_eq!(first.value, second.value);
    assert_eq!(owner.text("List").await, format!("{BASE}six\n"));
    let other = keyed.edit("List", vec![replace("one", "1")], Condition::Base(base)).await;
    assert!(matches!(other, Err(Error::KeyReused)));
}

#[tokio::test]
async fn edits_on_an_older_text_are_merged() {
    let world = World::new().await;
    let owner = &world.owner;
    let (base, _) = owner.create("List", BASE).await;
    owner.merge("List", &BASE.replace("one", "ONE"), base).await.unwrap();
    let done = owner.edit("List", vec![replace("five", "FIVE")], Condition::Base(base)).await.unwrap().value;
    assert!(done.effect.merged);
    assert_eq!(owner.text("List").await, BASE.replace("one", "ONE").replace("five", "FIVE"));
    let strict = owner.edit("List", vec![replace("four", "4")], Condition::Match(vec![base])).await;
    assert!(matches!(strict, Err(Error::StaleBase(_))));
}
