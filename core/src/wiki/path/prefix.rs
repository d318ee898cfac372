//! Filters by the beginning of a path.

use std::fmt;
use std::sync::Arc;

use super::check::nfc;
use super::{BadPath, Rule};

/// The beginning of paths, as plain text in NFC: `Guides` takes in `Guides/Start` and `Guidelines`, `Guides/` only the
/// former, and the empty prefix everything.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PathPrefix(Arc<str>);

impl PathPrefix {
    /// The prefix `text`, brought to NFC. Control characters are refused, as no path has any; all else may at worst
    /// match nothing.
    pub fn parse(text: &str) -> Result<Self, BadPath> {
        for (index, segment) in text.split('/').enumerate() {
            if let Some(control) = segment.chars().find(|character| character.is_control()) {
                return Err(BadPath::new(Rule::Control(control), index, segment));
            }
        }
        Ok(Self(Arc::from(&*nfc(text))))
    }

    /// Whether `path` begins with it; a path whose imported spelling is not in NFC is compared in NFC.
    pub fn matches(&self, path: &str) -> bool {
        nfc(path).starts_with(&*self.0)
    }

    /// Whether it lets every path pass.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The prefix as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for PathPrefix {
    fn default() -> Self {
        Self(Arc::from(""))
    }
}

impl fmt::Display for PathPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl serde::Serialize for PathPrefix {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> serde::Deserialize<'de> for PathPrefix {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_is_plain_text() {
        for (prefix, path, matches) in [
            ("", "Guides/Start", true),
            ("Guides", "Guides/Start", true),
            ("Guides", "Guidelines", false),
            ("Guide", "Guidelines", true),
            ("Guides/", "Guides/Start", true),
            ("Guides/", "Guides", false),
            ("guides", "Guides", false),
            ("/Guides", "Guides", false),
            ("Cafe\u{301}", "Caf\u{e9}/Menu", true),
            ("Caf\u{e9}", "Cafe\u{301}/Menu", true),
            ("%", "x%", false),
        ] {
            assert_eq!(PathPrefix::parse(prefix).unwrap().matches(path), matches, "{prefix} {path}");
        }
        assert!(PathPrefix::default().is_empty());
        assert_eq!(PathPrefix::parse("a/\u{85}b").unwrap_err().rule, Rule::Control('\u{85}'));
        assert_eq!(PathPrefix::parse("\0").unwrap_err().rule, Rule::Control('\0'));
    }
}
