//! Who acts.

use serde::{Deserialize, Serialize};

use crate::id::TenantId;
use crate::tenancy::Role;

/// What kind of principal acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActorKind {
    /// A member of the tenant.
    Member,
    /// An agent of a member.
    Agent,
    /// A member of the platform, acting on a tenant.
    Operator,
    /// Somebody who holds an invite code and is no member yet.
    Invitee,
    /// Portolan itself, in background work.
    System,
}

impl ActorKind {
    /// Its word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Agent => "agent",
            Self::Operator => "operator",
            Self::Invitee => "invitee",
            Self::System => "system",
        }
    }
}

/// Who did something, as the audit names him.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Actor {
    /// What kind of principal.
    pub kind: ActorKind,
    /// His id.
    pub id: String,
    /// What he was called at the time.
    pub name: String,
}

/// Who acts, with what the decision about him needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// Who.
    pub actor: Actor,
    /// His address; the author's address of his commits.
    pub email: Option<String>,
    /// The tenant he belongs to: `platform` for operators.
    pub home: TenantId,
    /// His role in his home tenant; none for the system and for invitees.
    pub role: Option<Role>,
}

impl Principal {
    /// Portolan itself, at work on `task`.
    pub(crate) fn system(task: &'static str, tenant: TenantId) -> Self {
        Self {
            actor: Actor { kind: ActorKind::System, id: task.into(), name: "Portolan".into() },
            email: None,
            home: tenant,
            role: None,
        }
    }
}
