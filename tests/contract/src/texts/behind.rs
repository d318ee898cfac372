//! Texts follow behind, and the index knows which.

use portolan_core::git::Oid;
use portolan_core::search::Query;
use portolan_ports::Index;
use portolan_ports::index::{FileChange, FileEntry, FileFilter, FileKind, TextFilter};

use super::help::{
    advance, advance_of, behind, blob, found, gone, no_text, page, pages, put, put_texts, search, text, wiki,
};
use crate::Fixture;
use crate::sample::{oid, repo};

async fn indexed(index: &dyn Index) -> Option<Oid> {
    let found = search(index, "x", &TextFilter::default()).await.indexed;
    assert_eq!(search(index, "", &TextFilter::default()).await.indexed, found, "also where nothing is asked");
    found
}

pub(super) async fn a_missing_index_finds_nothing(index: Fixture<dyn Index>) {
    assert_eq!(found(&*index, "a").await, "");
    assert_eq!(indexed(&*index).await, None);
    put_texts(&*index, vec![text("a", "a")]).await;
    let answer = index.texts_behind(&wiki(), 10).await.unwrap();
    assert_eq!((answer.head, answer.value), (None, vec![]));
}

pub(super) async fn a_page_is_behind_until_its_text_is_put(index: Fixture<dyn Index>) {
    advance(&*index, 1, vec![put("a", "one"), put("b", "two")]).await;
    assert_eq!(behind(&*index).await, [("a".into(), true), ("b".into(), true)]);
    let first = index.texts_behind(&wiki(), 1).await.unwrap().value.remove(0);
    assert_eq!((first.path, first.blob, first.bytes), (b"a.md".to_vec(), Some(blob("one")), 3));
    assert_eq!(found(&*index, "one").await, "");
    put_texts(&*index, vec![text("a", "one")]).await;
    assert_eq!(behind(&*index).await, [("b".into(), true)]);
    let hits = search(&*index, "one", &TextFilter::default()).await.hits;
    assert_eq!((&hits[0].path[..], hits[0].blob), (&b"a.md"[..], blob("one")));
    assert_eq!(hits[0].title, "Title of a");
    assert!(hits.len() == 1 && hits[0].rank.score > 0.0);
    let answer = index.search(&wiki(), &Query::parse("one"), &TextFilter::default(), None, 9).await.unwrap();
    assert_eq!(answer.head, Some(oid(1)));
    // Once more is harmless.
    put_texts(&*index, vec![text("a", "one"), text("b", "two")]).await;
    put_texts(&*index, vec![text("b", "two")]).await;
    assert_eq!(behind(&*index).await, []);
    assert_eq!((found(&*index, "one").await, found(&*index, "two").await), ("a".into(), "b".into()));
}

pub(super) async fn a_changed_page_is_found_by_its_old_text_until_the_new_one_is_put(
    index: Fixture<dyn Index>,
) {
    pages(&*index, &[("a", "one"), ("b", "one")]).await;
    advance(&*index, 2, vec![put("a", "two")]).await;
    assert_eq!(behind(&*index).await, [("a".into(), true)]);
    let hits = search(&*index, "one", &TextFilter::default()).await.hits;
    assert!(hits.iter().any(|hit| hit.blob == blob("two")), "the page as the head has it");
    put_texts(&*index, vec![text("a", "two")]).await;
    assert_eq!((found(&*index, "one").await, found(&*index, "two").await), ("b".into(), "a".into()));
}

pub(super) async fn a_deleted_page_is_not_found_and_its_text_is_forgotten(index: Fixture<dyn Index>) {
    pages(&*index, &[("a", "one"), ("b", "one")]).await;
    advance(&*index, 2, vec![gone("a")]).await;
    assert_eq!(found(&*index, "one").await, "b");
    assert_eq!(behind(&*index).await, [("a".into(), false)]);
    put_texts(&*index, vec![no_text("a")]).await;
    assert_eq!(behind(&*index).await, []);
    assert_eq!(found(&*index, "one").await, "b");
}

pub(super) async fn a_page_that_comes_back_is_found_by_what_it_says_now(index: Fixture<dyn Index>) {
    pages(&*index, &[("a", "one")]).await;
    advance(&*index, 2, vec![gone("a")]).await;
    advance(&*index, 3, vec![put("a", "two")]).await;
    // What was true of an earlier head is not wanted any more.
    put_texts(&*index, vec![no_text("a")]).await;
    assert_eq!(behind(&*index).await, [("a".into(), true)]);
    put_texts(&*index, vec![text("a", "two")]).await;
    assert_eq!((found(&*index, "one").await, found(&*index, "two").await), (String::new(), "a".into()));
}

pub(super) async fn a_page_that_redirects_is_not_found(index: Fixture<dyn Index>) {
    pages(&*index, &[("a", "one"), ("b", "one")]).await;
    let redirects = FileEntry { redirect: Some("b".into()), ..page("a", "one away") };
    advance(&*index, 2, vec![FileChange::Put { file: redirects, page: None }]).await;
    assert_eq!(found(&*index, "one").await, "b");
    assert_eq!(behind(&*index).await, [("a".into(), false)]);
    put_texts(&*index, vec![no_text("a")]).await;
    assert_eq!(behind(&*index).await, []);
    advance(&*index, 3, vec![put("a", "one")]).await;
    put_texts(&*index, vec![text("a", "one")]).await;
    assert_eq!(found(&*index, "one").await, "a b");
}

pub(super) async fn what_is_no_page_has_no_text(index: Fixture<dyn Index>) {
    let file = FileEntry { kind: FileKind::File, ..page("a", "one") };
    let kept = FileEntry { kind: FileKind::Kept, ..page("b", "one") };
    advance(
        &*index,
        1,
        vec![FileChange::Put { file, page: None }, FileChange::Put { file: kept, page: None }],
    )
    .await;
    assert_eq!(behind(&*index).await, []);
    assert_eq!(indexed(&*index).await, Some(oid(1)));
    put_texts(&*index, vec![text("a", "one")]).await;
    assert_eq!(found(&*index, "one").await, "");
}

pub(super) async fn a_text_that_is_not_wanted_is_left_out(index: Fixture<dyn Index>) {
    advance(&*index, 1, vec![put("a", "one")]).await;
    put_texts(&*index, vec![text("a", "zero"), text("c", "zero"), no_text("a")]).await;
    assert_eq!(found(&*index, "zero").await, "");
    assert_eq!(behind(&*index).await, [("a".into(), true)]);
    put_texts(&*index, vec![text("a", "one")]).await;
    put_texts(&*index, vec![text("a", "zero"), no_text("a")]).await;
    assert_eq!((found(&*index, "one").await, found(&*index, "zero").await), ("a".into(), String::new()));
}

pub(super) async fn the_head_before_the_first_that_is_behind_is_named(index: Fixture<dyn Index>) {
    advance(&*index, 1, vec![put("a", "one")]).await;
    assert_eq!(indexed(&*index).await, None);
    put_texts(&*index, vec![text("a", "one")]).await;
    assert_eq!(indexed(&*index).await, Some(oid(1)));
    advance(&*index, 2, vec![]).await;
    assert_eq!(indexed(&*index).await, Some(oid(2)), "nothing is behind");
    advance(&*index, 3, vec![put("a", "two")]).await;
    advance(&*index, 4, vec![put("b", "two")]).await;
    assert_eq!(indexed(&*index).await, Some(oid(2)));
    put_texts(&*index, vec![text("a", "two")]).await;
    assert_eq!(indexed(&*index).await, Some(oid(2)));
    put_texts(&*index, vec![text("b", "two")]).await;
    assert_eq!(indexed(&*index).await, Some(oid(4)));
}

pub(super) async fn few_at_a_time_can_be_asked_for(index: Fixture<dyn Index>) {
    let names: Vec<String> = (0..10).map(|number| format!("p{number}")).collect();
    advance(&*index, 1, names.iter().map(|name| put(name, name)).collect()).await;
    let mut seen = 0;
    loop {
        let some = index.texts_behind(&wiki(), 4).await.unwrap().value;
        if some.is_empty() {
            break;
        }
        assert!(some.len() <= 4);
        seen += some.len();
        let name = |path: &[u8]| String::from_utf8(path.to_vec()).unwrap().replace(".md", "");
        put_texts(&*index, some.iter().map(|it| text(&name(&it.path), &name(&it.path))).collect()).await;
    }
    assert_eq!(seen, 10);
    assert_eq!(found(&*index, "p*").await, names.join(" "));
}

pub(super) async fn texts_of_wikis_do_not_meet(index: Fixture<dyn Index>) {
    let repos = [repo(1, 1), repo(1, 2), repo(2, 1)];
    for (number, wiki) in repos.iter().enumerate() {
        let own = format!("common own{number}");
        advance_of(&*index, wiki, 1, vec![put("a", &own)]).await;
        index.put_texts(wiki, vec![text("a", &own)]).await.unwrap();
    }
    for (number, wiki) in repos.iter().enumerate() {
        for other in 0..repos.len() {
            let query = Query::parse(&format!("own{other}"));
            let found = index.search(wiki, &query, &TextFilter::default(), None, 9).await.unwrap().value;
            assert_eq!(found.hits.len(), usize::from(number == other));
        }
    }
}

pub(super) async fn a_reset_index_finds_nothing(index: Fixture<dyn Index>) {
    pages(&*index, &[("a", "one")]).await;
    index.reset(&wiki()).await.unwrap();
    assert_eq!(found(&*index, "one").await, "");
    assert_eq!(behind(&*index).await, []);
    pages(&*index, &[("b", "one")]).await;
    assert_eq!(found(&*index, "one").await, "b");
}

pub(super) async fn texts_outlive_a_restart(mut index: Fixture<dyn Index>) {
    pages(&*index, &[("a", "one")]).await;
    advance(&*index, 2, vec![put("b", "two")]).await;
    index.reopen().await;
    assert_eq!(found(&*index, "one").await, "a");
    assert_eq!(behind(&*index).await, [("b".into(), true)]);
    assert_eq!(indexed(&*index).await, Some(oid(1)));
}

pub(super) async fn readers_are_answered_while_texts_are_put(index: Fixture<dyn Index>) {
    let names: Vec<String> = (0..200).map(|number| format!("p{number}")).collect();
    advance(&*index, 1, names.iter().map(|name| put(name, name)).collect()).await;
    let writer = index.share();
    let all = names.clone();
    let writes = tokio::spawn(async move {
        for names in all.chunks(5) {
            put_texts(&*writer, names.iter().map(|name| text(name, name)).collect()).await;
        }
    });
    let mut last = 0;
    loop {
        let done = writes.is_finished();
        let found = search(&*index, "p*", &TextFilter::default()).await;
        assert!(found.hits.len() >= last && found.hits.len().is_multiple_of(5), "each put is seen whole");
        last = found.hits.len();
        assert_eq!(index.files(&wiki(), &FileFilter::default(), None, 1_000).await.unwrap().value.len(), 200);
        if done {
            break;
        }
        tokio::task::yield_now().await;
    }
    writes.await.unwrap();
    assert_eq!(last, 200);
}
