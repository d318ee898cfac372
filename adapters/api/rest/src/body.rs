//! Bodies: read within a limit, and taken apart strictly.

mod edits;
mod fields;
mod strict;

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue};
use http_body_util::BodyExt as _;
use hyper::body::Body as _;
use serde_json::Map;

pub(crate) use edits::edits;
pub(crate) use fields::{Fields, any_bool, any_text, kind, text};

use crate::asked::Asked;
use crate::problem::Problem;

const JSON: &str = "application/json";

impl Asked {
    /// Refuses a body of any type but JSON. A body that may be absent has no type then.
    pub(crate) fn expect_json(&self) -> Result<(), Problem> {
        expect_json(&self.parts.headers, &self.body)
    }

    /// The members of the body, which must be a JSON object of at most `limit` bytes.
    pub(crate) async fn object(&mut self, limit: usize) -> Result<Fields, Problem> {
        object(&self.parts.headers, std::mem::take(&mut self.body), limit).await
    }

    /// The body as it is, of at most `limit` bytes. `what` it is, its problem says.
    pub(crate) async fn bytes(&mut self, what: &str, limit: usize) -> Result<Bytes, Problem> {
        let body = std::mem::take(&mut self.body);
        read(&self.parts.headers, body, limit, what).await
    }

    /// As [`Self::object`], but no body is an object without members.
    pub(crate) async fn object_or_nothing(&mut self, limit: usize) -> Result<Fields, Problem> {
        let bytes = read(&self.parts.headers, std::mem::take(&mut self.body), limit, "The body").await?;
        if bytes.is_empty() { Ok(Fields::new(Map::new())) } else { strict::object(&bytes) }
    }
}

/// As [`Asked::expect_json`].
pub(crate) fn expect_json(headers: &HeaderMap, body: &Body) -> Result<(), Problem> {
    let mut types = headers.get_all(CONTENT_TYPE).iter();
    let fits = match (types.next(), types.next()) {
        (None, _) => body.is_end_stream(),
        (Some(value), None) => value.to_str().is_ok_and(is_json),
        (Some(_), Some(_)) => false,
    };
    if fits { Ok(()) } else { Err(Problem::unsupported(JSON)) }
}

/// Refuses a body in any coding: none is undone here, and what is coded must not be taken for what it encodes.
pub(crate) fn expect_plain(headers: &HeaderMap, body: &Body) -> Result<(), Problem> {
    let plain = |value: &HeaderValue| {
        value.to_str().is_ok_and(|codings| {
            codings
                .split(',')
                .all(|coding| matches!(coding.trim().to_ascii_lowercase().as_str(), "" | "identity"))
        })
    };
    if body.is_end_stream() || headers.get_all(CONTENT_ENCODING).iter().all(plain) {
        Ok(())
    } else {
        Err(Problem::coded())
    }
}

/// As [`Asked::object`].
pub(crate) async fn object(headers: &HeaderMap, body: Body, limit: usize) -> Result<Fields, Problem> {
    let bytes = read(headers, body, limit, "The body").await?;
    if bytes.is_empty() {
        return Err(Problem::malformed_at("", "the body is missing; send a JSON object"));
    }
    strict::object(&bytes)
}

/// Whether a content type is JSON in UTF-8.
fn is_json(value: &str) -> bool {
    let mut parts = value.split(';');
    let is_json = parts.next().is_some_and(|essence| essence.trim().eq_ignore_ascii_case(JSON));
    is_json
        && parts.all(|parameter| {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            !name.trim().eq_ignore_ascii_case("charset")
                || value.trim().trim_matches('"').eq_ignore_ascii_case("utf-8")
        })
}

/// Whether a content type is `essence`, whatever its parameters.
pub(crate) fn is_of_type(headers: &HeaderMap, essence: &str) -> bool {
    let mut types = headers.get_all(CONTENT_TYPE).iter();
    let (Some(value), None) = (types.next(), types.next()) else { return false };
    let given = value.to_str().ok().and_then(|value| value.split(';').next());
    given.is_some_and(|given| given.trim().eq_ignore_ascii_case(essence))
}

/// The length that a request states for its body.
pub(crate) fn stated_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// All of a body, which has at most `limit` bytes, whatever length was stated for it.
async fn read(headers: &HeaderMap, mut body: Body, limit: usize, what: &str) -> Result<Bytes, Problem> {
    let too_large = || Problem::too_large(what, limit as u64);
    if stated_length(headers).is_some_and(|stated| stated > limit as u64) {
        return Err(too_large());
    }
    let mut first = Bytes::new();
    let mut all = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Problem::malformed_at("", "the body ended before its end"))?;
        let Ok(data) = frame.into_data() else { continue };
        if first.len() + all.len() + data.len() > limit {
            return Err(too_large());
        }
        if first.is_empty() && all.is_empty() {
            first = data;
            continue;
        }
        if all.is_empty() {
            all.extend_from_slice(&first);
            first = Bytes::new();
        }
        all.extend_from_slice(&data);
    }
    Ok(if all.is_empty() { first } else { all.freeze() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_known_by_its_type() {
        for good in
            ["application/json", "Application/JSON; charset=utf-8", "application/json;charset=\"UTF-8\";x=1"]
        {
            assert!(is_json(good), "{good}");
        }
        for bad in ["text/json", "application/json; charset=latin1", "application/problem+json", ""] {
            assert!(!is_json(bad), "{bad}");
        }
    }
}
