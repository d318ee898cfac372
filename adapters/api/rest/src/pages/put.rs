//! Creating or overwriting a page.

use axum::extract::{Request, State};
use http::StatusCode;
use portolan::core::access::Operation;
use portolan::core::git::Oid;
use portolan::ports::ledger::PageEffect;
use portolan::{PageText, PutPage, Unified, WrittenPage};
use serde::Serialize;

use crate::answer::{Answer, With as _, json};
use crate::api::Api;
use crate::body::text;
use crate::conditions;

/// What a write did.
#[derive(Debug, Serialize)]
struct WrittenJson<'a> {
    path: &'a str,
    version: Oid,
    revision: Oid,
    changed: bool,
    merged: bool,
    diff: &'a str,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    diff_cut: bool,
    head: Oid,
}

/// Creates or overwrites a page.
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
        let content = fields.required("content", text(Ok::<_, String>));
        let message = fields.optional("message", text(Ok::<_, String>));
        Some((content?, message))
    })?;
    let path = asked.page_to_write()?;
    let put = PutPage { path, text: PageText::new(content, page_bytes)?, message, condition };
    let admitted = asked.admitted.clone();
    let written = api
        .write(asked.operation, |portolan| async move { portolan.put_page(&admitted, put).await })
        .await?;
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
