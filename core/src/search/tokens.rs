//! Taking a text apart into tokens.

use std::ops::{ControlFlow, Range};

use super::characters::{Class, class, is_hangul};
use super::fold::{Fold, Folded};

/// Most characters of a token; of a longer word what follows does not count.
const MOST_TOKEN: usize = 64;
/// Most words that are joined into one.
const MOST_JOINED: usize = 8;
/// Most parts a word is taken apart into by its capitals and digits; one with more is no name but a number in letters.
const MOST_PARTS: usize = 6;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A word, or an emoji.
    Word,
    /// Two characters that follow one another.
    Gram,
    /// The last character of a run of them.
    Last,
    /// Part of the word before it, by its capitals and digits: beside the sequence of the others.
    Part,
    /// The words before it in one: beside the sequence of the others.
    Joined,
    /// The end of parts, or of what is joined.
    Barrier,
}

/// A token of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token<'a> {
    pub(super) text: &'a str,
    pub(super) kind: Kind,
    /// Where it begins in the text, bytes.
    pub(super) start: usize,
    /// Where it ends.
    pub(super) end: usize,
    /// Where the first of two characters ends; of a word its end.
    pub(super) first_end: usize,
}

/// Whether to go on.
pub(super) type Flow = ControlFlow<()>;

/// Gives the tokens of `text` to `take` in their order, until it has enough.
pub(super) fn tokenise(text: &str, take: &mut dyn FnMut(Token<'_>) -> Flow) -> Flow {
    let mut tokeniser = Tokeniser::new(take);
    let mut fold = Fold::new(text);
    loop {
        // What most words begin with, and consist of.
        if tokeniser.word.text.is_empty() {
            let letters = fold.letters(MOST_TOKEN);
            if !letters.is_empty() {
                tokeniser.letters(text, letters)?;
            }
        }
        let Some(folded) = fold.next() else { break };
        tokeniser.step(folded)?;
    }
    tokeniser.end()
}

/// How a character of the text is written, where that tells words in words apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Case {
    Upper,
    Lower,
    Digit,
}

/// A word that is being read.
#[derive(Default)]
struct Word {
    text: String,
    characters: usize,
    start: usize,
    end: usize,
    /// Where parts begin: in the token, and in the text.
    parts: Vec<(usize, usize)>,
    /// The last two characters' cases and places.
    before: Option<(Case, usize, usize)>,
    before_that: Option<Case>,
}

/// Words that are joined.
#[derive(Default)]
struct Joined {
    text: String,
    words: usize,
    start: usize,
    end: usize,
    by_dot: bool,
    only_letters: bool,
    has_letter: bool,
}

struct Tokeniser<'t> {
    take: &'t mut dyn FnMut(Token<'_>) -> Flow,
    word: Word,
    joined: Joined,
    /// Behind a word, a character that may join it to the next.
    joiner: Option<char>,
    gram: Option<Folded>,
    /// Blanks behind the gram, with a line's end among them or not.
    gap: Option<bool>,
    buffer: String,
}

impl<'t> Tokeniser<'t> {
    fn new(take: &'t mut dyn FnMut(Token<'_>) -> Flow) -> Self {
        Self {
            take,
            word: Word::default(),
            joined: Joined::default(),
            joiner: None,
            gram: None,
            gap: None,
            buffer: String::new(),
        }
    }

    fn step(&mut self, folded: Folded) -> Flow {
        match class(folded.character) {
            Class::Word => {
                self.begin_word()?;
                self.word.push(folded);
            }
            Class::Joiner => {
                self.end_gram()?;
                if self.word.text.is_empty() {
                    self.joiner = None;
                    self.end_joined()?;
                } else {
                    self.end_word()?;
                    self.joiner = Some(folded.character);
                }
            }
            // Invisible between words, it is where a line may end.
            Class::Ignored if folded.character == '\u{200b}' && self.gram.is_none() => self.end_words()?,
            Class::Ignored => {}
            Class::Break => {
                self.end_words()?;
                if self.gram.is_some() {
                    if folded.character.is_whitespace() {
                        let line = folded.character == '\n';
                        self.gap = Some(self.gap.unwrap_or(false) || line);
                    } else {
                        self.end_gram()?;
                    }
                }
            }
            Class::Symbol => {
                self.end()?;
                let mut buffer = [0; 4];
                let text = folded.character.encode_utf8(&mut buffer);
                let Folded { start, end, .. } = folded;
                (self.take)(Token { text, kind: Kind::Word, start, end, first_end: end })?;
            }
            Class::Gram => {
                self.end_words()?;
                self.gram(folded)?;
            }
        }
        Flow::Continue(())
    }

    /// Reads small ASCII letters that a word begins with.
    fn letters(&mut self, text: &str, letters: Range<usize>) -> Flow {
        self.begin_word()?;
        self.word.begin(text, letters);
        Flow::Continue(())
    }

    fn begin_word(&mut self) -> Flow {
        self.end_gram()?;
        if self.word.text.is_empty() {
            match self.joiner.take() {
                Some(joiner) => self.joined.by_dot |= joiner == '.',
                None => self.end_joined()?,
            }
        }
        Flow::Continue(())
    }

    /// Ends everything.
    fn end(&mut self) -> Flow {
        self.end_words()?;
        self.end_gram()
    }

    fn end_words(&mut self) -> Flow {
        self.end_word()?;
        self.joiner = None;
        self.end_joined()
    }

    fn gram(&mut self, next: Folded) -> Flow {
        let between = self.gap.take();
        let Some(before) = self.gram else {
            self.gram = Some(next);
            return Flow::Continue(());
        };
        // A line may end within a word where there are no blanks between words.
        let broken = match between {
            None => false,
            Some(line) => !line || is_hangul(before.character) || is_hangul(next.character),
        };
        if broken {
            self.end_gram()?;
        } else {
            self.buffer.clear();
            self.buffer.extend([before.character, next.character]);
            (self.take)(Token {
                text: &self.buffer,
                kind: Kind::Gram,
                start: before.start,
                end: next.end,
                first_end: before.end,
            })?;
        }
        self.gram = Some(next);
        Flow::Continue(())
    }

    fn end_gram(&mut self) -> Flow {
        self.gap = None;
        let Some(Folded { character, start, end, .. }) = self.gram.take() else {
            return Flow::Continue(());
        };
        let mut buffer = [0; 4];
        let text = character.encode_utf8(&mut buffer);
        (self.take)(Token { text, kind: Kind::Last, start, end, first_end: end })
    }

    fn end_word(&mut self) -> Flow {
        if self.word.text.is_empty() {
            return Flow::Continue(());
        }
        let Word { text, start, end, parts, .. } = &self.word;
        let (start, end) = (*start, *end);
        (self.take)(Token { text, kind: Kind::Word, start, end, first_end: end })?;
        if (1..MOST_PARTS).contains(&parts.len()) {
            let mut from = (0, start);
            for &(at, place) in parts.iter().chain([&(text.len(), end)]) {
                let part = &text[from.0..at];
                // One letter alone is found too often to be of use.
                if part.len() > 1 || part.bytes().all(|byte| byte.is_ascii_digit()) {
                    let (start, end) = (from.1, place);
                    (self.take)(Token { text: part, kind: Kind::Part, start, end, first_end: end })?;
                }
                from = (at, place);
            }
            self.barrier(end)?;
        }
        self.joined.push(&self.word);
        self.word.clear();
        Flow::Continue(())
    }

    fn end_joined(&mut self) -> Flow {
        let Joined { text, words, start, end, by_dot, only_letters, has_letter } = &self.joined;
        // Of what has dots in it, abbreviations are written without them too; names and numbers are not.
        if (2..=MOST_JOINED).contains(words) && *has_letter && (!by_dot || *only_letters) {
            let cut = text.char_indices().nth(MOST_TOKEN).map_or(text.len(), |(at, _)| at);
            let (start, end) = (*start, *end);
            (self.take)(Token { text: &text[..cut], kind: Kind::Joined, start, end, first_end: end })?;
            self.barrier(end)?;
        }
        self.joined.clear();
        Flow::Continue(())
    }

    fn barrier(&mut self, at: usize) -> Flow {
        let text = super::BARRIER;
        (self.take)(Token { text, kind: Kind::Barrier, start: at, end: at, first_end: at })
    }
}

impl Word {
    /// As [`Word::push`] of each of these letters in a row would.
    fn begin(&mut self, text: &str, letters: Range<usize>) {
        let count = letters.len();
        (self.start, self.end, self.characters) = (letters.start, letters.end, count);
        self.before = Some((Case::Lower, count - 1, letters.end - 1));
        self.before_that = (count > 1).then_some(Case::Lower);
        self.text.push_str(&text[letters]);
    }

    fn push(&mut self, folded: Folded) {
        if self.text.is_empty() {
            self.start = folded.start;
        }
        self.end = folded.end;
        if self.characters == MOST_TOKEN {
            return;
        }
        let place = self.text.len();
        // Of what one character folds to, the first alone begins anything.
        let again = self.before.is_some_and(|(_, _, start)| start == folded.start);
        if !again {
            let case = case(folded.source);
            self.divide(case, place, folded.start);
            self.before_that = self.before.map(|(case, ..)| case);
            self.before = case.map(|case| (case, place, folded.start));
        }
        self.text.push(folded.character);
        self.characters += 1;
    }

    /// Notes where a part begins, as in `Page|List`, `HTTP|Server`, `RFC|2119`.
    fn divide(&mut self, case: Option<Case>, place: usize, start: usize) {
        let (Some(case), Some((before, before_place, before_start))) = (case, self.before) else { return };
        match (before, case) {
            (Case::Lower, Case::Upper) => self.parts.push((place, start)),
            (Case::Upper, Case::Lower) if self.before_that == Some(Case::Upper) => {
                self.parts.push((before_place, before_start));
            }
            (Case::Digit, other) | (other, Case::Digit) if other != Case::Digit => {
                self.parts.push((place, start));
            }
            _ => {}
        }
    }

    fn clear(&mut self) {
        self.text.clear();
        self.parts.clear();
        (self.characters, self.before, self.before_that) = (0, None, None);
    }
}

fn case(character: char) -> Option<Case> {
    if character.is_uppercase() {
        Some(Case::Upper)
    } else if character.is_lowercase() {
        Some(Case::Lower)
    } else {
        character.is_ascii_digit().then_some(Case::Digit)
    }
}

impl Joined {
    fn push(&mut self, word: &Word) {
        if self.words == 0 {
            self.start = word.start;
            self.only_letters = true;
        }
        self.words += 1;
        self.end = word.end;
        self.only_letters &= word.characters == 1;
        self.has_letter |= word.text.contains(|character: char| !character.is_numeric());
        if self.words <= MOST_JOINED {
            self.text.push_str(&word.text);
        }
    }

    fn clear(&mut self) {
        self.text.clear();
        (self.words, self.by_dot, self.has_letter) = (0, false, false);
    }
}

#[cfg(test)]
mod tests;
