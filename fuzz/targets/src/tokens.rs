//! The tokeniser: what is kept of a page for search is what the index takes apart again.

use portolan_core::search::{Query, document, folded};
use portolan_core::wiki::page::facts;

use crate::{PAGES, from_texts, texts};

/// Tries one input: a page's path and text.
pub fn run(data: &[u8]) {
    let [text, path] = texts(data);
    let path = if path.is_empty() { "Folder/Page" } else { path.as_ref() };
    let document = document(&text, path);
    for field in [&document.title, &document.headings, &document.body, &document.parts] {
        for character in field.chars().filter(char::is_ascii) {
            assert!(
                character == ' ' || character.is_ascii_lowercase() || character.is_ascii_digit(),
                "{character:?} in {field:?} of {text:?}"
            );
        }
        assert!(!field.contains("  "), "{field:?} of {text:?}");
        assert!(field.trim() == field || !field.is_ascii(), "{field:?} of {text:?}");
    }
    for tag in facts(&text, path).tags {
        assert_eq!(folded(&format!(" # {tag} ")), folded(&tag), "{tag:?} is asked for as it is kept");
    }
    // A word that is in the body is found by itself.
    for word in document.body.split(' ').filter(|word| word.is_ascii() && word.len() > 2).take(20) {
        let query = Query::parse(word);
        let found = query
            .wanted
            .first()
            .is_some_and(|clause| clause.phrases.iter().any(|phrase| phrase.tokens == [word]));
        assert!(found, "{word:?} asks for {query:?}");
    }
}

/// Inputs to begin with.
pub fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = from_texts(&PAGES);
    seeds.extend(from_texts(&[
        "camelCaseWord HTTPServer x2y don't e-mail a_b \u{130}stanbul Stra\u{df}e \u{fb01}ne\n",
        "\u{4e2d}\u{6587}\u{5b57} \u{d55c}\u{ad6d}\u{c5b4} \u{0e44}\u{0e17}\u{0e22} \u{1f44d}\u{1f3fd} \u{1f1e9}\u{1f1ea}\n",
        "text\0Some/Path with-name",
    ]));
    seeds
}
