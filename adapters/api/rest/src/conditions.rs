//! Conditions on versions: `If-Match` and `If-None-Match` (RFC 9110 §13.1).

use http::HeaderMap;
use http::header::{HeaderName, IF_MATCH, IF_NONE_MATCH};
use portolan::Condition;
use portolan::core::git::Oid;

use crate::problem::Problem;

/// What a list of entity tags says.
#[derive(Debug, PartialEq, Eq)]
enum Tags {
    /// `*`.
    Any,
    /// Each tag's text, and whether it is weak.
    These(Vec<(String, bool)>),
}

/// Most versions in one condition: each has to be looked up.
const MOST_TAGS: usize = 32;

/// What must be true for a page to be written.
pub(crate) fn to_write(headers: &HeaderMap) -> Result<Condition, Problem> {
    let none_match =
        if headers.contains_key(IF_NONE_MATCH) { Some(tags(headers, &IF_NONE_MATCH)?) } else { None };
    if none_match.is_some() && headers.contains_key(IF_MATCH) {
        return Err(Problem::malformed_at("", "send either If-Match or If-None-Match, not both"));
    }
    match none_match {
        Some(Tags::Any) => Ok(Condition::Absent),
        Some(Tags::These(_)) => Err(Problem::malformed_at(
            "",
            "with a write, If-None-Match takes only `*`: create the page, if it is absent",
        )),
        None => if_match(headers),
    }
}

/// What must be true for a page to be edited or deleted.
pub(crate) fn to_change(headers: &HeaderMap) -> Result<Condition, Problem> {
    if headers.contains_key(IF_NONE_MATCH) {
        return Err(Problem::malformed_at("", "this takes If-Match only, not If-None-Match"));
    }
    if_match(headers)
}

/// A base in a body: a version or revision.
pub(crate) fn base(text: &str) -> Result<Oid, &'static str> {
    let is_lower = !text.bytes().any(|byte| byte.is_ascii_uppercase());
    text.parse().ok().filter(|_| is_lower).ok_or("must be a version or revision: 40 hexadecimal digits")
}

/// The condition of a header and the base of a body together; they cannot both be given.
pub(crate) fn with_base(header: Condition, base: Option<Oid>) -> Result<Condition, Problem> {
    match (header, base) {
        (header, None) => Ok(header),
        (Condition::None, Some(base)) => Ok(Condition::Base(base)),
        (_, Some(_)) => Err(Problem::malformed_at(
            "",
            "send either If-Match or If-None-Match, or the member `base`: the header is strict, `base` merges",
        )),
    }
}

fn if_match(headers: &HeaderMap) -> Result<Condition, Problem> {
    if !headers.contains_key(IF_MATCH) {
        return Ok(Condition::None);
    }
    match tags(headers, &IF_MATCH)? {
        Tags::Any => Err(Problem::malformed_at(
            "",
            "If-Match does not take `*`: name the version the change was made on",
        )),
        Tags::These(tags) if tags.len() > MOST_TAGS => {
            Err(Problem::malformed_at("", format!("If-Match takes at most {MOST_TAGS} versions")))
        }
        Tags::These(tags) => {
            let strong = tags.iter().filter(|(_, weak)| !weak);
            Ok(Condition::Match(strong.filter_map(|(text, _)| version(text)).collect()))
        }
    }
}

/// The version in an entity tag: the page's own, or that of its rendered form. Entity tags are compared byte by byte, so
/// upper-case digits are another tag.
fn version(text: &str) -> Option<Oid> {
    let text = text.strip_suffix("-html").unwrap_or(text);
    if text.bytes().any(|byte| byte.is_ascii_uppercase()) { None } else { text.parse().ok() }
}

/// Whether `If-None-Match` names the entity tag `tag`, so that a reader has these bytes already. Weak comparison.
pub(crate) fn is_known(headers: &HeaderMap, tag: &str) -> bool {
    if !headers.contains_key(IF_NONE_MATCH) {
        return false;
    }
    match tags(headers, &IF_NONE_MATCH) {
        Ok(Tags::Any) => true,
        Ok(Tags::These(tags)) => tags.iter().any(|(text, _)| text == tag),
        // What cannot be read is passed over: the bytes are sent, which is never wrong.
        Err(_) => false,
    }
}

fn tags(headers: &HeaderMap, name: &HeaderName) -> Result<Tags, Problem> {
    let mut texts = Vec::new();
    for value in headers.get_all(name) {
        texts.push(value.to_str().ok());
    }
    let texts: Option<Vec<&str>> = texts.into_iter().collect();
    texts.and_then(|texts| parse(&texts.join(","))).ok_or_else(|| {
        Problem::malformed_at(
            "",
            format!("{name} is not a list of entity tags: write a version in quotes, as in `ETag`"),
        )
    })
}

/// Reads a list of entity tags; none where it is no such list.
fn parse(text: &str) -> Option<Tags> {
    if text.trim() == "*" {
        return Some(Tags::Any);
    }
    let mut tags = Vec::new();
    let mut rest = text.trim_start_matches([' ', '\t', ',']);
    while !rest.is_empty() {
        let (weak, opened) = match rest.strip_prefix("W/") {
            Some(rest) => (true, rest),
            None => (false, rest),
        };
        let (tag, after) = opened.strip_prefix('"')?.split_once('"')?;
        if !tag.bytes().all(|byte| byte == 0x21 || (0x23..=0x7e).contains(&byte)) {
            return None;
        }
        tags.push((tag.to_owned(), weak));
        let after = after.trim_start_matches([' ', '\t']);
        if !after.is_empty() && !after.starts_with(',') {
            return None;
        }
        rest = after.trim_start_matches([' ', '\t', ',']);
    }
    (!tags.is_empty()).then_some(Tags::These(tags))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_tags_are_read() {
        let tag = |text: &str, weak| (text.to_owned(), weak);
        for (text, expected) in [
            ("*", Some(Tags::Any)),
            (
                " \"a\" , W/\"b\",\"\"",
                Some(Tags::These(vec![tag("a", false), tag("b", true), tag("", false)])),
            ),
            ("\"a,b\"", Some(Tags::These(vec![tag("a,b", false)]))),
            (", \"a\",,", Some(Tags::These(vec![tag("a", false)]))),
            ("", None),
            ("abc", None),
            ("\"a", None),
            ("\"a\" \"b\"", None),
            ("w/\"a\"", None),
            ("\"a b\"", None),
            ("*,\"a\"", None),
        ] {
            assert_eq!(parse(text), expected, "{text}");
        }
    }
}
