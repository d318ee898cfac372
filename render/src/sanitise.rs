//! The last step: nothing stays that is not listed here.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use ammonia::{Builder, UrlRelative};

use crate::address::REL;
use crate::highlight;

/// Elements that may stay.
const TAGS: [&str; 61] = [
    "a",
    "abbr",
    "b",
    "bdi",
    "bdo",
    "blockquote",
    "br",
    "cite",
    "code",
    "dd",
    "del",
    "details",
    "dfn",
    "div",
    "dl",
    "dt",
    "em",
    "figcaption",
    "figure",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "i",
    "img",
    "input",
    "ins",
    "kbd",
    "li",
    "mark",
    "ol",
    "p",
    "pre",
    "q",
    "rp",
    "rt",
    "ruby",
    "s",
    "samp",
    "section",
    "small",
    "span",
    "strong",
    "sub",
    "summary",
    "sup",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "tr",
    "u",
    "ul",
    "var",
    "wbr",
    "tt",
];

/// Attributes that may stay.
const ATTRIBUTES: [(&str, &[&str]); 22] = [
    ("a", &["href", "title", "class", "id", "rel"]),
    ("abbr", &["title"]),
    ("code", &["class"]),
    ("details", &["open"]),
    ("dfn", &["title"]),
    ("div", &["class", "align"]),
    ("h1", &["id", "align"]),
    ("h2", &["id", "align"]),
    ("h3", &["id", "align"]),
    ("h4", &["id", "align"]),
    ("h5", &["id", "align"]),
    ("h6", &["id", "align"]),
    ("img", &["src", "alt", "title", "width", "height"]),
    ("input", &["type", "checked", "disabled"]),
    ("li", &["class", "id"]),
    ("ol", &["start"]),
    ("p", &["class", "align"]),
    ("section", &["class"]),
    ("span", &["class"]),
    ("sup", &["class"]),
    ("td", &["align", "colspan", "rowspan"]),
    ("th", &["align", "colspan", "rowspan"]),
];

/// Classes that the renderer gives, besides those that name a language or highlight.
const CLASSES: [&str; 12] = [
    "broken",
    "footnote-backref",
    "footnote-ref",
    "footnotes",
    "markdown-alert",
    "markdown-alert-caution",
    "markdown-alert-important",
    "markdown-alert-note",
    "markdown-alert-tip",
    "markdown-alert-title",
    "markdown-alert-warning",
    "task-list-item",
];

static LIST: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut list = Builder::empty();
    list.tags(TAGS.into())
        .clean_content_tags(HashSet::from(["script", "style"]))
        .tag_attributes(
            ATTRIBUTES
                .iter()
                .map(|(tag, names)| (*tag, names.iter().copied().collect()))
                .collect::<HashMap<_, _>>(),
        )
        .generic_attributes(HashSet::from(["dir"]))
        .url_schemes(HashSet::from(["http", "https", "mailto", "tel"]))
        .url_relative(UrlRelative::PassThrough)
        .link_rel(None)
        .strip_comments(true)
        .attribute_filter(|element, name, value| match (element, name) {
            (_, "class") => classes(value),
            (_, "id") => is_id(value).then_some(Cow::Borrowed(value)),
            ("a", "rel") => (value == REL).then_some(Cow::Borrowed(value)),
            ("input", "type") => (value == "checkbox").then_some(Cow::Borrowed(value)),
            ("img", "src") => (!value.trim_start().starts_with("mailto:")
                && !value.trim_start().starts_with("tel:"))
            .then_some(Cow::Borrowed(value)),
            _ => Some(Cow::Borrowed(value)),
        });
    list
});

/// Those of the classes that the renderer gives.
fn classes(value: &str) -> Option<Cow<'_, str>> {
    let plain =
        |name: &str| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+#-_.".contains(&byte));
    let ours = |class: &&str| {
        CLASSES.contains(class)
            || class
                .strip_prefix(highlight::PREFIX)
                .or_else(|| class.strip_prefix("language-"))
                .is_some_and(plain)
    };
    let kept: Vec<&str> = value.split_ascii_whitespace().filter(ours).collect();
    if kept.is_empty() { None } else { Some(Cow::Owned(kept.join(" "))) }
}

/// Whether a text can be the id of a heading or a footnote.
fn is_id(value: &str) -> bool {
    !value.is_empty()
        && !value.contains(|character: char| character.is_whitespace() || character.is_ascii_control())
}

/// `html` without what is not on the list. Doing it again changes nothing.
pub fn sanitise(html: &str) -> String {
    // Where a parser leaves a character out, what is before and behind it would be read together the next time.
    let clean = LIST.clean(&html.replace('\0', "\u{fffd}")).to_string();
    // At its beginning this is the mark of an encoding, and left out.
    let clean = clean.trim_start_matches('\u{feff}');
    // A carriage return that was written as an entity would be read as a line end.
    clean.replace("\r\n", "\n").replace('\r', "\n")
}
