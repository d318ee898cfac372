//! Tokens.

use axum::extract::{Request, State};
use http::StatusCode;
use jiff::Timestamp;
use portolan::NewToken;
use portolan::core::access::Operation;
use portolan::core::id::{MemberId, TokenId};
use portolan::core::tenancy::DisplayName;
use portolan::core::token::Token;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;
use utoipa::ToSchema;

use crate::answer::{self, Answer, ListJson, With as _, json, no_content};
use crate::api::Api;
use crate::body::text;
use crate::openapi::{bodies, types};

/// A token as it is listed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Token)]
struct TokenJson {
    #[schema(value_type = types::Id)]
    id: TokenId,
    #[schema(value_type = String)]
    name: DisplayName,
    #[schema(value_type = types::Id)]
    member: MemberId,
    #[schema(value_type = types::Time)]
    created_at: Timestamp,
    #[schema(value_type = Option<types::Time>)]
    expires_at: Option<Timestamp>,
    #[schema(value_type = Option<types::Time>)]
    last_used_at: Option<Timestamp>,
}

impl From<(Token, Option<Timestamp>)> for TokenJson {
    fn from((token, last_used_at): (Token, Option<Timestamp>)) -> Self {
        let Token { id, member, name, hash: _, created_at, expires_at } = token;
        Self { id, name, member, created_at, expires_at, last_used_at }
    }
}

/// A new token, with its secret.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NewToken)]
struct NewTokenJson<'a> {
    #[schema(value_type = types::Id)]
    id: TokenId,
    #[schema(value_type = String)]
    name: &'a DisplayName,
    secret: Option<&'a str>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    secret_shown: bool,
    #[schema(value_type = types::Time)]
    created_at: Timestamp,
    #[schema(value_type = Option<types::Time>)]
    expires_at: Option<Timestamp>,
}

/// Makes a token of the caller's own.
#[utoipa::path(
    post,
    path = "/v1/tenants/{tenant}/tokens",
    tag = "tenants",
    operation_id = "createToken",
    request_body(content = bodies::CreateToken),
    responses(
        (status = 201, description = "The token, with its secret", body = NewTokenJson<'static>),
    )
)]
pub(crate) async fn create(State(api): State<Api>, request: Request) -> Answer {
    let mut asked = api.admit(request, Operation::TokenCreate).await?;
    asked.expect_json()?;
    asked.no_query()?;
    let fields = asked.object(api.options.body_bytes).await?;
    let new = fields.read(|fields| {
        let name = fields.required("name", text(DisplayName::parse));
        let expires_at = fields.optional("expires_at", text(time));
        Some(NewToken { name: name?, expires_at })
    })?;
    let admitted = asked.admitted.clone();
    let written = api
        .write(asked.operation, |portolan| async move { portolan.create_token(&admitted, new).await })
        .await?;
    let Token { id, member: _, name, hash: _, created_at, expires_at } = &written.value.value;
    let body = NewTokenJson {
        id: *id,
        name,
        secret: written.value.secret.as_ref().map(SecretString::expose_secret),
        secret_shown: written.replayed,
        created_at: *created_at,
        expires_at: *expires_at,
    };
    let location = format!("{}/tokens/{id}", asked.tenant_path());
    Ok(json(StatusCode::CREATED, &body)?.location(&location).replayed(written.replayed))
}

/// Lists the caller's tokens, and those of the members he manages.
#[utoipa::path(
    get,
    path = "/v1/tenants/{tenant}/tokens",
    tag = "tenants",
    operation_id = "listTokens",
    responses(
        (status = 200, description = "Tokens, oldest first", body = ListJson<TokenJson>),
    )
)]
pub(crate) async fn list(State(api): State<Api>, request: Request) -> Answer {
    let mut asked = api.admit(request, Operation::TokenList).await?;
    let paging = asked.query()?.read(|query| Some(query.paging()))?;
    answer::list(api.portolan.list_tokens(&asked.admitted, &paging).await?, TokenJson::from)
}

/// Revokes a token.
#[utoipa::path(
    delete,
    path = "/v1/tenants/{tenant}/tokens/{id}",
    tag = "tenants",
    operation_id = "revokeToken",
    responses(
        (status = 204, description = "It is revoked"),
    )
)]
pub(crate) async fn delete(State(api): State<Api>, request: Request) -> Answer {
    let mut asked = api.admit(request, Operation::TokenRevoke).await?;
    asked.no_query()?;
    let id: TokenId = asked.id("Token")?;
    let admitted = asked.admitted;
    let written = api
        .write(asked.operation, |portolan| async move { portolan.revoke_token(&admitted, id).await })
        .await?;
    Ok(no_content().replayed(written.replayed))
}

fn time(text: &str) -> Result<Timestamp, &'static str> {
    text.parse().map_err(|_| "not a time of RFC 3339, such as 2026-01-31T12:00:00Z")
}
