//! Which pages come first where so many have the words that weighing each would take too long.

use std::collections::HashMap;

use super::query::{Clause, Phrase, Query};
use super::{BARRIER, Document};

/// Most bytes of a title that is found by being all that is looked for.
const MOST_NAME: usize = 200;
/// A word is said often that a page's body has this many times at least,
const OFTEN: usize = 3;
/// and once in so many words.
const AMONG: usize = 64;

/// Stands between the words of a name.
const JOINT: &str = "\u{e005}";

/// What a page's [`Document::marks`] say of a word: each as a character before the word, of the private use area so that no other token has
/// it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mark {
    /// The words are the whole title.
    Name,
    /// It is in the title.
    Title,
    /// It is in a heading, in the path, a category or a tag.
    Heading,
    /// The body says it often.
    Often,
}

impl Mark {
    fn sign(self) -> char {
        match self {
            Self::Name => '\u{e001}',
            Self::Title => '\u{e002}',
            Self::Heading => '\u{e003}',
            Self::Often => '\u{e004}',
        }
    }

    fn put(self, token: &str, marks: &mut String) {
        if !marks.is_empty() {
            marks.push(' ');
        }
        // Phrases are found in marks, too, and go over no barrier.
        if token != BARRIER {
            marks.push(self.sign());
        }
        marks.push_str(token);
    }

    /// What finds the pages that have `phrase` so marked. Words said often have no order.
    fn of(self, phrase: &Phrase) -> Option<Phrase> {
        let marked = |token: &String| format!("{}{token}", self.sign());
        let whole = self != Self::Often || phrase.tokens.len() == 1;
        whole.then(|| Phrase { tokens: phrase.tokens.iter().map(marked).collect(), prefix: phrase.prefix })
    }
}

/// Some of the pages that have all that a query wants: those whose marks have the clauses, too. Beside the query they ask for little:
/// few pages have each of these words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tier {
    /// Clauses of marked words.
    pub clauses: Vec<Clause>,
    /// Whether one of them is enough.
    pub any: bool,
}

impl Query {
    /// Pages that come before all others, the best first: those that are called what is wanted, those that have all of it in their
    /// title, those that have some of it there, those that have some in their headings, and those that say all of it, or some, often.
    pub fn tiers(&self) -> Vec<Tier> {
        let several = self.wanted.len() > 1;
        let [title, heading, often] = [Mark::Title, Mark::Heading, Mark::Often].map(|mark| self.marked(mark));
        let all_often = several && often.len() == self.wanted.len();
        [
            (true, self.name().into_iter().collect(), false),
            (true, title.clone(), false),
            (several, title, true),
            (true, heading, true),
            (all_often, often.clone(), false),
            (true, often, true),
        ]
        .into_iter()
        .filter(|(counts, clauses, _)| *counts && !clauses.is_empty())
        .map(|(_, clauses, any)| Tier { clauses, any })
        .collect()
    }

    /// What is wanted, with a mark. A clause that cannot be marked is left out.
    fn marked(&self, mark: Mark) -> Vec<Clause> {
        let clause = |clause: &Clause| {
            let phrases: Vec<Phrase> = clause.phrases.iter().filter_map(|phrase| mark.of(phrase)).collect();
            (!phrases.is_empty()).then_some(Clause { phrases })
        };
        self.wanted.iter().filter_map(clause).collect()
    }

    /// All that is wanted, as a page's name.
    fn name(&self) -> Option<Clause> {
        let phrases: Vec<&Phrase> = self.wanted.iter().filter_map(|clause| clause.phrases.first()).collect();
        let (last, others) = phrases.split_last()?;
        if others.iter().any(|phrase| phrase.prefix) {
            return None;
        }
        let tokens: Vec<&str> =
            phrases.iter().flat_map(|phrase| &phrase.tokens).map(String::as_str).collect();
        let name = Phrase { tokens: vec![tokens.join(JOINT)], prefix: last.prefix };
        Some(Clause { phrases: Mark::Name.of(&name).into_iter().collect() })
    }
}

/// The marks of a page with these fields, whose title is `name`.
pub(super) fn marks(document: &Document, name: &str) -> String {
    let Document { title, headings, body, .. } = document;
    let mut marks = String::new();
    // As somebody asks for it who types the whole title.
    let asked = if name.len() <= MOST_NAME { Query::parse(name).name() } else { None };
    marks.extend(
        asked.iter().flat_map(|clause| &clause.phrases).flat_map(|phrase| &phrase.tokens).map(String::as_str),
    );
    for (mark, field) in [(Mark::Title, title), (Mark::Heading, headings)] {
        for token in field.split(' ').filter(|token| !token.is_empty()) {
            mark.put(token, &mut marks);
        }
    }
    for token in often(body) {
        Mark::Often.put(token, &mut marks);
    }
    super::pairs::put(document, &mut marks);
    marks
}

/// The words that `body` has often, in their order.
fn often(body: &str) -> Vec<&str> {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    let mut words = 0;
    for token in body.split(' ').filter(|token| !token.is_empty() && *token != BARRIER) {
        words += 1;
        *counts.entry(token).or_default() += 1;
    }
    let is_often = |(_, count): &(&str, usize)| *count >= OFTEN && *count * AMONG >= words;
    let mut often: Vec<&str> = counts.into_iter().filter(is_often).map(|(token, _)| token).collect();
    often.sort_unstable();
    often
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::document;

    fn readable(text: &str) -> String {
        let is_pair = |token: &&str| token.starts_with('\u{e006}');
        let mut text = text.split(' ').filter(|token| !is_pair(token)).collect::<Vec<_>>().join(" ");
        text = text.replace(BARRIER, "|").replace(JOINT, "+");
        for (mark, shown) in [
            (Mark::Name, "name:"),
            (Mark::Title, "title:"),
            (Mark::Heading, "heading:"),
            (Mark::Often, "often:"),
        ] {
            text = text.replace(mark.sign(), shown);
        }
        text
    }

    fn tiers(query: &str) -> Vec<String> {
        let phrase = |phrase: &Phrase| phrase.tokens.join(" ") + if phrase.prefix { "*" } else { "" };
        let clause = |clause: &Clause| clause.phrases.iter().map(phrase).collect::<Vec<_>>().join("|");
        let tier = |tier: &Tier| {
            let joint = if tier.any { " or " } else { " and " };
            readable(&tier.clauses.iter().map(clause).collect::<Vec<_>>().join(joint))
        };
        Query::parse(query).tiers().iter().map(tier).collect()
    }

    #[test]
    fn a_page_is_marked() {
        let body = format!("one two three four. {}", "one word, four and two: ".repeat(3));
        let page = document(&format!("# The Page\n\n## Some more\n\n{body}"), "docs/The-Page");
        assert_eq!(
            readable(&page.marks),
            "name:the+page title:the title:page heading:docs | heading:the heading:page | heading:the heading:page | \
             heading:some heading:more often:and often:four often:one often:two often:word"
        );
        let rare = document(&format!("one one one one {}", "word ".repeat(300)), "x");
        assert!(readable(&rare.marks).ends_with("heading:x often:word"), "{}", rare.marks);
        assert_eq!(readable(&document("", "").marks), "");
    }

    #[test]
    fn a_page_has_the_name_that_its_title_asks_for() {
        for title in ["The Page", "東京都", "Page_List 1.2", "日本 rust", "한국어 문서", "\"A\" -b", "x"]
        {
            let page = document(&format!("# {title}\n"), "p");
            let name = &Query::parse(title).tiers()[0].clauses[0].phrases[0].tokens[0];
            assert!(page.marks.split(' ').any(|mark| mark == name), "{title}: {:?}", page.marks);
        }
    }

    #[test]
    fn better_pages_are_asked_for_first() {
        assert_eq!(tiers("page"), ["name:page", "title:page", "heading:page", "often:page"]);
        assert_eq!(
            tiers("the PageList*"),
            [
                "name:the+pagelist*",
                "title:the and title:pagelist*|title:page title:list*",
                "title:the or title:pagelist*|title:page title:list*",
                "heading:the or heading:pagelist*|heading:page heading:list*",
                "often:the and often:pagelist*",
                "often:the or often:pagelist*",
            ]
        );
        assert_eq!(
            tiers("\"the page\""),
            ["name:the+page", "title:the title:page", "heading:the heading:page"]
        );
        assert_eq!(tiers("a* b")[0], "title:a* and title:b");
        assert_eq!(tiers("-a"), [""; 0]);
    }
}
