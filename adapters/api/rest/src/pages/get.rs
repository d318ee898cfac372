//! Reading a page.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use bytes::Bytes;
use http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, VARY, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderValue, StatusCode};
use portolan::core::access::Operation;
use portolan::core::wiki::path::PagePath;
use portolan::{Admitted, HtmlRead, PageHtml, PagePart, PageRead, PageView, PartOf};

use super::page_json::{PageJson, Shown, View};
use crate::accept::{Form, form};
use crate::answer::{Answer, With as _, ok};
use crate::api::Api;
use crate::asked::Asked;
use crate::conditions;
use crate::openapi::types;
use crate::problem::Problem;

/// What a browser may do with a rendered page: show it, with images.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; img-src 'self' https:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

/// Answers a page, or sends the reader on where it is a redirect stub.
#[utoipa::path(
    get,
    path = "/v1/tenants/{tenant}/wikis/{wiki}/pages/{path}",
    tag = "pages",
    operation_id = "readPage",
    params(
        ("revision" = Option<types::ObjectId>, Query, description = "A version of this page, or any commit of the main line."),
        ("section" = Option<String>, Query, description = "Only this section, with all below it: its whole path in the outline, case exact. Not together with `lines`.", example = "Guides > First steps"),
        ("lines" = Option<String>, Query, description = "Only these lines: `10-40`, or `10-` to the end.", pattern = "^[0-9]+-[0-9]*$", example = "10-40"),
        ("view" = Option<String>, Query, description = "`outline`: the headings for content, as JSON.", pattern = "^(full|outline)$"),
        ("redirect" = Option<String>, Query, description = "`no`: the stub itself, where the page is one.", pattern = "^no$"),
        ("If-None-Match" = Option<String>, Header, description = "Entity tags that the reader has.", example = "\"8ab686eafeb1f44702738c8b0f24f2567c36da6d\""),
    ),
    responses(
        (status = 200, description = "The page, its exact bytes, or what it looks like: the inside of a body, sanitised", content((PageJson<'static> = "application/json"), (String = "text/markdown"), (String = "text/html")), headers(("ETag" = String, description = "The version, in quotes; of HTML `\"<version>-html\"`."), ("Vary" = String, description = "`Accept`."), ("Content-Security-Policy" = String, description = "With HTML: nothing runs."))),
        (status = 304, description = "The bytes are those that `If-None-Match` names; only for whole pages as `text/markdown` and `text/html`"),
        (status = 308, description = "A redirect stub: the page is at `Location`, behind all stubs in between. One of stubs that lead round in a circle is answered as a page."),
    )
)]
pub(crate) async fn get(State(api): State<Api>, request: Request) -> Answer {
    let mut asked = api.admit(request, Operation::PageRead).await?;
    let Query { revision, stay, part, view } = query(&mut asked)?;
    let path = asked.page_to_read()?;
    let stay = stay || revision.is_some();
    let read = PageRead { path, revision };
    let form = if view == View::Outline { Form::Json } else { form(&asked.parts.headers) };
    if form == Form::Html {
        let read = HtmlRead { page: read, part, follow: !stay, base: asked.wiki_path() };
        let page = api.portolan.read_html(&asked.admitted, &read).await?;
        return Ok(vary(html(&asked, page, read.part.is_none())));
    }
    let page = api.portolan.read_page(&asked.admitted, &read).await?;
    if !stay && let Some(target) = api.portolan.leads_to(&asked.admitted, &page).await? {
        return Ok(vary(redirect(&asked, &target)));
    }
    let part = part.map(|part| page.part(&part)).transpose()?;
    let response = match form {
        Form::Markdown => markdown(&asked, &page, part),
        Form::Json | Form::Html => json(&api, &asked.admitted, &page, part, view).await?,
    };
    Ok(vary(response.etag(page.version)))
}

/// What the query asks for.
struct Query {
    revision: Option<String>,
    /// Whether a redirect stub is to be read itself.
    stay: bool,
    part: Option<PartOf>,
    view: View,
}

fn query(asked: &mut Asked) -> Result<Query, Problem> {
    let (query, sections_and_lines, outline_of_part) = asked.query()?.read(|query| {
        let stay =
            query.parsed("redirect", |text| if text == "no" { Ok(()) } else { Err("takes only `no`") });
        let revision = query.text("revision");
        let section = query.text("section");
        let lines = query.parsed("lines", str::parse);
        let view = query.parsed("view", View::parse).unwrap_or_default();
        let both = section.is_some() && lines.is_some();
        let part = section.map(PartOf::Section).or(lines.map(PartOf::Lines));
        let outline_of_part = view == View::Outline && part.is_some();
        Some((Query { revision, stay: stay.is_some(), part, view }, both, outline_of_part))
    })?;
    if sections_and_lines {
        return Err(Problem::malformed_at("?lines", "ask either for a section or for lines, not for both"));
    }
    if outline_of_part {
        return Err(Problem::malformed_at(
            "?view",
            "an outline is the whole page's; leave section and lines out",
        ));
    }
    Ok(query)
}

fn redirect(asked: &Asked, target: &PagePath) -> Response {
    let query = asked.parts.uri.query().map_or_else(String::new, |query| format!("?{query}"));
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::PERMANENT_REDIRECT;
    response.location(&format!("{}/pages/{}{query}", asked.wiki_path(), target.to_url()))
}

async fn json(api: &Api, admitted: &Admitted, page: &PageView, part: Option<PagePart>, view: View) -> Answer {
    let links = api.portolan.links_of(admitted, page).await?;
    let shown = match (&part, view) {
        (Some(part), _) => Shown::Part(part),
        (None, View::Full) => Shown::Whole,
        (None, View::Outline) => {
            let (outline, cut) = page.outline();
            Shown::Outline(outline, cut)
        }
    };
    ok(&PageJson::new(page, shown, page.content.len() as u64, Some((&page.text().0, links))))
}

/// The exact bytes of the page, or of a part of it; or that the reader has the page.
fn markdown(asked: &Asked, page: &PageView, part: Option<PagePart>) -> Response {
    if part.is_none() && conditions::is_known(&asked.parts.headers, &page.version.to_string()) {
        return not_modified();
    }
    let content = part.map_or_else(|| page.content.clone(), |part| part.content);
    bytes(content, HeaderValue::from_static("text/markdown; charset=utf-8"))
}

/// The page rendered, or a part of it; or that the reader has the page.
fn html(asked: &Asked, page: PageHtml, whole: bool) -> Response {
    let PageHtml { path: _, version, leads_to, html, head: _ } = page;
    if let Some(target) = leads_to {
        return redirect(asked, &target);
    }
    let tag = format!("{version}-html");
    let mut response = if whole && conditions::is_known(&asked.parts.headers, &tag) {
        not_modified()
    } else {
        bytes(html, HeaderValue::from_static("text/html; charset=utf-8"))
    };
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, POLICY);
    if let Ok(tag) = HeaderValue::from_str(&format!("\"{tag}\"")) {
        headers.insert(ETAG, tag);
    }
    response
}

fn not_modified() -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NOT_MODIFIED;
    response
}

fn bytes(content: Bytes, kind: HeaderValue) -> Response {
    let mut response = Response::new(Body::from(content));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, kind);
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

fn vary(mut response: Response) -> Response {
    response.headers_mut().insert(VARY, HeaderValue::from_static("Accept"));
    response
}
