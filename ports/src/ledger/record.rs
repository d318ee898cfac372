//! The records, and their stored form.

use jiff::Timestamp;
use portolan_core::access::Version;
use portolan_core::audit::{Checkpoint, Link};
use portolan_core::id::{MemberId, TenantId, WikiId};
use portolan_core::tenancy::{Invite, Member, Tenant};
use portolan_core::token::Token;
use portolan_core::wiki::{Head, Import, Wiki};

use super::{Receipt, RecordKind};

/// A record, as it was at some version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Which write of it this is.
    pub version: Version,
    /// The record.
    pub record: Record,
}

/// Stored bytes that are no record of their kind.
#[derive(Debug, thiserror::Error)]
#[error("a stored {kind:?} record cannot be read")]
pub struct BadRecord {
    /// The kind expected.
    pub kind: RecordKind,
    /// Why.
    #[source]
    pub source: serde_json::Error,
}

macro_rules! records {
    ($($(#[$doc:meta])* $name:ident($type:ty) $getter:ident;)*) => {
        /// A record of the kind of the same name.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum Record {
            $($(#[$doc])* $name($type),)*
        }

        impl Record {
            /// Its kind.
            pub const fn kind(&self) -> RecordKind {
                match self { $(Self::$name(_) => RecordKind::$name,)* }
            }

            /// Its stored form: JSON, readable by a person with the database open.
            pub fn encode(&self) -> Vec<u8> {
                match self {
                    $(Self::$name(record) => serde_json::to_vec(record),)*
                }
                .expect("records have only text keys, so they always have a JSON form")
            }

            /// Reads a stored form.
            pub fn decode(kind: RecordKind, bytes: &[u8]) -> Result<Self, BadRecord> {
                match kind {
                    $(RecordKind::$name => serde_json::from_slice(bytes).map(Self::$name),)*
                }
                .map_err(|source| BadRecord { kind, source })
            }

            $(
                /// The record, if it is of this kind.
                pub fn $getter(self) -> Option<$type> {
                    match self { Self::$name(record) => Some(record), _ => None }
                }
            )*
        }
    };
}

records! {
    /// The tenant that an alias names.
    TenantSlug(TenantId) tenant_slug;
    /// A tenant.
    Tenant(Tenant) tenant;
    /// A member.
    Member(Member) member;
    /// The member who has an address.
    Email(MemberId) email;
    /// An invite.
    Invite(Invite) invite;
    /// A token.
    Token(Token) token;
    /// When a token was last used.
    TokenUse(Timestamp) token_use;
    /// The wiki that an alias names.
    WikiSlug(WikiId) wiki_slug;
    /// A wiki.
    Wiki(Wiki) wiki;
    /// A wiki's head.
    Head(Head) head;
    /// An import.
    Import(Import) import;
    /// Where a lane ends.
    Lane(Link) lane;
    /// A checkpoint.
    Checkpoint(Checkpoint) checkpoint;
    /// A receipt.
    Receipt(Receipt) receipt;
}

impl Record {
    /// From when on it counts as absent, where it has an end.
    pub fn expires_at(&self) -> Option<Timestamp> {
        match self {
            Self::Receipt(receipt) => Some(receipt.expires_at),
            _ => None,
        }
    }
}
