//! Queries: any text is one, within limits, and a page made of its words is found by them.

use portolan_core::search::{Phrase, Query, snippet};

use crate::{PAGES, from_texts, texts};

/// Tries one input: a query, and a page to show a piece of.
pub fn run(data: &[u8]) {
    let [query, page] = texts(data);
    let parsed = Query::parse(&query);
    assert!(parsed.wanted.len() + parsed.excluded.len() <= 16);
    assert_eq!(parsed.is_empty(), parsed.wanted.is_empty());
    let mut stars = 0;
    for clause in parsed.wanted.iter().chain(&parsed.excluded) {
        assert!(!clause.phrases.is_empty());
        stars += usize::from(clause.phrases.iter().any(has_star));
        for phrase in &clause.phrases {
            assert!(!phrase.tokens.is_empty() && phrase.tokens.len() <= 32, "{query:?}");
            for token in &phrase.tokens {
                assert!(!token.is_empty(), "{query:?}");
                assert!(
                    !token.chars().any(|c| c.is_ascii() && !c.is_ascii_lowercase() && !c.is_ascii_digit()),
                    "{token:?} of {query:?}"
                );
            }
        }
    }
    assert!(stars <= 4, "{query:?}");
    let shown = snippet(&page, &parsed);
    let count = shown.text.chars().count();
    assert!(!shown.text.contains('\n'), "{shown:?}");
    let mut before = 0;
    for [start, end] in shown.matches {
        assert!(before <= start && start < end && end <= count, "{query:?} {page:?}");
        before = end;
    }
}

/// Whether a phrase must have had one: not if it ends with a single character, which is looked for as the beginning of a pair.
fn has_star(phrase: &Phrase) -> bool {
    let last = phrase.tokens.last();
    let is_character = last.is_some_and(|last| last.chars().count() == 1 && !last.is_ascii());
    phrase.prefix && !is_character
}

/// Inputs to begin with.
pub fn seeds() -> Vec<Vec<u8>> {
    let queries = [
        "text link",
        "\"quote note\" -code",
        "fn* ma*",
        "-x -\"y z\" caf\u{e9}",
        "\u{4e2d}\u{6587}",
        "camelCase x2",
    ];
    let mut seeds = from_texts(&queries);
    for query in queries {
        seeds.extend(PAGES.iter().map(|page| format!("{query}\0{page}").into_bytes()));
    }
    seeds
}
