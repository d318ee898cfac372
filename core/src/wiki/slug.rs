//! The name of a wiki in addresses.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// A wiki's name in addresses: 1 to 64 of `a-z`, `0-9` and `-`, neither beginning nor ending with `-`. An alias of the
/// wiki's id, unique in its tenant; free again when the wiki is deleted.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct WikiSlug(Arc<str>);

/// Not a wiki's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a wiki id has 1 to 64 characters of a-z, 0-9 and '-', and neither begins nor ends with '-'")]
pub struct BadWikiSlug;

impl WikiSlug {
    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for WikiSlug {
    type Err = BadWikiSlug;

    fn from_str(text: &str) -> Result<Self, BadWikiSlug> {
        let known = text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'));
        if known && (1..=64).contains(&text.len()) && !text.starts_with('-') && !text.ends_with('-') {
            Ok(Self(text.into()))
        } else {
            Err(BadWikiSlug)
        }
    }
}

impl TryFrom<String> for WikiSlug {
    type Error = BadWikiSlug;

    fn try_from(text: String) -> Result<Self, BadWikiSlug> {
        text.parse()
    }
}

impl From<WikiSlug> for String {
    fn from(slug: WikiSlug) -> Self {
        slug.0.as_ref().into()
    }
}

impl fmt::Display for WikiSlug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for WikiSlug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

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
