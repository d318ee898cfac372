//! Addresses that stand bare in a text, which GitHub makes links of.

use linkify::{LinkFinder, LinkKind};

/// Longer words are looked at no closer.
const MOST_WORD: usize = 2048;

/// A piece of text.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Piece<'a> {
    /// Text.
    Text(&'a str),
    /// An address: as it is written, and as it is followed.
    Link(&'a str, String),
}

/// Hands the pieces of `text` on, in order.
pub(crate) fn pieces<'a>(text: &'a str, mut piece: impl FnMut(Piece<'a>)) {
    let mut done = 0;
    let mut at = 0;
    for word in text.split_inclusive(|character: char| character.is_ascii_whitespace()) {
        let start = at;
        at += word.len();
        if word.len() > MOST_WORD || !(word.contains("://") || word.contains('@') || word.contains("www.")) {
            continue;
        }
        for (from, to, followed) in addresses(word) {
            if start + from > done {
                piece(Piece::Text(&text[done..start + from]));
            }
            piece(Piece::Link(&word[from..to], followed));
            done = start + to;
        }
    }
    if done < text.len() {
        piece(Piece::Text(&text[done..]));
    }
}

fn addresses(word: &str) -> Vec<(usize, usize, String)> {
    let mut finder = LinkFinder::new();
    finder.url_must_have_scheme(true);
    let bare = word.trim_start_matches(['(', '*', '_', '~', '"', '\'']);
    if bare.starts_with("www.") {
        let before = word.len() - bare.len();
        let whole = format!("http://{bare}");
        let found = finder.links(&whole).next().filter(|found| found.start() == 0 && found.end() > 11);
        // A host of two labels at least.
        return found
            .filter(|found| {
                found.as_str()[11..].split(['/', '?', '#']).next().is_some_and(|host| host.contains('.'))
            })
            .map(|found| (before, before + found.end() - 7, found.as_str().to_owned()))
            .into_iter()
            .collect();
    }
    finder
        .links(word)
        .filter_map(|found| {
            let written = found.as_str();
            let followed = match found.kind() {
                LinkKind::Email => format!("mailto:{written}"),
                LinkKind::Url => {
                    let scheme = written.split_once("://")?.0.to_ascii_lowercase();
                    matches!(scheme.as_str(), "http" | "https").then(|| written.to_owned())?
                }
                _ => return None,
            };
            Some((found.start(), found.end(), followed))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bare_addresses_are_found() {
        for (text, links) in [
            ("see https://x.org/a_b?c=1#d.", vec![("https://x.org/a_b?c=1#d", "https://x.org/a_b?c=1#d")]),
            ("(www.example.org/a)", vec![("www.example.org/a", "http://www.example.org/a")]),
            (
                "mail a.b@c.de, or HTTP://X.ORG!",
                vec![("a.b@c.de", "mailto:a.b@c.de"), ("HTTP://X.ORG", "HTTP://X.ORG")],
            ),
            ("javascript://x.y/%0aalert(1) ftp://x.y file:///etc", vec![]),
            ("www. www.x example.org @x a@b", vec![]),
        ] {
            let mut found = Vec::new();
            let mut whole = String::new();
            pieces(text, |piece| match piece {
                Piece::Text(text) => whole.push_str(text),
                Piece::Link(written, followed) => {
                    whole.push_str(written);
                    found.push((written, followed));
                }
            });
            let found: Vec<_> =
                found.iter().map(|(written, followed)| (*written, followed.as_str())).collect();
            assert_eq!((found, whole.as_str()), (links, text), "{text}");
        }
    }
}
