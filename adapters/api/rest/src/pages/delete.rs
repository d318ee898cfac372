//! Deleting a page.

use axum::extract::{Request, State};
use portolan::core::access::Operation;

use crate::answer::Answer;
use crate::api::Api;
use crate::conditions;
use crate::deleted::{DeletedJson, deleted};

/// Deletes a page.
#[utoipa::path(
    delete,
    path = "/v1/tenants/{tenant}/wikis/{wiki}/pages/{path}",
    tag = "pages",
    operation_id = "deletePage",
    params(
        ("message" = Option<String>, Query, description = "The commit's message; what was done, where absent or blank."),
        ("If-Match" = Option<String>, Header, description = "The version or revision that is deleted, in quotes.", example = "\"8ab686eafeb1f44702738c8b0f24f2567c36da6d\""),
    ),
    responses(
        (status = 200, description = "The page was deleted", body = DeletedJson),
    )
)]
pub(crate) async fn delete(State(api): State<Api>, request: Request) -> Answer {
    let mut asked = api.admit(request, Operation::PageDelete).await?;
    let message = asked.query()?.read(|query| Some(query.text("message")))?;
    let condition = conditions::to_change(&asked.parts.headers)?;
    let path = asked.page_to_write()?;
    let admitted = asked.admitted;
    let written = api
        .write(asked.operation, |portolan| async move {
            portolan.delete_page(&admitted, &path, message.as_deref(), condition).await
        })
        .await?;
    deleted(&written)
}
