//! What a folded character is to a reader.

use unicode_normalization::char::is_combining_mark;

/// What a character does in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// Part of a word.
    Word,
    /// Of a script that puts no blanks between words.
    Gram,
    /// A word by itself, such as an emoji.
    Symbol,
    /// Joins two words into one, where it stands between them.
    Joiner,
    /// Invisible; as if it was not there.
    Ignored,
    /// Ends a word.
    Break,
}

/// The class of a folded character.
pub(super) fn class(character: char) -> Class {
    if character.is_ascii() {
        return match character {
            'a'..='z' | 'A'..='Z' | '0'..='9' => Class::Word,
            '-' | '_' | '.' | '\'' => Class::Joiner,
            _ => Class::Break,
        };
    }
    match character {
        // Apostrophe, hyphen, the middle dot of Catalan.
        '\u{2019}' | '\u{2010}' | '\u{2011}' | '\u{b7}' => Class::Joiner,
        '\u{ad}'
        | '\u{34f}'
        | '\u{61c}'
        | '\u{640}'
        | '\u{180b}'..='\u{180e}'
        | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}'
        | '\u{e0000}'..='\u{e0fff}' => Class::Ignored,
        '\u{2600}'..='\u{27bf}' | '\u{1f1e6}'..='\u{1faff}' => Class::Symbol,
        _ if is_gram(character) => Class::Gram,
        _ if character.is_alphanumeric() || is_combining_mark(character) => Class::Word,
        _ => Class::Break,
    }
}

/// Whether a character is of a script without blanks between words, or of Korean, whose words have endings grown onto them
/// (blocks of the Unicode Character Database, without their digits and punctuation).
fn is_gram(character: char) -> bool {
    matches!(character,
        // Thai, Lao, Burmese, Hangul letters, Khmer.
        '\u{e01}'..='\u{e3a}' | '\u{e40}'..='\u{e4e}' | '\u{e81}'..='\u{ecf}' | '\u{edc}'..='\u{edf}'
        | '\u{1000}'..='\u{103f}' | '\u{1050}'..='\u{108f}' | '\u{1100}'..='\u{11ff}' | '\u{1780}'..='\u{17d3}' | '\u{17dd}'
        // Tai Le, New Tai Lue, Tai Tham.
        | '\u{1950}'..='\u{1974}' | '\u{1980}'..='\u{19c9}' | '\u{1a20}'..='\u{1a7c}'
        // Radicals, marks of repetition, kana, bopomofo, Hangul letters, small kana.
        | '\u{2e80}'..='\u{2fd5}' | '\u{3005}'..='\u{3007}' | '\u{3021}'..='\u{3029}' | '\u{3041}'..='\u{309f}'
        | '\u{30a1}'..='\u{30fa}' | '\u{30fc}'..='\u{31bf}' | '\u{31f0}'..='\u{31ff}'
        // Han, Hangul, Burmese.
        | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{a960}'..='\u{a97c}' | '\u{a9e0}'..='\u{a9ef}'
        | '\u{aa60}'..='\u{aa7f}' | '\u{ac00}'..='\u{d7fb}' | '\u{f900}'..='\u{faff}'
        | '\u{1b000}'..='\u{1b16f}' | '\u{20000}'..='\u{3ffff}')
}

/// Whether words of this character's script have blanks between them, so that a line's end is one, too.
pub(super) fn is_hangul(character: char) -> bool {
    matches!(character, '\u{1100}'..='\u{11ff}' | '\u{3131}'..='\u{318e}' | '\u{ac00}'..='\u{d7fb}')
}

/// Whether normalisation and case folding leave this character alone, whatever stands beside it but a mark: what most
/// characters of these scripts are.
pub(super) fn is_plain(character: char) -> bool {
    matches!(character,
        '\u{3041}'..='\u{3096}' | '\u{30a1}'..='\u{30fa}' | '\u{30fc}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}'
        | '\u{ac00}'..='\u{d7a3}')
}

/// Whether a character belongs to the one before it: a mark, half of a syllable, or a half-width sound mark.
pub(super) fn is_attached(character: char) -> bool {
    !character.is_ascii()
        && (matches!(character, '\u{1160}'..='\u{11ff}' | '\u{ff9e}' | '\u{ff9f}')
            || is_combining_mark(character))
}
