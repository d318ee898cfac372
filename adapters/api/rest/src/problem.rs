//! Problems: how a refusal or failure is told (RFC 9457).

mod conflicts;
mod map;
mod table;

use std::borrow::Cow;
use std::fmt::Display;
use std::time::Duration;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::header::{ACCEPT_ENCODING, CONTENT_RANGE, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};
use portolan::Fault;
use serde_json::{Map, Value, json};

pub use table::{ProblemKind, Slug, problems};

/// The type of a problem's text.
pub(crate) const PROBLEM: &str = "application/problem+json";

/// Why a request was not done. Small, as it is the error of nearly everything here.
#[derive(Debug, Clone)]
pub(crate) struct Problem(Box<Inner>);

#[derive(Debug, Clone)]
struct Inner {
    slug: Slug,
    detail: Cow<'static, str>,
    members: Map<String, Value>,
    headers: Vec<(http::HeaderName, HeaderValue)>,
    cause: Option<String>,
    /// Where it is not the kind's usual one.
    status: Option<StatusCode>,
}

impl Problem {
    /// A problem of this kind; `detail` says what was wrong here and what to do.
    pub(crate) fn new(slug: Slug, detail: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Inner {
            slug,
            detail: detail.into(),
            members: Map::new(),
            headers: Vec::new(),
            cause: None,
            status: None,
        }))
    }

    /// A defect or damage on this side; `cause` is for the log alone.
    pub(crate) fn internal(cause: impl Into<String>) -> Self {
        let detail =
            "Something went wrong on this side. The request id (`instance`) names it in the server's log.";
        let mut problem = Self::new(Slug::Internal, detail);
        problem.0.cause = Some(cause.into());
        problem
    }

    /// Out of service for now; worth another try after `after`.
    pub(crate) fn unavailable(detail: impl Into<Cow<'static, str>>, after: Duration) -> Self {
        let seconds = after.as_secs() + u64::from(after.subsec_nanos() > 0);
        Self::new(Slug::Unavailable, detail).header(RETRY_AFTER, HeaderValue::from(seconds.max(1)))
    }

    /// No credential, or (where `sent`) not a valid one (RFC 6750 §3).
    pub(crate) fn unauthenticated(sent: bool) -> Self {
        let (detail, challenge) = if sent {
            ("The token is not valid: unknown, expired or revoked.", "Bearer error=\"invalid_token\"")
        } else {
            ("This needs a token: send `Authorization: Bearer <token>`.", "Bearer")
        };
        Self::new(Slug::Unauthenticated, detail).header(WWW_AUTHENTICATE, HeaderValue::from_static(challenge))
    }

    /// The request cannot be read, for these reasons.
    pub(crate) fn malformed(faults: &[Fault]) -> Self {
        Self::new(Slug::Malformed, told(faults)).faults(faults)
    }

    /// A single reason why the request cannot be read.
    pub(crate) fn malformed_at(pointer: &str, message: impl Display) -> Self {
        Self::malformed(&[Fault::new(pointer, message)])
    }

    /// What was sent breaks these rules.
    pub(crate) fn invalid(faults: &[Fault]) -> Self {
        Self::new(Slug::Invalid, told(faults)).faults(faults)
    }

    /// Nothing is there, or nothing that the caller may see.
    pub(crate) fn not_found(what: &str) -> Self {
        Self::new(Slug::NotFound, format!("{what} not found."))
    }

    /// Another body than documented.
    pub(crate) fn unsupported(wanted: &'static str) -> Self {
        Self::new(Slug::UnsupportedMediaType, format!("Send the body as `Content-Type: {wanted}`."))
    }

    /// A body in a coding that is not undone here (RFC 9110 §15.5.16).
    pub(crate) fn coded() -> Self {
        Self::new(Slug::UnsupportedMediaType, "Send the body as it is, without `Content-Encoding`.")
            .header(ACCEPT_ENCODING, HeaderValue::from_static("identity"))
    }

    /// Bytes beyond the end of the `length` that there are.
    pub(crate) fn no_such_range(length: usize) -> Self {
        let problem = Self::new(Slug::RangeNotSatisfiable, format!("The file has {length} bytes."));
        match HeaderValue::from_str(&format!("bytes */{length}")) {
            Ok(value) => problem.header(CONTENT_RANGE, value),
            Err(_) => problem,
        }
    }

    /// More bytes than allowed.
    pub(crate) fn too_large(what: &str, limit: u64) -> Self {
        Self::new(Slug::TooLarge, format!("{what} is larger than the limit of {limit} bytes."))
            .member("limit", limit)
    }

    /// The path is known, the method is not.
    pub(crate) fn method_not_allowed() -> Self {
        Self::new(
            Slug::MethodNotAllowed,
            "This path does not take that method; `Allow` names those it takes.",
        )
    }

    /// The same with one more member.
    pub(crate) fn member(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.members.insert(name.to_owned(), value.into());
        self
    }

    fn faults(self, faults: &[Fault]) -> Self {
        let errors: Vec<Value> = faults
            .iter()
            .map(|Fault { pointer, message }| json!({ "pointer": pointer, "message": message }))
            .collect();
        self.member("errors", errors)
    }

    fn header(mut self, name: http::HeaderName, value: HeaderValue) -> Self {
        self.0.headers.push((name, value));
        self
    }

    /// The status it is told with.
    pub(crate) fn status(&self) -> StatusCode {
        self.0.status.unwrap_or(self.0.slug.status())
    }

    /// The same with another status than its kind usually has.
    pub(crate) fn with_status(mut self, status: StatusCode) -> Self {
        self.0.status = Some(status);
        self
    }

    /// What only the log may see.
    pub(crate) fn cause(&self) -> Option<&str> {
        self.0.cause.as_deref()
    }

    /// Its members, for the request named `request_id`.
    pub(crate) fn value(&self, request_id: &str) -> Value {
        let Inner { slug, detail, members, headers: _, cause: _, status: _ } = &*self.0;
        let mut members = members.clone();
        members.insert("type".into(), format!("/problems/{}", slug.as_str()).into());
        members.insert("title".into(), slug.title().into());
        members.insert("status".into(), self.status().as_u16().into());
        members.insert("detail".into(), detail.as_ref().into());
        members.insert("instance".into(), request_id.into());
        Value::Object(members)
    }

    /// Its text, for the request named `request_id`.
    pub(crate) fn text(&self, request_id: &str) -> String {
        self.value(request_id).to_string()
    }

    /// The whole answer to the request named `request_id`.
    pub(crate) fn render(self, request_id: &str) -> Response {
        let mut response = Response::new(Body::from(self.text(request_id)));
        *response.status_mut() = self.status();
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(PROBLEM));
        response.headers_mut().extend(self.0.headers);
        response
    }
}

/// Left for the edge to write out: it knows the request's id, and logs the cause.
impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = self.status();
        response.extensions_mut().insert(self);
        response
    }
}

fn told(faults: &[Fault]) -> String {
    let texts: Vec<String> = faults
        .iter()
        .map(
            |Fault { pointer, message }| {
                if pointer.is_empty() { message.clone() } else { format!("{pointer}: {message}") }
            },
        )
        .collect();
    texts.join("; ")
}
