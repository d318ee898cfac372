//! The name of a tenant in addresses.

use crate::id::{TenantId, Uuid};
use crate::slug::{is_plain, slug};

/// The internal tenant of the operators. Its id is fixed, so that nothing has to be looked up to know it.
pub const PLATFORM: TenantId = TenantId::new(Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0001));

slug! {
    /// A tenant's name in addresses: 3 to 32 of `a-z`, `0-9` and single `-`, beginning with a letter, not ending in `-`.
    /// It is never used twice, also not after its tenant is gone.
    TenantSlug, BadSlug: BadSlug::Form, |text| {
        is_plain(text)
            && (3..=32).contains(&text.len())
            && text.starts_with(|first: char| first.is_ascii_lowercase())
            && !text.contains("--")
    }
}

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
