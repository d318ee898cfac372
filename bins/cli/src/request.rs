//! What a command asks for: an HTTP request, whichever way it is sent.

use std::path::PathBuf;

use bytes::Bytes;
use data_encoding::HEXLOWER;
use http::header::{ACCEPT, CONTENT_LENGTH, CONTENT_TYPE, HeaderName};
use http::{HeaderMap, HeaderValue, Method};
use indicatif::ProgressBar;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use portolan::core::wiki::path::PagePath;
use serde_json::Value;

use crate::failure::Failure;

/// Everything but RFC 3986's unreserved characters is encoded.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// With whose authority a request is made where no token was given and the data folder is at hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Who {
    /// Nobody's: the request needs none.
    Nobody,
    /// The platform's operator.
    Operator,
    /// An owner of this tenant.
    Owner(String),
}

/// A request's body.
#[derive(Debug, Clone)]
pub(crate) enum Body {
    Empty,
    Json(Bytes),
    /// A file, streamed; the bar follows.
    File {
        path: PathBuf,
        bytes: u64,
        bar: ProgressBar,
    },
}

/// A request. Sending it again is harmless: a write has an idempotency key.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) who: Who,
    pub(crate) method: Method,
    /// Path and query.
    pub(crate) target: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Body,
    /// Whether to go on where a redirect leads.
    pub(crate) follow: bool,
}

impl Request {
    pub(crate) fn new(who: Who, method: Method, path: String) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        if !method.is_safe() {
            headers.insert(HeaderName::from_static("idempotency-key"), fresh_key());
        }
        Self { who, method, target: path, headers, body: Body::Empty, follow: false }
    }

    pub(crate) fn get(who: Who, path: String) -> Self {
        Self::new(who, Method::GET, path)
    }

    pub(crate) fn post(who: Who, path: String) -> Self {
        Self::new(who, Method::POST, path)
    }

    pub(crate) fn delete(who: Who, path: String) -> Self {
        Self::new(who, Method::DELETE, path)
    }

    /// The same, going on where a redirect leads.
    pub(crate) fn following(self) -> Self {
        Self { follow: true, ..self }
    }

    /// With a parameter of the query, where there is a value.
    pub(crate) fn query(mut self, name: &str, value: Option<impl AsRef<str>>) -> Self {
        if let Some(value) = value {
            let mark = if self.target.contains('?') { "&" } else { "?" };
            self.target.extend([mark, name, "="]);
            self.target.extend(utf8_percent_encode(value.as_ref(), SEGMENT));
        }
        self
    }

    pub(crate) fn json(mut self, body: &Value) -> Self {
        self.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        self.body = Body::Json(body.to_string().into());
        self
    }

    pub(crate) fn file(
        mut self,
        path: PathBuf,
        bytes: u64,
        content_type: &'static str,
        bar: ProgressBar,
    ) -> Self {
        self.headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        self.headers.insert(CONTENT_LENGTH, bytes.into());
        self.body = Body::File { path, bytes, bar };
        self
    }

    pub(crate) fn accept(mut self, content_type: &'static str) -> Self {
        self.headers.insert(ACCEPT, HeaderValue::from_static(content_type));
        self
    }

    /// With a condition on the version that is there (RFC 9110 §13.1).
    pub(crate) fn condition(mut self, name: HeaderName, value: &str) -> Result<Self, Failure> {
        let value = HeaderValue::from_str(value).map_err(|_| {
            Failure::usage("--base must be a version or a revision: 40 characters of 0-9 and a-f")
        })?;
        self.headers.insert(name, value);
        Ok(self)
    }
}

/// The path of these segments under `/v1`.
pub(crate) fn path(segments: &[&str]) -> Result<String, Failure> {
    let mut path = String::from("/v1");
    for segment in segments {
        // URL parsers take these away, encoded or not, and the request would reach another place.
        if matches!(*segment, "" | "." | "..") {
            return Err(Failure::usage(format_args!("{segment:?} is no id")));
        }
        path.push('/');
        path.extend(utf8_percent_encode(segment, SEGMENT));
    }
    Ok(path)
}

/// `base` followed by a page's path, as it was given: the server judges it.
pub(crate) fn page_path(base: &str, page: &str) -> Result<String, Failure> {
    if page.split('/').any(|segment| matches!(segment, "." | "..")) {
        let problem =
            PagePath::parse(page).map_or_else(|bad| bad.to_string(), |_| "not a page's path".into());
        return Err(Failure::usage(format_args!("{page:?} names no page: {problem}")));
    }
    let mut path = base.to_owned();
    for segment in page.split('/') {
        path.push('/');
        path.extend(utf8_percent_encode(segment, SEGMENT));
    }
    Ok(path)
}

/// A key that names one intention: the same however often it is sent.
fn fresh_key() -> HeaderValue {
    let mut random = [0; 16];
    getrandom::fill(&mut random).expect("the system has randomness once it has booted");
    let key = format!("cli-{}", HEXLOWER.encode(&random));
    HeaderValue::try_from(key).expect("hexadecimal digits are a header's value")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_encoded_segment_by_segment() {
        let base = path(&["tenants", "acme", "wikis", "a b"]).unwrap();
        assert_eq!(base, "/v1/tenants/acme/wikis/a%20b");
        let page = page_path("/x", "Caf\u{e9}/50% & more?#1").unwrap();
        assert_eq!(page, "/x/Caf%C3%A9/50%25%20%26%20more%3F%231");
        // Left to the server, which says what is wrong with them.
        assert_eq!(page_path("/x", "a//b/").unwrap(), "/x/a//b/");
        for bad in ["..", "a/../b", "./a"] {
            let failure = page_path("/x", bad).unwrap_err().to_string();
            assert!(failure.contains(bad), "{failure}");
        }
        assert!(path(&["tenants", ".."]).is_err());
    }

    #[test]
    fn a_write_has_a_key_of_its_own_and_keeps_it() {
        let key = |request: &Request| request.headers.get("idempotency-key").cloned();
        let first = Request::post(Who::Nobody, "/x".into());
        assert_eq!(key(&first), key(&first.clone()));
        assert_ne!(key(&first), key(&Request::post(Who::Nobody, "/x".into())));
        assert_eq!(key(&Request::get(Who::Nobody, "/x".into())), None);
    }

    #[test]
    fn queries_are_encoded() {
        let request = Request::get(Who::Nobody, "/x".into());
        let request = request.query("a", Some("1 & 2")).query("b", None::<&str>).query("c", Some("+"));
        assert_eq!(request.target, "/x?a=1%20%26%202&c=%2B");
    }
}
