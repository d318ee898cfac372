//! The ids of headings, as GitHub makes them.

use std::collections::HashMap;

use unicode_normalization::char::is_combining_mark;

/// Most characters of a heading's text that go into its id.
const MOST: usize = 200;

/// The id of a heading whose plain text is `text`: letters, digits, marks, `_` and `-`, in lower case, with `-` for each
/// blank.
pub fn slug(text: &str) -> String {
    let mut slug = String::new();
    for character in text.trim().chars().take(MOST) {
        if character.is_alphanumeric() || matches!(character, '_' | '-') || is_combining_mark(character) {
            slug.extend(character.to_lowercase());
        } else if character == ' ' {
            slug.push('-');
        }
    }
    slug
}

/// The ids given out on one page: each once.
#[derive(Debug, Default)]
pub(crate) struct Slugs(HashMap<String, usize>);

impl Slugs {
    /// An id for the heading `text`; none where nothing of it can be in one.
    pub(crate) fn id(&mut self, text: &str) -> Option<String> {
        let slug = slug(text);
        if slug.is_empty() {
            return None;
        }
        let mut id = slug.clone();
        while self.0.contains_key(&id) {
            let times = self.0.entry(slug.clone()).or_default();
            *times += 1;
            id = format!("{slug}-{times}");
        }
        self.0.insert(id.clone(), 0);
        Some(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_those_of_github() {
        for (text, id) in [
            ("Hello, World!", "hello-world"),
            ("A  B", "a--b"),
            ("  C++ & C#  ", "c--c"),
            ("Straße Ünïcode", "straße-ünïcode"),
            ("日本語 の 見出し", "日本語-の-見出し"),
            ("snake_case-and-dash", "snake_case-and-dash"),
            ("हिन्दी", "हिन्दी"),
            ("1.2.3", "123"),
            ("\"><img src=x>", "img-srcx"),
            ("!!!", ""),
        ] {
            assert_eq!(slug(text), id, "{text}");
        }
    }

    #[test]
    fn each_id_is_given_once() {
        let mut slugs = Slugs::default();
        let ids: Vec<_> = ["a", "A", "a-1", "a", "!", "!"].iter().map(|text| slugs.id(text)).collect();
        let ids: Vec<_> = ids.iter().map(|id| id.as_deref()).collect();
        assert_eq!(ids, [Some("a"), Some("a-1"), Some("a-1-1"), Some("a-2"), None, None]);
    }
}
