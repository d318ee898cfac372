//! Texts that people give: display names and e-mail addresses.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Why a text cannot be a name or an e-mail address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadText {
    /// A display name out of bounds.
    #[error(
        "a name has 1 to 200 characters, none of them a control or bidi-control character, and not only blanks"
    )]
    Name,
    /// Not an address.
    #[error("an e-mail address has the form name@host, at most 254 bytes, no blanks")]
    Email,
}

/// True for characters that turn the direction of the text around them.
pub(crate) fn is_bidi_control(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// What a tenant, wiki, member or token is called: 1 to 200 characters, trimmed.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DisplayName(String);

impl DisplayName {
    /// The name in `text`, without blanks around it.
    pub fn parse(text: &str) -> Result<Self, BadText> {
        let text = text.trim();
        let fits = !text.is_empty() && text.chars().count() <= 200;
        if fits && !text.chars().any(|c| c.is_control() || is_bidi_control(c)) {
            Ok(Self(text.into()))
        } else {
            Err(BadText::Name)
        }
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DisplayName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An e-mail address as it was given. Two are the same when they differ only in case.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Email(String);

impl Email {
    /// The address in `text`. Deliverability is the mail server's business; only what would break a commit's author
    /// line or a mail header is refused.
    pub fn parse(text: &str) -> Result<Self, BadText> {
        let (name, host) = text.rsplit_once('@').ok_or(BadText::Email)?;
        let plain =
            |c: char| !c.is_control() && !c.is_whitespace() && !is_bidi_control(c) && !"<>,;\"()".contains(c);
        if !name.is_empty()
            && !host.is_empty()
            && !name.contains('@')
            && text.len() <= 254
            && text.chars().all(plain)
        {
            Ok(Self(text.into()))
        } else {
            Err(BadText::Email)
        }
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What two spellings of one address share.
    pub fn folded(&self) -> String {
        self.0.to_lowercase()
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_addresses_are_checked() {
        assert_eq!(DisplayName::parse("  Ada Lovelace ").unwrap().as_str(), "Ada Lovelace");
        for bad in ["", "  ", "a\nb", "a\u{202e}b", &"x".repeat(201)] {
            assert_eq!(DisplayName::parse(bad), Err(BadText::Name), "{bad:?}");
        }
        assert_eq!(Email::parse("Ada@Example.org").unwrap().folded(), "ada@example.org");
        for bad in
            ["", "ada", "@x", "ada@", "a@b@c", "a b@c", "<a@b>", "a@b\n", &format!("{}@x", "a".repeat(260))]
        {
            assert_eq!(Email::parse(bad), Err(BadText::Email), "{bad:?}");
        }
    }
}
