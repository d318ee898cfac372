//! The name of a tenant in addresses.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::id::{TenantId, Uuid};

/// The internal tenant of the operators. Its id is fixed, so that nothing has to be looked up to know it.
pub const PLATFORM: TenantId = TenantId::new(Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0001));

/// A tenant's name in addresses: 3 to 32 of `a-z`, `0-9` and single `-`, beginning with a letter, not ending in `-`.
/// It is never used twice, also not after its tenant is gone.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TenantSlug(Arc<str>);

/// Why a text is no tenant slug.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadSlug {
    /// It does not have the form.
    #[error(
        "a tenant id has 3 to 32 characters of a-z, 0-9 and single '-', begins with a letter and does not end in '-'"
    )]
    Form,
    /// It is kept for Portolan itself.
    #[error("this tenant id is reserved; choose another")]
    Reserved,
}

const RESERVED: [&str; 5] = ["platform", "admin", "root", "system", "stub"];

impl TenantSlug {
    /// The slug of [`PLATFORM`].
    pub fn platform() -> Self {
        Self("platform".into())
    }

    /// A slug for a new tenant: of the right form and not reserved.
    pub fn for_new(text: &str) -> Result<Self, BadSlug> {
        let slug: Self = text.parse()?;
        if RESERVED.contains(&text) { Err(BadSlug::Reserved) } else { Ok(slug) }
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for TenantSlug {
    type Err = BadSlug;

    fn from_str(text: &str) -> Result<Self, BadSlug> {
        let bytes = text.as_bytes();
        let known = bytes.iter().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'));
        let ends = bytes.first().is_some_and(u8::is_ascii_lowercase) && bytes.last() != Some(&b'-');
        if known && ends && (3..=32).contains(&bytes.len()) && !text.contains("--") {
            Ok(Self(text.into()))
        } else {
            Err(BadSlug::Form)
        }
    }
}

impl TryFrom<String> for TenantSlug {
    type Error = BadSlug;

    fn try_from(text: String) -> Result<Self, BadSlug> {
        text.parse()
    }
}

impl From<TenantSlug> for String {
    fn from(slug: TenantSlug) -> Self {
        slug.0.as_ref().into()
    }
}

impl fmt::Display for TenantSlug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for TenantSlug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_have_one_form() {
        for good in ["abc", "a-b", "a1b2", "a0123456789012345678901234567890"[..32].trim_end()] {
            assert!(TenantSlug::for_new(good).is_ok(), "{good}");
        }
        for bad in ["", "ab", "1ab", "-ab", "ab-", "a--b", "Abc", "a_b", "äbc", "a b", &"a".repeat(33)] {
            assert_eq!(TenantSlug::for_new(bad), Err(BadSlug::Form), "{bad}");
        }
        for reserved in RESERVED {
            assert_eq!(TenantSlug::for_new(reserved), Err(BadSlug::Reserved), "{reserved}");
        }
    }
}
