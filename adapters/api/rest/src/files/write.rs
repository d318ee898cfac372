//! Writing and deleting a file.

use axum::extract::{Request, State};
use http::StatusCode;
use portolan::PutFile;
use portolan::core::access::Operation;
use portolan::core::git::Oid;
use portolan::core::wiki::ContentType;
use portolan::ports::ledger::FileEffect;
use serde::Serialize;
use utoipa::ToSchema;

use crate::answer::{Answer, With as _, json};
use crate::api::Api;
use crate::body::stated_length;
use crate::conditions;
use crate::deleted::{DeletedJson, deleted};
use crate::openapi::types;

/// A file of so many bytes needs no more room than a page.
const SMALL: u64 = 1 << 20;

/// What a write did.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WrittenFile)]
struct WrittenJson<'a> {
    #[schema(value_type = types::FilePath)]
    path: &'a str,
    #[schema(value_type = types::ObjectId)]
    version: Oid,
    #[schema(value_type = types::ObjectId)]
    revision: Oid,
    changed: bool,
    bytes: u64,
    content_type: &'static str,
    #[schema(value_type = types::ObjectId)]
    head: Oid,
}

/// Creates or overwrites a file with the bytes of the body, whatever `Content-Type` it has: what the file is, its extension says,
/// and its first bytes must agree.
#[utoipa::path(
    put,
    path = "/v1/tenants/{tenant}/wikis/{wiki}/files/{path}",
    tag = "files",
    operation_id = "putFile",
    params(
        ("message" = Option<String>, Query, description = "The commit's message; what was done, where absent or blank."),
        ("If-Match" = Option<String>, Header, description = "The version or revision that is overwritten, in quotes; several may be listed.", example = "\"8ab686eafeb1f44702738c8b0f24f2567c36da6d\""),
        ("If-None-Match" = Option<String>, Header, description = "`*`: only create the file.", example = "*"),
    ),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses(
        (status = 200, description = "The file was changed, or was so already", body = WrittenJson<'static>, headers(("ETag" = String, description = "The version, in quotes."))),
        (status = 201, description = "The file was created", body = WrittenJson<'static>, headers(("ETag" = String, description = "The version, in quotes."))),
    )
)]
pub(crate) async fn put(State(api): State<Api>, request: Request) -> Answer {
    let mut asked = api.admit(request, Operation::FileWrite).await?;
    let message = asked.query()?.read(|query| Some(query.text("message")))?;
    let condition = conditions::to_write(&asked.parts.headers)?;
    let path = asked.file_to_write()?;
    let limit = usize::try_from(api.portolan.options().file_bytes).unwrap_or(usize::MAX);
    let _room = match stated_length(&asked.parts.headers) {
        Some(..=SMALL) => None,
        _ => api.uploads.acquire().await.ok(),
    };
    let content = asked.bytes("The file", limit).await?;
    let put = PutFile { path, content, message, condition };
    let admitted = asked.admitted.clone();
    let written =
        api.write(asked.operation, |portolan| async move { portolan.put_file(&admitted, put).await }).await?;
    let FileEffect { path, version, bytes, revision, changed, created, head } = written.value;
    let content_type = ContentType::of_name(path.last()).essence;
    let answer = WrittenJson { path: path.as_str(), version, revision, changed, bytes, content_type, head };
    let status = if created { StatusCode::CREATED } else { StatusCode::OK };
    let mut response = json(status, &answer)?.etag(version).replayed(written.replayed);
    if created {
        response = response.location(&format!("{}/files/{}", asked.wiki_path(), path.to_url()));
    }
    Ok(response)
}

/// Deletes a file.
#[utoipa::path(
    delete,
    path = "/v1/tenants/{tenant}/wikis/{wiki}/files/{path}",
    tag = "files",
    operation_id = "deleteFile",
    params(
        ("message" = Option<String>, Query, description = "The commit's message; what was done, where absent or blank."),
        ("If-Match" = Option<String>, Header, description = "The version or revision that is deleted, in quotes.", example = "\"8ab686eafeb1f44702738c8b0f24f2567c36da6d\""),
    ),
    responses(
        (status = 200, description = "The file was deleted", body = DeletedJson),
    )
)]
pub(crate) async fn delete(State(api): State<Api>, request: Request) -> Answer {
    let mut asked = api.admit(request, Operation::FileDelete).await?;
    let message = asked.query()?.read(|query| Some(query.text("message")))?;
    let condition = conditions::to_change(&asked.parts.headers)?;
    let path = asked.file_to_write()?;
    let admitted = asked.admitted;
    let written = api
        .write(asked.operation, |portolan| async move {
            portolan.delete_file(&admitted, &path, message.as_deref(), condition).await
        })
        .await?;
    deleted(&written)
}
