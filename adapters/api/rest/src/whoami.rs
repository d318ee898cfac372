//! Who one is.

use axum::extract::{Request, State};
use jiff::Timestamp;
use portolan::core::access::Operation;
use portolan::core::id::TokenId;
use portolan::core::tenancy::{Role, TenantSlug};
use serde::Serialize;
use utoipa::ToSchema;

use crate::answer::{Answer, ok};
use crate::api::Api;
use crate::openapi::types;
use crate::wire::ActorJson;

/// The caller, and what he may do.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WhoAmI)]
struct WhoAmIJson<'a> {
    principal: ActorJson<'a>,
    #[schema(value_type = types::TenantId)]
    tenant: &'a TenantSlug,
    #[schema(value_type = types::Role)]
    role: Role,
    #[schema(value_type = Vec<String>)]
    scopes: &'static [&'static str],
    token: TokenJson,
}

/// The token shown.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ShownToken)]
struct TokenJson {
    #[schema(value_type = types::Id)]
    id: TokenId,
    #[schema(value_type = Option<types::Time>)]
    expires_at: Option<Timestamp>,
}

/// What a role amounts to in the words that grants use. What it manages beside that, the role itself says.
const fn scopes(role: Role) -> &'static [&'static str] {
    match role {
        Role::Viewer => &["page:read", "search:read"],
        Role::Editor | Role::Admin | Role::Owner => {
            &["page:read", "page:write", "page:propose", "page:delete", "attachment:write", "search:read"]
        }
    }
}

/// Answers who the bearer of the token is.
#[utoipa::path(
    get,
    path = "/v1/whoami",
    tag = "server",
    operation_id = "whoAmI",
    responses(
        (status = 200, description = "The caller", body = WhoAmIJson<'static>),
    )
)]
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
