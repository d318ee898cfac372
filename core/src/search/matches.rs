//! Where in a text a query is found.

use std::collections::VecDeque;

use super::query::{Clause, Phrase, Query};
use super::tokens::{Flow, Kind, Token, tokenise};

/// A place where a clause is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Match {
    /// The clause's number among those wanted.
    pub(super) clause: usize,
    /// The first byte.
    pub(super) start: usize,
    /// The byte after the last.
    pub(super) end: usize,
}

/// Tokens that came last.
#[derive(Default)]
struct Recent {
    tokens: VecDeque<(String, usize)>,
}

impl Recent {
    /// Keeps a token, and takes the text of one that is too old for its own.
    fn push(&mut self, text: &str, start: usize, most: usize) {
        let mut kept = if self.tokens.len() >= most { self.tokens.pop_front().map(|it| it.0) } else { None }
            .unwrap_or_default();
        kept.clear();
        kept.push_str(text);
        self.tokens.push_back((kept, start));
    }

    /// Where `phrase` begins, if it ends with the last token.
    fn ends_with(&self, phrase: &Phrase) -> Option<usize> {
        let wanted = &phrase.tokens;
        let before = self.tokens.len().checked_sub(wanted.len())?;
        let mut pairs = self.tokens.iter().skip(before).zip(wanted).rev();
        let ((last, mut start), wanted) =
            pairs.next().map(|((text, start), wanted)| ((text, *start), wanted))?;
        if last != wanted && !(phrase.prefix && last.starts_with(wanted.as_str())) {
            return None;
        }
        for ((text, at), wanted) in pairs {
            if text != wanted {
                return None;
            }
            start = *at;
        }
        Some(start)
    }
}

/// Gives the places in `text` where what is wanted is found to `take`, in the order in which they end, until it has enough.
pub(super) fn matches(text: &str, query: &Query, take: &mut dyn FnMut(Match) -> Flow) -> Flow {
    let clauses = &query.wanted;
    let longest = clauses.iter().flat_map(|clause| &clause.phrases).map(|phrase| phrase.tokens.len()).max();
    let Some(longest) = longest else { return Flow::Continue(()) };
    // The sequence, and what is beside it.
    let (mut main, mut beside) = (Recent::default(), Recent::default());
    tokenise(text, &mut |token| match token.kind {
        Kind::Barrier => {
            beside.tokens.clear();
            Flow::Continue(())
        }
        Kind::Part | Kind::Joined => found(&mut beside, longest, token, clauses, take),
        Kind::Word | Kind::Gram | Kind::Last => found(&mut main, longest, token, clauses, take),
    })
}

fn found(
    recent: &mut Recent,
    longest: usize,
    token: Token<'_>,
    clauses: &[Clause],
    take: &mut dyn FnMut(Match) -> Flow,
) -> Flow {
    recent.push(token.text, token.start, longest);
    for (clause, Clause { phrases }) in clauses.iter().enumerate() {
        for phrase in phrases {
            let Some(start) = recent.ends_with(phrase) else { continue };
            // Of a pair that was found by its first character, that one.
            let by_first =
                token.kind == Kind::Gram && phrase.tokens.last().is_some_and(|last| last != token.text);
            let end = if by_first { token.first_end } else { token.end };
            take(Match { clause, start, end })?;
            break;
        }
    }
    Flow::Continue(())
}
