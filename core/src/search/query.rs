//! What somebody looks for. Any text is a query.

use super::tokens::{Flow, Kind, tokenise};

/// Most characters of a query that are read.
const MOST_CHARACTERS: usize = 1_000;
/// Most clauses: of those wanted and those excluded, together.
const MOST_CLAUSES: usize = 16;
/// Most tokens in one phrase. What follows in a longer one is left out: it is found where its beginning is.
const MOST_TOKENS: usize = 32;
/// Most clauses with a star, which are looked for by their beginning; more are looked for as whole words.
const MOST_STARS: usize = 4;

/// A query: what a page must have, and what it must not.
///
/// Words are separated by blanks, and each must be found. `"…"` is a phrase: these words in this order; a quote that is
/// never closed ends with the query. A `*` behind a word or phrase takes in all words that begin so. A `-` before a word or
/// phrase excludes pages that have it. Nothing else means anything but itself. At most 1,000 characters, 16 words or phrases, 32
/// tokens in one and 4 stars are looked at; what follows is left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query {
    /// Each must be found. Where there is none, nothing is.
    pub wanted: Vec<Clause>,
    /// None may be found.
    pub excluded: Vec<Clause>,
}

/// A word or phrase in all the ways it may be written: one of them must be found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clause {
    /// The ways; at least one.
    pub phrases: Vec<Phrase>,
}

/// Tokens that follow one another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phrase {
    /// The tokens; at least one.
    pub tokens: Vec<String>,
    /// Whether the last token may go on: behind it is a star, or it is a single character of a script without blanks between words, of
    /// which [`Document`](super::Document) has pairs.
    pub prefix: bool,
}

impl Query {
    /// Reads `text`, whatever it is.
    pub fn parse(text: &str) -> Self {
        let end = text.char_indices().nth(MOST_CHARACTERS).map_or(text.len(), |(at, _)| at);
        let mut reader = Reader { rest: &text[..end], fresh: true };
        let mut query = Self::default();
        let mut stars = 0;
        while let Some(Part { text, excluded, prefix }) = reader.next() {
            let has_star = prefix && stars < MOST_STARS;
            let Some(clause) = Clause::of(text, has_star) else { continue };
            let all = if excluded { &mut query.excluded } else { &mut query.wanted };
            if all.contains(&clause) {
                continue;
            }
            stars += usize::from(has_star && clause.phrases.iter().any(|phrase| phrase.prefix));
            all.push(clause);
            if query.wanted.len() + query.excluded.len() == MOST_CLAUSES {
                break;
            }
        }
        query
    }

    /// Whether nothing can be found.
    pub fn is_empty(&self) -> bool {
        self.wanted.is_empty()
    }
}

/// A word or phrase of a query.
struct Part<'q> {
    text: &'q str,
    excluded: bool,
    prefix: bool,
}

struct Reader<'q> {
    rest: &'q str,
    /// Whether a word can begin here.
    fresh: bool,
}

impl<'q> Reader<'q> {
    fn next(&mut self) -> Option<Part<'q>> {
        let trimmed = self.rest.trim_start();
        self.fresh |= trimmed.len() < self.rest.len();
        let unsigned = trimmed.strip_prefix(['-', '\u{2212}', '\u{ff0d}']).unwrap_or(trimmed);
        let is_sign = self.fresh
            && unsigned.len() < trimmed.len()
            && unsigned.starts_with(|next: char| is_quote(next) || next.is_alphanumeric());
        let text = if is_sign { unsigned } else { trimmed };
        let first = text.chars().next()?;
        self.fresh = false;
        let (part, prefix) = if is_quote(first) {
            let inner = &text[first.len_utf8()..];
            let end = inner.find(is_quote);
            let behind = end.map_or("", |end| inner[end..].trim_start_matches(is_quote_once(&inner[end..])));
            let rest = behind.strip_prefix('*');
            self.rest = rest.unwrap_or(behind);
            (&inner[..end.unwrap_or(inner.len())], rest.is_some())
        } else {
            let end = text.find(|next: char| next.is_whitespace() || is_quote(next)).unwrap_or(text.len());
            self.rest = &text[end..];
            let word = &text[..end];
            // `**bold**` is no prefix, nor is a lone star.
            let bare = word.strip_suffix('*').filter(|bare| bare.ends_with(|last: char| last != '*'));
            (bare.unwrap_or(word), bare.is_some())
        };
        Some(Part { text: part, excluded: is_sign, prefix })
    }
}

fn is_quote(character: char) -> bool {
    matches!(character, '"' | '\u{201c}'..='\u{201f}' | '\u{ff02}' | '\u{ab}' | '\u{bb}')
}

/// Matches the first character of `text` alone.
fn is_quote_once(text: &str) -> impl FnMut(char) -> bool {
    let mut left = usize::from(!text.is_empty());
    move |_| {
        let first = left > 0;
        left = 0;
        first
    }
}

impl Clause {
    /// The clause that `text` makes; none where there is no token in it.
    fn of(text: &str, prefix: bool) -> Option<Self> {
        let mut tokens: Vec<(String, Kind)> = Vec::new();
        let mut parts: Vec<String> = Vec::new();
        let mut joined: Vec<(String, usize)> = Vec::new();
        let mut words = 0;
        let _all = tokenise(text, &mut |token| {
            match token.kind {
                Kind::Part => parts.push(token.text.to_owned()),
                Kind::Joined => joined.push((token.text.to_owned(), words)),
                Kind::Barrier => {}
                Kind::Word | Kind::Gram | Kind::Last => {
                    words += 1;
                    tokens.push((token.text.to_owned(), token.kind));
                }
            }
            if words > MOST_TOKENS { Flow::Break(()) } else { Flow::Continue(()) }
        });
        let whole = tokens.len() <= MOST_TOKENS;
        tokens.truncate(MOST_TOKENS);
        let last = tokens.last()?.1;
        let mut prefix = prefix && whole;
        if last == Kind::Last {
            // A run may go on in the page: of several characters the pairs tell all, a single one begins a pair or ends a run.
            let is_run = tokens.len() > 1 && tokens[tokens.len() - 2].1 == Kind::Gram;
            if is_run {
                tokens.pop();
                prefix = false;
            } else {
                prefix = true;
            }
        }
        let count = tokens.len();
        let tokens: Vec<String> = tokens.into_iter().map(|(token, _)| token).collect();
        let mut phrases = vec![Phrase { tokens, prefix }];
        if whole && last == Kind::Word {
            // Words that make one, and a word that is made of several: if they are all there is.
            if let [(one, words)] = joined.as_slice()
                && *words == count
            {
                phrases.push(Phrase { tokens: vec![one.clone()], prefix });
            }
            if count == 1 && parts.len() > 1 && parts.concat() == phrases[0].tokens[0] {
                phrases.push(Phrase { tokens: parts, prefix });
            }
        }
        phrases.extend(version(&phrases[0]));
        Some(Self { phrases })
    }
}

/// A number with points in it, such as a program's version, with the `v` that may stand before it or without.
fn version(phrase: &Phrase) -> Option<Phrase> {
    let (first, others) = phrase.tokens.split_first()?;
    let is_number = |token: &str| token.starts_with(|first: char| first.is_ascii_digit());
    if others.is_empty() || !others.iter().all(|other| is_number(other)) {
        return None;
    }
    let first = match first.strip_prefix('v') {
        Some(number) if is_number(number) => number.to_owned(),
        None if is_number(first) => format!("v{first}"),
        _ => return None,
    };
    let tokens = std::iter::once(first).chain(others.iter().cloned()).collect();
    Some(Phrase { tokens, prefix: phrase.prefix })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(clauses: &[Clause]) -> String {
        let phrase =
            |phrase: &Phrase| format!("{}{}", phrase.tokens.join("+"), if phrase.prefix { "*" } else { "" });
        let clause = |clause: &Clause| clause.phrases.iter().map(phrase).collect::<Vec<_>>().join("|");
        clauses.iter().map(clause).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn queries_mean_what_people_type() {
        for (text, wanted, excluded) in [
            ("", "", ""),
            ("  \n", "", ""),
            ("one two", "one two", ""),
            ("one ONE Óne", "one", ""),
            ("\"one two\" three", "one+two three", ""),
            ("“one two” three", "one+two three", ""),
            ("\"one two", "one+two", ""),
            ("one\"two three\"four", "one two+three four", ""),
            ("\"\"\" one", "one", ""),
            ("wor* -no*", "wor*", "no*"),
            ("\"hello wor\"*", "hello+wor*", ""),
            ("* ** -* - \"\" *x", "x", ""),
            ("**bold**", "bold", ""),
            ("-out in -\"not this\"", "in", "out not+this"),
            ("--flag a-b \"x\"-y", "flag a+b|ab x y", ""),
            ("foo_bar", "foo+bar|foobar", ""),
            ("foo_ba*", "foo+ba*|fooba*", ""),
            ("PageList", "pagelist|page+list", ""),
            ("v1.2.3", "v1+2+3|1+2+3", ""),
            ("1.2", "1+2|v1+2", ""),
            ("NOT (a OR b) AND c:d ^e {f} + \\ '", "not a or b and c+d e f", ""),
            ("title:x NEAR(a b)", "title+x near+a b", ""),
            ("日本語", "日本+本語", ""),
            ("日", "日*", ""),
            ("日本語*", "日本+本語", ""),
            ("\"日本 rust\"", "日本+本+rust", ""),
            ("Rust言語", "rust+言語", ""),
            ("한국어 문서", "한국+국어 문서", ""),
            ("\u{0} a\u{7}b \u{202e}c", "a+b c", ""),
            ("🚀", "🚀", ""),
        ] {
            let query = Query::parse(text);
            assert_eq!(
                (shown(&query.wanted), shown(&query.excluded)),
                (wanted.into(), excluded.into()),
                "{text:?}"
            );
        }
    }

    #[test]
    fn a_query_is_bounded() {
        let many: Vec<String> = ('a'..='z').cycle().take(500).map(|letter| format!("{letter}*")).collect();
        let query = Query::parse(&many.join(" "));
        assert_eq!(query.wanted.len(), MOST_CLAUSES);
        assert_eq!(query.wanted.iter().filter(|clause| clause.phrases[0].prefix).count(), MOST_STARS);
        let long = format!("\"{}\"", "word ".repeat(3_000));
        assert_eq!(Query::parse(&long).wanted[0].phrases[0].tokens.len(), MOST_TOKENS);
        assert_eq!(Query::parse(&"x ".repeat(5_000)).wanted.len(), 1);
        let query = Query::parse("字 典 本 文 中 中文* a* b* c* d* e*");
        assert_eq!(shown(&query.wanted), "字* 典* 本* 文* 中* 中文 a* b* c* d* e");
    }

    proptest! {
        #[test]
        fn any_text_is_a_query(text in "[-\"*'“” ]{0,6}.{0,30}|[-\"* a-cA-C中文.]{0,60}|\\PC{0,1200}") {
            let query = Query::parse(&text);
            prop_assert!(query.wanted.len() + query.excluded.len() <= MOST_CLAUSES);
            for clause in query.wanted.iter().chain(&query.excluded) {
                prop_assert!(!clause.phrases.is_empty());
                for phrase in &clause.phrases {
                    prop_assert!((1..=MOST_TOKENS).contains(&phrase.tokens.len()));
                    prop_assert!(phrase.tokens.iter().all(|token| !token.is_empty() && !token.contains([' ', '"', '\0'])));
                }
            }
        }
    }
}
