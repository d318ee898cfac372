//! Looking for words.

use std::fmt::Write;
use std::time::{Duration, Instant};

use portolan_core::search::{Clause, Query, WEIGHTS};
use portolan_ports::index::{Found, Hit, Rank, TextFilter};
use rusqlite::{Connection, params};

use super::put::{SEPARATOR, indexed};
use crate::fault::{Fault, Result};
use crate::files;
use crate::row::{self, Columns};
use crate::schema;
use crate::statement;

/// How long a search may take.
const MOST_TIME: Duration = Duration::from_secs(2);
/// After how many pages it is looked whether it does.
const LOOK: usize = 256;

/// At most `limit` pages, the best first, after the place `after`.
pub(crate) fn search(
    connection: &Connection,
    query: &Query,
    filter: &TextFilter,
    after: Option<Rank>,
    limit: usize,
) -> Result<Found> {
    let indexed = indexed(connection, schema::head(connection)?)?;
    let mut hits = Vec::new();
    if !query.is_empty() {
        let ranks = ranks(connection, query, filter, after)?;
        for rank in ranks {
            if hits.len() == limit {
                break;
            }
            hits.extend(hit(connection, rank)?);
        }
    }
    Ok(Found { hits, indexed })
}

/// The texts that are found, in their order.
fn ranks(
    connection: &Connection,
    query: &Query,
    filter: &TextFilter,
    after: Option<Rank>,
) -> Result<Vec<Rank>> {
    let TextFilter { prefix, category, tag } = filter;
    let [title, headings, body, parts] = WEIGHTS;
    let score = format!("bm25(texts_index, {title:?}, {headings:?}, {body:?}, {parts:?})");
    let end = row::after_prefix(prefix);
    let sql = if *filter == TextFilter::default() {
        format!(
            "SELECT rowid, {score}, NULL, '' FROM texts_index WHERE texts_index MATCH ?1 AND ?2 IS NOT NULL AND ?3 IS NULL"
        )
    } else {
        format!(
            "SELECT texts_index.rowid, {score}, t.category, t.tags
             FROM texts_index CROSS JOIN texts t ON t.number = texts_index.rowid
             LEFT JOIN files f ON f.kind = 0 AND f.path = t.path
             WHERE texts_index MATCH ?1 AND coalesce(f.form, t.path) >= ?2 {}",
            if end.is_some() { "AND coalesce(f.form, t.path) < ?3" } else { "AND ?3 IS NULL" }
        )
    };
    let until = Instant::now() + MOST_TIME;
    let mut statement = statement::prepare(connection, &sql)?;
    let mut rows = statement.query(params![expression(query), prefix, end])?;
    let mut ranks = Vec::new();
    let mut seen = 0_usize;
    while let Some(row) = rows.next()? {
        seen += 1;
        if seen.is_multiple_of(LOOK) && Instant::now() > until {
            return Err(Fault::Slow);
        }
        let mut columns = Columns::of(row);
        let rank = Rank { number: columns.unsigned()?, score: -columns.take::<f64>()? };
        let (its_category, tags): (Option<String>, String) = (columns.take()?, columns.take()?);
        let passes = (category.is_none() || its_category == *category)
            && tag.as_ref().is_none_or(|tag| tags.split(SEPARATOR).any(|one| one == tag));
        if passes && after.is_none_or(|after| order(&after, &rank).is_lt()) {
            ranks.push(rank);
        }
    }
    ranks.sort_unstable_by(order);
    Ok(ranks)
}

fn order(one: &Rank, other: &Rank) -> std::cmp::Ordering {
    other.score.total_cmp(&one.score).then(one.number.cmp(&other.number))
}

/// The page of a text; none where it is not there any more, or redirects.
fn hit(connection: &Connection, rank: Rank) -> Result<Option<Hit>> {
    let mut statement = statement::prepare(
        connection,
        "SELECT f.path, f.blob, f.title FROM texts t JOIN files f ON f.kind = 0 AND f.path = t.path
         WHERE t.number = ?1 AND f.redirect IS NULL",
    )?;
    let mut rows = statement.query([row::position(rank.number)])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let mut columns = Columns::of(row);
    let path = files::path_of(columns.take()?);
    Ok(Some(Hit { rank, path, blob: columns.oid()?, title: columns.take()? }))
}

/// `query` in the language of FTS5. Tokens have no quotes in them, so none has to be doubled.
fn expression(query: &Query) -> String {
    let mut out = all(&query.wanted, " AND ");
    if !query.excluded.is_empty() {
        write!(out, " NOT {}", all(&query.excluded, " OR ")).expect("writing to a string does not fail");
    }
    out
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
