//! The names of records.

use portolan_core::access::Scope;
use portolan_core::audit::Lane;
use portolan_core::id::{ImportId, InviteId, MemberId, TenantId, TokenId, WikiId};
use portolan_core::idempotency;
use portolan_core::tenancy::{Email, PLATFORM, TenantSlug};
use portolan_core::wiki::WikiSlug;

/// Names a record. Together with the scope it says where the record is kept.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Key {
    /// The alias of a tenant. Kept with the platform, never deleted.
    TenantSlug(TenantSlug),
    /// The scope's tenant itself.
    Tenant,
    /// A member.
    Member(MemberId),
    /// The member who has this address.
    Email(Email),
    /// An open invite.
    Invite(InviteId),
    /// A token.
    Token(TokenId),
    /// When a token was last used.
    TokenUse(TokenId),
    /// The alias of a wiki.
    WikiSlug(WikiSlug),
    /// A wiki.
    Wiki(WikiId),
    /// A wiki's head.
    Head(WikiId),
    /// An import.
    Import(ImportId),
    /// Where an audit lane ends; a wiki's lane ends in its head.
    Lane(Lane),
    /// A checkpoint of the audit.
    Checkpoint(u64),
    /// What a request under an idempotency key did. Kept with the principal's own tenant.
    Receipt {
        /// The principal's id.
        principal: String,
        /// His key.
        key: idempotency::Key,
    },
}

macro_rules! kinds {
    ($($name:ident = $number:literal;)*) => {
        /// What kind of record a key names. The numbers are stored: they never change and are never used again.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[expect(missing_docs, reason = "each is documented in Key")]
        pub enum RecordKind { $($name = $number,)* }

        impl RecordKind {
            /// All kinds.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// Its stored number.
            pub const fn number(self) -> u8 {
                self as u8
            }
        }
    };
}

kinds! {
    TenantSlug = 1;
    Tenant = 2;
    Member = 3;
    Email = 4;
    Invite = 5;
    Token = 6;
    TokenUse = 7;
    WikiSlug = 8;
    Wiki = 9;
    Head = 10;
    Import = 11;
    Lane = 12;
    Checkpoint = 13;
    Receipt = 14;
}

impl RecordKind {
    /// The tenant under which records of this kind are kept for `scope`.
    pub fn partition(self, scope: &Scope) -> TenantId {
        match self {
            Self::TenantSlug => PLATFORM,
            Self::Receipt => scope.principal().home,
            _ => scope.tenant(),
        }
    }
}

impl Key {
    /// What kind of record it names.
    pub const fn kind(&self) -> RecordKind {
        match self {
            Self::TenantSlug(_) => RecordKind::TenantSlug,
            Self::Tenant => RecordKind::Tenant,
            Self::Member(_) => RecordKind::Member,
            Self::Email(_) => RecordKind::Email,
            Self::Invite(_) => RecordKind::Invite,
            Self::Token(_) => RecordKind::Token,
            Self::TokenUse(_) => RecordKind::TokenUse,
            Self::WikiSlug(_) => RecordKind::WikiSlug,
            Self::Wiki(_) => RecordKind::Wiki,
            Self::Head(_) => RecordKind::Head,
            Self::Import(_) => RecordKind::Import,
            Self::Lane(_) => RecordKind::Lane,
            Self::Checkpoint(_) => RecordKind::Checkpoint,
            Self::Receipt { .. } => RecordKind::Receipt,
        }
    }

    /// Its name among the records of its kind. Lists are in the order of these names.
    pub fn name(&self) -> String {
        match self {
            Self::TenantSlug(slug) => slug.to_string(),
            Self::Tenant => String::new(),
            Self::Member(id) => id.to_string(),
            Self::Email(email) => email.folded(),
            Self::Invite(id) => id.to_string(),
            Self::Token(id) | Self::TokenUse(id) => id.to_string(),
            Self::WikiSlug(slug) => slug.to_string(),
            Self::Wiki(id) | Self::Head(id) => id.to_string(),
            Self::Import(id) => id.to_string(),
            Self::Lane(lane) => lane.to_string(),
            // Twenty digits hold every u64, so that the order of the names is the order of the numbers.
            Self::Checkpoint(sequence) => format!("{sequence:020}"),
            Self::Receipt { principal, key } => format!("{principal} {}", key.to_hex()),
        }
    }

    /// The tenant under which it is kept for `scope`.
    pub fn partition(&self, scope: &Scope) -> TenantId {
        self.kind().partition(scope)
    }
}
