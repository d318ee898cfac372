//! Creating or overwriting a page.

use axum::extract::{Request, State};
use http::StatusCode;
use portolan::core::access::Operation;
use portolan::core::git::Oid;
use portolan::ports::ledger::PageEffect;
use portolan::{PageText, PutPage, Unified, WrittenPage};
use serde::Serialize;
use utoipa::ToSchema;

use crate::answer::{Answer, With as _, json};
use crate::api::Api;
use crate::body::any_text;
use crate::conditions;
use crate::openapi::{bodies, types};

/// What a write did.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WrittenPage)]
struct WrittenJson<'a> {
    #[schema(value_type = types::PagePath)]
    path: &'a str,
    #[schema(value_type = types::ObjectId)]
    version: Oid,
    #[schema(value_type = types::ObjectId)]
    revision: Oid,
    changed: bool,
    merged: bool,
    diff: &'a str,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    diff_cut: bool,
    #[schema(value_type = types::ObjectId)]
    head: Oid,
}

/// Creates or overwrites a page.
#[utoipa::path(
    put,
    path = "/v1/tenants/{tenant}/wikis/{wiki}/pages/{path}",
    tag = "pages",
    operation_id = "putPage",
    params(
        ("If-Match" = Option<String>, Header, description = "The version or revision the change was made on, in quotes; several may be listed.", example = "\"8ab686eafeb1f44702738c8b0f24f2567c36da6d\""),
        ("If-None-Match" = Option<String>, Header, description = "`*`: only create the page.", example = "*"),
    ),
    request_body(content = bodies::PutPage),
    responses(
        (status = 200, description = "The page was changed, or was so already", body = WrittenJson<'static>, headers(("ETag" = String, description = "The version, in quotes."))),
        (status = 201, description = "The page was created", body = WrittenJson<'static>, headers(("ETag" = String, description = "The version, in quotes."))),
    )
)]
pub(crate) async fn put(State(api): State<Api>, request: Request) -> Answer {
    let mut asked = api.admit(request, Operation::PageWrite).await?;
    asked.expect_json()?;
    asked.no_query()?;
    let condition = conditions::to_write(&asked.parts.headers)?;
    let page_bytes = api.portolan.options().page_bytes;
    // A character takes at most six bytes in JSON: `\u0041`.
    let limit = usize::try_from(page_bytes.saturating_mul(6)).unwrap_or(usize::MAX).saturating_add(64 << 10);
    let fields = asked.object(limit).await?;
    let (content, message) = fields.read(|fields| {
        let content = fields.required("content", any_text);
        let message = fields.optional("message", any_text);
        Some((content?, message))
    })?;
    let path = asked.page_to_write()?;
    let put = PutPage { path, text: PageText::new(content, page_bytes)?, message, condition };
    let admitted = asked.admitted.clone();
    let written =
        api.write(asked.operation, |portolan| async move { portolan.put_page(&admitted, put).await }).await?;
    let WrittenPage { effect, diff: Unified { text: diff, cut } } = written.value;
    let PageEffect { path, version, previous: _, revision, changed, created, head } = effect;
    let answer = WrittenJson {
        path: path.as_str(),
        version,
        revision,
        changed,
        merged: false,
        diff: &diff,
        diff_cut: cut,
        head,
    };
    let status = if created { StatusCode::CREATED } else { StatusCode::OK };
    let mut response = json(status, &answer)?.etag(version).replayed(written.replayed);
    if created {
        response = response.location(&format!("{}/pages/{}", asked.wiki_path(), path.to_url()));
    }
    Ok(response)
}
