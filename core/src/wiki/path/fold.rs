//! Which names a file system that ignores case may hold only once.

use caseless::Caseless;
use unicode_normalization::UnicodeNormalization;

/// `text` under full default case folding (Unicode §3.13), in NFC: equal for two names exactly when they are a canonical
/// caseless match (D145). Decomposed before it is folded, as that definition asks for the sake of U+0345.
pub fn fold(text: &str) -> String {
    if text.is_ascii() { text.to_ascii_lowercase() } else { folded(text).collect() }
}

fn folded(text: &str) -> impl Iterator<Item = char> {
    text.chars().nfd().default_case_fold().nfc()
}

/// Whether `name` in git is equal to `other` under [`fold`]. To compare one name with many, keep a [`Folded`].
pub fn same_folded(other: &str, name: &[u8]) -> bool {
    Folded::new(other).matches(name)
}

/// A name prepared to be compared with many others, such as its siblings in a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folded {
    name: String,
    folded: String,
}

impl Folded {
    /// The folded form of `name`.
    pub fn new(name: &str) -> Self {
        Self { name: name.to_owned(), folded: fold(name) }
    }

    /// The folded text.
    pub fn as_str(&self) -> &str {
        &self.folded
    }

    /// Whether `name` in git folds to the same. Allocates nothing where both are ASCII; other names are mostly told
    /// apart by a few characters. A name that is no UTF-8 folds to nothing.
    pub fn matches(&self, name: &[u8]) -> bool {
        if name.is_ascii() {
            // An ASCII name folds to ASCII of the same length.
            return self.folded.as_bytes().eq_ignore_ascii_case(name);
        }
        let Ok(name) = std::str::from_utf8(name) else { return false };
        let start = common(self.name.as_bytes(), name.as_bytes());
        let (own, other) = (&self.name[start..], &name[start..]);
        if own.is_ascii() && other.is_ascii() {
            return own.eq_ignore_ascii_case(other);
        }
        folded(own).eq(folded(other))
    }
}

/// Where the first difference of two texts can be looked for: behind bytes they share, and at an ASCII character of
/// both. What stands before such a character folds apart from what follows, as ASCII composes with nothing before it.
fn common(one: &[u8], other: &[u8]) -> usize {
    let same = one.iter().zip(other).take_while(|(one, other)| one == other).count();
    let both_ascii =
        |at: &usize| one.get(*at).zip(other.get(*at)).is_some_and(|(a, b)| a.is_ascii() && b.is_ascii());
    (1..=same).rev().find(both_ascii).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_that_differ_in_case_or_spelling_are_the_same() {
        for (one, other) in [
            ("Guides/Start.md", "guides/START.MD"),
            ("Straße", "STRASSE"),
            ("STRA\u{1e9e}E", "strasse"),
            ("caf\u{e9}", "CAFE\u{301}"),
            ("\u{212a}elvin", "kelvin"),
            ("\u{17f}tart", "START"),
            ("ο\u{3b4}ος", "ΟΔΟΣ"),
            ("\u{fb01}le", "FILE"),
            ("\u{1fb3}\u{308}", "Α\u{308}Ι"),
            ("\u{390}", "\u{1fd3}"),
            ("İ", "i\u{307}"),
        ] {
            assert_eq!(fold(one), fold(other), "{one} {other}");
            assert!(same_folded(one, other.as_bytes()), "{one} {other}");
            assert!(same_folded(other, one.as_bytes()), "{other} {one}");
        }
        for (one, other) in
            [("a", "b"), ("a", "ab"), ("ı", "i"), ("e", "é"), ("a", ""), ("é", "éé"), ("ss", "ß\u{301}")]
        {
            assert!(!same_folded(one, other.as_bytes()), "{one} {other}");
            assert!(!same_folded(other, one.as_bytes()), "{other} {one}");
        }
        assert!(!same_folded("\u{fffd}", b"\xff"));
    }

    proptest! {
        #[test]
        fn folding_twice_changes_nothing(text in super::super::tests::text()) {
            prop_assert_eq!(fold(&fold(&text)), fold(&text));
        }

        #[test]
        fn a_name_matches_exactly_what_folds_alike(one in super::super::tests::text(), other in super::super::tests::text()) {
            prop_assert_eq!(same_folded(&one, other.as_bytes()), fold(&one) == fold(&other));
            prop_assert!(same_folded(&one, one.to_uppercase().as_bytes()) == (fold(&one) == fold(&one.to_uppercase())));
            let (long, longer) = (format!("{one}{other}"), format!("{one}{}", other.to_lowercase()));
            prop_assert_eq!(same_folded(&long, longer.as_bytes()), fold(&long) == fold(&longer));
            let decomposed: String = one.nfd().collect();
            prop_assert!(same_folded(&one, decomposed.as_bytes()));
        }
    }
}
