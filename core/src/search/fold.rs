//! Folding a text, character by character, with the place each folded character came from.

use std::ops::Range;

use caseless::Caseless;
use unicode_normalization::UnicodeNormalization;

use super::characters::{is_attached, is_plain};

/// Most characters that are folded together: a letter with its marks. More marks than that mean nothing to anyone.
const MOST_ATTACHED: usize = 32;

/// A folded character.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Folded {
    /// It.
    pub(super) character: char,
    /// The character of the text that it came from, in the case it has there.
    pub(super) source: char,
    /// Where that begins in the text, with the marks on it.
    pub(super) start: usize,
    /// Where that ends.
    pub(super) end: usize,
}

/// The folded characters of a text.
pub(super) struct Fold<'t> {
    text: &'t str,
    at: usize,
    /// What one letter with its marks folded to, and how much of it was given out.
    ready: Vec<char>,
    given: usize,
    source: char,
    start: usize,
}

impl<'t> Fold<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, at: 0, ready: Vec::new(), given: 0, source: ' ', start: 0 }
    }

    /// The small ASCII letters that come next, which fold to themselves: at most `most`, none of them under a mark.
    pub(super) fn letters(&mut self, most: usize) -> Range<usize> {
        let start = self.at;
        if self.given == self.ready.len() {
            let rest = &self.text.as_bytes()[start..];
            let count = rest.iter().take(most).take_while(|byte| byte.is_ascii_lowercase()).count();
            // A mark would stand on the last of them.
            let is_free = rest.get(count).is_none_or(u8::is_ascii);
            self.at += if is_free { count } else { count.saturating_sub(1) };
        }
        start..self.at
    }
}

impl Iterator for Fold<'_> {
    type Item = Folded;

    fn next(&mut self) -> Option<Folded> {
        loop {
            if let Some(&character) = self.ready.get(self.given) {
                self.given += 1;
                return Some(Folded { character, source: self.source, start: self.start, end: self.at });
            }
            let bytes = self.text.as_bytes();
            let start = self.at;
            let first = *bytes.get(start)?;
            // Nothing combines with an ASCII character but marks, which are not ASCII.
            if first.is_ascii() && bytes.get(start + 1).is_none_or(u8::is_ascii) {
                self.at += 1;
                let (character, source) = (char::from(first.to_ascii_lowercase()), char::from(first));
                return Some(Folded { character, source, start, end: self.at });
            }
            let mut characters = self.text[start..].char_indices();
            let (_, source) = characters.next()?;
            let attached =
                characters.take(MOST_ATTACHED).take_while(|(_, character)| is_attached(*character));
            let last = attached.last().map_or((0, source), |last| last);
            self.at = start + last.0 + last.1.len_utf8();
            (self.source, self.start, self.given) = (source, start, 0);
            self.ready.clear();
            if last.0 == 0 && is_plain(source) {
                self.ready.push(source);
            } else {
                fold(&self.text[start..self.at], &mut self.ready);
            }
        }
    }
}

/// Appends `text` folded to `out`.
fn fold(text: &str, out: &mut Vec<char>) {
    let decomposed = text.chars().nfkd().default_case_fold().nfkd();
    let mut base = ' ';
    let kept = decomposed.filter(|&character| {
        if is_dropped(character, base) {
            return false;
        }
        if !is_attached(character) {
            base = character;
        }
        true
    });
    for character in kept.nfc() {
        match spelled(character) {
            Some(letters) => out.extend(letters.chars()),
            None => out.push(character),
        }
    }
}

/// Whether a mark on `base` is one that readers leave out.
fn is_dropped(mark: char, base: char) -> bool {
    match mark {
        // Of Cyrillic, stress and the dots of `ё`; a breve makes another letter there.
        '\u{300}'..='\u{36f}' if ('\u{400}'..='\u{52f}').contains(&base) => {
            matches!(mark, '\u{300}' | '\u{301}') || (mark == '\u{308}' && base == 'е')
        }
        '\u{300}'..='\u{36f}'
        | '\u{1ab0}'..='\u{1aff}'
        | '\u{1dc0}'..='\u{1dff}'
        | '\u{20d0}'..='\u{20ff}'
        | '\u{fe20}'..='\u{fe2f}'
        // Hebrew points, Arabic vowels.
        | '\u{591}'..='\u{5bd}'
        | '\u{5bf}'
        | '\u{5c1}'..='\u{5c7}'
        | '\u{610}'..='\u{61a}'
        | '\u{64b}'..='\u{65f}'
        | '\u{670}'
        | '\u{6d6}'..='\u{6ed}' => true,
        _ => false,
    }
}

/// How those type a letter who do not have it on their keyboard, where Unicode does not take it apart.
fn spelled(letter: char) -> Option<&'static str> {
    Some(match letter {
        'ı' => "i",
        'ø' => "o",
        'đ' | 'ð' => "d",
        'ł' => "l",
        'ħ' => "h",
        'ŧ' => "t",
        'ŋ' => "n",
        'æ' => "ae",
        'œ' => "oe",
        'þ' => "th",
        _ => return None,
    })
}

/// A whole text folded.
pub(super) fn fold_all(text: &str) -> String {
    Fold::new(text).map(|folded| folded.character).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_readers_take_for_the_same_folds_alike() {
        for (one, other) in [
            ("Zürich", "zurich"),
            ("Zu\u{308}rich", "ZURICH"),
            ("Straße", "STRASSE"),
            ("İstanbul", "istanbul"),
            ("ISTANBUL", "ıstanbul"),
            ("Łódź", "lodz"),
            ("Ærøskøbing", "aeroskobing"),
            ("ﬁn", "FIN"),
            ("Ｆｕｌｌ", "full"),
            ("ﾊﾟﾝ", "パン"),
            ("한국", "\u{1112}\u{1161}\u{11ab}\u{1100}\u{116e}\u{11a8}"),
            ("ёлка", "елка"),
            ("за\u{301}мок", "замок"),
            ("Ὀδυσσεύς", "οδυσσευσ"),
            ("שָׁלוֹם", "שלום"),
            ("مُحَمَّد", "محمد"),
            ("Ⅷ", "viii"),
            ("Việt", "viet"),
        ] {
            assert_eq!(fold_all(one), fold_all(other), "{one} {other}");
        }
        for (one, other) in [("が", "か"), ("й", "и"), ("कि", "क"), ("a", "b"), ("ว่า", "วา")]
        {
            assert_ne!(fold_all(one), fold_all(other), "{one} {other}");
        }
    }

    proptest! {
        #[test]
        fn places_cover_the_text_in_order(text in "[a-cÄéßİ\u{300}-\u{303}가\u{1161}が\u{3099}ﾊﾟ。 \n]{0,40}|.{0,40}") {
            let mut at = 0;
            for folded in Fold::new(&text) {
                prop_assert!(folded.start == at || folded.end == at || folded.start > at);
                prop_assert!(text.get(folded.start..folded.end).is_some_and(|part| !part.is_empty()));
                prop_assert!(text[folded.start..].starts_with(folded.source));
                at = folded.end;
            }
            prop_assert_eq!(fold_all(&fold_all(&text)), fold_all(&text));
        }
    }
}
