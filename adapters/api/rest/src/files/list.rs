//! Listing files.

use axum::extract::{Request, State};
use portolan::core::access::Operation;
use portolan::core::git::Oid;
use portolan::core::wiki::path::PathPrefix;
use portolan::{FileItem, FileList, Listed};
use serde::Serialize;
use utoipa::ToSchema;

use crate::answer::{Answer, ListAtJson, ok};
use crate::api::Api;
use crate::openapi::types;

/// A file in a list.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FileItem)]
struct ItemJson<'a> {
    #[schema(value_type = types::FilePath)]
    path: &'a str,
    #[schema(value_type = types::ObjectId)]
    version: Oid,
    #[schema(value_type = types::ObjectId)]
    revision: Oid,
    bytes: u64,
    /// What the extension says. Where the bytes do not agree, the file itself is answered as `application/octet-stream`.
    content_type: &'static str,
}

impl<'a> From<&'a FileItem> for ItemJson<'a> {
    fn from(item: &'a FileItem) -> Self {
        let FileItem { path, version, revision, bytes, content_type } = item;
        Self {
            path: path.as_str(),
            version: *version,
            revision: *revision,
            bytes: *bytes,
            content_type: content_type.essence,
        }
    }
}

/// Lists files by path.
#[utoipa::path(
    get,
    path = "/v1/tenants/{tenant}/wikis/{wiki}/files",
    tag = "files",
    operation_id = "listFiles",
    params(
        ("prefix" = Option<String>, Query, description = "Only paths that begin so."),
    ),
    responses(
        (status = 200, description = "Files by path, and the head they were listed at", body = ListAtJson<ItemJson<'static>>),
    )
)]
pub(crate) async fn list(State(api): State<Api>, request: Request) -> Answer {
    let mut asked = api.admit(request, Operation::FileList).await?;
    let (prefix, paging) = asked.query()?.read(|query| {
        let paging = query.paging();
        Some((query.parsed("prefix", PathPrefix::parse).unwrap_or_default(), paging))
    })?;
    let FileList { files: Listed { items, next }, head } =
        api.portolan.list_files(&asked.admitted, &prefix, &paging).await?;
    ok(&ListAtJson { items: items.iter().map(ItemJson::from).collect(), next, head })
}
