//! Which words follow one another in a page, roughly: enough to pass over most pages that have all words of a phrase, and not the
//! phrase, without a look at where each word stands.

use std::collections::BTreeSet;

use super::query::Phrase;
use super::{BARRIER, Document};

/// Pairs of words are told apart by a number below this. With more of them fewer pages are looked at in vain, with less the index is
/// smaller: 1,000 different pairs are a long page.
const NUMBERS: u64 = 1 << 13;
/// Stands before a number, so that no other token has it.
const SIGN: char = '\u{e006}';
/// A token that no page has: the sign without its number.
pub const NOWHERE: &str = "\u{e006}";

impl Phrase {
    /// What a page that has this phrase has among its [`Document::marks`]. Other pages may have it, too.
    pub fn pairs(&self) -> Vec<String> {
        // The last word of a prefix is not known.
        let known = self.tokens.len() - usize::from(self.prefix);
        let numbers: BTreeSet<u64> =
            self.tokens[..known].windows(2).map(|pair| number(&pair[0], &pair[1])).collect();
        numbers.into_iter().map(token).collect()
    }
}

/// Appends the pairs of `document` to `marks`.
pub(super) fn put(document: &Document, marks: &mut String) {
    let Document { title, headings, body, parts, .. } = document;
    let mut numbers = BTreeSet::new();
    for field in [title, headings, body, parts] {
        let followed = field.split(' ').zip(field.split(' ').skip(1));
        let pairs = followed.filter(|(one, other)| *one != BARRIER && *other != BARRIER);
        numbers.extend(pairs.map(|(one, other)| number(one, other)));
    }
    for number in numbers {
        if !marks.is_empty() {
            marks.push(' ');
        }
        marks.push_str(&token(number));
    }
}

fn token(number: u64) -> String {
    format!("{SIGN}{number:x}")
}

/// FNV-1a (<https://datatracker.ietf.org/doc/html/draft-eastlake-fnv>) of the words and a blank between them, folded.
fn number(one: &str, other: &str) -> u64 {
    let bytes = one.bytes().chain([b' ']).chain(other.bytes());
    let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    (hash ^ (hash >> 32)) % NUMBERS
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::search::{Query, document};

    #[test]
    fn pairs_of_a_phrase_are_those_of_its_known_words() {
        let pairs = |query: &str| Query::parse(query).wanted[0].phrases[0].pairs();
        assert_eq!(pairs("one"), [""; 0]);
        assert_eq!(pairs("\"one tw\"*"), [""; 0]);
        assert_eq!(pairs("\"one two thr\"*"), pairs("\"one two\""));
        assert_eq!(pairs("\"one two one two one\"").len(), 2);
        assert_ne!(pairs("\"one two\""), pairs("\"two one\""));
    }

    proptest! {
        #[test]
        fn a_page_has_the_pairs_of_each_of_its_phrases(words in prop::collection::vec("[a-zA-Z0-9é_.-]{1,8}|[中文字典]{1,4}|\\n\\n", 1..30), from in 0..30_usize, many in 1..6_usize) {
            let page = document(&format!("# {}\n\n## {0}\n\n{}", words.join(" ").replace('\n', " "), words.join(" ")), "x");
            let from = from.min(words.len() - 1);
            let part = words[from..words.len().min(from + many)].join(" ");
            let query = Query::parse(&format!("\"{part}\""));
            for field in [&page.title, &page.headings, &page.body, &page.parts] {
                let tokens: Vec<&str> = field.split(' ').collect();
                for phrase in query.wanted.iter().flat_map(|clause| &clause.phrases) {
                    if tokens.windows(phrase.tokens.len()).any(|window| window == phrase.tokens) {
                        let marks: Vec<&str> = page.marks.split(' ').collect();
                        prop_assert!(phrase.pairs().iter().all(|pair| marks.contains(&pair.as_str())));
                    }
                }
            }
        }
    }
}
