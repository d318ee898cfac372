//! Proof that somebody was admitted to a tenant.

use serde::{Deserialize, Serialize};

use super::Principal;
use crate::id::{MemberId, TenantId, TokenId, WikiId};
use crate::tenancy::PLATFORM;
use crate::wiki::RepoId;

/// Which write of a ledger record somebody saw. Opaque; unique per write of that record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Version(pub u64);

/// The records an admission was decided on. A write carries them to its ledger batch as checks, so one that was admitted before a
/// revocation was answered cannot commit after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Authority {
    /// The principal's home tenant, as it was.
    pub tenant: (TenantId, Version),
    /// The member, as it was.
    pub member: (MemberId, Version),
    /// The token, as it was.
    pub token: (TokenId, Version),
}

/// Proof of tenancy: whoever holds one was admitted to that tenant, as that principal. Only this module's decisions
/// make one, and every port call that touches a tenant's data takes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    tenant: TenantId,
    principal: Principal,
    authority: Option<Authority>,
}

impl Scope {
    /// A scope for background work of Portolan itself on one tenant.
    pub fn system(task: &'static str, tenant: TenantId) -> Self {
        Self { tenant, principal: Principal::system(task, tenant), authority: None }
    }

    pub(super) fn admitted(tenant: TenantId, principal: Principal, authority: Authority) -> Self {
        Self { tenant, principal, authority: Some(authority) }
    }

    /// A scope for somebody who showed a valid invite code of `tenant`: enough to redeem that invite, nothing else.
    pub fn invitee(tenant: TenantId, invite: &crate::tenancy::Invite) -> Self {
        let actor = super::Actor {
            kind: super::ActorKind::Invitee,
            id: invite.id.to_string(),
            name: invite.email.as_str().into(),
        };
        let principal =
            Principal { actor, email: Some(invite.email.as_str().into()), home: tenant, role: None };
        Self { tenant, principal, authority: None }
    }

    /// The same operator's scope over another tenant: for making it, or for listing all. None for anybody who is no
    /// operator admitted to the platform.
    pub fn over(&self, tenant: TenantId) -> Option<Self> {
        let operator = self.tenant == PLATFORM && self.principal.home == PLATFORM;
        operator.then(|| Self { tenant, ..self.clone() })
    }

    /// The tenant whose data may be touched.
    pub const fn tenant(&self) -> TenantId {
        self.tenant
    }

    /// Who acts.
    pub const fn principal(&self) -> &Principal {
        &self.principal
    }

    /// What the admission was decided on; none for background work and invitees.
    pub const fn authority(&self) -> Option<Authority> {
        self.authority
    }

    /// The repository of a wiki of this tenant.
    pub const fn repo(&self, wiki: WikiId) -> RepoId {
        RepoId::new(self.tenant, wiki)
    }
}
