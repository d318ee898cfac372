//! Reading a page.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use http::header::{CONTENT_TYPE, VARY, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderValue, StatusCode};
use jiff::Timestamp;
use portolan::core::access::Operation;
use portolan::core::git::Oid;
use portolan::core::wiki::page::front_matter;
use portolan::core::wiki::path::PagePath;
use portolan::{PageRead, PageView};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::accept::{Form, form};
use crate::answer::{Answer, With as _, ok};
use crate::api::Api;
use crate::asked::Asked;
use crate::conditions;
use crate::openapi::types;
use crate::wire::AuthorJson;

/// A page, with all that is known about it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Page)]
struct PageJson<'a> {
    #[schema(value_type = types::PagePath)]
    path: &'a str,
    title: &'a str,
    content: &'a str,
    #[schema(value_type = types::ObjectId)]
    version: Oid,
    #[schema(value_type = types::ObjectId)]
    revision: Oid,
    #[schema(value_type = types::Time)]
    updated_at: Timestamp,
    author: AuthorJson<'a>,
    #[schema(value_type = Object)]
    frontmatter: Map<String, Value>,
    #[schema(value_type = types::ObjectId)]
    head: Oid,
    bytes: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    redirect: Option<&'a str>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    lossy: bool,
}

/// Answers a page, or sends the reader on where it is a redirect stub.
#[utoipa::path(
    get,
    path = "/v1/tenants/{tenant}/wikis/{wiki}/pages/{path}",
    tag = "pages",
    operation_id = "readPage",
    params(
        ("revision" = Option<types::ObjectId>, Query, description = "A version of this page, or any commit of the main line."),
        ("redirect" = Option<String>, Query, description = "`no`: the stub itself, where the page is one.", pattern = "^no$"),
        ("If-None-Match" = Option<String>, Header, description = "Entity tags that the reader has.", example = "\"8ab686eafeb1f44702738c8b0f24f2567c36da6d\""),
    ),
    responses(
        (status = 200, description = "The page, or its exact bytes", content((PageJson<'static> = "application/json"), (String = "text/markdown")), headers(("ETag" = String, description = "The version, in quotes."), ("Vary" = String, description = "`Accept`."))),
        (status = 304, description = "The bytes are those that `If-None-Match` names; only for `text/markdown`"),
        (status = 308, description = "A redirect stub: the page is at `Location`"),
    )
)]
pub(crate) async fn get(State(api): State<Api>, request: Request) -> Answer {
    let mut asked = api.admit(request, Operation::PageRead).await?;
    let (revision, stay) = asked.query()?.read(|query| {
        let stay =
            query.parsed("redirect", |text| if text == "no" { Ok(()) } else { Err("takes only `no`") });
        Some((query.text("revision"), stay.is_some()))
    })?;
    let path = asked.page_to_read()?;
    let stay = stay || revision.is_some();
    let page = api.portolan.read_page(&asked.admitted, &PageRead { path, revision }).await?;
    if !stay && let Some(target) = target(&page) {
        return Ok(vary(redirect(&asked, &target)));
    }
    let response = match form(&asked.parts.headers) {
        Form::Json => json(&page)?,
        Form::Markdown => markdown(&asked, &page),
    };
    Ok(vary(response.etag(page.version)))
}

/// Where a redirect stub leads; none where that is no path, or the stub itself.
fn target(page: &PageView) -> Option<PagePath> {
    let target = page.redirect.as_deref()?;
    let target = PagePath::parse(target.strip_prefix('/').unwrap_or(target)).ok()?;
    (target != page.path).then_some(target)
}

fn redirect(asked: &Asked, target: &PagePath) -> Response {
    let query = asked.parts.uri.query().map_or_else(String::new, |query| format!("?{query}"));
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::PERMANENT_REDIRECT;
    response.location(&format!("{}/pages/{}{query}", asked.wiki_path(), target.to_url()))
}

fn json(page: &PageView) -> Answer {
    let (content, lossy) = page.text();
    let PageView { path, title, content: raw, version, revision, updated_at, author, redirect, head } = page;
    ok(&PageJson {
        path: path.as_str(),
        title,
        content: &content,
        version: *version,
        revision: *revision,
        updated_at: *updated_at,
        author: author.into(),
        frontmatter: front_matter(&content),
        head: *head,
        bytes: raw.len(),
        redirect: redirect.as_deref(),
        lossy,
    })
}

/// The page's exact bytes, or that the reader has them.
fn markdown(asked: &Asked, page: &PageView) -> Response {
    if conditions::is_known(&asked.parts.headers, page.version) {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        return response;
    }
    let mut response = Response::new(Body::from(page.content.clone()));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/markdown; charset=utf-8"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

fn vary(mut response: Response) -> Response {
    response.headers_mut().insert(VARY, HeaderValue::from_static("Accept"));
    response
}
