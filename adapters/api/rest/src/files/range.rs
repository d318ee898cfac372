//! Parts of a file (RFC 9110 §14).

use http::HeaderMap;
use http::header::{IF_RANGE, RANGE};
use portolan::core::git::Oid;

use crate::answer::etag;

/// Which bytes are asked for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// All: no range, one that is not understood, several, or one of another version.
    Whole,
    /// From the first to the last, both included.
    Some(usize, usize),
    /// Some that are not there.
    None,
}

/// What `Range` asks for of `length` bytes at `version`.
pub(super) fn part(headers: &HeaderMap, version: Oid, length: usize) -> Part {
    let mut ranges = headers.get_all(RANGE).iter();
    let (Some(range), None) = (ranges.next(), ranges.next()) else { return Part::Whole };
    // Only a strong tag that is this version's (§13.1.5).
    if headers.get(IF_RANGE).is_some_and(|tag| *tag != etag(version)) {
        return Part::Whole;
    }
    range.to_str().map_or(Part::Whole, |range| of(range, length))
}

fn of(range: &str, length: usize) -> Part {
    let Some((unit, range)) = range.split_once('=') else { return Part::Whole };
    let Some((first, last)) = range.trim().split_once('-') else { return Part::Whole };
    if !unit.trim().eq_ignore_ascii_case("bytes") {
        return Part::Whole;
    }
    // Numbers too large for any file are still numbers.
    let number = |text: &str| {
        let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| text.parse().unwrap_or(usize::MAX))
    };
    let end = length.wrapping_sub(1);
    match (first, number(first), last, number(last)) {
        ("", _, _, Some(count)) if count == 0 || length == 0 => Part::None,
        ("", _, _, Some(count)) => Part::Some(length.saturating_sub(count), end),
        (_, Some(first), _, Some(last)) if last < first => Part::Whole,
        (_, Some(first), "", _) | (_, Some(first), _, Some(_)) if first >= length => Part::None,
        (_, Some(first), "", _) => Part::Some(first, end),
        (_, Some(first), _, Some(last)) => Part::Some(first, last.min(end)),
        _ => Part::Whole,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read() {
        for (range, length, expected) in [
            ("bytes=0-3", 10, Part::Some(0, 3)),
            ("bytes=0-0", 10, Part::Some(0, 0)),
            ("BYTES=4-", 10, Part::Some(4, 9)),
            ("bytes=4-99", 10, Part::Some(4, 9)),
            ("bytes=-3", 10, Part::Some(7, 9)),
            ("bytes=-99", 10, Part::Some(0, 9)),
            ("bytes=9-99999999999999999999999", 10, Part::Some(9, 9)),
            ("bytes=10-", 10, Part::None),
            ("bytes=10-11", 10, Part::None),
            ("bytes=-0", 10, Part::None),
            ("bytes=0-", 0, Part::None),
            ("bytes=-1", 0, Part::None),
            ("bytes=3-2", 10, Part::Whole),
            ("bytes=0-1,3-4", 10, Part::Whole),
            ("bytes=a-b", 10, Part::Whole),
            ("bytes=-", 10, Part::Whole),
            ("bytes=+1-2", 10, Part::Whole),
            ("bytes", 10, Part::Whole),
            ("lines=0-1", 10, Part::Whole),
        ] {
            assert_eq!(of(range, length), expected, "{range} of {length}");
        }
    }
}
