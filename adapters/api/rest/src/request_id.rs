//! What names a request in answers, logs and the audit.

use std::sync::Arc;

use http::{HeaderMap, HeaderName};

use crate::RequestIds;

/// The header it comes and goes in.
pub(crate) const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// A request's id.
#[derive(Debug, Clone)]
pub(crate) struct RequestId(pub(crate) Arc<str>);

/// The id that came with the request if it is a good one, else a new one.
pub(crate) fn of(headers: &HeaderMap, ids: &RequestIds) -> RequestId {
    let mut sent = headers.get_all(X_REQUEST_ID).iter();
    let id = match (sent.next(), sent.next()) {
        (Some(id), None) => id.to_str().ok().filter(|id| is_good(id)),
        _ => None,
    };
    RequestId(id.map_or_else(|| ids().into(), Into::into))
}

fn is_good(id: &str) -> bool {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    (1..=128).contains(&id.len()) && id.bytes().all(known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn good_ones_are_kept() {
        for good in ["a", "A-1_b.c", &"x".repeat(128)] {
            assert!(is_good(good), "{good}");
        }
        for bad in ["", "a b", "a/b", "ä", "a,b", &"x".repeat(129)] {
            assert!(!is_good(bad), "{bad}");
        }
    }
}
