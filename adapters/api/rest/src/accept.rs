//! Which form of a page a reader wants (RFC 9110 §12.5.1).

use http::HeaderMap;
use http::header::ACCEPT;

/// A form of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// The page with all that is known about it.
    Json,
    /// Its exact bytes.
    Markdown,
    /// Rendered.
    Html,
}

/// How much a form is wanted: quality in thousandths, then how exactly it was named, then how early.
type Wish = (u16, u8, std::cmp::Reverse<usize>);

/// The form that `Accept` asks for. JSON where it says nothing, or asks only for what there is not.
pub(crate) fn form(headers: &HeaderMap) -> Form {
    if !headers.contains_key(ACCEPT) {
        return Form::Json;
    }
    let ranges = || {
        headers
            .get_all(ACCEPT)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
    };
    let json = wish(ranges(), "application", "json");
    let markdown = wish(ranges(), "text", "markdown");
    let html = wish(ranges(), "text", "html");
    // Of forms that are wanted alike, the earlier here.
    let mut best = (json, Form::Json);
    for (wish, form) in [(markdown, Form::Markdown), (html, Form::Html)] {
        if wish > best.0 {
            best = (wish, form);
        }
    }
    best.1
}

/// How much `kind/sub` is wanted; none where it is not. The most exact range about it decides.
fn wish<'a>(ranges: impl Iterator<Item = &'a str>, kind: &str, sub: &str) -> Option<Wish> {
    let mut best: Option<(u8, u16, usize)> = None;
    for (index, range) in ranges.enumerate() {
        let mut parts = range.split(';');
        let Some((range_kind, range_sub)) = parts.next().and_then(|name| name.trim().split_once('/')) else {
            continue;
        };
        let exact = match (range_kind, range_sub) {
            ("*", "*") => 0,
            (range_kind, "*") if range_kind.eq_ignore_ascii_case(kind) => 1,
            (range_kind, range_sub)
                if range_kind.eq_ignore_ascii_case(kind) && range_sub.eq_ignore_ascii_case(sub) =>
            {
                2
            }
            _ => continue,
        };
        if best.is_none_or(|(before, _, _)| exact > before) {
            best = Some((exact, quality(parts), index));
        }
    }
    let (exact, quality, index) = best?;
    (quality > 0).then_some((quality, exact, std::cmp::Reverse(index)))
}

/// The quality among a range's parameters, in thousandths; a bad one counts as none given.
fn quality<'a>(parameters: impl Iterator<Item = &'a str>) -> u16 {
    for parameter in parameters {
        if let Some((name, value)) = parameter.split_once('=')
            && name.trim().eq_ignore_ascii_case("q")
        {
            let value: f32 = value.trim().parse().unwrap_or(1.0);
            return thousandths(value);
        }
    }
    1000
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0 to 1000 first")]
fn thousandths(value: f32) -> u16 {
    (value.clamp(0.0, 1.0) * 1000.0).round() as u16
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[test]
    fn the_form_follows_the_wish() {
        use Form::{Html, Json, Markdown};
        for (accept, expected) in [
            ("", Json),
            ("*/*", Json),
            ("application/json", Json),
            ("text/markdown", Markdown),
            ("Text/Markdown; charset=utf-8", Markdown),
            ("text/*", Markdown),
            ("text/markdown, */*;q=0.1", Markdown),
            ("text/markdown, */*", Markdown),
            ("text/markdown;q=0.5, application/json", Json),
            ("text/markdown;q=0.9, application/json;q=0.8", Markdown),
            ("text/markdown, application/json", Markdown),
            ("application/json, text/markdown", Json),
            ("text/markdown;q=0", Json),
            ("text/markdown;q=0, text/*", Html),
            ("text/html", Html),
            ("text/html, application/xhtml+xml, */*;q=0.8", Html),
            ("text/html;q=0.5, text/markdown;q=0.4, application/json;q=0.3", Html),
            ("text/markdown, text/html", Markdown),
            ("text/html;q=0, text/*", Markdown),
            ("text/html;q=0", Json),
            ("text/html, */*", Html),
            ("nonsense", Json),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT, HeaderValue::from_str(accept).unwrap());
            assert_eq!(form(&headers), expected, "{accept}");
        }
        assert_eq!(form(&HeaderMap::new()), Json);
    }
}
