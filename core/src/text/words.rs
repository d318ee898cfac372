//! Words, and what is between them.

use std::ops::Range;

use super::change::{Change, script};
use super::lines::Pieces;

/// The words of a text with what is between them; all of them together are the text.
///
/// A word is letters and digits of a script that parts its words; a character of one that does not (Chinese, Japanese,
/// Thai …), a punctuation mark, a line end and a run of blanks are each their own. Marks and joined parts of an emoji
/// stay with the character before. A byte that is no UTF-8 stands alone.
pub(super) fn split(text: &[u8]) -> Vec<&[u8]> {
    let mut words = Vec::new();
    let mut at = 0;
    for chunk in text.utf8_chunks() {
        let mut last = None;
        for (offset, character) in chunk.valid().char_indices() {
            let start = at + offset;
            let kind = Kind::of(character);
            let joins = last.is_some_and(|(kept, before): (Kind, char)| {
                kind == Kind::Mark
                    || before == JOINER
                    || (kept == kind && matches!(kind, Kind::Word | Kind::Blank))
                    || (before == '\r' && character == '\n')
            });
            let kept = match last {
                Some((kept, _)) if joins && kind == Kind::Mark => kept,
                _ => kind,
            };
            last = Some((kept, character));
            let end = start + character.len_utf8();
            match words.last_mut() {
                Some(Range { end: open, .. }) if joins => *open = end,
                _ => words.push(start..end),
            }
        }
        at += chunk.valid().len();
        for _ in chunk.invalid() {
            words.push(at..at + 1);
            at += 1;
        }
    }
    words.into_iter().map(|range| &text[range]).collect()
}

/// Nothing but blanks: no line end.
pub(super) fn is_blank(word: &[u8]) -> bool {
    word.iter().all(|byte| matches!(byte, b' ' | b'\t'))
}

/// Zero-width joiner.
const JOINER: char = '\u{200d}';

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Word,
    Blank,
    Mark,
    Single,
}

impl Kind {
    fn of(character: char) -> Self {
        match character {
            ' ' | '\t' => Self::Blank,
            // Combining marks, variation selectors, the joiner itself, skin tones.
            '\u{300}'..='\u{36f}'
            | '\u{200d}'
            | '\u{20d0}'..='\u{20ff}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{1f3fb}'..='\u{1f3ff}' => Self::Mark,
            // Thai, Lao, Tibetan, Myanmar, Khmer; Chinese, Japanese, Korean and what stands among them.
            '\u{e00}'..='\u{109f}'
            | '\u{1780}'..='\u{17ff}'
            | '\u{2e80}'..='\u{d7ff}'
            | '\u{f900}'..='\u{faff}'
            | '\u{20000}'..='\u{3ffff}' => Self::Single,
            _ if character.is_alphanumeric() || character == '_' => Self::Word,
            _ => Self::Single,
        }
    }
}

/// Words of several texts, numbered alike.
pub(super) struct Words<'a> {
    pieces: Pieces<&'a [u8]>,
}

/// A text in words.
pub(super) struct Worded<'a> {
    pub(super) words: Vec<&'a [u8]>,
    numbers: Vec<u32>,
    /// Where each word begins, and where the text ends.
    places: Vec<usize>,
}

impl Worded<'_> {
    /// A range of words as one of bytes.
    pub(super) fn bytes(&self, words: &Range<usize>) -> Range<usize> {
        self.places[words.start]..self.places[words.end]
    }

    fn size(&self, words: &Range<usize>) -> usize {
        self.bytes(words).len()
    }
}

impl<'a> Words<'a> {
    pub(super) fn new() -> Self {
        Self { pieces: Pieces::new() }
    }

    pub(super) fn of(&mut self, text: &'a [u8]) -> Worded<'a> {
        let words = split(text);
        let numbers = words.iter().map(|word| self.pieces.number(*word)).collect();
        let mut places = vec![0];
        places.extend(words.iter().scan(0, |end, word| {
            *end += word.len();
            Some(*end)
        }));
        Worded { words, numbers, places }
    }

    /// The changed words. What is unchanged between two larger changes is no more than chance and counts as changed
    /// with them: so a rewritten sentence is one change, not a dozen around its articles and commas.
    pub(super) fn changes(&self, old: &Worded<'_>, new: &Worded<'_>) -> Vec<Change> {
        let mut joined: Vec<(Change, usize)> = Vec::new();
        for change in script(&old.numbers, &new.numbers, self.pieces.kinds(), None) {
            let size = |change: &Change| old.size(&change.old).max(new.size(&change.new));
            let mut next = (size(&change), change);
            while let Some((before, size_before)) = joined.last() {
                let kept = old.size(&(before.old.end..next.1.old.start));
                if kept > (*size_before).min(next.0) {
                    break;
                }
                let change =
                    Change { old: before.old.start..next.1.old.end, new: before.new.start..next.1.new.end };
                // What was kept is on both sides.
                next = (size_before + kept + next.0, change);
                joined.pop();
            }
            joined.push((next.1, next.0));
        }
        joined.into_iter().map(|(change, _)| change).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn texts_fall_into_words() {
        let check = |text: &str, words: &[&str]| {
            let got: Vec<&str> =
                split(text.as_bytes()).iter().map(|w| std::str::from_utf8(w).unwrap()).collect();
            assert_eq!(got, words);
        };
        check("Hello, the  world_1!\r\n", &["Hello", ",", " ", "the", "  ", "world_1", "!", "\r\n"]);
        check("\n\n\t\n", &["\n", "\n", "\t", "\n"]);
        check("漢字とa", &["漢", "字", "と", "a"]);
        check("e\u{301}te\u{301} café", &["e\u{301}te\u{301}", " ", "café"]);
        check("👩\u{200d}🚀👍🏽", &["👩\u{200d}🚀", "👍🏽"]);
        assert_eq!(split(b"a\xff\xfeb"), [&b"a"[..], b"\xff", b"\xfe", b"b"]);
    }

    proptest! {
        #[test]
        fn words_together_are_the_text(text: Vec<u8>) {
            prop_assert_eq!(split(&text).concat(), text);
        }
    }

    #[test]
    fn a_rewritten_sentence_is_one_change() {
        let changes = |old: &str, new: &str| {
            let mut words = Words::new();
            let (old, new) = (words.of(old.as_bytes()), words.of(new.as_bytes()));
            words.changes(&old, &new).len()
        };
        assert_eq!(changes("the quick fox, the dog", "an article, on wolves and bears"), 1);
        assert_eq!(changes("one two three four five", "ONE two three four FIVE"), 2);
    }
}
