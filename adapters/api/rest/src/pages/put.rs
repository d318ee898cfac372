//! Creating or overwriting a page.

use axum::extract::{Request, State};
use portolan::core::access::Operation;
use portolan::{PageText, PutPage, WrittenPage};

use super::written::WrittenJson;
use crate::answer::{Answer, With as _};
use crate::api::Api;
use crate::body::{any_text, text};
use crate::conditions;
use crate::openapi::bodies;

/// Most bytes of a body that carries a page's text: a character takes at most six in JSON, `\u0041`.
pub(super) fn body_limit(page_bytes: u64) -> usize {
    usize::try_from(page_bytes.saturating_mul(6)).unwrap_or(usize::MAX).saturating_add(64 << 10)
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
    let header = conditions::to_write(&asked.parts.headers)?;
    let page_bytes = api.portolan.options().page_bytes;
    let limit = body_limit(page_bytes);
    let fields = asked.object(limit).await?;
    let (content, message, base) = fields.read(|fields| {
        let content = fields.required("content", any_text);
        let message = fields.optional("message", any_text);
        let base = fields.optional("base", text(conditions::base));
        Some((content?, message, base))
    })?;
    let condition = conditions::with_base(header, base)?;
    let path = asked.page_to_write()?;
    let put = PutPage { path, text: PageText::new(content, page_bytes)?, message, condition };
    let admitted = asked.admitted.clone();
    let written =
        api.write(asked.operation, |portolan| async move { portolan.put_page(&admitted, put).await }).await?;
    let WrittenPage { effect, diff } = written.value;
    let response = WrittenJson::of(&effect, &diff).answer(effect.created)?;
    let mut response = response.etag(effect.version).replayed(written.replayed);
    if effect.created {
        response = response.location(&format!("{}/pages/{}", asked.wiki_path(), effect.path.to_url()));
    }
    Ok(response)
}
