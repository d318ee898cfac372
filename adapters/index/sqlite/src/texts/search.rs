//! Looking for words.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use portolan_core::search::{Query, WEIGHTS};
use portolan_ports::index::{Found, Hit, Rank, TextFilter};
use rusqlite::{Connection, params};

use super::expression;
use super::put::indexed;
use crate::fault::{Fault, Result};
use crate::files;
use crate::row::{self, Columns};
use crate::schema;
use crate::statement;

/// How long a search may take.
const MOST_TIME: Duration = Duration::from_secs(2);
/// After how many pages it is looked whether it does.
const LOOK: usize = 256;
/// Most pages that are weighed, each by all its words. More of them come in tiers, those of a tier in the order of their numbers.
const FEW: usize = 256;
/// A word is common that more pages than this have.
const COMMON: i64 = 512;

/// At most `limit` pages, the best first, after the place `after`.
pub(crate) fn search(
    connection: &Connection,
    query: &Query,
    filter: &TextFilter,
    after: Option<Rank>,
    limit: usize,
) -> Result<Found> {
    let indexed = indexed(connection, schema::head(connection)?)?;
    let search = Search { connection, query, filter, until: Instant::now() + MOST_TIME };
    let mut hits = Vec::new();
    let mut take = |rank| {
        if hits.len() < limit {
            hits.extend(hit(connection, rank)?);
        }
        Ok(if hits.len() < limit { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
    };
    if !query.is_empty() {
        match search.weighed()? {
            Some(ranks) => {
                for rank in ranks {
                    let is_behind = after.is_none_or(|after| order(&after, &rank).is_lt());
                    if is_behind && take(rank)?.is_break() {
                        break;
                    }
                }
            }
            None => search.in_tiers(after, &mut take)?,
        }
    }
    Ok(Found { hits, indexed })
}

struct Search<'a> {
    connection: &'a Connection,
    query: &'a Query,
    filter: &'a TextFilter,
    until: Instant,
}

impl Search<'_> {
    /// What is found, in its order; none where it is more than a few.
    fn weighed(&self) -> Result<Option<Vec<Rank>>> {
        let wanted = expression::wanted(self.query);
        if self.has_common_phrase()? {
            return Ok(None);
        }
        // To count is cheap beside weighing.
        let counted = self.some("1.0", &wanted)?;
        if counted.as_ref().is_none_or(|ranks| ranks.len() < 2) {
            return Ok(counted);
        }
        let [title, headings, body, parts] = WEIGHTS;
        let weight = format!("-bm25(texts_index, {title:?}, {headings:?}, {body:?}, {parts:?}, 0.0)");
        let mut ranks = self.some(&weight, &wanted)?;
        if let Some(ranks) = &mut ranks {
            ranks.sort_unstable_by(order);
        }
        Ok(ranks)
    }

    /// What `expression` finds; none where it is more than a few.
    fn some(&self, score: &str, expression: &str) -> Result<Option<Vec<Rank>>> {
        let mut ranks = Vec::new();
        let flow = self.each(score, expression, 0, &mut |rank| {
            ranks.push(rank);
            Ok(if ranks.len() <= FEW { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
        })?;
        Ok(flow.is_continue().then_some(ranks))
    }

    /// Whether a phrase of nothing but common words is looked for. BM25 counts the pages that have it, without the help of pairs.
    fn has_common_phrase(&self) -> Result<bool> {
        for phrase in self.query.wanted.iter().flat_map(|clause| &clause.phrases) {
            let known = &phrase.tokens[..phrase.tokens.len() - usize::from(phrase.prefix)];
            let mut rare = false;
            for token in known {
                rare = rare || !self.finds_more_than(&expression::token(token), COMMON)?;
            }
            if phrase.tokens.len() > 1 && !known.is_empty() && !rare {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn finds_more_than(&self, expression: &str, count: i64) -> Result<bool> {
        let sql = "SELECT 1 FROM texts_index WHERE texts_index MATCH ?1 LIMIT 1 OFFSET ?2";
        Ok(statement::prepare(self.connection, sql)?.exists(params![expression, count])?)
    }

    /// Gives what is found, from `after` on, tier by tier. The score is by how many the tier is before the last, and one.
    fn in_tiers(
        &self,
        after: Option<Rank>,
        take: &mut dyn FnMut(Rank) -> Result<ControlFlow<()>>,
    ) -> Result<()> {
        let wanted = expression::wanted(self.query);
        let mut tiers: Vec<Option<String>> =
            self.query.tiers().iter().map(expression::tier).map(Some).collect();
        tiers.push(None);
        let mut before = Vec::new();
        for (score, tier) in (1..=tiers.len()).rev().zip(tiers) {
            // Most words are in few titles: then there is less to leave out below.
            if let Some(tier) = &tier
                && !self.finds_more_than(tier, 0)?
            {
                continue;
            }
            let expression = expression::within(&wanted, tier.as_deref(), &before);
            before.extend(tier);
            let score = f64::from(u32::try_from(score).unwrap_or(u32::MAX));
            let behind = match after.map(|after| (after.score.total_cmp(&score), after.number)) {
                Some((std::cmp::Ordering::Less, _)) => continue,
                Some((std::cmp::Ordering::Equal, number)) => number,
                _ => 0,
            };
            let flow = self.each("1.0", &expression, behind, &mut |rank| take(Rank { score, ..rank }))?;
            if flow.is_break() {
                break;
            }
        }
        Ok(())
    }

    /// Gives the texts that `expression` finds, whose number is greater than `behind`, in the order of their numbers.
    fn each(
        &self,
        score: &str,
        expression: &str,
        behind: u64,
        take: &mut dyn FnMut(Rank) -> Result<ControlFlow<()>>,
    ) -> Result<ControlFlow<()>> {
        let TextFilter { prefix, category, tag } = self.filter;
        let behind = row::position(behind);
        let sql = if *self.filter == TextFilter::default() {
            format!(
                "SELECT rowid, {score} FROM texts_index WHERE texts_index MATCH ?1 AND rowid > ?2 ORDER BY rowid"
            )
        } else {
            format!(
                "SELECT texts_index.rowid, {score}
                 FROM texts_index CROSS JOIN texts t ON t.number = texts_index.rowid
                 LEFT JOIN files f ON f.kind = 0 AND f.path = t.path
                 WHERE texts_index MATCH ?1 AND texts_index.rowid > ?2
                 AND coalesce(f.form, t.path) >= ?3 AND (?4 IS NULL OR coalesce(f.form, t.path) < ?4)
                 AND (?5 IS NULL OR t.category = ?5)
                 AND (?6 IS NULL OR instr(char(10) || t.tags || char(10), char(10) || ?6 || char(10)) > 0)
                 ORDER BY texts_index.rowid"
            )
        };
        let mut statement = statement::prepare(self.connection, &sql)?;
        let mut rows = if *self.filter == TextFilter::default() {
            statement.query(params![expression, behind])?
        } else {
            statement.query(params![expression, behind, prefix, row::after_prefix(prefix), category, tag])?
        };
        let mut seen = 0_usize;
        while let Some(row) = rows.next()? {
            seen += 1;
            if seen.is_multiple_of(LOOK) && Instant::now() > self.until {
                return Err(Fault::Slow);
            }
            let mut columns = Columns::of(row);
            let rank = Rank { number: columns.unsigned()?, score: columns.take()? };
            if take(rank)?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }
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
