//! Queries in the language of FTS5 (<https://www.sqlite.org/fts5.html#full_text_query_syntax>). Tokens have no quotes in them, so
//! none has to be doubled.

use portolan_core::search::{Clause, Query};

/// All that `query` finds.
pub(super) fn wanted(query: &Query) -> String {
    let wanted = all(&query.wanted, " AND ");
    if query.excluded.is_empty() {
        wanted
    } else {
        format!("({wanted} NOT {})", all(&query.excluded, " OR "))
    }
}

/// All that `query` finds, tier by tier, each without what is in those before it.
pub(super) fn tiers(query: &Query) -> Vec<String> {
    let wanted = wanted(query);
    let mut tiers = Vec::new();
    let mut before: Vec<String> = Vec::new();
    let without = |before: &[String]| {
        if before.is_empty() { String::new() } else { format!(" NOT ({})", before.join(" OR ")) }
    };
    for tier in query.tiers() {
        let tier = all(&tier.clauses, if tier.any { " OR " } else { " AND " });
        tiers.push(format!("({wanted} AND {tier}){}", without(&before)));
        before.push(tier);
    }
    tiers.push(format!("{wanted}{}", without(&before)));
    tiers
}

/// Whether words that follow one another are looked for.
pub(super) fn has_phrases(query: &Query) -> bool {
    let mut phrases = query.wanted.iter().flat_map(|clause| &clause.phrases);
    phrases.any(|phrase| phrase.tokens.len() > 1)
}

fn all(clauses: &[Clause], joint: &str) -> String {
    let one = |clause: &Clause| {
        let phrases = clause.phrases.iter();
        let phrases = phrases.map(|phrase| {
            format!("\"{}\"{}", phrase.tokens.join(" "), if phrase.prefix { " *" } else { "" })
        });
        format!("({})", phrases.collect::<Vec<_>>().join(" OR "))
    };
    format!("({})", clauses.iter().map(one).collect::<Vec<_>>().join(joint))
}
