//! Deleting a page.

use axum::extract::{Request, State};
use portolan::Deleted;
use portolan::core::access::Operation;
use portolan::core::git::Oid;
use serde::Serialize;

use crate::answer::{Answer, With as _, ok};
use crate::api::Api;
use crate::conditions;

/// What a deletion did.
#[derive(Debug, Serialize)]
struct DeletedJson {
    revision: Oid,
    head: Oid,
}

/// Deletes a page.
pub(crate) async fn delete(State(api): State<Api>, request: Request) -> Answer {
    let mut asked = api.admit(request, Operation::PageDelete).await?;
    let message = asked.query()?.read(|query| Some(query.text("message")))?;
    let condition = conditions::to_delete(&asked.parts.headers)?;
    let path = asked.page_to_write()?;
    let admitted = asked.admitted;
    let written = api
        .write(asked.operation, |portolan| async move {
            portolan.delete_page(&admitted, &path, message.as_deref(), condition).await
        })
        .await?;
    let Deleted { revision, head } = written.value;
    Ok(ok(&DeletedJson { revision, head })?.replayed(written.replayed))
}
