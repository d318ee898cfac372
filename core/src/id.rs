//! Identifiers in TypeID form: a prefix that tells what it names and a UUID of version 7, sortable by time
//! (`mem_01k…`; <https://github.com/jetify-com/typeid/tree/main/spec>).

use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
pub use uuid::Uuid;

/// What an [`Id`] names.
pub trait Named: 'static {
    /// The word before the underscore.
    const PREFIX: &'static str;
}

/// An identifier of a `T`.
pub struct Id<T: Named>(Uuid, PhantomData<fn() -> T>);

/// Not an identifier of the kind expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an id of the form {prefix}_<26 characters>")]
pub struct BadId {
    /// The prefix that was expected.
    pub prefix: &'static str,
}

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

impl<T: Named> Id<T> {
    /// The identifier with this UUID.
    pub const fn new(uuid: Uuid) -> Self {
        Self(uuid, PhantomData)
    }

    /// Its UUID.
    pub const fn uuid(&self) -> Uuid {
        self.0
    }
}

impl<T: Named> fmt::Display for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = self.0.as_u128();
        let text: [u8; 26] =
            std::array::from_fn(|index| ALPHABET[((value >> (125 - 5 * index)) & 31) as usize]);
        write!(f, "{}_{}", T::PREFIX, std::str::from_utf8(&text).expect("the alphabet is ASCII"))
    }
}

impl<T: Named> FromStr for Id<T> {
    type Err = BadId;

    fn from_str(text: &str) -> Result<Self, BadId> {
        let bad = BadId { prefix: T::PREFIX };
        let digits = text.strip_prefix(T::PREFIX).and_then(|rest| rest.strip_prefix('_')).ok_or(bad)?;
        // 26 digits of 5 bits are 130: the first may not be above 7.
        if digits.len() != 26 || digits.as_bytes()[0] > b'7' {
            return Err(bad);
        }
        let value = digits.bytes().try_fold(0_u128, |value, byte| {
            let digit = ALPHABET.iter().position(|&letter| letter == byte).ok_or(bad)?;
            Ok((value << 5) | digit as u128)
        })?;
        Ok(Self::new(Uuid::from_u128(value)))
    }
}

impl<T: Named> Clone for Id<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T: Named> Copy for Id<T> {}
impl<T: Named> PartialEq for Id<T> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
impl<T: Named> Eq for Id<T> {}
impl<T: Named> PartialOrd for Id<T> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl<T: Named> Ord for Id<T> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.cmp(&other.0)
    }
}
impl<T: Named> std::hash::Hash for Id<T> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}
impl<T: Named> fmt::Debug for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
impl<T: Named> Serialize for Id<T> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
impl<'de, T: Named> Deserialize<'de> for Id<T> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// Declares the kinds of things that have identifiers.
macro_rules! ids {
    ($($(#[$doc:meta])* $marker:ident $alias:ident $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Debug)]
        pub enum $marker {}
        impl Named for $marker {
            const PREFIX: &'static str = $prefix;
        }
        $(#[$doc])*
        pub type $alias = Id<$marker>;
    )*};
}

ids! {
    /// Names a tenant, for ever: slugs are aliases of it.
    TenantKind TenantId "tnt";
    /// Names a member of a tenant.
    MemberKind MemberId "mem";
    /// Names an invite.
    InviteKind InviteId "inv";
    /// Names a token.
    TokenKind TokenId "tok";
    /// Names a wiki, for ever: its slug is an alias.
    WikiKind WikiId "wik";
    /// Names an import.
    ImportKind ImportId "imp";
    /// Names one run of one process, which has an audit lane of its own.
    ProcessKind ProcessId "prc";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_specification_s_examples_are_read_and_shown_alike() {
        // From valid.json of the TypeID specification.
        for (digits, uuid) in [
            ("00000000000000000000000000", "00000000-0000-0000-0000-000000000000"),
            ("00000000000000000000000001", "00000000-0000-0000-0000-000000000001"),
            ("0000000000000000000000000g", "00000000-0000-0000-0000-000000000010"),
            ("00000000000000000000000010", "00000000-0000-0000-0000-000000000020"),
            ("7zzzzzzzzzzzzzzzzzzzzzzzzz", "ffffffff-ffff-ffff-ffff-ffffffffffff"),
        ] {
            let id: TenantId = format!("tnt_{digits}").parse().unwrap();
            assert_eq!((id.uuid().to_string().as_str(), id.to_string()), (uuid, format!("tnt_{digits}")));
        }
    }

    #[test]
    fn what_is_no_id_is_refused() {
        for text in [
            "",
            "tnt_",
            "mem_01h455vb4pex5vsknk084sn02q",
            "tnt_8zzzzzzzzzzzzzzzzzzzzzzzzz",
            "tnt_01h455vb4pex5vsknk084sn02u",
            "tnt_01H455VB4PEX5VSKNK084SN02Q",
        ] {
            assert!(text.parse::<TenantId>().is_err(), "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn every_id_survives_its_text(value: u128) {
            let id = MemberId::new(Uuid::from_u128(value));
            proptest::prop_assert_eq!(id.to_string().parse::<MemberId>().unwrap(), id);
        }
    }
}
