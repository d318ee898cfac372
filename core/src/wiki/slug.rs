//! The name of a wiki in addresses.

use crate::slug::{is_plain, slug};

slug! {
    /// A wiki's name in addresses: 1 to 64 of `a-z`, `0-9` and `-`, neither beginning nor ending with `-`. An alias of the
    /// wiki's id, unique in its tenant; free again when the wiki is deleted.
    WikiSlug, BadWikiSlug: BadWikiSlug, |text| {
        is_plain(text) && (1..=64).contains(&text.len()) && !text.starts_with('-')
    }
}

/// Not a wiki's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a wiki id has 1 to 64 characters of a-z, 0-9 and '-', and neither begins nor ends with '-'")]
pub struct BadWikiSlug;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_have_one_form() {
        for good in ["a", "7", "notes", "a--b", &"a".repeat(64)] {
            assert!(good.parse::<WikiSlug>().is_ok(), "{good}");
        }
        for bad in ["", "-", "-a", "a-", "A", "a_b", "a/b", "a.git", &"a".repeat(65)] {
            assert!(bad.parse::<WikiSlug>().is_err(), "{bad}");
        }
    }
}
