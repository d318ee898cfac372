//! Invites, and becoming a member by one.

use axum::extract::{Request, State};
use http::StatusCode;
use jiff::Timestamp;
use portolan::core::access::Operation;
use portolan::core::id::{InviteId, MemberId, TokenId};
use portolan::core::tenancy::{DisplayName, Email, Invite, Member, Role};
use portolan::core::token::InviteCode;
use portolan::{NewInvite, Redeem, Redeemed};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;
use utoipa::ToSchema;

use crate::answer::{self, Answer, ListJson, With as _, json, no_content};
use crate::api::Api;
use crate::asked::call;
use crate::body::{self, any_text, text};
use crate::openapi::{bodies, types};
use crate::problem::{Problem, Slug};
use crate::query::Query;

/// An invite as it is listed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Invite)]
struct InviteJson {
    #[schema(value_type = types::Id)]
    id: InviteId,
    #[schema(value_type = String)]
    email: Email,
    #[schema(value_type = types::Role)]
    role: Role,
    #[schema(value_type = types::Time)]
    created_at: Timestamp,
    #[schema(value_type = types::Time)]
    expires_at: Timestamp,
}

impl From<Invite> for InviteJson {
    fn from(invite: Invite) -> Self {
        let Invite { id, email, role, hash: _, created_at, expires_at } = invite;
        Self { id, email, role, created_at, expires_at }
    }
}

/// A new invite, with its code.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NewInvite)]
struct NewInviteJson<'a> {
    #[schema(value_type = types::Id)]
    id: InviteId,
    #[schema(value_type = String)]
    email: &'a Email,
    #[schema(value_type = types::Role)]
    role: Role,
    code: Option<&'a str>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    secret_shown: bool,
    #[schema(value_type = types::Time)]
    expires_at: Timestamp,
}

/// A new member, and his first token.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Redeemed)]
struct RedeemedJson<'a> {
    member: NewMemberJson<'a>,
    token: FirstTokenJson<'a>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NewMember)]
struct NewMemberJson<'a> {
    #[schema(value_type = types::Id)]
    id: MemberId,
    #[schema(value_type = String)]
    name: &'a DisplayName,
    #[schema(value_type = String)]
    email: &'a Email,
    #[schema(value_type = types::Role)]
    role: Role,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FirstToken)]
struct FirstTokenJson<'a> {
    #[schema(value_type = types::Id)]
    id: TokenId,
    secret: Option<&'a str>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    secret_shown: bool,
    #[schema(value_type = Option<types::Time>)]
    expires_at: Option<Timestamp>,
}

/// Invites somebody.
#[utoipa::path(
    post,
    path = "/v1/tenants/{tenant}/invites",
    tag = "tenants",
    operation_id = "createInvite",
    request_body(content = bodies::CreateInvite),
    responses(
        (status = 201, description = "The invite, with its code", body = NewInviteJson<'static>),
    )
)]
pub(crate) async fn create(State(api): State<Api>, request: Request) -> Answer {
    let mut asked = api.admit(request, Operation::InviteCreate).await?;
    asked.expect_json()?;
    asked.no_query()?;
    let fields = asked.object(api.options.body_bytes).await?;
    let new = fields.read(|fields| {
        let email = fields.required("email", text(Email::parse));
        let role = fields.required("role", text(str::parse::<Role>));
        Some(NewInvite { email: email?, role: role? })
    })?;
    let admitted = asked.admitted.clone();
    let written = api
        .write(asked.operation, |portolan| async move { portolan.create_invite(&admitted, new).await })
        .await?;
    let Invite { id, email, role, hash: _, created_at: _, expires_at } = &written.value.value;
    let body = NewInviteJson {
        id: *id,
        email,
        role: *role,
        code: written.value.secret.as_ref().map(SecretString::expose_secret),
        secret_shown: written.replayed,
        expires_at: *expires_at,
    };
    let location = format!("{}/invites/{id}", asked.tenant_path());
    Ok(json(StatusCode::CREATED, &body)?.location(&location).replayed(written.replayed))
}

/// Lists open invites.
#[utoipa::path(
    get,
    path = "/v1/tenants/{tenant}/invites",
    tag = "tenants",
    operation_id = "listInvites",
    responses(
        (status = 200, description = "Open invites, oldest first", body = ListJson<InviteJson>),
    )
)]
pub(crate) async fn list(State(api): State<Api>, request: Request) -> Answer {
    let mut asked = api.admit(request, Operation::InviteList).await?;
    let paging = asked.query()?.read(|query| Some(query.paging()))?;
    answer::list(api.portolan.list_invites(&asked.admitted, &paging).await?, InviteJson::from)
}

/// Withdraws an invite.
#[utoipa::path(
    delete,
    path = "/v1/tenants/{tenant}/invites/{id}",
    tag = "tenants",
    operation_id = "deleteInvite",
    responses(
        (status = 204, description = "It is withdrawn"),
    )
)]
pub(crate) async fn delete(State(api): State<Api>, request: Request) -> Answer {
    let mut asked = api.admit(request, Operation::InviteDelete).await?;
    asked.no_query()?;
    let id: InviteId = asked.id("Invite")?;
    let admitted = asked.admitted;
    let written = api
        .write(asked.operation, |portolan| async move { portolan.delete_invite(&admitted, id).await })
        .await?;
    Ok(no_content().replayed(written.replayed))
}

/// Makes the holder of a code a member. The code is all the authority it takes.
#[utoipa::path(
    post,
    path = "/v1/invites/redeem",
    tag = "tenants",
    operation_id = "redeemInvite",
    request_body(content = bodies::RedeemInvite),
    responses(
        (status = 201, description = "The new member, and his first token", body = RedeemedJson<'static>),
    )
)]
pub(crate) async fn redeem(State(api): State<Api>, request: Request) -> Answer {
    let (parts, body) = request.into_parts();
    let (call, bad_key) = call(&parts)?;
    body::expect_plain(&parts.headers, &body)?;
    body::expect_json(&parts.headers, &body)?;
    if let Some(bad) = bad_key {
        return Err(bad);
    }
    Query::none(parts.uri.query())?;
    let fields = body::object(&parts.headers, body, api.options.body_bytes).await?;
    let (code, name) = fields.read(|fields| {
        let code = fields.required("code", any_text);
        let name = fields.required("name", text(DisplayName::parse));
        Some((code?, name?))
    })?;
    let unusable =
        "This invite code cannot be used: it is unknown, used, withdrawn or expired; ask for a new one.";
    let code = InviteCode::parse(&code).map_err(|_| Problem::new(Slug::InviteInvalid, unusable))?;
    let redeem = Redeem { code, name };
    let written = api
        .write(Operation::InviteRedeem, |portolan| async move { portolan.redeem_invite(redeem, call).await })
        .await?;
    let Redeemed { member, token, secret } = &written.value;
    let Member { id, name, email, role, created_at: _ } = member;
    let body = RedeemedJson {
        member: NewMemberJson { id: *id, name, email, role: *role },
        token: FirstTokenJson {
            id: token.id,
            secret: secret.as_ref().map(SecretString::expose_secret),
            secret_shown: written.replayed,
            expires_at: token.expires_at,
        },
    };
    Ok(json(StatusCode::CREATED, &body)?.replayed(written.replayed))
}
