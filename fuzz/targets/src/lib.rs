//! What is fuzzed. A target takes any bytes and panics where the code that it tries breaks a promise: it fails, runs out
//! of a limit, or differs from a plain model.
//!
//! The same functions run under libFuzzer (`fuzz/fuzz_targets`), and on the stable toolchain by [`drive`], with inputs
//! that are seeds changed at random.

#![expect(clippy::missing_panics_doc, reason = "a panic is what a target has to say")]

pub mod bundle;
pub mod edits;
pub mod front_matter;
pub mod markdown;
pub mod merge;
pub mod pack;
pub mod paths;
pub mod query;
pub mod render;
pub mod token;
pub mod tokens;

mod drive;

use std::borrow::Cow;

pub use drive::drive;

/// One thing to be fuzzed.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// Its name, which is that of its libFuzzer program.
    pub name: &'static str,
    /// Tries one input.
    pub run: fn(&[u8]),
    /// Inputs to begin with.
    pub seeds: fn() -> Vec<Vec<u8>>,
}

/// All targets.
pub const TARGETS: [Target; 11] = [
    Target { name: "bundle", run: bundle::run, seeds: bundle::seeds },
    Target { name: "edits", run: edits::run, seeds: edits::seeds },
    Target { name: "front_matter", run: front_matter::run, seeds: front_matter::seeds },
    Target { name: "markdown", run: markdown::run, seeds: markdown::seeds },
    Target { name: "merge", run: merge::run, seeds: merge::seeds },
    Target { name: "pack", run: pack::run, seeds: pack::seeds },
    Target { name: "paths", run: paths::run, seeds: paths::seeds },
    Target { name: "query", run: query::run, seeds: query::seeds },
    Target { name: "render", run: render::run, seeds: render::seeds },
    Target { name: "token", run: token::run, seeds: token::seeds },
    Target { name: "tokens", run: tokens::run, seeds: tokens::seeds },
];

/// The parts of an input, separated by zero bytes, as texts: the last one has all that is left.
fn texts<const N: usize>(data: &[u8]) -> [Cow<'_, str>; N] {
    let mut parts = data.splitn(N, |byte| *byte == 0);
    std::array::from_fn(|_| String::from_utf8_lossy(parts.next().unwrap_or_default()))
}

/// Texts as inputs.
fn from_texts(texts: &[&str]) -> Vec<Vec<u8>> {
    texts.iter().map(|text| text.as_bytes().to_vec()).collect()
}

/// Markdown with something of everything.
const PAGES: [&str; 6] = [
    "---\ntitle: A page\ntags: [one, two]\n---\n# One\n\nText with [[Link]], [[Page|text]] and [more](../a%20b.md#x).\n\n## Two\n\n- [x] item\n\n| a | b |\n|---|---|\n| [[x\\|y]] | `c` |\n",
    "# A\n\n> [!NOTE]\n> quote [^1]\n\n[^1]: note\n\n```rust\n# code\nfn main() {}\n```\n\nSetext\n======\n\n<div onclick=\"x\"><b>raw</b></div>\n",
    "\u{feff}---\r\nredirect: /Other\r\n---\r\n![[img.png]] ![alt](<a b.png> \"t\")\r\n\r\n[ref]: ./x?y#z\r\n[ref] [text][ref] [[1]](a/b)\r\n",
    "<script>alert(1)</script><a href=\"javascript:x\">x</a> https://example.org/a?b=c&d <!-- c --> <svg><style><img src=x onerror=y>\n",
    "1. a\n   1. b\n\n      c\n2. *em* **strong** ~~del~~ `code` \\* &amp; &#0; \u{e9}e\u{301}\n\n# A\n# A\n## B > C\n",
    "x\n",
];
