//! Answers that succeed.

use axum::body::Body;
use axum::response::Response;
use http::header::{CONTENT_TYPE, ETAG, LOCATION};
use http::{HeaderName, HeaderValue, StatusCode};
use portolan::Listed;
use portolan::core::git::Oid;
use serde::Serialize;
use utoipa::ToSchema;

use crate::openapi::types;
use crate::problem::Problem;

/// What a handler answers.
pub(crate) type Answer = Result<Response, Problem>;

/// Tells that an answer is the first one again.
pub(crate) const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// `value` as JSON.
pub(crate) fn json(status: StatusCode, value: &impl Serialize) -> Answer {
    let body = serde_json::to_vec(value)
        .map_err(|error| Problem::internal(format!("an answer as JSON: {error}")))?;
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(response)
}

/// `value` as JSON, with status 200.
pub(crate) fn ok(value: &impl Serialize) -> Answer {
    json(StatusCode::OK, value)
}

/// Nothing but a status: 204.
pub(crate) fn no_content() -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    response
}

/// Part of a list.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = List)]
pub(crate) struct ListJson<T> {
    pub(crate) items: Vec<T>,
    pub(crate) next: Option<String>,
}

/// Part of a list, and the head it was computed at.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ListAt)]
pub(crate) struct ListAtJson<T> {
    pub(crate) items: Vec<T>,
    pub(crate) next: Option<String>,
    #[schema(value_type = Option<types::ObjectId>)]
    pub(crate) head: Option<Oid>,
}

/// Part of a list as JSON.
pub(crate) fn list<T, J: Serialize>(listed: Listed<T>, item: impl FnMut(T) -> J) -> Answer {
    let Listed { items, next } = listed;
    ok(&ListJson { items: items.into_iter().map(item).collect(), next })
}

/// What is added to an answer.
pub(crate) trait With {
    /// Tells, where it is so, that this is the first answer again.
    fn replayed(self, replayed: bool) -> Self;
    /// Names where the thing made is found.
    fn location(self, path: &str) -> Self;
    /// Names the version as the entity tag.
    fn etag(self, version: Oid) -> Self;
}

impl With for Response {
    fn replayed(mut self, replayed: bool) -> Self {
        if replayed {
            self.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
        }
        self
    }

    fn location(mut self, path: &str) -> Self {
        // A path that is no header value was never one that a request could have had.
        if let Ok(value) = HeaderValue::from_str(path) {
            self.headers_mut().insert(LOCATION, value);
        }
        self
    }

    fn etag(mut self, version: Oid) -> Self {
        self.headers_mut().insert(ETAG, etag(version));
        self
    }
}

/// The entity tag of a version.
pub(crate) fn etag(version: Oid) -> HeaderValue {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = [b'"'; 42];
    for (digits, byte) in text[1..41].chunks_exact_mut(2).zip(version.as_bytes()) {
        digits[0] = DIGITS[usize::from(byte >> 4)];
        digits[1] = DIGITS[usize::from(byte & 15)];
    }
    HeaderValue::from_bytes(&text).expect("quotes and hexadecimal digits")
}
