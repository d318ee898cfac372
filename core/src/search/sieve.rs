//! Telling quickly where a query may be found, without taking a text apart.

use memchr::memmem::Finder;

use super::characters::{Class, class};
use super::fold::Fold;
use super::query::{Phrase, Query};

/// Looks for what may be a query's clauses in pieces of text.
///
/// A word that the text has is always seen, in Markdown too, but where it is put together by entities, links or tags within it.
/// What is seen need not be there: `pin` is seen in `spinning`, and in where a link leads.
pub(super) struct Sieve {
    clauses: Vec<Vec<Wanted>>,
    /// The text in folded characters: its words between single blanks, and the same where words joined are one word.
    apart: Vec<u8>,
    joined: Vec<u8>,
}

/// A phrase that is looked for.
struct Wanted {
    whole: Finder<'static>,
    /// Its tokens, each alone; of characters without blanks between words each character.
    tokens: Vec<Finder<'static>>,
}

impl Wanted {
    fn new(phrase: &Phrase) -> Self {
        let end = if phrase.prefix { "" } else { " " };
        let whole = Finder::new(&format!(" {}{end}", phrase.tokens.join(" "))).into_owned();
        let mut tokens = Vec::new();
        for token in &phrase.tokens {
            if token.is_ascii() {
                tokens.push(Finder::new(token).into_owned());
            } else {
                let mut buffer = [0; 4];
                let each = token.chars().map(|one| Finder::new(one.encode_utf8(&mut buffer)).into_owned());
                tokens.extend(each);
            }
        }
        Self { whole, tokens }
    }
}

impl Sieve {
    pub(super) fn new(query: &Query) -> Self {
        let clauses = query.wanted.iter().map(|clause| clause.phrases.iter().map(Wanted::new).collect());
        Self { clauses: clauses.collect(), apart: Vec::new(), joined: Vec::new() }
    }

    /// What [`Sieve::rank`] answers at most.
    pub(super) fn most(&self) -> usize {
        2 * self.clauses.len()
    }

    /// How much of the query `text` may have: of each clause two where it seems to stand there, one where it may, added up.
    pub(super) fn rank(&mut self, text: &str) -> usize {
        self.read(text);
        let Self { clauses, apart, joined } = self;
        let rank = |wanted: &Wanted| {
            let has = |finder: &Finder<'_>| finder.find(joined).is_some();
            if wanted.whole.find(apart).is_some() { 2 } else { usize::from(wanted.tokens.iter().all(has)) }
        };
        clauses.iter().map(|phrases| phrases.iter().map(rank).max().unwrap_or(0)).sum()
    }

    fn read(&mut self, text: &str) {
        let Self { apart, joined, .. } = self;
        apart.clear();
        joined.clear();
        apart.push(b' ');
        let bytes = text.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            let plain =
                bytes[at..].iter().position(|byte| !byte.is_ascii()).map_or(bytes.len(), |plain| at + plain);
            // What is no ASCII may be a mark on the character before it.
            let alone = if plain == bytes.len() { plain } else { plain.saturating_sub(1).max(at) };
            plainly(&bytes[at..alone], apart, joined);
            let behind =
                bytes[plain..].iter().position(u8::is_ascii).map_or(bytes.len(), |behind| plain + behind);
            if alone < behind {
                fold(&text[alone..behind], apart, joined);
            }
            at = behind;
        }
        end(apart);
    }
}

/// What an ASCII character is: a folded letter or digit, or one of these.
const PLAIN: [u8; 128] = plain();
/// Ends a word.
const END: u8 = 0;
/// Ends a word that may go on.
const JOINER: u8 = 1;

const fn plain() -> [u8; 128] {
    let mut table = [END; 128];
    let mut byte = 0_u8;
    while byte < 128 {
        table[byte as usize] = match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => byte.to_ascii_lowercase(),
            // The last four are markup, which is not seen within a word.
            b'-' | b'_' | b'.' | b'\'' | b'*' | b'`' | b'~' | b'\\' => JOINER,
            _ => END,
        };
        byte += 1;
    }
    table
}

/// Appends ASCII without a branch a character: most texts are of it.
fn plainly(bytes: &[u8], apart: &mut Vec<u8>, joined: &mut Vec<u8>) {
    let (mut a, mut j) = (apart.len(), joined.len());
    apart.resize(a + bytes.len(), b' ');
    joined.resize(j + bytes.len(), b' ');
    let mut before = a.checked_sub(1).map_or(b' ', |last| apart[last]);
    for &byte in bytes {
        let kind = PLAIN[usize::from(byte & 0x7f)];
        let letter = if kind > JOINER { kind } else { b' ' };
        // One blank between words here; there also where nothing stands between them.
        apart[a] = letter;
        a += usize::from(letter != b' ' || before != b' ');
        before = letter;
        joined[j] = letter;
        j += usize::from(kind != JOINER);
    }
    apart.truncate(a);
    joined.truncate(j);
}

fn fold(text: &str, apart: &mut Vec<u8>, joined: &mut Vec<u8>) {
    let mut buffer = [0; 4];
    for folded in Fold::new(text) {
        let character = folded.character;
        match class(character) {
            _ if character.is_ascii() && PLAIN[character as usize] == JOINER => end(apart),
            Class::Word | Class::Gram | Class::Symbol => {
                let character = character.encode_utf8(&mut buffer).as_bytes();
                apart.extend_from_slice(character);
                joined.extend_from_slice(character);
            }
            Class::Ignored => {}
            Class::Joiner => end(apart),
            Class::Break => {
                end(apart);
                end(joined);
            }
        }
    }
}

fn end(words: &mut Vec<u8>) {
    if words.last() != Some(&b' ') {
        words.push(b' ');
    }
}

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;

    use proptest::prelude::*;

    use super::super::matches::matches;
    use super::*;

    fn rank(text: &str, query: &str) -> usize {
        Sieve::new(&Query::parse(query)).rank(text)
    }

    #[test]
    fn what_stands_there_counts_more_than_what_may() {
        for (text, query, expected) in [
            ("the pin", "pin", 2),
            ("spinning", "pin", 1),
            ("spinning", "spin*", 2),
            ("the **borrow** `checker`.", "\"the borrow checker\"", 2),
            ("checker, borrow the", "\"the borrow checker\"", 1),
            ("an e-mail", "email", 1),
            ("Zürich and", "zurich and", 4),
            ("Zürich", "zurich and", 2),
            ("我喜欢中文字典", "中文", 1),
            ("nothing", "pin", 0),
        ] {
            assert_eq!(rank(text, query), expected, "{text} {query}");
        }
    }

    proptest! {
        #[test]
        fn what_is_found_was_seen(text in "([a-cA-C0-9_.'’ \n-]|中|文|한|が|é|\u{301}|\u{200b}|\u{ad}|ß|🚀){0,60}", query in "(([a-cA-C0-9_.'é\" -]|中|文|한|が|ß|🚀){1,8}\\*?)") {
            let query = Query::parse(&query);
            let mut found = vec![false; query.wanted.len()];
            let _all = matches(&text, &query, &mut |one| { found[one.clause] = true; ControlFlow::Continue(()) });
            let found = found.into_iter().filter(|found| *found).count();
            prop_assert!(Sieve::new(&query).rank(&text) >= found, "{text:?} {query:?}");
        }
    }
}
