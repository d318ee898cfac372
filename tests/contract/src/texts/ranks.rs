//! The order of what is found.

use portolan_core::search::Query;
use portolan_ports::Index;
use portolan_ports::index::TextFilter;

use super::help::{pages, ranked, search, wiki};
use crate::Fixture;

/// Texts that do not have the words looked for, so that these are rare.
fn others() -> Vec<(String, String)> {
    (0..20)
        .map(|number| (format!("other{number}"), format!("filler number {number} of some length")))
        .collect()
}

async fn among_others(index: &dyn Index, some: &[(&str, &str)]) {
    let others = others();
    let others = others.iter().map(|(path, text)| (path.as_str(), text.as_str()));
    let all: Vec<_> = others.chain(some.iter().copied()).collect();
    pages(index, &all).await;
}

pub(super) async fn a_title_counts_more_than_a_heading_than_a_body(index: Fixture<dyn Index>) {
    let same = "The same text in each of them, with some words of no meaning at all.";
    let body = format!("# Nothing\n\n## Else\n\n{same} Compass, compass.");
    let heading = format!("# Nothing\n\n## Compass\n\n{same} And more.");
    let title = format!("# Compass\n\n## Else\n\n{same} And more.");
    among_others(&*index, &[("p1", &body), ("p2", &heading), ("p3", &title)]).await;
    assert_eq!(ranked(&*index, "compass").await, ["p3", "p2", "p1"]);
    assert_eq!(ranked(&*index, "comp*").await, ["p3", "p2", "p1"]);
}

pub(super) async fn a_rare_word_counts_more_than_a_common_one(index: Fixture<dyn Index>) {
    let common = "filler filler filler and one gyroscope";
    let rare = "filler and gyroscope gyroscope gyroscope";
    among_others(&*index, &[("p1", common), ("p2", rare)]).await;
    assert_eq!(ranked(&*index, "filler gyroscope").await, ["p2", "p1"]);
}

pub(super) async fn a_short_page_counts_more_than_a_long_one(index: Fixture<dyn Index>) {
    let long = format!("sextant {}", "and very much else of no interest ".repeat(50));
    among_others(&*index, &[("p1", &long), ("p2", "a sextant")]).await;
    assert_eq!(ranked(&*index, "sextant").await, ["p2", "p1"]);
}

pub(super) async fn among_many_pages_those_that_are_about_the_words_come_first(index: Fixture<dyn Index>) {
    // So many that an index may not weigh each.
    let names: Vec<String> = (0..700).map(|number| format!("p{number:03}")).collect();
    let mut all: Vec<_> = names.iter().map(|name| (name.as_str(), "Some deploy words in between.")).collect();
    for (at, text) in [
        (650, "# Deploy words\n\nSome."),
        (640, "# How to deploy words here\n\nSome."),
        (630, "# How to deploy\n\nSome words."),
        (620, "# How to\n\n## Deploy\n\nSome words."),
        (610, "Words that deploy words and deploy words: deploy."),
    ] {
        all[at].1 = text;
    }
    pages(&*index, &all).await;
    for query in ["deploy words", "deploy word*"] {
        let mut ranked = ranked(&*index, query).await;
        assert_eq!(ranked[..3], ["p650", "p640", "p630"], "{query}");
        ranked[3..5].sort_unstable();
        assert_eq!(ranked[3..5], ["p610", "p620"], "{query}");
    }
    let phrase = ranked(&*index, "\"deploy words\"").await;
    assert_eq!((phrase.len(), &phrase[..2]), (698, &["p650".to_owned(), "p640".into()][..]));
    assert_eq!(ranked(&*index, "\"deploy words here\"").await, ["p640"]);
    assert_eq!(ranked(&*index, "\"words deploy\"").await, ["p610"]);
    assert_eq!(ranked(&*index, "words -\"deploy words\"").await, ["p620", "p630"]);
    assert_eq!(ranked(&*index, "deploy words -some").await, ["p610"]);

    let (query, prefix) =
        (Query::parse("deploy words"), TextFilter { prefix: b"p6".to_vec(), ..TextFilter::default() });
    for filter in [TextFilter::default(), prefix] {
        let whole = index.search(&wiki(), &query, &filter, None, 1_000).await.unwrap().value.hits;
        assert_eq!(whole.len(), if filter.prefix.is_empty() { 700 } else { 100 });
        for limit in [1, 3, 250] {
            let (mut found, mut after) = (Vec::new(), None);
            while found.len() < whole.len().min(limit * 20) {
                let answer = index.search(&wiki(), &query, &filter, after, limit).await.unwrap();
                after = Some(answer.value.hits.last().expect("there are more").rank);
                found.extend(answer.value.hits);
            }
            assert_eq!(found, whole[..found.len()], "in pages of {limit}");
        }
    }
}

pub(super) async fn found_pages_page_without_gaps(index: Fixture<dyn Index>) {
    // Many of them equally good.
    let names: Vec<String> = (0..17).map(|number| format!("p{number}")).collect();
    let texts: Vec<String> = (0..17).map(|number| "word ".repeat(1 + number % 3)).collect();
    let all: Vec<_> = names.iter().map(String::as_str).zip(texts.iter().map(String::as_str)).collect();
    pages(&*index, &all).await;
    let whole = search(&*index, "word", &TextFilter::default()).await.hits;
    assert_eq!(whole.len(), 17);
    assert!(whole.is_sorted_by(|one, other| one.rank.score >= other.rank.score));
    let query = Query::parse("word");
    for limit in [1, 4, 17, 18] {
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let answer = index.search(&wiki(), &query, &TextFilter::default(), after, limit).await.unwrap();
            let hits = answer.value.hits;
            assert!(hits.len() <= limit && found.len() <= 17);
            let Some(last) = hits.last() else { break };
            after = Some(last.rank);
            found.extend(hits);
        }
        assert_eq!(found, whole, "in pages of {limit}");
    }
}
