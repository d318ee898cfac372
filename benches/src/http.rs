//! As much of HTTP/1.1 as a load generator needs: requests as bytes, and where an answer ends.

use crate::failure::{Failure, Result};

/// Head of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) status: u16,
    /// Bytes up to the body.
    pub(crate) bytes: usize,
    /// Bytes of the body.
    pub(crate) body: usize,
}

/// Renders a request without a body.
pub(crate) fn get(host: &str, target: &str, accept: &str, token: &str) -> Vec<u8> {
    format!(
        "GET {target} HTTP/1.1\r\nHost: {host}\r\nAccept: {accept}\r\nAuthorization: Bearer {token}\r\n\r\n"
    )
    .into_bytes()
}

/// Reads the head of an answer; none while it is incomplete. Answers must say their length: every one of both sides does.
pub(crate) fn head(bytes: &[u8]) -> Result<Option<Head>> {
    let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else { return Ok(None) };
    let text = std::str::from_utf8(&bytes[..end]).map_err(|_| Failure::new("an answer's head is no text"))?;
    let status = text.split(' ').nth(1).and_then(|status| status.parse().ok());
    let status = status.ok_or_else(|| Failure::new(format!("no status in {text:?}")))?;
    let body = match (field(text, "content-length"), status) {
        (Some(length), _) => length.parse().map_err(|_| Failure::new(format!("bad length in {text:?}")))?,
        (None, 204 | 304) => 0,
        (None, _) => return Err(Failure::new(format!("an answer without a length: {text:?}"))),
    };
    Ok(Some(Head { status, bytes: end + 4, body }))
}

/// A field of a head, by its lower-case name.
pub(crate) fn field<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().skip(1).find_map(|line| {
        let (field, value) = line.split_once(':')?;
        field.eq_ignore_ascii_case(name).then_some(value.trim())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_tells_where_the_answer_ends() {
        let answer = b"HTTP/1.1 200 OK\r\nETag: \"a\"\r\ncontent-Length: 12\r\n\r\nhello";
        assert_eq!(head(answer).unwrap(), Some(Head { status: 200, bytes: 50, body: 12 }));
        assert_eq!(head(&answer[..49]).unwrap(), None);
        assert!(head(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").is_err());
        assert_eq!(head(b"HTTP/1.1 204 No Content\r\n\r\n").unwrap().map(|head| head.body), Some(0));
        assert_eq!(field("HTTP/1.1 200 OK\r\nETag: \"a\"", "etag"), Some("\"a\""));
    }
}
