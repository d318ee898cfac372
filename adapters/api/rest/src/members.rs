//! Members.

use axum::extract::{Request, State};
use jiff::Timestamp;
use portolan::core::access::Operation;
use portolan::core::id::MemberId;
use portolan::core::tenancy::{DisplayName, Email, Member, Role};
use serde::Serialize;
use utoipa::ToSchema;

use crate::answer::{self, Answer, ListJson, With as _, no_content, ok};
use crate::api::Api;
use crate::body::text;
use crate::openapi::{bodies, types};

/// A member.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Member)]
struct MemberJson {
    #[schema(value_type = types::Id)]
    id: MemberId,
    #[schema(value_type = String)]
    name: DisplayName,
    #[schema(value_type = String)]
    email: Email,
    #[schema(value_type = types::Role)]
    role: Role,
    #[schema(value_type = types::Time)]
    created_at: Timestamp,
}

impl From<Member> for MemberJson {
    fn from(member: Member) -> Self {
        let Member { id, name, email, role, created_at } = member;
        Self { id, name, email, role, created_at }
    }
}

/// Lists members.
#[utoipa::path(
    get,
    path = "/v1/tenants/{tenant}/members",
    tag = "tenants",
    operation_id = "listMembers",
    responses(
        (status = 200, description = "Members, oldest first", body = ListJson<MemberJson>),
    )
)]
pub(crate) async fn list(State(api): State<Api>, request: Request) -> Answer {
    let mut asked = api.admit(request, Operation::MemberList).await?;
    let paging = asked.query()?.read(|query| Some(query.paging()))?;
    answer::list(api.portolan.list_members(&asked.admitted, &paging).await?, MemberJson::from)
}

/// Gives a member another role.
#[utoipa::path(
    put,
    path = "/v1/tenants/{tenant}/members/{id}",
    tag = "tenants",
    operation_id = "updateMember",
    request_body(content = bodies::UpdateMember),
    responses(
        (status = 200, description = "The member", body = MemberJson),
    )
)]
pub(crate) async fn update(State(api): State<Api>, request: Request) -> Answer {
    let mut asked = api.admit(request, Operation::MemberUpdate).await?;
    asked.expect_json()?;
    asked.no_query()?;
    let fields = asked.object(api.options.body_bytes).await?;
    let role = fields.read(|fields| fields.required("role", text(str::parse::<Role>)))?;
    let id: MemberId = asked.id("Member")?;
    let admitted = asked.admitted;
    let written = api
        .write(asked.operation, |portolan| async move { portolan.update_member(&admitted, id, role).await })
        .await?;
    Ok(ok(&MemberJson::from(written.value))?.replayed(written.replayed))
}

/// Removes a member.
#[utoipa::path(
    delete,
    path = "/v1/tenants/{tenant}/members/{id}",
    tag = "tenants",
    operation_id = "removeMember",
    responses(
        (status = 204, description = "He is removed"),
    )
)]
pub(crate) async fn delete(State(api): State<Api>, request: Request) -> Answer {
    let mut asked = api.admit(request, Operation::MemberRemove).await?;
    asked.no_query()?;
    let id: MemberId = asked.id("Member")?;
    let admitted = asked.admitted;
    let written = api
        .write(asked.operation, |portolan| async move { portolan.remove_member(&admitted, id).await })
        .await?;
    Ok(no_content().replayed(written.replayed))
}
