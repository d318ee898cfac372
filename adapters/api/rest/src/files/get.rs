//! Reading a file: bytes that no browser runs.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_RANGE, CONTENT_SECURITY_POLICY, CONTENT_TYPE,
    X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, HeaderValue, StatusCode};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use portolan::core::access::Operation;
use portolan::{FileRead, FileView};

use super::range::{Part, part};
use crate::answer::{Answer, With as _};
use crate::api::Api;
use crate::conditions;
use crate::problem::Problem;

/// What stays as it is in a name (RFC 8187 §3.2.1, `attr-char`); less than may.
const IN_NAME: AsciiSet = NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Answers a file's bytes. What a browser could run (SVG, HTML, whatever is unknown) is a download.
#[utoipa::path(
    get,
    path = "/v1/tenants/{tenant}/wikis/{wiki}/files/{path}",
    tag = "files",
    operation_id = "readFile",
    params(
        ("revision" = Option<crate::openapi::types::ObjectId>, Query, description = "A version of this file, or any commit of the main line."),
        ("If-None-Match" = Option<String>, Header, description = "Entity tags that the reader has.", example = "\"8ab686eafeb1f44702738c8b0f24f2567c36da6d\""),
        ("Range" = Option<String>, Header, description = "One part of the bytes; several at once are answered as a whole.", example = "bytes=0-1023"),
        ("If-Range" = Option<String>, Header, description = "Only of this version; of another one everything is sent.", example = "\"8ab686eafeb1f44702738c8b0f24f2567c36da6d\""),
    ),
    responses(
        (status = 200, description = "The bytes, of the type that the extension names where they look like it", body = Vec<u8>, content_type = "*/*", headers(("ETag" = String, description = "The version, in quotes."), ("Content-Disposition" = String, description = "`inline` for what a browser may show, else `attachment`."))),
        (status = 206, description = "The part asked for", body = Vec<u8>, content_type = "*/*", headers(("Content-Range" = String, description = "Which part."))),
        (status = 304, description = "The bytes are those that `If-None-Match` names"),
    )
)]
pub(crate) async fn get(State(api): State<Api>, request: Request) -> Answer {
    let mut asked = api.admit(request, Operation::FileRead).await?;
    let revision = asked.query()?.read(|query| Some(query.text("revision")))?;
    let path = asked.file_to_read()?;
    let file = api.portolan.read_file(&asked.admitted, &FileRead { path, revision }).await?;
    let headers = &asked.parts.headers;
    let mut response = if conditions::is_known(headers, &file.version.to_string()) {
        status(StatusCode::NOT_MODIFIED, Body::empty())
    } else {
        body(headers, &file)?
    };
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    Ok(response.etag(file.version))
}

fn status(status: StatusCode, body: Body) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response
}

/// The bytes that are asked for.
fn body(asked: &HeaderMap, file: &FileView) -> Answer {
    let FileView { path, content, content_type, version, .. } = file;
    let length = content.len();
    let mut response = match part(asked, *version, length) {
        Part::Whole => status(StatusCode::OK, Body::from(content.clone())),
        Part::Some(first, last) => {
            let mut response = status(StatusCode::PARTIAL_CONTENT, Body::from(content.slice(first..=last)));
            if let Ok(value) = HeaderValue::from_str(&format!("bytes {first}-{last}/{length}")) {
                response.headers_mut().insert(CONTENT_RANGE, value);
            }
            response
        }
        Part::None => return Err(Problem::no_such_range(length)),
    };
    let headers = response.headers_mut();
    headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type.essence));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox"));
    let word = if content_type.is_shown { "inline" } else { "attachment" };
    let name = utf8_percent_encode(path.last(), &IN_NAME);
    let disposition = HeaderValue::from_str(&format!("{word}; filename*=UTF-8''{name}"))
        .map_err(|_| Problem::internal("a percent-encoded name is no header value"))?;
    headers.insert(CONTENT_DISPOSITION, disposition);
    Ok(response)
}
