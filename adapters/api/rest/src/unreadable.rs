//! Answers to what never becomes a request of the router: its head cannot be read, or breaks a rule of HTTP itself.

use axum::response::Response;
use http::header::HOST;
use http::uri::Authority;
use http::{HeaderMap, HeaderValue, Request, Version};

use crate::options::RequestIds;
use crate::problem::{PROBLEM, Problem, Slug};
use crate::request_id::{self, RequestId, X_REQUEST_ID};

/// Why a message is no request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unreadable {
    /// Its first line or a header line is no HTTP/1.
    Head,
    /// It does not name one good host (RFC 9112 §3.2).
    Host,
    /// Its URI is longer than is taken.
    Uri,
    /// Its header has more lines or bytes than are taken.
    Header,
}

impl Unreadable {
    /// Why a server's HTTP implementation gave up with `status`.
    pub const fn with_status(status: u16) -> Self {
        match status {
            414 => Self::Uri,
            431 => Self::Header,
            _ => Self::Head,
        }
    }

    /// What is wrong with a request that could be read. HTTP/1.1 wants exactly one `Host`, which may be empty.
    pub fn check<B>(request: &Request<B>) -> Result<(), Self> {
        let mut hosts = request.headers().get_all(HOST).iter();
        let fits = match (hosts.next(), hosts.next()) {
            (None, _) => request.version() < Version::HTTP_11,
            (Some(host), None) => host.is_empty() || Authority::try_from(host.as_bytes()).is_ok(),
            (Some(_), Some(_)) => false,
        };
        if fits { Ok(()) } else { Err(Self::Host) }
    }

    /// The answer, as every other has it: a problem with a request id, which `ids` makes where `headers` bring none.
    pub fn answer(self, headers: &HeaderMap, ids: &RequestIds) -> Response {
        let (id, problem) = self.problem(headers, ids);
        let mut response = problem.render(&id.0);
        if let Ok(value) = HeaderValue::from_str(&id.0) {
            response.headers_mut().insert(X_REQUEST_ID, value);
        }
        response
    }

    /// The same as it is written: the header lines, each with its end, and the body. For servers whose HTTP
    /// implementation found no request.
    pub fn written(self, ids: &RequestIds) -> (String, Vec<u8>) {
        let (id, problem) = self.problem(&HeaderMap::new(), ids);
        let body = problem.text(&id.0).into_bytes();
        let (length, id) = (body.len(), &id.0);
        let fields =
            format!("content-type: {PROBLEM}\r\ncontent-length: {length}\r\n{X_REQUEST_ID}: {id}\r\n");
        (fields, body)
    }

    fn problem(self, headers: &HeaderMap, ids: &RequestIds) -> (RequestId, Problem) {
        let problem = match self {
            Self::Head => Problem::new(
                Slug::Malformed,
                "The request's first line or one of its header lines is no HTTP/1.1.",
            ),
            Self::Host => Problem::malformed_at(
                "",
                "the request must have one header `Host`, with the name it was sent to",
            ),
            Self::Uri => Problem::new(Slug::UriTooLong, "The request's URI has more than 65,534 bytes."),
            Self::Header => Problem::new(
                Slug::HeaderTooLarge,
                "The request's header is larger than is taken: at most 100 lines and 400 KiB.",
            ),
        };
        let id = request_id::of(headers, ids);
        tracing::info!(request_id = %id.0, status = problem.status().as_u16(), "not a request");
        (id, problem)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_host_is_needed_since_http_1_1() {
        let check = |version, hosts: &[&str]| {
            let mut request = Request::new(());
            *request.version_mut() = version;
            for host in hosts {
                request.headers_mut().append(HOST, HeaderValue::from_str(host).unwrap());
            }
            Unreadable::check(&request).is_ok()
        };
        for good in ["", "localhost", "wiki.example:8080", "[::1]:80"] {
            assert!(check(Version::HTTP_11, &[good]), "{good}");
        }
        assert!(check(Version::HTTP_10, &[]));
        assert!(!check(Version::HTTP_11, &[]));
        assert!(!check(Version::HTTP_10, &["a", "a"]));
        for bad in ["a b", "a/b", "a:b:c", "[::1"] {
            assert!(!check(Version::HTTP_11, &[bad]), "{bad}");
        }
    }
}
