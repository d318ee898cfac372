//! Who one is.

use axum::extract::{Request, State};
use jiff::Timestamp;
use portolan::core::access::Operation;
use portolan::core::id::TokenId;
use portolan::core::tenancy::{Role, TenantSlug};
use serde::Serialize;

use crate::answer::{Answer, ok};
use crate::api::Api;
use crate::wire::ActorJson;

/// The caller, and what he may do.
#[derive(Debug, Serialize)]
struct WhoAmIJson<'a> {
    principal: ActorJson<'a>,
    tenant: &'a TenantSlug,
    role: Role,
    scopes: &'static [&'static str],
    token: TokenJson,
}

/// The token shown.
#[derive(Debug, Serialize)]
struct TokenJson {
    id: TokenId,
    expires_at: Option<Timestamp>,
}

/// What a role amounts to, in the words that grants use.
const fn scopes(role: Role) -> &'static [&'static str] {
    match role {
        Role::Viewer => &["page:read", "search:read", "attachment:read"],
        Role::Editor => &[
            "page:read",
            "search:read",
            "attachment:read",
            "page:write",
            "page:delete",
            "attachment:write",
        ],
        Role::Admin | Role::Owner => &[
            "page:read",
            "search:read",
            "attachment:read",
            "page:write",
            "page:delete",
            "attachment:write",
            "wiki:manage",
            "member:manage",
            "token:manage",
            "audit:read",
        ],
    }
}

/// Answers who the bearer of the token is.
pub(crate) async fn get(State(api): State<Api>, request: Request) -> Answer {
    let mut asked = api.admit(request, Operation::WhoAmI).await?;
    asked.no_query()?;
    let admitted = &asked.admitted;
    let (member, token) = (admitted.member(), admitted.token());
    ok(&WhoAmIJson {
        principal: (&admitted.scope().principal().actor).into(),
        tenant: &admitted.home().slug,
        role: member.role,
        scopes: scopes(member.role),
        token: TokenJson { id: token.id, expires_at: token.expires_at },
    })
}
