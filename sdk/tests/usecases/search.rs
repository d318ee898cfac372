//! Searching.

use portolan::core::tenancy::Role;
use portolan::core::wiki::path::PathPrefix;
use portolan::{Condition, Error, Paging, Search};

use crate::support::{Set, World};

fn query(text: &str) -> Search {
    Search { query: text.into(), ..Search::default() }
}

#[tokio::test(start_paused = true)]
async fn what_was_written_is_found_by_the_next_search() {
    for set in [Set::Memory, Set::Embedded] {
        let world = World::on(set).await;
        let owner = &world.owner;
        let empty = owner.search_in(&query("anything"), &Paging::default()).await.unwrap();
        assert_eq!((empty.pages.items.len(), empty.indexed, empty.head), (0, None, None));
        let text = "---\ntitle: The start\ntags: [first]\n---\n# Top\n\nBefore.\n\n## Inner part\n\nA *compass* shows north.\n";
        let (version, head) = owner.create("Guides/Start", text).await;
        let found = owner.search_in(&query("compass north"), &Paging::default()).await.unwrap();
        assert_eq!((found.indexed, found.head), (Some(head), Some(head)), "{set:?}");
        let [item] = found.pages.items.as_slice() else { panic!("{found:?}") };
        assert_eq!((item.path.as_str(), item.title.as_str()), ("Guides/Start", "The start"));
        assert_eq!((item.version, item.score > 0.0), (version, true));
        assert_eq!(item.snippet.section.as_deref(), Some("Top > Inner part"));
        assert!(item.snippet.text.ends_with("A compass shows north."), "{:?}", item.snippet);
        let marked: Vec<String> = item
            .snippet
            .matches
            .iter()
            .map(|&[start, end]| item.snippet.text.chars().skip(start).take(end - start).collect())
            .collect();
        assert_eq!(marked, ["compass", "north"]);

        let text = text.replace("compass", "sextant");
        owner.put("Guides/Start", &text, Condition::Match(vec![version])).await.unwrap();
        assert_eq!((owner.search("compass").await.len(), owner.search("sextant").await.len()), (0, 1));
        let version = owner.read("Guides/Start").await.unwrap().version;
        owner.delete("Guides/Start", Condition::Match(vec![version])).await.unwrap();
        assert!(owner.search("sextant").await.is_empty());
        owner.create("Elsewhere", &text).await;
        assert_eq!(owner.search("sextant").await, ["Elsewhere"]);
    }
}

#[tokio::test(start_paused = true)]
async fn stubs_that_redirect_are_not_found() {
    let world = World::new().await;
    let owner = &world.owner;
    owner.create("Target", "a compass\n").await;
    let (version, _) = owner.create("Stub", "---\nredirect: Target\n---\na compass\n").await;
    assert_eq!(owner.search("compass").await, ["Target"]);
    owner.put("Stub", "a compass, no stub any more\n", Condition::Match(vec![version])).await.unwrap();
    assert_eq!(owner.search("compass").await.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn filters_take_some_pages_only() {
    let world = World::new().await;
    let owner = &world.owner;
    owner.create("a/one", "---\ncategory: Guides\ntags: [Red, Blue]\n---\nword\n").await;
    owner.create("a/two", "---\ncategory: Notes\ntags: red\n---\nword\n").await;
    owner.create("b", "word\n").await;
    let search = async |prefix: &str, category: Option<&str>, tag: Option<&str>| {
        let search = Search {
            prefix: PathPrefix::parse(prefix).unwrap(),
            category: category.map(Into::into),
            tag: tag.map(Into::into),
            ..query("word")
        };
        let found = owner.search_in(&search, &Paging::default()).await.unwrap().pages.items;
        let mut paths: Vec<_> = found.into_iter().map(|item| item.path.to_string()).collect();
        paths.sort();
        paths.join(" ")
    };
    assert_eq!(search("", None, None).await, "a/one a/two b");
    assert_eq!(search("a/", None, None).await, "a/one a/two");
    assert_eq!(search("", Some("guides"), None).await, "a/one");
    assert_eq!(search("", None, Some("RED")).await, "a/one a/two");
    assert_eq!(search("a/t", Some("notes"), Some("red")).await, "a/two");
    assert_eq!(search("", Some("none"), None).await, "");
}

#[tokio::test(start_paused = true)]
async fn a_cursor_goes_on_in_the_same_search_alone() {
    let world = World::new().await;
    let owner = &world.owner;
    for number in 0..7 {
        owner.create(&format!("p{number}"), &"word ".repeat(1 + number % 2)).await;
    }
    let mut paths = owner.search("word").await;
    assert_eq!(paths.len(), 7);
    paths.sort();
    paths.dedup();
    assert_eq!(paths.len(), 7, "none is found twice");
    let first = owner.search_in(&query("word"), &Paging { limit: 2, after: None }).await.unwrap().pages;
    let next = Paging { limit: 2, after: first.next };
    assert!(next.after.is_some());
    let second = owner.search_in(&query("word"), &next).await.unwrap();
    assert_eq!(second.pages.items.len(), 2);
    assert_eq!(owner.search_in(&query("word"), &next).await.unwrap(), second, "the same place again");
    for other in [query("words"), Search { tag: Some("x".into()), ..query("word") }] {
        let refused = owner.search_in(&other, &next).await;
        assert!(matches!(refused, Err(Error::BadCursor)), "{refused:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn any_text_is_a_query() {
    let world = World::on(Set::Embedded).await;
    let owner = &world.owner;
    owner.create("Page", "some text\n").await;
    for text in [
        "",
        " ",
        "\"",
        "-",
        "*",
        "\u{0}",
        "(((",
        "NOT",
        "\"some",
        &"x \"".repeat(5_000),
        &"some ".repeat(2_000),
    ] {
        let found = owner.search(text).await;
        assert_eq!(found.len(), usize::from(text.contains("some")), "{text:.40}");
    }
}

#[tokio::test(start_paused = true)]
async fn many_pages_are_taken_in_bit_by_bit_and_that_is_said() {
    let world = World::new().await;
    let owner = &world.owner;
    for number in 0..300 {
        owner.create(&format!("p{number}"), "word\n").await;
    }
    let head = owner.head().await.unwrap();
    // As after an import: nobody has looked yet.
    let first = owner.search_in(&query("word"), &Paging { limit: 200, after: None }).await.unwrap();
    assert_eq!((first.pages.items.len(), first.indexed, first.head), (128, None, head));
    let second = owner.search_in(&query("word"), &Paging { limit: 200, after: None }).await.unwrap();
    assert_eq!((second.pages.items.len(), second.indexed), (200, None));
    let third = owner.search_in(&query("word"), &Paging::default()).await.unwrap();
    assert_eq!(third.indexed, head);
    assert_eq!(owner.search("word").await.len(), 300);
}

#[tokio::test(start_paused = true)]
async fn background_work_takes_texts_in() {
    for set in [Set::Memory, Set::Embedded] {
        let world = World::on(set).await;
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let portolan = world.portolan.clone();
        let run = tokio::spawn(async move { portolan.run(async { drop(stopped.await) }).await });
        for number in 0..150 {
            world.owner.create(&format!("p{number}"), "word\n").await;
        }
        let repo = world.stores.repo("notes").await;
        // Ends, or the test never does.
        while !world.stores.index.texts_behind(&repo, 1).await.unwrap().value.is_empty() {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        stop.send(()).unwrap();
        run.await.unwrap();
        assert_eq!(world.owner.search("word").await.len(), 150);
    }
}

#[tokio::test(start_paused = true)]
async fn an_index_built_anew_finds_the_same() {
    let world = World::on(Set::Embedded).await;
    let owner = &world.owner;
    for (path, text) in [("a", "one two\n"), ("b", "two three\n"), ("c", "one three\n")] {
        owner.create(path, text).await;
    }
    let before = (owner.search("one").await, owner.search("two -one").await);
    world.stores.index.reset(&world.stores.repo("notes").await).await.unwrap();
    let mut after = (owner.search("one").await, owner.search("two -one").await);
    after.0.sort();
    assert_eq!(after, before);
    assert_eq!(before, (vec!["a".into(), "c".into()], vec!["b".into()]));
}

#[tokio::test(start_paused = true)]
async fn viewers_search_and_strangers_do_not() {
    let world = World::new().await;
    world.owner.create("Page", "word\n").await;
    let (viewer, _) = world.owner.join("viewer@x", Role::Viewer).await;
    assert_eq!(viewer.search("word").await, ["Page"]);
    let refused = world.operator_in("demo").wiki("notes").search_in(&query("word"), &Paging::default()).await;
    assert!(matches!(refused, Err(Error::NotFound { .. })), "{refused:?}");
    let refused = world.owner.wiki("absent").search_in(&query("word"), &Paging::default()).await;
    assert!(matches!(refused, Err(Error::NotFound { .. })), "{refused:?}");
}
