//! Listing pages.

use axum::extract::{Request, State};
use jiff::Timestamp;
use portolan::core::access::Operation;
use portolan::core::git::Oid;
use portolan::core::wiki::path::PathPrefix;
use portolan::{Listed, PageItem, PageList, PageListFilter};
use serde::Serialize;
use utoipa::ToSchema;

use crate::answer::{Answer, ListAtJson, ok};
use crate::api::Api;
use crate::openapi::types;

/// A page in a list.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PageItem)]
struct ItemJson<'a> {
    #[schema(value_type = types::PagePath)]
    path: &'a str,
    title: &'a str,
    #[schema(value_type = types::ObjectId)]
    version: Oid,
    #[schema(value_type = types::ObjectId)]
    revision: Oid,
    #[schema(value_type = types::Time)]
    updated_at: Timestamp,
    bytes: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    redirect: Option<&'a str>,
}

impl<'a> From<&'a PageItem> for ItemJson<'a> {
    fn from(item: &'a PageItem) -> Self {
        let PageItem { path, title, version, revision, updated_at, bytes, redirect } = item;
        Self {
            path: path.as_str(),
            title,
            version: *version,
            revision: *revision,
            updated_at: *updated_at,
            bytes: *bytes,
            redirect: redirect.as_deref(),
        }
    }
}

/// Lists pages by path.
#[utoipa::path(
    get,
    path = "/v1/tenants/{tenant}/wikis/{wiki}/pages",
    tag = "pages",
    operation_id = "listPages",
    params(
        ("prefix" = Option<String>, Query, description = "Only paths that begin so."),
        ("category" = Option<String>, Query, description = "Only pages whose front matter has this `category`, in any case."),
        ("tag" = Option<String>, Query, description = "Only pages whose front matter has this among its `tags`, in any case."),
        ("updated_since" = Option<types::Time>, Query, description = "Only pages last changed then or later."),
    ),
    responses(
        (status = 200, description = "Pages by path, and the head they were listed at", body = ListAtJson<ItemJson<'static>>),
    )
)]
pub(crate) async fn list(State(api): State<Api>, request: Request) -> Answer {
    let mut asked = api.admit(request, Operation::PageList).await?;
    let (filter, paging) = asked.query()?.read(|query| {
        let paging = query.paging();
        let prefix = query.parsed("prefix", PathPrefix::parse).unwrap_or_default();
        let updated_since = query.time("updated_since");
        let (category, tag) = (query.text("category"), query.text("tag"));
        Some((PageListFilter { prefix, updated_since, category, tag }, paging))
    })?;
    let PageList { pages: Listed { items, next }, head } =
        api.portolan.list_pages(&asked.admitted, &filter, &paging).await?;
    ok(&ListAtJson { items: items.iter().map(ItemJson::from).collect(), next, head })
}
