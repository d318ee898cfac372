//! Members.

use axum::extract::{Request, State};
use jiff::Timestamp;
use portolan::core::access::Operation;
use portolan::core::id::MemberId;
use portolan::core::tenancy::{DisplayName, Email, Member, Role};
use serde::Serialize;

use crate::answer::{self, Answer, With as _, no_content, ok};
use crate::api::Api;
use crate::body::text;

/// A member.
#[derive(Debug, Serialize)]
struct MemberJson {
    id: MemberId,
    name: DisplayName,
    email: Email,
    role: Role,
    created_at: Timestamp,
}

impl From<Member> for MemberJson {
    fn from(member: Member) -> Self {
        let Member { id, name, email, role, created_at } = member;
        Self { id, name, email, role, created_at }
    }
}

/// Lists members.
pub(crate) async fn list(State(api): State<Api>, request: Request) -> Answer {
    let mut asked = api.admit(request, Operation::MemberList).await?;
    let paging = asked.query()?.read(|query| Some(query.paging()))?;
    answer::list(api.portolan.list_members(&asked.admitted, &paging).await?, MemberJson::from)
}

/// Gives a member another role.
pub(crate) async fn update(State(api): State<Api>, request: Request) -> Answer {
    let mut asked = api.admit(request, Operation::MemberUpdate).await?;
    asked.expect_json()?;
    asked.no_query()?;
    let fields = asked.object(api.options.body_bytes).await?;
    let role = fields.read(|fields| fields.required("role", text(|text| text.parse::<Role>())))?;
    let id: MemberId = asked.id("Member")?;
    let admitted = asked.admitted;
    let written = api
        .write(asked.operation, |portolan| async move { portolan.update_member(&admitted, id, role).await })
        .await?;
    Ok(ok(&MemberJson::from(written.value))?.replayed(written.replayed))
}

/// Removes a member.
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
