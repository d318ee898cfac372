//! A page made ready to be found.

use std::ops::ControlFlow;

use serde_json::Value;

use super::fold::fold_all;
use super::tokens::{Flow, Kind, tokenise};
use crate::markdown::blocks;
use crate::wiki::page::{facts, front_matter};

/// Most tags of a page that count, and most characters of one and of a category.
const MOST_TAGS: usize = 100;
const MOST_TAG: usize = 200;
/// Most texts in front matter that count.
const MOST_VALUES: usize = 1_000;

/// The tokens of a page, by field, separated by single blanks.
///
/// Every character of them is a lower-case ASCII letter, an ASCII digit, the blank or no ASCII, so that whatever takes them
/// apart at blanks finds the tokens that were made here. What was no neighbour in the page is separated by [`super::BARRIER`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Document {
    /// The title.
    pub title: String,
    /// The headings, the segments of the path, category and tags.
    pub headings: String,
    /// All other text.
    pub body: String,
    /// Beside the sequence of the others: parts of words, joined words, where links lead, other front matter.
    pub parts: String,
    /// Words that the others have, with marks that say how, for [`Tier`](super::Tier)s; and
    /// [pairs](super::Phrase::pairs) of them. No words of a query are among them.
    pub marks: String,
    /// Front matter's `category`, as [`folded`] has it.
    pub category: Option<String>,
    /// Front matter's `tags`, likewise.
    pub tags: Vec<String>,
}

impl Document {
    /// Its size, bytes.
    pub fn bytes(&self) -> usize {
        [&self.title, &self.headings, &self.body, &self.parts, &self.marks].map(String::len).iter().sum()
    }
}

/// A category or a tag as it is compared: without blanks at its ends, in folded characters.
pub fn folded(name: &str) -> String {
    let name = fold_all(name.trim().trim_start_matches('#').trim_start());
    // A line end, which YAML can put in it, ends no tag.
    name.chars().map(|one| if one.is_whitespace() { ' ' } else { one }).take(MOST_TAG).collect()
}

/// Makes the page `path`, whose text is `text`, ready to be found.
pub fn document(text: &str, path: &str) -> Document {
    let text = super::looked_at(text);
    let mut document = Document::default();
    let last = path.rsplit('/').next().unwrap_or(path);
    let Document { title, headings, body, parts, category, tags, .. } = &mut document;
    let name = facts(text, last).title;
    put(&name, title, parts);
    for segment in path.split('/') {
        put(segment, headings, parts);
    }
    let front = front_matter(text);
    let mut values = 0;
    for (name, value) in &front {
        let known = match name.as_str() {
            "title" => continue,
            "category" => {
                *category = texts(value).first().map(|name| folded(name)).filter(|name| !name.is_empty());
                true
            }
            "tags" | "tag" => {
                let separators: &[char] = if value.is_string() { &[',', ' '] } else { &[] };
                let named = texts(value);
                let named = named.iter().flat_map(|text| text.split(separators));
                let named = named.map(folded).filter(|tag| !tag.is_empty());
                tags.extend(named.take(MOST_TAGS));
                true
            }
            _ => false,
        };
        for text in texts(value).iter().take(MOST_VALUES.saturating_sub(values)) {
            values += 1;
            if known {
                put(text, headings, parts);
            } else {
                beside(text, parts);
            }
        }
    }
    tags.sort_unstable();
    tags.dedup();
    let _all = blocks(text, &mut |block| {
        put(block.text, if block.heading { headings } else { body }, parts);
        if !block.targets.is_empty() {
            beside(block.targets, parts);
        }
        ControlFlow::Continue(())
    });
    document.marks = super::tiers::marks(&document, &name);
    document
}

/// The texts in a value of front matter, in a list or alone.
fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Number(number) => vec![number.to_string()],
        Value::Array(items) => items
            .iter()
            .filter_map(|item| match item {
                Value::String(text) => Some(text.clone()),
                Value::Number(number) => Some(number.to_string()),
                _ => None,
            })
            .take(MOST_VALUES)
            .collect(),
        _ => Vec::new(),
    }
}

/// Appends the tokens of `text` to a field, and what is beside their sequence to `parts`.
fn put(text: &str, field: &mut String, parts: &mut String) {
    separate(field);
    let _all = tokenise(text, &mut |token| {
        let field = match token.kind {
            Kind::Word | Kind::Gram | Kind::Last => &mut *field,
            Kind::Part | Kind::Joined | Kind::Barrier => &mut *parts,
        };
        append(token.text, field);
        Flow::Continue(())
    });
}

/// Appends the tokens of `text` to `parts`.
fn beside(text: &str, parts: &mut String) {
    separate(parts);
    let _all = tokenise(text, &mut |token| {
        if matches!(token.kind, Kind::Word | Kind::Gram | Kind::Last) {
            append(token.text, parts);
        }
        Flow::Continue(())
    });
    separate(parts);
}

fn separate(field: &mut String) {
    if !field.is_empty() && !field.ends_with(super::BARRIER) {
        append(super::BARRIER, field);
    }
}

fn append(token: &str, field: &mut String) {
    if !field.is_empty() {
        field.push(' ');
    }
    field.push_str(token);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::search::Query;

    fn made(text: &str, path: &str) -> Document {
        let mut document = document(text, path);
        let Document { title, headings, body, parts, .. } = &mut document;
        for field in [title, headings, body, parts] {
            *field = field.replace(super::super::BARRIER, "|");
        }
        document.marks.clear();
        document
    }

    #[test]
    fn a_label_is_asked_for_as_it_is_kept() {
        for asked in ["Wiki", " wiki ", "#wiki", "# Wiki", " ## wiki"] {
            assert_eq!(folded(asked), "wiki", "{asked:?}");
        }
    }

    #[test]
    fn a_page_has_fields() {
        let text = "---\ntitle: The Page\ncategory: Guides\ntags: [Rust, '#wiki']\nauthor: Ada\n---\n# Über\n\nSome *text*,\nmore e-mail.\n\n## PageList\n\n[A link](other/there.md)\n";
        let expected = Document {
            title: "the page".into(),
            headings: "docs | start here | guides | rust | wiki | uber | pagelist".into(),
            body: "some text more e mail | a link".into(),
            parts: "ada | email | page list | other there md |".into(),
            category: Some("guides".into()),
            tags: vec!["rust".into(), "wiki".into()],
            ..Document::default()
        };
        let mut made = made(text, "Docs/Start here");
        // Front matter is in the order of its names.
        let mut names: Vec<_> = made.headings.split(" | ").collect();
        names[2..5].sort_unstable();
        made.headings = names.join(" | ");
        assert_eq!(made, expected);
        assert_eq!(document("---\ntags: one, two\n---\n", "x").tags, ["one", "two"]);
        assert_eq!(document("---\n- a\n---\n", "x").tags, [""; 0]);
    }

    #[test]
    fn a_large_page_is_made_in_reasonable_space() {
        let text = "Some words of no great length, and more of them.\n\n".repeat(10_000);
        let document = document(&text, "x");
        assert!(document.bytes() < text.len() * 11 / 10, "{} of {}", document.bytes(), text.len());
    }

    /// Whether a field has these tokens one after the other.
    fn has(document: &Document, query: &Query) -> bool {
        let Document { title, headings, body, parts, .. } = document;
        query.wanted.iter().all(|clause| {
            clause.phrases.iter().any(|phrase| {
                [title, headings, body, parts].iter().any(|field| {
                    let tokens: Vec<&str> = field.split(' ').collect();
                    tokens.windows(phrase.tokens.len()).any(|window| {
                        let same =
                            window.iter().zip(&phrase.tokens).filter(|(one, other)| *one == other).count();
                        same == window.len()
                            || phrase.prefix
                                && same + 1 == window.len()
                                && window[same].starts_with(phrase.tokens[same].as_str())
                    })
                })
            })
        })
    }

    proptest! {
        #[test]
        fn a_page_finds_each_of_its_words(words in prop::collection::vec("[a-zA-Z0-9éßİ_.-]{1,12}|[中文字典]{1,4}|[한국어]{1,3}|ไทย|[か゛が]{1,3}", 1..12)) {
            let text = words.join(" ");
            // As it stands, no markup.
            let text = format!("```\n{text}\n```\n");
            let document = document(&text, "x");
            for word in &words {
                let query = Query::parse(&format!("\"{word}\""));
                prop_assert!(has(&document, &query), "{word}: {query:?} in {document:?}");
            }
            let phrase = Query::parse(&format!("\"{}\"", words.join(" ")));
            prop_assert!(has(&document, &phrase), "{phrase:?} in {document:?}");
        }

        #[test]
        fn any_text_makes_tokens_that_stay_as_they_are(text in "(---\n)?[-#=`a:\\[\n ]{0,40}.{0,40}") {
            let Document { title, headings, body, parts, marks, .. } = document(&text, "a/b");
            for field in [title, headings, body, parts, marks] {
                prop_assert!(!field.contains("  ") && !field.starts_with(' ') && !field.ends_with(' '));
                prop_assert!(field.chars().all(|it| !it.is_ascii() || it == ' ' || it.is_ascii_lowercase() || it.is_ascii_digit()));
            }
        }
    }
}
