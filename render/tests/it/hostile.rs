//! Attacks that were published against wikis, and what they become.

use proptest::prelude::*;

use portolan_core::markdown::{KnownNames, NameKind};
use portolan_render::{RenderOptions, render, sanitise, slug};

use crate::support::{ADDRESSES, html};

/// A tag as a browser would read it: its name and its attributes.
type Tag = (String, Vec<(String, String)>);

/// The tags of HTML that is well formed, as what is sanitised always is.
fn tags(html: &str) -> Vec<Tag> {
    let mut tags = Vec::new();
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        let end = rest.find([' ', '>']).unwrap();
        let name = rest[..end].to_owned();
        let mut attributes = Vec::new();
        rest = &rest[end..];
        while let Some(attribute) = rest.strip_prefix(' ') {
            let (name, after) = attribute.split_once("=\"").unwrap();
            let (value, after) = after.split_once('"').unwrap();
            attributes.push((name.to_owned(), value.replace("&amp;", "&")));
            rest = after;
        }
        rest = rest.strip_prefix('>').unwrap_or_else(|| panic!("{html}"));
        tags.push((name, attributes));
    }
    tags
}

/// Checks all that must be true of any answer.
fn harmless(html: &str) {
    const TAGS: &str = " a abbr b bdi bdo blockquote br cite code dd del details dfn div dl dt em figcaption figure h1 h2 h3 \
        h4 h5 h6 hr i img input ins kbd li mark ol p pre q rp rt ruby s samp section small span strong sub summary sup table \
        tbody td tfoot th thead tr u ul var wbr ";
    const ATTRIBUTES: &str = " href title class id rel open align src alt width height type checked disabled start colspan \
        rowspan dir ";
    for (name, attributes) in tags(html) {
        let name = name.trim_start_matches('/');
        assert!(TAGS.contains(&format!(" {name} ")), "{name} in {html}");
        for (attribute, value) in attributes {
            assert!(ATTRIBUTES.contains(&format!(" {attribute} ")), "{attribute} in {html}");
            if matches!(attribute.as_str(), "href" | "src") {
                let head = value.split(['/', '?', '#']).next().unwrap().to_ascii_lowercase();
                let scheme = head.split_once(':').map(|(scheme, _)| scheme);
                assert!(
                    matches!(scheme, None | Some("http" | "https" | "mailto" | "tel")),
                    "{value} in {html}"
                );
                assert!(value.bytes().all(|byte| (0x21..0x7f).contains(&byte)), "{value} in {html}");
                assert!(!value.contains('\\'), "{value} in {html}");
                let inside = value.is_empty() || value.starts_with('#') || value.starts_with("/w/");
                assert!(inside || scheme.is_some() || value.starts_with("//"), "{value} in {html}");
            }
            if attribute == "type" {
                assert_eq!(value, "checkbox");
            }
        }
    }
    assert_eq!(sanitise(html), html, "it is a fixed point");
}

/// Pages that would do something if they could.
const ATTACKS: &[&str] = &[
    "<script>alert(1)</script>",
    "a <script>alert(1)</script> b",
    "<ScRiPt src=//evil></sCrIpT >",
    "<script\n>alert(1)</script\n>",
    "<svg onload=alert(1)>",
    "<svg/onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<img src=x onerror=alert(1)>",
    "<img src=\"x\" onerror=\"alert(1)\" />",
    "<img/src=x/onerror=alert(1)>",
    "<img src=`x`onerror=alert(1)>",
    "<img \"\"\"><script>alert(1)</script>\">",
    "<body onload=alert(1)>",
    "<iframe src=\"javascript:alert(1)\"></iframe>",
    "<iframe srcdoc=\"<script>alert(1)</script>\">",
    "<object data=\"data:text/html;base64,PHNjcmlwdD4=\"></object>",
    "<embed src=x>",
    "<form action=javascript:alert(1)><input type=submit><button formaction=javascript:alert(1)>x</button></form>",
    "<input autofocus onfocus=alert(1)>",
    "<video><source onerror=alert(1)></video>",
    "<details open ontoggle=alert(1)>x</details>",
    "<marquee onstart=alert(1)>x</marquee>",
    "<meta http-equiv=refresh content=\"0;url=javascript:alert(1)\">",
    "<base href=javascript:alert(1)//>",
    "<link rel=stylesheet href=//evil>",
    "<style>@import '//evil';</style>",
    "<div style=\"background:url(javascript:alert(1))\">x</div>",
    "<a href=\"java\nscript:alert(1)\">x</a>",
    "<a href=\"&#x6A;avascript&colon;alert(1)\">x</a>",
    "<a href=\"&#0000106&#0000097&#0000118&#0000097&#0000115&#0000099&#0000114&#0000105&#0000112&#0000116&#0000058alert(1)\">x</a>",
    "<a href=\" \u{1}javascript:alert(1)\">x</a>",
    "<a href=\"&Tab;java&Tab;script:alert(1)\">x</a>",
    "<a href=JaVaScRiPt:alert(1)>x</a>",
    "<a href=\"data:text/html,<script>alert(1)</script>\">x</a>",
    "<a href=vbscript:msgbox(1)>x</a>",
    "<a href=\"x\" target=_blank id=app name=app class=admin onclick=alert(1)>x</a>",
    "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)></style></mglyph></table></mtext></math>",
    "<svg></p><style><a id=\"</style><img src=1 onerror=alert(1)>\">",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
    "<template><script>alert(1)</script></template>",
    "<title><img src=x onerror=alert(1)></title>",
    "<textarea><img title=\"</textarea><img src=x onerror=alert(1)>\"></textarea>",
    "<xmp><p title=\"</xmp><img src=x onerror=alert(1)>\">",
    "<!--><img src=x onerror=alert(1)>-->",
    "<!-- --!><img src=x onerror=alert(1)> -->",
    "<![CDATA[<img src=x onerror=alert(1)>]]>",
    "<?xml-stylesheet href=\"javascript:alert(1)\"?>",
    "<a href='x' title='\"><img src=x onerror=alert(1)>'>y</a>",
    "<table><tr><td><svg><desc><table><td><img src=x onerror=alert(1)>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](<java\tscript:alert(1)>)",
    "[x](java&Tab;script:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](&#x01;javascript:alert(1))",
    "[x](\u{1}javascript:alert(1))",
    "[x](javascript&colon;alert(1))",
    "[x](javascript%3Aalert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    "[x](vbscript:x) [x](file:///etc/passwd) [x](blob:x) [x](view-source:x)",
    "![x](javascript:alert(1)) ![x](data:image/svg+xml;base64,PHN2Zz4=) ![x](mailto:a@b)",
    "[x](y \"\\\" onmouseover=alert(1) \\\"\")",
    "[x](y '\"onmouseover=\"alert(1)')",
    "![\"onerror=\"alert(1)](https://x.y/z)",
    "![<img src=x onerror=alert(1)>](https://x.y/z)",
    "<javascript:alert(1)>",
    "<javascript://x.y/%0aalert(1)>",
    "javascript://x.y/%0aalert(1)",
    "https://x.y/\"onmouseover=alert(1)",
    "https://x.y/<script>alert(1)</script>",
    "www.x.y\"><img/src=x",
    "a@b.c\"onmouseover=alert(1)",
    "[r]\n\n[r]: javascript:alert(1) \"t\"",
    "x[^\"><img src=x onerror=alert(1)>]\n\n[^\"><img src=x onerror=alert(1)>]: y",
    "x[^a\"onclick=\"alert(1)]\n\n[^a\"onclick=\"alert(1)]: y",
    "# <img src=x onerror=alert(1)>",
    "# \"onmouseover=\"alert(1)",
    "# `<script>`",
    "```\"><script>alert(1)</script>\nx\n```",
    "```js\" onclick=\"alert(1)\nx\n```",
    "```html\n<script>alert(1)</script>\n```",
    "    <script>alert(1)</script>",
    "`<script>alert(1)</script>`",
    "[[\"><img src=x onerror=alert(1)>]]",
    "[[x|\"><img src=x onerror=alert(1)>]]",
    "[[javascript:alert(1)]] [[x|javascript:alert(1)]] [[javascript://%0aalert(1)]]",
    "[[Home#\"><script>alert(1)</script>]]",
    "![[\"onerror=alert(1)//.png]]",
    "[[Home\" onclick=\"alert(1)]]",
    "[[1]](javascript:alert(1)/.) [[2]](https://x.y \"\\\"onclick=alert(1)\")",
    "| <img src=x onerror=alert(1)> |\n|---|\n| <svg onload=alert(1)> |",
    "> [!NOTE]<script>alert(1)</script>\n> x",
    "---\ntitle: <script>alert(1)</script>\n---\nx",
    "\u{feff}<script>alert(1)</script>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;img src=x onerror=alert(1)&#62;",
];

#[test]
fn stored_scripts_do_nothing() {
    for text in ATTACKS {
        let html = html(text);
        harmless(&html);
        assert!(!html.contains("<script"), "{text}: {html}");
    }
}

#[test]
fn headings_cannot_take_the_names_of_a_document_s_own() {
    // An id is what the text of a heading says, and no element that a document is asked for by name has one.
    let html =
        html("# getElementById\n\n# body\n\n<img id=cookie name=cookie><form id=x><a id=y name=y>z</a>\n");
    harmless(&html);
    assert!(html.contains("<h1 id=\"getelementbyid\">") && html.contains("<h1 id=\"body\">"), "{html}");
    assert_eq!(html.matches(" id=").count(), 2, "{html}");
    assert!(!html.contains("name="), "{html}");
    let html = self::html("# __proto__\n\n# constructor\n\n# a b\u{a0}c\u{2028}d\n");
    harmless(&html);
}

#[test]
fn names_of_pages_do_not_break_out() {
    let page = "\"><img src=x onerror=alert(1)>' &amp;/<b>";
    let names: KnownNames =
        [(NameKind::Page, page), (NameKind::File, "\"onerror=alert(1) .png")].into_iter().collect();
    let text = format!(
        "[[{page}]] [x](<{}>) ![[\"onerror=alert(1) .png]]",
        page.replace('<', "\\<").replace('>', "\\>")
    );
    let html = render(&text, page, &names, &RenderOptions::new(ADDRESSES));
    harmless(&html);
    assert!(html.contains("/w/pages/%22%3E%3Cimg"), "{html}");
    assert!(html.contains("src=\"/w/files/%22onerror%3Dalert%281%29%20.png\""), "{html}");
}

#[test]
fn the_sanitiser_alone_holds() {
    for html in [
        "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">",
        "<svg><style>&lt;img src=x onerror=alert(1)&gt;</style></svg>",
        "<a href=javascript:alert(1) id='a b' class='x hl-y language-z\"'>x</a><input type=text><p style=x>",
        "<img src=mailto:x><img src=tel:1><h1 id=a name=b>x</h1>",
    ] {
        harmless(&sanitise(html));
    }
}

#[test]
fn what_a_parser_leaves_out_joins_nothing() {
    for text in [
        "<```\n<p><pre>\n\0\n",
        "<pre>\0\n\nx</pre>",
        "\u{feff}\u{feff}\u{feff}a",
        "<b>\u{feff}</b>",
        "a\0b <i\0>",
    ] {
        harmless(&html(text));
    }
    let text = "<div></p><style>[r]: x\n\u{feff}\u{feff}";
    let names = crate::support::names();
    harmless(&render(
        text,
        "a/b",
        &names,
        &RenderOptions { part: Some(1..24), ..RenderOptions::new(ADDRESSES) },
    ));
    assert!(html("a\0b").contains("a\u{fffd}b"));
}

/// Pieces of Markdown and HTML that mean something, in any order.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        8 => prop::sample::select(vec![
            "<", ">", "</", "/>", "<b>", "</b>", "<a href=x>", "</a>", "<a>", "<p>", "</p>", "<div>", "</div>", "<table>",
            "</table>", "<tr>", "<td>", "</td>", "<thead>", "<ul>", "<li>", "<dl>", "<dd>", "<pre>\n", "<pre>&#10;", "</pre>",
            "<svg>", "<math>", "<style>", "</style>", "<script>", "</script>", "<!--", "-->", "<details>", "<summary>",
            "<h1>", "</h1>", "<br>", "<img src=a.png>", "<select>", "<option>", "<textarea>", "<title>", "<template>",
            "<input>", "<form>", "<body>", "<html>", "<frameset>", "<caption>", "<col>", "<rt>", "<rp>", "<ruby>", "<q>",
        ]).prop_map(String::from),
        8 => prop::sample::select(vec![
            "[[", "]]", "|", "![", "[", "](", ")", "[^a]", "[^a]: ", "[r]", "[r]: x\n", "#", "# ", "## A\n", "*", "**", "_",
            "~~", "`", "```\n", "```rust\n", "> ", "> [!NOTE]\n", "- ", "- [ ] ", "1. ", "    ", "\n", "\n\n", "---\n",
            "| a | b |\n|--|:-:|\n", "https://x.y", "www.x.y", "a@b.c", "\\", "&", "&amp;", "&#0;", "&#13;", "&nbsp;",
            "\"", "'", "=", ":", "javascript:", "\t", "\r\n", "\r", "\u{0}", "\u{c}", "é", "🎉", "\u{202e}", "\u{feff}",
        ]).prop_map(String::from),
        2 => "[ -~]{0,6}",
        1 => "\\PC{0,3}",
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_harmless(text in pieces()) {
        harmless(&html(&text));
    }

    #[test]
    fn any_part_is_harmless(text in pieces(), from in 0_usize..200, more in 0_usize..100) {
        let part = Some(from.min(text.len())..(from + more).min(text.len()));
        let names = crate::support::names();
        harmless(&render(&text, "a/b", &names, &RenderOptions { part, ..RenderOptions::new(ADDRESSES) }));
    }

    #[test]
    fn slugs_are_ids(text in "\\PC{0,30}") {
        let slug = slug(&text);
        prop_assert!(!slug.contains(char::is_whitespace), "{slug:?}");
        prop_assert!(!slug.contains(['"', '<', '>', '&', '\'', '=']), "{slug:?}");
    }
}
