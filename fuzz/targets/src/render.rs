//! Rendering: what comes out is clean, so that cleaning it once more changes nothing.

use portolan_core::markdown::{KnownNames, NameKind};
use portolan_render::{Addresses, RenderOptions, render, sanitise};

use crate::{PAGES, from_texts, texts};

/// Tries one input: a page's text, and as HTML to be cleaned.
pub fn run(data: &[u8]) {
    let [text] = texts(data);
    let names: KnownNames = [(NameKind::Page, "Link"), (NameKind::Page, "f/x"), (NameKind::File, "img.png")]
        .into_iter()
        .collect();
    let options = RenderOptions::new(Addresses { pages: "/w/pages/", files: "/w/files/" });
    let html = render(&text, "f/From", &names, &options);
    clean(&html);
    assert_eq!(sanitise(&html), html, "{text:?}");
    let cleaned = sanitise(&text);
    clean(&cleaned);
}

/// Nothing that could run is there as a tag.
fn clean(html: &str) {
    let lower = html.to_ascii_lowercase();
    for tag in [
        "<script", "<style", "<iframe", "<object", "<embed", "<form", "<svg", "<math", "<base", "<meta",
        "<link",
    ] {
        assert!(!lower.contains(tag), "{tag} in {html:?}");
    }
    for part in lower.split('<').skip(1) {
        let tag = part.split('>').next().unwrap_or_default();
        assert!(!tag.contains("=\"javascript:") && !tag.contains("=\"vbscript:"), "{html:?}");
        // Outside of quotes: an address may say what it likes.
        let names: String = tag.split('"').step_by(2).collect();
        assert!(!names.contains(" onerror=") && !names.contains(" onclick="), "{html:?}");
    }
}

/// Inputs to begin with.
pub fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = from_texts(&PAGES);
    seeds.extend(from_texts(&[
        "<p>a<b>c</p>d</b><table><tr><td>x<div>y</table>\n",
        "<details><summary>s</summary>\n\n# h\n\n</details>\n",
        "<a href=\" java\tscript:x\">y</a><img src=\"data:text/html,x\">\n",
        "```html\n<b>\n```\n\n~~~\n<i>\n",
        "- a\n\n  <div>\n\n- b\n\n</div>\n",
    ]));
    seeds
}
