//! Where a page's front matter stands.

use std::ops::Range;

use crate::wiki::page::parts;

/// Where the parts of a page are, in bytes of its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FrontMatter {
    /// The YAML between the two `---` lines at the very beginning, with its last line end; none where there is none.
    pub yaml: Option<Range<usize>>,
    /// Where the Markdown begins: behind the closing line, or behind a byte order mark.
    pub body: usize,
}

/// Finds the front matter of `text`, by the rules of [`parts`].
pub fn front_matter(text: &str) -> FrontMatter {
    let parts = parts(text);
    let body = text.len() - parts.body.len();
    let Some(yaml) = parts.front_matter else {
        return FrontMatter { yaml: None, body: text.len() - text.trim_start_matches('\u{feff}').len() };
    };
    // The YAML is a slice of the text that begins behind the first line.
    let start = text.find('\n').map_or(0, |at| at + 1);
    FrontMatter { yaml: Some(start..start + yaml.len()), body }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_positions() {
        for (text, yaml, body) in [
            ("---\ntitle: A\n---\nText", Some("title: A\n"), "Text"),
            ("\u{feff}---\r\ntitle: A\r\n---\r\nText", Some("title: A\r\n"), "Text"),
            ("---\n---\n", Some(""), ""),
            ("---\na: 1\n---", Some("a: 1\n"), ""),
            ("\u{feff}# A\n", None, "# A\n"),
            ("---\nnever closed\n", None, "---\nnever closed\n"),
            ("", None, ""),
        ] {
            let found = front_matter(text);
            assert_eq!(found.yaml.map(|at| &text[at]), yaml, "{text:?}");
            assert_eq!(&text[found.body..], body, "{text:?}");
        }
    }
}
