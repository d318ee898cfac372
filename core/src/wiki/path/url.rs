//! Paths in URLs (RFC 3986 §2 and §3.3).

use super::check::utf8;
use super::{BadPath, Rule};

/// The text of a raw URL path: each segment decoded once. A `+` is a plus; a segment that would hold a slash is refused.
pub(super) fn decode(raw: &str) -> Result<String, BadPath> {
    let mut decoded = Vec::with_capacity(raw.len());
    for (index, segment) in raw.split('/').enumerate() {
        if index > 0 {
            decoded.push(b'/');
        }
        let mut bytes = segment.bytes();
        while let Some(byte) = bytes.next() {
            if byte != b'%' {
                decoded.push(byte);
                continue;
            }
            match bytes
                .next()
                .and_then(hex)
                .zip(bytes.next().and_then(hex))
                .map(|(high, low)| high << 4 | low)
            {
                Some(b'/') => return Err(BadPath::new(Rule::EncodedSlash, index, segment)),
                Some(byte) => decoded.push(byte),
                None => return Err(BadPath::new(Rule::BadEscape, index, segment)),
            }
        }
    }
    utf8(&decoded).map(str::to_owned)
}

/// `text` with all but slashes and unreserved characters (RFC 3986 §2.3) percent-encoded.
pub(super) fn encode(text: &str) -> String {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push('%');
            encoded.push(char::from(DIGITS[usize::from(byte >> 4)]));
            encoded.push(char::from(DIGITS[usize::from(byte & 15)]));
        }
    }
    encoded
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}
