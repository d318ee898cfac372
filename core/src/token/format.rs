//! The text of a token: `ptl_` (a token) or `pti_` (an invite code), then in lower-case base 32 (RFC 4648 §6, no
//! padding) the tenant's id, the credential's own id, 32 secret bytes, and a CRC-32 over prefix and all of these.
//!
//! The ids route a request to its tenant in one read; the checksum tells a mistyped token, and a secret scanner's false
//! alarm, without any read.

use std::fmt;
use std::sync::LazyLock;

use data_encoding::{Encoding, Specification};
use secrecy::{ExposeSecret, SecretBox, SecretString};

use crate::id::{Id, InviteKind, Named, TenantId, TokenKind, Uuid};

/// A kind of credential, with the prefix its texts begin with.
pub trait Credential: Named {
    /// The first characters of the text.
    const TEXT_PREFIX: &'static str;
}

impl Credential for TokenKind {
    const TEXT_PREFIX: &'static str = "ptl_";
}

impl Credential for InviteKind {
    const TEXT_PREFIX: &'static str = "pti_";
}

/// Where a credential's record is found. Not secret.
pub struct CredentialKey<T: Named> {
    /// The tenant it belongs to.
    pub tenant: TenantId,
    /// The record's id.
    pub id: Id<T>,
}

impl<T: Named> Clone for CredentialKey<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T: Named> Copy for CredentialKey<T> {}
impl<T: Named> fmt::Debug for CredentialKey<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}", self.id, self.tenant)
    }
}
impl<T: Named> PartialEq for CredentialKey<T> {
    fn eq(&self, other: &Self) -> bool {
        self.tenant == other.tenant && self.id == other.id
    }
}
impl<T: Named> Eq for CredentialKey<T> {}
impl<T: Named> std::hash::Hash for CredentialKey<T> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.tenant.hash(state);
        self.id.hash(state);
    }
}

/// A credential as its bearer holds it. Its `Debug` text shows no secret.
pub struct Bearer<T: Credential> {
    key: CredentialKey<T>,
    secret: SecretBox<[u8; 32]>,
}

/// A text that is no credential of this kind, or was mistyped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a valid {kind} text: it is incomplete or mistyped")]
pub struct BadToken {
    /// The prefix that was expected.
    pub kind: &'static str,
}

static BASE32: LazyLock<Encoding> = LazyLock::new(|| {
    let mut specification = Specification::new();
    specification.symbols.push_str("abcdefghijklmnopqrstuvwxyz234567");
    specification.encoding().expect("the alphabet of RFC 4648 is valid")
});

const BYTES: usize = 16 + 16 + 32 + 4;

impl<T: Credential> Bearer<T> {
    /// The credential of these parts.
    pub fn new(tenant: TenantId, id: Id<T>, secret: [u8; 32]) -> Self {
        Self { key: CredentialKey { tenant, id }, secret: SecretBox::new(Box::new(secret)) }
    }

    /// Reads a credential's text.
    pub fn parse(text: &str) -> Result<Self, BadToken> {
        let bad = BadToken { kind: T::TEXT_PREFIX };
        let body = text.strip_prefix(T::TEXT_PREFIX).ok_or(bad)?;
        let bytes = BASE32.decode(body.as_bytes()).map_err(|_| bad)?;
        let bytes: [u8; BYTES] = bytes.try_into().map_err(|_| bad)?;
        let (parts, sum) = bytes.split_at(BYTES - 4);
        if checksum::<T>(parts) != sum {
            return Err(bad);
        }
        let uuid = |at: usize| Uuid::from_slice(&parts[at..at + 16]).map_err(|_| bad);
        let secret: [u8; 32] = parts[32..].try_into().map_err(|_| bad)?;
        Ok(Self::new(TenantId::new(uuid(0)?), Id::new(uuid(16)?), secret))
    }

    /// Where its record is found.
    pub const fn key(&self) -> CredentialKey<T> {
        self.key
    }

    /// Its secret bytes.
    pub fn secret(&self) -> &[u8; 32] {
        self.secret.expose_secret()
    }

    /// Its text, to be shown to its bearer once.
    pub fn text(&self) -> SecretString {
        let mut bytes = Vec::with_capacity(BYTES);
        bytes.extend_from_slice(self.key.tenant.uuid().as_bytes());
        bytes.extend_from_slice(self.key.id.uuid().as_bytes());
        bytes.extend_from_slice(self.secret());
        let sum = checksum::<T>(&bytes);
        bytes.extend_from_slice(&sum);
        format!("{}{}", T::TEXT_PREFIX, BASE32.encode(&bytes)).into()
    }
}

fn checksum<T: Credential>(parts: &[u8]) -> [u8; 4] {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(T::TEXT_PREFIX.as_bytes());
    hasher.update(parts);
    hasher.finalize().to_be_bytes()
}

impl<T: Credential> fmt::Debug for Bearer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}…({:?})", T::TEXT_PREFIX, self.key)
    }
}

/// A token as its bearer holds it.
pub type BearerToken = Bearer<TokenKind>;
/// An invite code as its bearer holds it.
pub type InviteCode = Bearer<InviteKind>;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::TokenId;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_text_reads_back_and_any_changed_letter_is_noticed(tenant: u128, id: u128, secret: [u8; 32], at in 4..113_usize, to in 0..31_u8) {
            let token = BearerToken::new(TenantId::new(Uuid::from_u128(tenant)), TokenId::new(Uuid::from_u128(id)), secret);
            let text = token.text().expose_secret().to_owned();
            let again = BearerToken::parse(&text).unwrap();
            prop_assert_eq!(again.key(), token.key());
            prop_assert_eq!(again.secret(), &secret);
            prop_assert!(InviteCode::parse(&text).is_err());
            let shown = format!("{token:?}");
            prop_assert!(!shown.contains(&text[60..]));

            let mut changed = text.clone().into_bytes();
            let at = at.min(changed.len() - 1);
            let letters = b"abcdefghijklmnopqrstuvwxyz234567";
            let old = letters.iter().position(|&letter| letter == changed[at]).unwrap();
            changed[at] = letters[(old + 1 + usize::from(to)) % 32];
            prop_assume!(changed != text.as_bytes());
            prop_assert!(BearerToken::parse(std::str::from_utf8(&changed).unwrap()).is_err());
        }

        #[test]
        fn any_text_is_judged_without_panic(text: String) {
            let _ = BearerToken::parse(&text);
            let prefixed = ["ptl_", &text].concat();
            prop_assert!(BearerToken::parse(&prefixed).is_err());
        }
    }
}
