//! Who calls, and what he was admitted to.

use std::sync::Arc;

use portolan_core::access::{Operation, Scope, Version};
use portolan_core::idempotency;
use portolan_core::tenancy::{Member, Tenant, TenantSlug};
use portolan_core::token::{BearerToken, Token};
use portolan_core::wiki::{Head, RepoId, Wiki, WikiSlug};

use crate::{Error, Result};

/// What comes with every request, whatever it asks for.
#[derive(Debug, Clone)]
pub struct Call {
    /// Names the request in logs, answers and audit.
    pub request_id: Arc<str>,
    /// Makes a write exactly-once over the client's retries. Reads ignore it.
    pub key: Option<idempotency::Key>,
}

impl Call {
    /// A call named `request_id`, without an idempotency key.
    pub fn new(request_id: impl Into<Arc<str>>) -> Self {
        Self { request_id: request_id.into(), key: None }
    }

    /// The same call with an idempotency key.
    #[must_use]
    pub fn with_key(mut self, key: idempotency::Key) -> Self {
        self.key = Some(key);
        self
    }
}

/// What is asked for: a tenant, and a wiki of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Place {
    /// The tenant; none: the caller's own.
    pub tenant: Option<TenantSlug>,
    /// The wiki.
    pub wiki: Option<WikiSlug>,
}

/// Proof that a call was admitted to one operation in one place. Only [`crate::Portolan::admit`] makes one; every use
/// case takes one and refuses another operation's.
#[derive(Debug, Clone)]
pub struct Admitted {
    pub(crate) bearer: Arc<BearerToken>,
    pub(crate) scope: Scope,
    pub(crate) operation: Operation,
    pub(crate) place: Place,
    pub(crate) call: Call,
    pub(crate) member: Member,
    pub(crate) token: Token,
    pub(crate) home: Tenant,
    pub(crate) target: Option<Tenant>,
    pub(crate) wiki: Option<(Wiki, Head, Version)>,
}

impl Admitted {
    /// The member who calls.
    pub const fn member(&self) -> &Member {
        &self.member
    }

    /// The token he shows.
    pub const fn token(&self) -> &Token {
        &self.token
    }

    /// The proof of tenancy.
    pub const fn scope(&self) -> &Scope {
        &self.scope
    }

    /// The tenant he is admitted to.
    pub fn tenant(&self) -> &Tenant {
        self.target.as_ref().unwrap_or(&self.home)
    }

    /// The tenant he belongs to.
    pub const fn home(&self) -> &Tenant {
        &self.home
    }

    pub(crate) fn must_be(&self, operation: Operation) -> Result<()> {
        if self.operation == operation {
            return Ok(());
        }
        let (given, needed) = (self.operation.rule().name, operation.rule().name);
        Err(Error::Internal(format!("admitted to {given}, used for {needed}").into()))
    }

    /// The wiki, which must exist.
    pub(crate) fn wiki(&self) -> Result<(&Wiki, &Head)> {
        self.wiki.as_ref().map(|(wiki, head, _)| (wiki, head)).ok_or_else(|| Error::not_found("wiki"))
    }

    /// The wiki as its queue and its index know it, which must exist, and its head.
    pub(crate) fn handle(&self) -> Result<(crate::pages::Wiki, &Head)> {
        let (wiki, head) = self.wiki()?;
        let repo = self.scope.repo(wiki.id);
        Ok((crate::pages::Wiki { repo, id: wiki.id, slug: wiki.slug.clone() }, head))
    }

    pub(crate) fn repo(&self) -> Result<RepoId> {
        Ok(self.scope.repo(self.wiki()?.0.id))
    }
}

/// An answer of a write, and whether it is the first one again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written<T> {
    /// The answer.
    pub value: T,
    /// Whether the same request was done before, under the same key.
    pub replayed: bool,
}

impl<T> Written<T> {
    /// The same with another answer.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Written<U> {
        Written { value: f(self.value), replayed: self.replayed }
    }
}
