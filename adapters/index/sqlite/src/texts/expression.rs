//! Queries in the language of FTS5 (<https://www.sqlite.org/fts5.html#full_text_query_syntax>). Tokens have no quotes in them, so
//! none has to be doubled.

use portolan_core::search::{Clause, NOWHERE, Phrase, Query, Tier};

/// All that `query` finds.
pub(super) fn wanted(query: &Query) -> String {
    let wanted = all(&query.wanted, " AND ", words_by_pairs);
    if query.excluded.is_empty() {
        wanted
    } else {
        format!("({wanted} NOT {})", all(&query.excluded, " OR ", words_by_pairs))
    }
}

/// The pages that have the marks of a tier, whatever else they have.
pub(super) fn tier(tier: &Tier) -> String {
    all(&tier.clauses, if tier.any { " OR " } else { " AND " }, words)
}

/// What `wanted` finds in `tier`, or anywhere, and in none of the tiers `before`.
pub(super) fn within(wanted: &str, tier: Option<&str>, before: &[String]) -> String {
    let within = tier.map_or_else(|| wanted.to_owned(), |tier| format!("({wanted} AND {tier})"));
    if before.is_empty() { within } else { format!("({within} NOT ({}))", before.join(" OR ")) }
}

/// One token.
pub(super) fn token(token: &str) -> String {
    format!("\"{token}\"")
}

fn all(clauses: &[Clause], joint: &str, of: fn(&Phrase) -> String) -> String {
    let one =
        |clause: &Clause| format!("({})", clause.phrases.iter().map(of).collect::<Vec<_>>().join(" OR "));
    format!("({})", clauses.iter().map(one).collect::<Vec<_>>().join(joint))
}

fn words(phrase: &Phrase) -> String {
    format!("\"{}\"{}", phrase.tokens.join(" "), if phrase.prefix { " *" } else { "" })
}

/// The same pages sooner: those without the pairs are passed over.
fn words_by_pairs(phrase: &Phrase) -> String {
    let pairs: Vec<String> = phrase.pairs().iter().map(|pair| token(pair)).collect();
    let words = words(phrase);
    match pairs.as_slice() {
        [] => words,
        [pair] => format!("({pair} AND {words})"),
        // What is joined by AND is looked for side by side, the words in every page that has one of the pairs. So the pairs are put apart
        // from them, by what no page has.
        pairs => format!("((({}) NOT {}) AND {words})", pairs.join(" AND "), token(NOWHERE)),
    }
}
