//! What costs more than its length says is bounded: each of these would take minutes, gigabytes or the whole stack.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use portolan_core::markdown::KnownNames;
use portolan_render::{RenderOptions, render};

use crate::support::ADDRESSES;

/// As long as a page may be; without optimisation a part of it, which is slow enough then to tell.
const MIB: usize = if cfg!(debug_assertions) { 1 << 15 } else { 1 << 20 };

/// Renders on a small stack; answers how long the HTML is.
fn bounded(name: &str, text: String) -> usize {
    at(name, text, "a")
}

fn at(name: &str, text: String, path: &str) -> usize {
    let path = path.to_owned();
    let (done, answer) = mpsc::channel();
    let thread = thread::Builder::new().stack_size(1 << 20).spawn(move || {
        let html = render(&text, &path, &KnownNames::default(), &RenderOptions::new(ADDRESSES));
        let _ = done.send(html.len());
    });
    let length = answer.recv_timeout(Duration::from_mins(2));
    let length =
        length.unwrap_or_else(|_| panic!("{name}: not rendered in two minutes, or the stack was too small"));
    thread.unwrap().join().unwrap();
    assert!(length < 32 << 20, "{name}: {length} bytes");
    length
}

fn fill(piece: &str) -> String {
    piece.repeat(MIB / piece.len())
}

#[test]
fn deep_nesting() {
    for piece in [
        ">",
        "> ",
        "- ",
        "1. ",
        "[",
        "![",
        "[[",
        "*",
        "*a **b ",
        "_a ",
        "~~a ",
        "`",
        "<div>",
        "<b>",
        "<b><p>",
        "<a>",
        "<table>",
        "<table><tr><td>",
        "<ul><li>",
        "<span>",
        "<dl><dd>",
        "<ruby><rt>",
        "<svg>",
        "<math><mtext>",
        "<details>",
        "<q>",
        "<blockquote>\n\n",
        "</p>",
        "</div>",
        "<!--",
        "<",
        "<a ",
        "<a x='",
        "<a x=\"",
        "&",
        "[^a]",
        "(",
        "![x](",
    ] {
        bounded(piece, fill(piece));
    }
    let quotes =
        (0..10_000).map(|depth| format!("{}a\n\n", ">".repeat(depth % 500))).collect::<Vec<_>>().concat();
    bounded("quotes", quotes.chars().take(MIB).collect());
    let lists =
        (0..1_000).map(|depth| format!("{}- a\n", " ".repeat(2 * depth))).collect::<Vec<_>>().concat();
    bounded("lists", lists);
}

#[test]
fn what_a_browser_would_repeat() {
    // Elements that are opened again wherever they were closed too early, with all that they say.
    let long = "x".repeat(20_000);
    let fonts = (0..60).map(|at| format!("<b title='{at}{long}'>")).collect::<Vec<_>>().concat();
    bounded("formatting", format!("<div>{fonts}{}", "<p>x".repeat(100_000)));
    bounded("anchor", format!("<p><a href='/{long}'>{}", "<div>x</div>".repeat(80_000)));
    bounded("inline", format!("<i><a href='/{long}'>x{}", "\n\ny<b>\n\n".repeat(80_000)));
    // What stands in a table and in no cell is put before the table.
    bounded("table text", format!("<table>{}", "x<b>y</b>".repeat(100_000)));
    bounded("table rows", format!("<table>{}", "<tr>x".repeat(100_000)));
    bounded("table markdown", format!("<table>\n\n{}", "x\n\n".repeat(200_000)));
}

#[test]
fn what_is_written_once_and_used_often() {
    let long = "x".repeat(MIB / 4);
    let definition = format!("[a]: /{long}\n\n");
    bounded("references", format!("{definition}{}", "[a]".repeat(MIB / 8)));
    let head = "|a".repeat(1000);
    let line = "|-".repeat(1000);
    bounded("cells", format!("{head}\n{line}\n{}", "x\n".repeat(MIB / 4)));
    bounded("footnotes", format!("[^a]: b\n\n{}", "[^a]".repeat(MIB / 8)));
    bounded("headings", "# a\n".repeat(MIB / 8));
    bounded(
        "mixed headings",
        (0..MIB / 16).map(|at| format!("# a\n# a-{at}\n")).collect::<Vec<_>>().concat(),
    );
    // A relative link of four bytes leads to an address as long as its page's path.
    at("links", fill("[](a)"), &format!("{}/x", "é/".repeat(250)));
    at("wikilinks", fill("[[./a]]"), &format!("{}/x", "é/".repeat(250)));
}

#[test]
fn long_words_and_lines() {
    for piece in [
        "a",
        "a.",
        "a@",
        "www.",
        "http://",
        "://",
        "a:b",
        "@@",
        "x\u{301}",
        "&amp;",
        "]](",
        "[[1]](a/",
        "[[1]](<a/",
        "|",
        "\r",
        "é",
    ] {
        bounded(piece, fill(piece));
    }
    bounded("code", format!("```js\n{}\n```\n", fill("a(\"/*`${")));
    bounded("blocks", "```json\n{\"a\": [1, \"b\"]}\n```\n".repeat(20_000));
    bounded("larger than any page", "*a* <b>".repeat(2 * MIB));
}
