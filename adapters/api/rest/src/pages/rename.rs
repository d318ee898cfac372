//! Renaming a page.

use axum::extract::{Request, State};
use portolan::core::access::Operation;
use portolan::core::git::Oid;
use portolan::core::wiki::path::{PageKind, PagePath, Requested};
use portolan::{RenamePage, RenamedPage};
use serde::Serialize;
use utoipa::ToSchema;

use crate::answer::{Answer, With as _, ok};
use crate::api::Api;
use crate::body::{any_text, text};
use crate::conditions;
use crate::openapi::{bodies, types};

/// What a renaming did.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RenamedPage)]
struct RenamedJson<'a> {
    #[schema(value_type = types::PagePath)]
    from: &'a str,
    #[schema(value_type = types::PagePath)]
    to: &'a str,
    #[schema(value_type = types::ObjectId)]
    revision: Oid,
    /// The other pages whose links were rewritten.
    #[schema(value_type = Vec<types::PagePath>)]
    rewritten: Vec<&'a str>,
    #[schema(value_type = types::ObjectId)]
    head: Oid,
}

/// Most bytes of a body: two paths, a message, and their escapes.
const BODY: usize = 64 << 10;

/// Renames a page, rewrites the links to it, and leaves a redirect under its old name: one commit.
#[utoipa::path(
    post,
    path = "/v1/tenants/{tenant}/wikis/{wiki}/renames",
    tag = "pages",
    operation_id = "renamePage",
    request_body(content = bodies::RenamePage),
    responses(
        (status = 200, description = "The page was renamed", body = RenamedJson<'static>),
    )
)]
pub(crate) async fn create(State(api): State<Api>, request: Request) -> Answer {
    let mut asked = api.admit(request, Operation::PageRename).await?;
    asked.expect_json()?;
    asked.no_query()?;
    let rename = asked.object(BODY).await?.read(|fields| {
        let from = fields.required("from", text(Requested::<PageKind>::parse));
        let to = fields.required("to", text(Requested::<PageKind>::parse));
        let base = fields.optional("base", text(conditions::base));
        let message = fields.optional("message", any_text);
        Some(RenamePage { from: from?, to: to?, base, message })
    })?;
    let admitted = asked.admitted;
    let written = api
        .write(asked.operation, |portolan| async move { portolan.rename_page(&admitted, rename).await })
        .await?;
    let RenamedPage { from, to, revision, rewritten, head } = &written.value;
    let answer = RenamedJson {
        from: from.as_str(),
        to: to.as_str(),
        revision: *revision,
        rewritten: rewritten.iter().map(PagePath::as_str).collect(),
        head: *head,
    };
    Ok(ok(&answer)?.replayed(written.replayed))
}
