//! Front matter: where it stands, and what is read of it.

use portolan_core::markdown;
use portolan_core::wiki::page::{MOST_LABEL, MOST_TAGS, facts, front_matter, parts};

use crate::{PAGES, from_texts, texts};

/// Tries one input: a page's text, and the YAML of one.
pub fn run(data: &[u8]) {
    let [text] = texts(data);
    page(&text);
    page(&format!("---\n{text}\n---\n{text}"));
}

fn page(text: &str) {
    let taken = parts(text);
    assert!(text.ends_with(taken.body));
    let place = markdown::front_matter(text);
    assert_eq!(place.yaml.map(|at| &text[at]), taken.front_matter, "{text:?}");
    assert!(text.is_char_boundary(place.body));
    let map = front_matter(text);
    assert!(taken.front_matter.is_some() || map.is_empty());
    let facts = facts(text, "last");
    assert!(facts.title.chars().count() <= 300);
    assert!(facts.tags.len() <= MOST_TAGS);
    for label in facts.tags.iter().chain(&facts.category) {
        assert!(!label.trim().is_empty() && label.chars().count() <= MOST_LABEL, "{label:?}");
    }
    let mut tags = facts.tags.clone();
    tags.sort_unstable();
    tags.dedup();
    assert_eq!(tags.len(), facts.tags.len(), "each tag once");
}

/// Inputs to begin with.
pub fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = from_texts(&PAGES);
    seeds.extend(from_texts(&[
        "title: \"quoted\"\ntags: a, b #c\ncategory: x",
        "tags:\n  - one\n  - 2\n  - true\ntag: '#four'",
        "redirect: {a: [1, 2, {b: c}]}\n? complex\n: key",
        "a: &x [1]\nb: *x\n<<: *x",
        "title: |\n  block\n  text\n!!binary x: y",
    ]));
    seeds
}
