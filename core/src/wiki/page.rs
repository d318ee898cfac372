//! What a page's text says about itself: its front matter and its title.

use serde_json::{Map, Value};

use crate::markdown::Outline;

/// Front matter longer than this is text like any other.
const MOST_FRONT_MATTER: usize = 64 * 1024;

/// A page's text in its parts. Parts are slices of the text: nothing is changed by looking at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parts<'a> {
    /// The YAML between the two `---` lines at the very beginning; none where the page does not begin so.
    pub front_matter: Option<&'a str>,
    /// Everything after it.
    pub body: &'a str,
}

/// Takes `text` apart. A byte order mark before the front matter is passed over.
pub fn parts(text: &str) -> Parts<'_> {
    let none = Parts { front_matter: None, body: text };
    let start = text.strip_prefix('\u{feff}').unwrap_or(text);
    let Some(rest) = fence(start) else { return none };
    let mut at = 0;
    for line in rest.split_inclusive('\n') {
        if matches!(line.trim_end_matches(['\n', '\r']).trim_end(), "---" | "...") {
            return Parts { front_matter: Some(&rest[..at]), body: &rest[at + line.len()..] };
        }
        at += line.len();
        if at > MOST_FRONT_MATTER {
            return none;
        }
    }
    none
}

fn fence(text: &str) -> Option<&str> {
    let line_end = text.find('\n')?;
    (text[..line_end].trim_end() == "---").then(|| &text[line_end + 1..])
}

/// The front matter as a JSON object; empty where there is none, or where it is no YAML mapping.
pub fn front_matter(text: &str) -> Map<String, Value> {
    let Some(yaml) = parts(text).front_matter else { return Map::new() };
    // YAML 1.2: `y`, `no` and `on` are texts; people have them for tags.
    let options = serde_saphyr::options! { strict_booleans: true };
    match serde_saphyr::from_str_with_options::<Value>(yaml, options) {
        Ok(Value::Object(map)) => map,
        _ => Map::new(),
    }
}

/// The page that a text's front matter names in `redirect`, which makes it a redirect stub. Bytes that are no UTF-8 are read as U+FFFD.
pub fn redirect(content: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(content);
    // Without front matter there is none, and nothing to take apart.
    parts(&text).front_matter?;
    facts(&text, "").redirect
}

/// What the index keeps of a page's text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Facts {
    /// The title: front matter's `title`, else the first heading of level one, else the last segment of the path.
    pub title: String,
    /// The page that a redirect stub names.
    pub redirect: Option<String>,
    /// Front matter's `category`.
    pub category: Option<String>,
    /// Front matter's `tags`, and its `tag`: each once, in order, at most [`MOST_TAGS`].
    pub tags: Vec<String>,
}

/// The longest title kept, in characters.
const MOST_TITLE: usize = 300;

/// Most tags of one page that are kept: the first ones.
pub const MOST_TAGS: usize = 100;

/// The longest category or tag, in characters; what is longer is none.
pub const MOST_LABEL: usize = 200;

/// Reads a page's facts; `last` is the last segment of its path.
pub fn facts(text: &str, last: &str) -> Facts {
    let parts = parts(text);
    let map = if parts.front_matter.is_some() { front_matter(text) } else { Map::new() };
    let plain = |name: &str| match map.get(name) {
        Some(Value::String(text)) if !text.trim().is_empty() => Some(text.trim().to_owned()),
        Some(Value::Number(number)) => Some(number.to_string()),
        _ => None,
    };
    let title = plain("title").or_else(|| first_heading(parts.body)).unwrap_or_else(|| last.to_owned());
    Facts {
        title: title.chars().take(MOST_TITLE).collect(),
        redirect: plain("redirect"),
        category: plain("category").filter(|category| is_label(category)),
        tags: tags(&map),
    }
}

fn is_label(text: &str) -> bool {
    text.chars().nth(MOST_LABEL).is_none()
}

/// The tags in front matter: a list, or one text whose parts commas set apart or, where there is none, blanks. A `#`
/// before a tag is no part of it.
fn tags(map: &Map<String, Value>) -> Vec<String> {
    let mut tags: Vec<String> = Vec::new();
    let mut add = |tag: &str| {
        let tag = tag.trim().trim_start_matches('#').trim();
        if !tag.is_empty()
            && is_label(tag)
            && tags.len() < MOST_TAGS
            && !tags.iter().any(|known| known == tag)
        {
            tags.push(tag.to_owned());
        }
    };
    for value in ["tags", "tag"].iter().filter_map(|name| map.get(*name)) {
        match value {
            Value::String(text) if text.contains(',') => text.split(',').for_each(&mut add),
            Value::String(text) => text.split_whitespace().for_each(&mut add),
            Value::Number(number) => add(&number.to_string()),
            Value::Array(items) => items.iter().for_each(|item| match item {
                Value::String(text) => add(text),
                Value::Number(number) => add(&number.to_string()),
                Value::Bool(yes) => add(if *yes { "true" } else { "false" }),
                _ => {}
            }),
            _ => {}
        }
    }
    tags
}

/// The first heading of level one outside fenced code, ATX or setext (`CommonMark` 0.31 §4.2, §4.3).
fn first_heading(body: &str) -> Option<String> {
    let mut fence: Option<&str> = None;
    let mut before: Option<&str> = None;
    for line in body.lines() {
        let indent = line.len() - line.trim_start_matches(' ').len();
        let text = line.trim();
        if let Some(open) = fence {
            if text.starts_with(open) && text.trim_start_matches(&open[..1]).is_empty() {
                fence = None;
            }
            continue;
        }
        if indent >= 4 {
            continue;
        }
        if text.starts_with("```") || text.starts_with("~~~") {
            let mark = text.len() - text.trim_start_matches(&text[..1]).len();
            fence = Some(&text[..mark]);
            before = None;
            continue;
        }
        if let Some(rest) = text.strip_prefix('#')
            && (rest.is_empty() || rest.starts_with([' ', '\t']))
        {
            let rest = rest.trim();
            let bare = rest.trim_end_matches('#');
            let heading = if bare.is_empty() || bare.ends_with([' ', '\t']) { bare.trim_end() } else { rest };
            if !heading.is_empty() {
                return Some(without_markup(heading));
            }
        }
        if let Some(above) = before
            && !text.is_empty()
            && text.bytes().all(|byte| byte == b'=')
        {
            return Some(without_markup(above));
        }
        let is_paragraph = !text.is_empty() && !text.starts_with(['#', '>', '-', '*', '+', '|', '<']);
        before = is_paragraph.then_some(text);
    }
    None
}

/// A heading as its readers see it, which is its name in the outline. Of a very long one only the beginning is read: no more of it is kept.
fn without_markup(heading: &str) -> String {
    if !heading.contains(['*', '_', '`', '[', '\\', '<', '&', '~', '$']) {
        return heading.to_owned();
    }
    let start: String = heading.chars().take(4 * MOST_TITLE).collect();
    let plain = Outline::of(&format!("# {start}")).sections.into_iter().next().map(|section| section.title);
    plain.filter(|title| !title.is_empty()).unwrap_or_else(|| heading.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_found_as_readers_expect() {
        for (text, front_matter, body) in [
            ("---\ntitle: A\n---\nText", Some("title: A\n"), "Text"),
            ("\u{feff}---\r\ntitle: A\r\n---\r\nText", Some("title: A\r\n"), "Text"),
            ("---\n---\n", Some(""), ""),
            ("---\nnever closed\n", None, "---\nnever closed\n"),
            ("Text\n---\n", None, "Text\n---\n"),
            ("----\na: 1\n---\n", None, "----\na: 1\n---\n"),
            ("", None, ""),
        ] {
            assert_eq!(parts(text), Parts { front_matter, body }, "{text:?}");
        }
    }

    #[test]
    fn titles_come_from_front_matter_heading_or_name() {
        for (text, title) in [
            ("---\ntitle: From matter\n---\n# Heading\n", "From matter"),
            ("---\ntitle: [broken\n---\n# Heading\n", "Heading"),
            ("---\ntitle: 7\n---\n", "7"),
            ("# Heading #\n", "Heading"),
            ("# C#\n", "C#"),
            ("```\n# code\n```\n# Real\n", "Real"),
            ("    # code\n\nText\n", "Name"),
            ("Setext\n======\n", "Setext"),
            ("# *Big* `one` and [a link](there.md) \\* &amp; <b>bold</b>\n", "Big one and a link * & bold"),
            ("snake_case **name**\n===\n", "snake_case name"),
            ("# ![](x.png)\n", "![](x.png)"),
            ("## Second level\n", "Name"),
            ("#tag\n", "Name"),
            ("", "Name"),
        ] {
            assert_eq!(facts(text, "Name").title, title, "{text:?}");
        }
        assert_eq!(facts("---\nredirect: Other/Page\n---\n", "x").redirect.as_deref(), Some("Other/Page"));
    }

    #[test]
    fn labels_come_from_front_matter() {
        for (matter, category, tags) in [
            (
                "category: Guides\ntags: [a, B b, 7, '#c', a, [d], ' ']",
                Some("Guides"),
                &["a", "B b", "7", "c"][..],
            ),
            ("category: ' '\ntags: a, b c,, d", None, &["a", "b c", "d"]),
            ("category: [x]\ntags: a b\ntag: c", None, &["a", "b", "c"]),
            ("category: 12\ntag: 3", Some("12"), &["3"]),
            ("tags:\n  - x\n  - y: z\n", None, &["x"]),
            ("tags: [y, No, on, true, 2026-01-31]", None, &["y", "No", "on", "true", "2026-01-31"]),
            ("tags:", None, &[]),
        ] {
            let facts = facts(&format!("---\n{matter}\n---\n"), "x");
            assert_eq!(
                (facts.category.as_deref(), facts.tags),
                (category, tags.iter().map(ToString::to_string).collect()),
                "{matter}"
            );
        }
        let long = "x".repeat(MOST_LABEL);
        let many: Vec<_> = (0..=MOST_TAGS).map(|number| number.to_string()).collect();
        let text = |category: &str| {
            format!("---\ncategory: {category}\ntags: [{category}, {}]\n---\n", many.join(", "))
        };
        let kept = facts(&text(&long), "x");
        assert_eq!((kept.category, kept.tags.len()), (Some(long.clone()), MOST_TAGS));
        let left_out = facts(&text(&format!("{long}x")), "x");
        assert_eq!((left_out.category, &*left_out.tags[0]), (None, "0"));
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_without_panic(text in "(---\n)?[-#=`a:\\[\n ]{0,60}(\n---\n)?.{0,40}") {
            let _ = facts(&text, "x");
            let parts = parts(&text);
            proptest::prop_assert!(text.ends_with(parts.body));
        }
    }
}
