//! The one decision: may this bearer do this operation there, now?

use jiff::Timestamp;

use super::{Actor, ActorKind, Authority, Operation, Principal, Scope, Version};
use crate::tenancy::{Member, PLATFORM, Role, Tenant, TenantSlug, TenantStatus};
use crate::token::{BearerToken, Token};

/// What the ledger knows about a credential, read together.
#[derive(Debug, Clone)]
pub struct Admission {
    /// The token.
    pub token: (Token, Version),
    /// The member it belongs to.
    pub member: (Member, Version),
    /// The member's tenant.
    pub home: (Tenant, Version),
    /// The tenant asked for, when it is another one and the credential is an operator's; otherwise not even looked up.
    pub target: Option<Tenant>,
}

/// The tenant an operation is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target<'a> {
    /// The bearer's own, whatever it is called.
    Home,
    /// The one with this name.
    Tenant(&'a TenantSlug),
}

/// Why a bearer is not admitted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Nobody knows this credential, or it is over.
    #[error("the token is not valid: unknown, expired or revoked")]
    Unauthenticated,
    /// A tenant that is not the bearer's. Answered as if it did not exist; a security event in the bearer's tenant.
    #[error("no such tenant")]
    TenantAccessViolation {
        /// Who tried.
        by: Box<Scope>,
    },
    /// An operator asked for a tenant that does not exist.
    #[error("no such tenant")]
    NoSuchTenant {
        /// Who asked.
        by: Box<Scope>,
    },
    /// The bearer's tenant is suspended.
    #[error("this tenant is suspended; its operator can reinstate it")]
    TenantSuspended {
        /// Who tried.
        by: Box<Scope>,
    },
    /// The bearer's role does not allow the operation.
    #[error("your role does not allow {operation}; it needs {needs}")]
    Forbidden {
        /// Who tried.
        by: Box<Scope>,
        /// The operation's name.
        operation: &'static str,
        /// Who may.
        needs: &'static str,
    },
    /// An operator asked for what belongs to a customer's members alone.
    #[error("no such thing")]
    NotForOperators {
        /// Who tried.
        by: Box<Scope>,
    },
}

/// Decides whether the bearer of `token` may do `operation` in `target` at `now`.
///
/// The order is fixed: the credential (401), the tenant (404), its status and the role (403).
pub fn admit(
    token: &BearerToken,
    known: Option<&Admission>,
    target: Target<'_>,
    operation: Operation,
    now: Timestamp,
) -> Result<Scope, Refusal> {
    let known = known.filter(|known| is_valid(token, known, now)).ok_or(Refusal::Unauthenticated)?;
    let home = &known.home.0;
    let authority = Authority {
        tenant: (home.id, known.home.1),
        member: (known.member.0.id, known.member.1),
        token: (known.token.0.id, known.token.1),
    };
    let own = Scope::admitted(home.id, principal(known), authority);
    let asked = match target {
        Target::Home => home,
        Target::Tenant(slug) if *slug == home.slug => home,
        Target::Tenant(slug) => match &known.target {
            _ if home.id != PLATFORM => return Err(Refusal::TenantAccessViolation { by: Box::new(own) }),
            Some(tenant) if tenant.slug == *slug => tenant,
            _ => return Err(Refusal::NoSuchTenant { by: Box::new(own) }),
        },
    };
    if matches!(home.status, TenantStatus::Suspended { .. }) {
        return Err(Refusal::TenantSuspended { by: Box::new(own) });
    }
    let rule = operation.rule();
    let by = Box::new(own);
    if asked.id == home.id && !is_about_tenants(home, operation) {
        let allowed = rule.member.is_some_and(|needed| known.member.0.role >= needed);
        return if allowed { Ok(*by) } else { Err(forbidden(by, operation, rule.member)) };
    }
    let Some(needed) = rule.operator else {
        return Err(match operation {
            Operation::TokenCreate => forbidden(by, operation, None),
            _ => Refusal::NotForOperators { by },
        });
    };
    if known.member.0.role < needed {
        return Err(forbidden(by, operation, rule.operator));
    }
    Ok(Scope::admitted(asked.id, principal(known), authority))
}

/// On the platform itself, tenants are made and listed by the operators' rules, everything else by the members'.
fn is_about_tenants(home: &Tenant, operation: Operation) -> bool {
    home.id == PLATFORM && operation.rule().member.is_none()
}

fn is_valid(token: &BearerToken, known: &Admission, now: Timestamp) -> bool {
    let record = &known.token.0;
    let key = token.key();
    record.hash.matches(token.secret())
        && record.id == key.id
        && record.member == known.member.0.id
        && known.home.0.id == key.tenant
        && record.expires_at.is_none_or(|end| now < end)
        && !matches!(known.home.0.status, TenantStatus::Deleted { .. })
}

fn principal(known: &Admission) -> Principal {
    let (member, home) = (&known.member.0, &known.home.0);
    let kind = if home.id == PLATFORM { ActorKind::Operator } else { ActorKind::Member };
    Principal {
        actor: Actor { kind, id: member.id.to_string(), name: member.name.as_str().into() },
        email: Some(member.email.as_str().into()),
        home: home.id,
        role: Some(member.role),
    }
}

fn forbidden(by: Box<Scope>, operation: Operation, needed: Option<Role>) -> Refusal {
    let needs = match needed {
        None => "another kind of principal",
        Some(Role::Viewer) => "a viewer",
        Some(Role::Editor) => "an editor",
        Some(Role::Admin) => "an admin",
        Some(Role::Owner) => "an owner",
    };
    Refusal::Forbidden { by, operation: operation.rule().name, needs }
}

/// Whether the bearer of `scope` manages members of role `other`: an operator on a customer's tenant manages all.
pub fn may_manage(scope: &Scope, other: Role) -> bool {
    let principal = scope.principal();
    principal.role.is_some_and(|role| role.manages(other) || principal.home != scope.tenant())
}
