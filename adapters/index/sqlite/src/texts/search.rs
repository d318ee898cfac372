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
const COMMON: i64 = 256;
/// Scores of tiers are greater than this, and those of BM25 are less: each of its phrases, of which a query has at most a hundred, has
/// less than 50. So a place tells in which of the two orders it is.
const TIERS: u32 = 10_000;

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
        // What is found may change between two answers; the order they go on in does not.
        let ranks = match after {
            Some(after) if after.score > f64::from(TIERS) => None,
            Some(_) => Some(search.weigh()?),
            None => search.few()?,
        };
        match ranks {
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
    fn few(&self) -> Result<Option<Vec<Rank>>> {
        if self.has_common_phrase()? {
            return Ok(None);
        }
        // To count is cheap beside weighing.
        let mut ranks = Vec::new();
        let flow = self.each("1.0", &expression::wanted(self.query), 0, &mut |rank| {
            ranks.push(rank);
            Ok(if ranks.len() <= FEW { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
        })?;
        match ranks.len() {
            _ if flow.is_break() => Ok(None),
            0 | 1 => Ok(Some(ranks)),
            _ => self.weigh().map(Some),
        }
    }

    /// All that is found, the best first.
    fn weigh(&self) -> Result<Vec<Rank>> {
        let [title, headings, body, parts] = WEIGHTS;
        let weight = format!("-bm25(texts_index, {title:?}, {headings:?}, {body:?}, {parts:?}, 0.0)");
        let mut ranks = Vec::new();
        let _all = self.each(&weight, &expression::wanted(self.query), 0, &mut |rank| {
            ranks.push(rank);
            Ok(ControlFlow::Continue(()))
        })?;
        ranks.sort_unstable_by(order);
        Ok(ranks)
    }

    /// Whether a phrase of nothing but common words is looked for. BM25 counts the pages that have it, without the help of pairs.
    fn has_common_phrase(&self) -> Result<bool> {
        // Words that can be written otherwise are weighed all the same.
        let phrases = self.query.wanted.iter().filter_map(|clause| match clause.phrases.as_slice() {
            [phrase] if phrase.tokens.len() > 1 && !phrase.prefix => Some(phrase),
            _ => None,
        });
        for phrase in phrases {
            let mut is_common = true;
            for token in &phrase.tokens {
                is_common = is_common && self.finds_more_than(&expression::token(token), COMMON)?;
            }
            if is_common {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn finds_more_than(&self, expression: &str, count: i64) -> Result<bool> {
        self.in_time()?;
        let sql = "SELECT 1 FROM texts_index WHERE texts_index MATCH ?1 LIMIT 1 OFFSET ?2";
        Ok(statement::prepare(self.connection, sql)?.exists(params![expression, count])?)
    }

    fn in_time(&self) -> Result<()> {
        if Instant::now() > self.until { Err(Fault::Slow) } else { Ok(()) }
    }

    /// Gives what is found, from `after` on, tier by tier. The score tells by how many the tier is before the last.
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
            let score = f64::from(TIERS.saturating_add(u32::try_from(score).unwrap_or(u32::MAX)));
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
                "SELECT rowid, {score}, 1 FROM texts_index WHERE texts_index MATCH ?1 AND rowid > ?2 ORDER BY rowid"
            )
        } else {
            format!(
                "SELECT texts_index.rowid, {score},
                 coalesce(f.form, t.path) >= ?3 AND (?4 IS NULL OR coalesce(f.form, t.path) < ?4)
                 AND (?5 IS NULL OR t.category IS ?5)
                 AND (?6 IS NULL OR instr(char(10) || t.tags || char(10), char(10) || ?6 || char(10)) > 0)
                 FROM texts_index CROSS JOIN texts t ON t.number = texts_index.rowid
                 LEFT JOIN files f ON f.kind = 0 AND f.path = t.path
                 WHERE texts_index MATCH ?1 AND texts_index.rowid > ?2 ORDER BY texts_index.rowid"
            )
        };
        let mut statement = statement::prepare(self.connection, &sql)?;
        let mut rows = if *self.filter == TextFilter::default() {
            statement.query(params![expression, behind])?
        } else {
            statement.query(params![expression, behind, prefix, row::after_prefix(prefix), category, tag])?
        };
        self.in_time()?;
        let mut seen = 0_usize;
        while let Some(row) = rows.next()? {
            seen += 1;
            if seen.is_multiple_of(LOOK) {
                self.in_time()?;
            }
            let mut columns = Columns::of(row);
            let rank = Rank { number: columns.unsigned()?, score: columns.take()? };
            if columns.take::<bool>()? && take(rank)?.is_break() {
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
