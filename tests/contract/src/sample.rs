//! Tenants, people and records to test with.

use jiff::{SignedDuration, Timestamp};
use portolan_core::access::{Admission, Operation, Scope, Target, Version, admit};
use portolan_core::git::Oid;
use portolan_core::id::{Id, MemberId, Named, TenantId, TokenId, Uuid};
use portolan_core::tenancy::{
    DisplayName, Email, Member, PLATFORM, Role, Tenant, TenantSlug, TenantStatus, Tier,
};
use portolan_core::token::{BearerToken, SecretHash, Token};
use portolan_core::wiki::{Head, RepoId, Wiki, WikiSlug};
use portolan_ports::Ledger;
use portolan_ports::ledger::{Batch, Expect, Key, Record};

/// The time at which tests begin: 2026-01-01T00:00:00Z.
pub fn now() -> Timestamp {
    Timestamp::from_second(portolan_memory::ManualClock::START).expect("the year 2026 is in range")
}

/// [`now`] and so many hours.
pub fn hours(hours: i64) -> Timestamp {
    now() + SignedDuration::from_hours(hours)
}

/// Identifier number `number` of its kind. Their order is that of the numbers.
pub fn id<T: Named>(number: u64) -> Id<T> {
    Id::new(Uuid::from_u128(0x019b_0000_0000_7000_8000_0000_0000_0000 + u128::from(number)))
}

/// Portolan itself, at work on tenant number `number`.
pub fn scope(number: u64) -> Scope {
    Scope::system("contract", id(number))
}

/// Repository number `number` of tenant number `tenant`.
pub fn repo(tenant: u64, number: u64) -> RepoId {
    scope(tenant).repo(id(number))
}

/// An object id that depends on `number` alone.
pub fn oid(number: u64) -> Oid {
    let mut bytes = [0x5a; 20];
    bytes[..8].copy_from_slice(&number.to_be_bytes());
    Oid::from_bytes(bytes)
}

/// A name.
pub fn name(text: &str) -> DisplayName {
    DisplayName::parse(text).expect("a sample name keeps the rules")
}

/// An address.
pub fn email(text: &str) -> Email {
    Email::parse(text).expect("a sample address keeps the rules")
}

/// A wiki's alias.
pub fn wiki_slug(text: &str) -> WikiSlug {
    text.parse().expect("a sample alias keeps the rules")
}

/// A tenant's alias.
pub fn tenant_slug(text: &str) -> TenantSlug {
    text.parse().expect("a sample alias keeps the rules")
}

/// An active tenant.
pub fn tenant(id: TenantId, slug: &str) -> Tenant {
    Tenant {
        id,
        slug: tenant_slug(slug),
        display_name: name("Sample"),
        tier: Tier::Standard,
        status: TenantStatus::Active,
        owner_email: email("owner@example.org"),
        monthly_budget: None,
        created_at: now(),
        updated_at: now(),
    }
}

/// Member number `number`.
pub fn member(number: u64, role: Role) -> Member {
    Member {
        id: id(number),
        name: name(&format!("Member {number}")),
        email: email(&format!("member{number}@example.org")),
        role,
        created_at: now(),
    }
}

/// Wiki number `number`, called `slug`.
pub fn wiki(number: u64, slug: &str) -> Wiki {
    Wiki {
        id: id(number),
        slug: wiki_slug(slug),
        display_name: name(slug),
        created_at: now(),
        deleted_at: None,
    }
}

/// A head that differs from others by its time.
pub fn head(time: i64) -> Head {
    Head { time, ..Head::new() }
}

/// A credential with all its records.
#[derive(Debug)]
pub struct Credential {
    /// The member's tenant.
    pub tenant: Tenant,
    /// The member.
    pub member: Member,
    /// The token's record.
    pub token: Token,
    /// The token as its bearer holds it.
    pub bearer: BearerToken,
}

/// The versions of a [`Credential`]'s records.
#[derive(Debug, Clone, Copy)]
pub struct Versions {
    /// The tenant's.
    pub tenant: Version,
    /// The member's.
    pub member: Version,
    /// The token's.
    pub token: Version,
}

impl Credential {
    /// An owner of tenant `tenant`, called `slug`, with a token. Member and token have the number `number`.
    pub fn owner(tenant: TenantId, slug: &str, number: u64) -> Self {
        let member = member(number, Role::Owner);
        let (token_id, secret): (TokenId, _) = (id(number), [7; 32]);
        let token = Token {
            id: token_id,
            member: member.id,
            name: name("laptop"),
            hash: SecretHash::of(&secret),
            created_at: now(),
            expires_at: None,
        };
        let bearer = BearerToken::new(tenant, token_id, secret);
        Self { tenant: self::tenant(tenant, slug), member, token, bearer }
    }

    /// An owner of the platform: an operator.
    pub fn operator(number: u64) -> Self {
        Self::owner(PLATFORM, "platform", number)
    }

    /// The tenant's scope for background work.
    pub fn system(&self) -> Scope {
        Scope::system("contract", self.tenant.id)
    }

    /// Stores all its records, the tenant's alias too.
    pub async fn install(&self, ledger: &dyn Ledger) -> Versions {
        let mut batch = Batch::new(now());
        batch
            .put(Key::Tenant, Expect::Any, Record::Tenant(self.tenant.clone()))
            .put(Key::Member(self.member.id), Expect::Any, Record::Member(self.member.clone()))
            .put(Key::Token(self.token.id), Expect::Any, Record::Token(self.token.clone()))
            .put(Key::TenantSlug(self.tenant.slug.clone()), Expect::Any, Record::TenantSlug(self.tenant.id));
        let versions =
            ledger.commit(&self.system(), batch).await.expect("nothing is expected, so nothing conflicts");
        Versions { tenant: versions[0], member: versions[1], token: versions[2] }
    }

    /// The scope of its bearer in his own tenant.
    pub fn admitted(&self, versions: Versions) -> Scope {
        let known = Admission {
            token: (self.token.clone(), versions.token),
            member: (self.member.clone(), versions.member),
            home: (self.tenant.clone(), versions.tenant),
            target: None,
        };
        let who = admit(&self.bearer, Some(&known), Target::Home, Operation::WhoAmI, now());
        who.expect("an owner may ask who he is")
    }

    /// The member's id.
    pub fn member_id(&self) -> MemberId {
        self.member.id
    }
}
