//! Code highlighted by class names.

use std::sync::LazyLock;

use syntect::parsing::{ParseState, Scope, ScopeStack, SyntaxSet};
use syntect::util::LinesWithEndings;

use crate::escape;

/// The longest block that is highlighted, bytes.
const MOST_BLOCK: usize = 64 << 10;

/// Most bytes of a page that are highlighted.
const MOST_PAGE: usize = 256 << 10;

/// The longest line, bytes: what a grammar's expressions cost grows faster than a line.
const MOST_LINE: usize = 1000;

/// Most scopes in one another.
const MOST_SCOPES: usize = 80;

/// What every class begins with.
pub(crate) const PREFIX: &str = "hl-";

/// Beginnings of scopes (those of `TextMate` grammars), and the class of what is in them; an earlier one comes first.
const CLASSES: [(&str, &str); 21] = [
    ("comment", "comment"),
    ("string", "string"),
    ("constant.numeric", "number"),
    ("constant", "constant"),
    ("keyword", "keyword"),
    ("storage", "keyword"),
    ("entity.name.function", "function"),
    ("entity.name.tag", "tag"),
    ("entity.name.section", "heading"),
    ("entity.name", "type"),
    ("entity.other.inherited-class", "type"),
    ("entity.other.attribute-name", "attribute"),
    ("variable.function", "function"),
    ("variable.language", "keyword"),
    ("variable.parameter", "variable"),
    ("support.function", "function"),
    ("support", "type"),
    ("markup.inserted", "inserted"),
    ("markup.deleted", "deleted"),
    ("markup.heading", "heading"),
    ("invalid", "invalid"),
];

/// The grammars, read when the first code is met.
static GRAMMARS: LazyLock<SyntaxSet> = LazyLock::new(SyntaxSet::load_defaults_newlines);

static SCOPES: LazyLock<Vec<(Scope, &'static str)>> = LazyLock::new(|| {
    CLASSES.iter().filter_map(|(scope, class)| Some((Scope::new(scope).ok()?, *class))).collect()
});

/// Where one language begins in another, what is around it counts no more.
static INNER: LazyLock<Vec<Scope>> = LazyLock::new(|| {
    ["source", "meta.interpolation"].iter().filter_map(|name| Scope::new(name).ok()).collect()
});

/// The name of a language, as far as it can be part of a class.
pub(crate) fn language(info: &str) -> Option<String> {
    let name = info.split([' ', '\t', ',', '{']).next()?.to_ascii_lowercase();
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"+#-_.".contains(&byte);
    (!name.is_empty() && name.len() <= 32 && name.bytes().all(plain)).then_some(name)
}

/// What of a page may still be highlighted.
#[derive(Debug)]
pub(crate) struct Highlighter(usize);

impl Default for Highlighter {
    fn default() -> Self {
        Self(MOST_PAGE)
    }
}

impl Highlighter {
    /// `code` in `language` as HTML; none where it is to be left plain.
    pub(crate) fn highlight(
        &mut self,
        code: &str,
        language: &str,
        go_on: &dyn Fn() -> bool,
    ) -> Option<String> {
        let known = match language {
            "ts" | "tsx" | "typescript" | "jsx" | "mjs" => "js",
            "jsonc" | "json5" => "json",
            "shell" | "console" | "zsh" => "bash",
            "text" | "plain" | "txt" => return None,
            other => other,
        };
        if code.len() > MOST_BLOCK.min(self.0) || code.lines().any(|line| line.len() > MOST_LINE) {
            return None;
        }
        self.0 -= code.len();
        let grammar = GRAMMARS.find_syntax_by_token(known)?;
        let mut state = ParseState::new(grammar);
        let mut scopes = ScopeStack::new();
        let mut out = Spans { html: String::with_capacity(code.len() * 2), open: None };
        for line in LinesWithEndings::from(code) {
            if !go_on() {
                self.0 = 0;
                return None;
            }
            let mut done = 0;
            for (at, change) in state.parse_line(line, &GRAMMARS).ok()? {
                out.push(line.get(done..at)?, &scopes);
                done = at;
                scopes.apply(&change).ok()?;
                if scopes.len() > MOST_SCOPES {
                    return None;
                }
            }
            out.push(line.get(done..)?, &scopes);
        }
        out.end();
        Some(out.html)
    }
}

/// Spans being written, none in another.
struct Spans {
    html: String,
    open: Option<&'static str>,
}

impl Spans {
    fn push(&mut self, text: &str, scopes: &ScopeStack) {
        if text.is_empty() {
            return;
        }
        let class = class(scopes);
        // Blanks have no colour.
        if class != self.open && !text.trim().is_empty() {
            self.end();
            if let Some(class) = class {
                self.html.push_str("<span class=\"");
                self.html.push_str(PREFIX);
                self.html.push_str(class);
                self.html.push_str("\">");
            }
            self.open = class;
        }
        escape::text(&mut self.html, text);
    }

    fn end(&mut self) {
        if self.open.take().is_some() {
            self.html.push_str("</span>");
        }
    }
}

/// The class of the innermost scope that has one.
fn class(scopes: &ScopeStack) -> Option<&'static str> {
    for scope in scopes.as_slice().iter().rev() {
        if let Some((_, class)) = SCOPES.iter().find(|(prefix, _)| prefix.is_prefix_of(*scope)) {
            return Some(class);
        }
        if INNER.iter().any(|prefix| prefix.is_prefix_of(*scope)) {
            return None;
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn highlight(code: &str, language: &str) -> Option<String> {
        Highlighter::default().highlight(code, language, &|| true)
    }

    #[test]
    fn code_is_in_classes() {
        assert_eq!(
            highlight("fn a() { \"<b>\" } // x\n", "rust").unwrap(),
            "<span class=\"hl-keyword\">fn </span><span class=\"hl-function\">a</span>() { <span class=\"hl-string\">&quot;&lt;b&gt;&quot; </span>} <span class=\"hl-comment\">// x\n</span>"
        );
        assert_eq!(highlight("x", "no-such-language"), None);
        assert_eq!(highlight("x", "text"), None);
    }

    #[test]
    fn what_is_too_long_is_left_plain() {
        assert_eq!(highlight(&"x".repeat(MOST_LINE + 1), "rust"), None);
        assert_eq!(highlight(&"x\n".repeat(MOST_BLOCK), "rust"), None);
        assert_eq!(highlight(&"[".repeat(400), "json"), None, "too deep");
        let mut highlighter = Highlighter::default();
        let block = "let x = 1;\n".repeat(5000);
        let times = (0..10).filter(|_| highlighter.highlight(&block, "json", &|| true).is_some()).count();
        assert_eq!(times, 4);
        assert_eq!(Highlighter::default().highlight("x", "rust", &|| false), None, "no time left");
    }

    #[test]
    fn names_of_languages_are_plain() {
        for (info, name) in [
            ("rust", Some("rust")),
            ("C++ title", Some("c++")),
            ("rust,ignore", Some("rust")),
            ("{.python}", None),
            ("x\"onload=alert(1)", None),
            ("", None),
        ] {
            assert_eq!(language(info).as_deref(), name, "{info}");
        }
    }
}
