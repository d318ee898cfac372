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

/// How words are read that something joins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum How {
    /// Each alone.
    Apart,
    /// As one.
    Joined,
}
use How::{Apart, Joined};

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
        read(text, Apart, &mut self.apart);
        let Self { clauses, apart, joined } = self;
        // Not read where everything seems to stand there.
        let mut is_read = false;
        let mut rank = |phrases: &Vec<Wanted>| {
            if phrases.iter().any(|wanted| wanted.whole.find(apart).is_some()) {
                return 2;
            }
            if !std::mem::replace(&mut is_read, true) {
                read(text, Joined, joined);
            }
            let has = |finder: &Finder<'_>| finder.find(joined).is_some();
            usize::from(phrases.iter().any(|wanted| wanted.tokens.iter().all(has)))
        };
        clauses.iter().map(&mut rank).sum()
    }

    /// Whether [`Sieve::rank`] answers [`Sieve::most`].
    pub(super) fn is_most(&mut self, text: &str) -> bool {
        read(text, Apart, &mut self.apart);
        let seems = |wanted: &Wanted| wanted.whole.find(&self.apart).is_some();
        self.clauses.iter().all(|phrases| phrases.iter().any(seems))
    }
}

/// Reads `text` into folded words.
fn read(text: &str, how: How, words: &mut Vec<u8>) {
    words.clear();
    if how == Apart {
        words.push(b' ');
    }
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let plain =
            bytes[at..].iter().position(|byte| !byte.is_ascii()).map_or(bytes.len(), |plain| at + plain);
        // What is no ASCII may be a mark on the character before it.
        let alone = if plain == bytes.len() { plain } else { plain.saturating_sub(1).max(at) };
        match how {
            Apart => apart(&bytes[at..alone], words),
            Joined => joined(&bytes[at..alone], words),
        }
        let behind =
            bytes[plain..].iter().position(u8::is_ascii).map_or(bytes.len(), |behind| plain + behind);
        if alone < behind {
            fold(&text[alone..behind], how, words);
        }
        at = behind;
    }
    if how == Apart {
        end(words);
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

/// Appends words of ASCII, with one blank between them, without a branch a character: most texts are of it.
fn apart(bytes: &[u8], words: &mut Vec<u8>) {
    let mut at = words.len();
    words.resize(at + bytes.len(), b' ');
    let mut before = at.checked_sub(1).map_or(b' ', |last| words[last]);
    for &byte in bytes {
        let kind = PLAIN[usize::from(byte & 0x7f)];
        let letter = if kind > JOINER { kind } else { b' ' };
        words[at] = letter;
        at += usize::from(letter != b' ' || before != b' ');
        before = letter;
    }
    words.truncate(at);
}

/// As [`apart`], with a blank for each character that ends a word, and nothing for those that join two.
fn joined(bytes: &[u8], words: &mut Vec<u8>) {
    let mut at = words.len();
    words.resize(at + bytes.len(), b' ');
    for &byte in bytes {
        let kind = PLAIN[usize::from(byte & 0x7f)];
        words[at] = if kind > JOINER { kind } else { b' ' };
        at += usize::from(kind != JOINER);
    }
    words.truncate(at);
}

fn fold(text: &str, how: How, words: &mut Vec<u8>) {
    let mut buffer = [0; 4];
    for folded in Fold::new(text) {
        let character = folded.character;
        match class(character) {
            _ if character.is_ascii() && PLAIN[character as usize] == JOINER => end_part(how, words),
            Class::Word | Class::Gram | Class::Symbol => {
                words.extend_from_slice(character.encode_utf8(&mut buffer).as_bytes());
            }
            Class::Ignored => {}
            Class::Joiner => end_part(how, words),
            Class::Break => end(words),
        }
    }
}

fn end_part(how: How, words: &mut Vec<u8>) {
    if how == Apart {
        end(words);
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
