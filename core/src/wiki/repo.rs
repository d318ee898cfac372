//! The name of a wiki's repository.

use crate::id::{TenantId, WikiId};

/// One wiki's repository: proof that a [`crate::access::Scope`] of its tenant was there when it was named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RepoId {
    tenant: TenantId,
    wiki: WikiId,
}

impl RepoId {
    /// Only a scope makes these.
    pub(crate) const fn new(tenant: TenantId, wiki: WikiId) -> Self {
        Self { tenant, wiki }
    }

    /// The tenant it belongs to.
    pub const fn tenant(&self) -> TenantId {
        self.tenant
    }

    /// The wiki it holds.
    pub const fn wiki(&self) -> WikiId {
        self.wiki
    }
}
