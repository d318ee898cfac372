//! HTML that is written in Markdown: its tags are taken apart here, and those that may stay are written again.

use std::borrow::Cow;

use crate::address::Addressing;
use crate::escape;
use crate::tree::{Kind, Tree};

/// An element that may stay: its name, its end tag, and what it is.
type Element = (&'static str, &'static str, Kind);

macro_rules! elements {
    ($($kind:ident: $($name:literal)*;)*) => {
        const ELEMENTS: &[Element] = &[$($(($name, concat!("</", $name, ">"), Kind::$kind),)*)*];
    };
}

elements! {
    Inline: "a" "abbr" "b" "bdi" "bdo" "cite" "code" "del" "dfn" "em" "i" "ins" "kbd" "mark" "q" "rp" "rt" "ruby" "s" "samp"
        "small" "span" "strong" "sub" "sup" "u" "var";
    Void: "br" "img" "wbr";
    Block: "h1" "h2" "h3" "h4" "h5" "h6" "p" "pre";
    BlockVoid: "hr";
    Flow: "blockquote" "details" "div" "figcaption" "figure" "section" "summary";
    List: "dl" "ol" "ul";
    Item: "dd" "dt" "li";
    Table: "table";
    Section: "tbody" "tfoot" "thead";
    Row: "tr";
    Cell: "td" "th";
}

/// Elements whose text is not the page's: it goes with them.
const MUTE: [&str; 20] = [
    "applet",
    "canvas",
    "embed",
    "form",
    "frameset",
    "iframe",
    "math",
    "noembed",
    "noframes",
    "noscript",
    "object",
    "plaintext",
    "script",
    "select",
    "style",
    "svg",
    "template",
    "textarea",
    "title",
    "xmp",
];

/// The name, as it is in the list, of an element whose text goes with it.
fn mute(name: &str) -> Option<&'static str> {
    MUTE.into_iter().find(|mute| *mute == name)
}

/// A part of HTML as it is written.
#[derive(Debug, PartialEq, Eq)]
enum Token<'a> {
    Text(&'a str),
    Start(String, Vec<(String, &'a str)>),
    End(String),
}

/// Takes HTML apart; comments and declarations are left out. What is not closed is text, to the end.
struct Tokens<'a>(&'a str);

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        loop {
            let all = self.0;
            let at = all.find('<').unwrap_or(all.len());
            if at > 0 {
                self.0 = &all[at..];
                return Some(Token::Text(&all[..at]));
            }
            let rest = all.strip_prefix('<')?;
            if let Some(comment) = rest.strip_prefix("!--") {
                self.0 = comment.find("-->").map_or("", |end| &comment[end + 3..]);
            } else if rest.starts_with(['!', '?']) {
                self.0 = rest.find('>').map_or("", |end| &rest[end + 1..]);
            } else if rest
                .strip_prefix('/')
                .unwrap_or(rest)
                .starts_with(|first: char| first.is_ascii_alphabetic())
            {
                let Some((token, after)) = tag(rest) else {
                    self.0 = "";
                    return Some(Token::Text(all));
                };
                self.0 = after;
                return Some(token);
            } else {
                self.0 = rest;
                return Some(Token::Text("<"));
            }
        }
    }
}

/// Most attributes of a tag that are looked at.
const MOST_ATTRIBUTES: usize = 32;

/// The tag that begins with `text`, and what is behind it; none where it has no end.
fn tag(text: &str) -> Option<(Token<'_>, &str)> {
    let (is_end, text) = text.strip_prefix('/').map_or((false, text), |text| (true, text));
    let ends = |character: char| character.is_ascii_whitespace() || matches!(character, '/' | '>');
    let at = text.find(ends)?;
    let name = text[..at].to_ascii_lowercase();
    let mut rest = &text[at..];
    let mut attributes = Vec::new();
    loop {
        rest = rest.trim_start_matches(|character: char| character.is_ascii_whitespace() || character == '/');
        if let Some(after) = rest.strip_prefix('>') {
            return Some((if is_end { Token::End(name) } else { Token::Start(name, attributes) }, after));
        }
        // An equals sign at the beginning belongs to the name.
        let first = rest.chars().next()?.len_utf8();
        let length = rest[first..].find(|character| ends(character) || character == '=')? + first;
        let attribute = rest[..length].to_ascii_lowercase();
        rest = rest[length..].trim_start_matches(|character: char| character.is_ascii_whitespace());
        let mut value = "";
        if let Some(after) = rest.strip_prefix('=') {
            let after = after.trim_start_matches(|character: char| character.is_ascii_whitespace());
            let first = after.chars().next()?;
            let end = if matches!(first, '"' | '\'') {
                let end = after[1..].find(first)? + 1;
                value = &after[1..end];
                end + 1
            } else {
                let end =
                    after.find(|character: char| character.is_ascii_whitespace() || character == '>')?;
                value = &after[..end];
                end
            };
            rest = &after[end..];
        }
        if attributes.len() < MOST_ATTRIBUTES {
            attributes.push((attribute, value));
        }
    }
}

/// Writes what may stay of `html`. Answers the name of an element that has begun and whose text goes with it, where its end
/// is not in `html`.
pub(crate) fn write(tree: &mut Tree, html: &str, addressing: &Addressing<'_>) -> Option<&'static str> {
    let mut muted: Option<&'static str> = None;
    for token in Tokens(html) {
        match token {
            Token::End(name) if muted.is_some_and(|muted| muted == name) => muted = None,
            _ if muted.is_some() => {}
            Token::Text(text) => tree.inline_html(&without_brackets(text)),
            Token::End(name) => tree.close_raw(&name),
            Token::Start(name, attributes) => {
                muted = mute(&name);
                if let Some((name, end, kind)) = ELEMENTS.iter().find(|element| element.0 == name) {
                    let mut start = format!("<{name}");
                    for (attribute, value) in attributes {
                        write_attribute(&mut start, name, &attribute, &decode(value), addressing);
                    }
                    tree.open_raw(name, *kind, &start, end);
                }
            }
        }
    }
    muted
}

/// Whether `html` ends the element `name`.
pub(crate) fn ends(html: &str, name: &str) -> bool {
    Tokens(html).any(|token| token == Token::End(name.to_owned()))
}

/// `text` with its brackets escaped; entities stay.
fn without_brackets(text: &str) -> Cow<'_, str> {
    if text.contains(['<', '>']) {
        Cow::Owned(text.replace('<', "&lt;").replace('>', "&gt;"))
    } else {
        Cow::Borrowed(text)
    }
}

fn write_attribute(start: &mut String, element: &str, name: &str, value: &str, addressing: &Addressing<'_>) {
    let number = |most: u32| value.trim().parse::<u32>().ok().filter(|number| (1..=most).contains(number));
    // What is written twice would be read once.
    if start.contains(&format!(" {name}=\"")) {
        return;
    }
    let value = match (element, name) {
        ("a", "href") => return addressing.raw_href(start, value),
        ("img", "src") => return addressing.raw_src(start, value),
        ("img", "alt") | ("a" | "abbr" | "dfn" | "img", "title") => Some(value.to_owned()),
        ("img", "width" | "height") => number(10_000).map(|number| number.to_string()),
        ("td" | "th", "colspan" | "rowspan") => number(100).map(|number| number.to_string()),
        ("ol", "start") => number(u32::MAX).map(|number| number.to_string()),
        ("details", "open") => Some(String::new()),
        ("div" | "p" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "td" | "th", "align") => {
            one_of(value, &["left", "center", "right"])
        }
        (_, "dir") => one_of(value, &["ltr", "rtl", "auto"]),
        _ => None,
    };
    if let Some(value) = value {
        escape::attribute(start, name, &value);
    }
}

fn one_of(value: &str, known: &[&str]) -> Option<String> {
    let value = value.trim().to_ascii_lowercase();
    known.contains(&value.as_str()).then_some(value)
}

/// An attribute's value with the entities resolved that a URL may be written with. Any other stands for itself from here on:
/// what is written again is escaped.
fn decode(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let mut rest = value;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let name = rest[1..].find(|character: char| !character.is_ascii_alphanumeric() && character != '#');
        let name = &rest[1..name.map_or(rest.len(), |length| length + 1)];
        if let Some(character) = entity(name) {
            out.push(character);
            rest = rest[1 + name.len()..].strip_prefix(';').unwrap_or(&rest[1 + name.len()..]);
        } else {
            out.push('&');
            rest = &rest[1..];
        }
    }
    out.push_str(rest);
    out
}

fn entity(name: &str) -> Option<char> {
    if let Some(digits) = name.strip_prefix('#') {
        let number = match digits.strip_prefix(['x', 'X']) {
            Some(digits) => u32::from_str_radix(digits, 16),
            None => digits.parse(),
        };
        return char::from_u32(number.ok()?);
    }
    Some(match name {
        "amp" | "AMP" => '&',
        "lt" | "LT" => '<',
        "gt" | "GT" => '>',
        "quot" | "QUOT" => '"',
        "apos" => '\'',
        "nbsp" => '\u{a0}',
        "colon" => ':',
        "sol" => '/',
        "bsol" => '\\',
        "num" => '#',
        "quest" => '?',
        "equals" => '=',
        "Tab" => '\t',
        "NewLine" => '\n',
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_taken_apart() {
        let start = |name: &str, attributes: &[(&str, &'static str)]| {
            let attributes = attributes.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect();
            Token::Start(name.to_owned(), attributes)
        };
        for (html, tokens) in [
            ("a<b>c</B >", vec![Token::Text("a"), start("b", &[]), Token::Text("c"), Token::End("b".into())]),
            (
                "<A HREF = 'x>y' Title=\"q\" c d=e/>",
                vec![start("a", &[("href", "x>y"), ("title", "q"), ("c", ""), ("d", "e/")])],
            ),
            ("<!-- <b> --><?x?><!DOCTYPE y><br/>", vec![start("br", &[])]),
            (
                "1 < 2 <- <",
                vec![
                    Token::Text("1 "),
                    Token::Text("<"),
                    Token::Text(" 2 "),
                    Token::Text("<"),
                    Token::Text("- "),
                    Token::Text("<"),
                ],
            ),
            ("<a b='c", vec![Token::Text("<a b='c")]),
            ("<!-- never", vec![]),
            ("<a =x>", vec![start("a", &[("=x", "")])]),
        ] {
            assert_eq!(Tokens(html).collect::<Vec<_>>(), tokens, "{html}");
        }
    }

    #[test]
    fn entities_are_resolved_once() {
        for (value, decoded) in [
            ("java&Tab;script&colon;x", "java\tscript:x"),
            ("&#106;&#x61;v", "jav"),
            ("&amp;lt;&unknown;&", "&lt;&unknown;&"),
            ("?a=1&b=2&#;", "?a=1&b=2&#;"),
        ] {
            assert_eq!(decode(value), decoded, "{value}");
        }
    }
}
