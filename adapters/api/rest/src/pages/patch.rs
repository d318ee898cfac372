//! Editing a page.

use axum::extract::{Request, State};
use portolan::core::access::Operation;
use portolan::{EditPage, WrittenPage};

use super::put::body_limit;
use super::written::WrittenJson;
use crate::answer::{Answer, With as _};
use crate::api::Api;
use crate::body::{any_bool, any_text, edits, text};
use crate::conditions;
use crate::openapi::bodies;

/// Edits a page: all of the edits are made, or none.
///
/// Each edit names its place in the text. One that fits nowhere or in several places is refused with `edit-not-applied`, which
/// names candidates; then nothing was changed.
#[utoipa::path(
    patch,
    path = "/v1/tenants/{tenant}/wikis/{wiki}/pages/{path}",
    tag = "pages",
    operation_id = "editPage",
    params(
        ("If-Match" = Option<String>, Header, description = "The version or revision the edits are made for, in quotes; several may be listed.", example = "\"8ab686eafeb1f44702738c8b0f24f2567c36da6d\""),
    ),
    request_body(content = bodies::EditPage),
    responses(
        (status = 200, description = "The page was changed, or would be by a dry run", body = WrittenJson<'static>, headers(("ETag" = String, description = "The version, in quotes; absent for a dry run."))),
    )
)]
pub(crate) async fn patch(State(api): State<Api>, request: Request) -> Answer {
    let mut asked = api.admit(request, Operation::PageEdit).await?;
    asked.expect_json()?;
    asked.no_query()?;
    let header = conditions::to_change(&asked.parts.headers)?;
    let fields = asked.object(body_limit(api.portolan.options().page_bytes)).await?;
    let (edits, message, base, dry_run) = fields.read(|fields| {
        let edits = fields.required_parts("edits", edits);
        let message = fields.optional("message", any_text);
        let base = fields.optional("base", text(conditions::base));
        let dry_run = fields.optional("dry_run", any_bool);
        Some((edits?, message, base, dry_run.unwrap_or(false)))
    })?;
    let condition = conditions::with_base(header, base)?;
    let edit = EditPage { path: asked.page_to_write()?, edits, message, condition };
    let admitted = asked.admitted;
    if dry_run {
        let draft = api.portolan.draft_edits(&admitted, edit).await?;
        return WrittenJson::of_draft(&draft).answer(false);
    }
    let written = api
        .write(asked.operation, |portolan| async move { portolan.edit_page(&admitted, edit).await })
        .await?;
    let WrittenPage { effect, diff } = written.value;
    Ok(WrittenJson::of(&effect, &diff).answer(false)?.etag(effect.version).replayed(written.replayed))
}
