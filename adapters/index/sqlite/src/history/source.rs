//! Where commits with some property are, newest first: each filter of a list of changes is one source, and
//! commits that pass several are where all sources meet. Each step is a look-up, so a list costs as many as its rarest filter needs.

use std::collections::{BTreeMap, BinaryHeap};

use portolan_ports::index::Position;
use rusqlite::{Connection, OptionalExtension, Params, params};

use super::author;
use crate::fault::Result;
use crate::row;
use crate::statement;

/// Positions in a span.
pub(super) const SPAN: Position = 256;

/// Positions of commits, from the newest down.
#[derive(Debug)]
pub(super) enum Source {
    /// All commits.
    All,
    /// Commits by any of these authors.
    Authors(Vec<i64>),
    /// Commits in a span that has one as new as this.
    Since(i64),
    /// Commits that change any of some paths: for each the newest that is not passed yet, with the path's number.
    Paths(BinaryHeap<(i64, i64)>),
}

impl Source {
    /// Commits by whoever `author` is.
    pub(super) fn by(connection: &Connection, author: &str) -> Result<Self> {
        Ok(Self::Authors(author::matching(connection, author)?))
    }

    /// Commits below `before` that change a path with `prefix`; none where these are more than `most`, so that walking all commits costs less.
    pub(super) fn under(
        connection: &Connection,
        prefix: &[u8],
        before: i64,
        most: usize,
    ) -> Result<Option<Self>> {
        let end = row::after_prefix(prefix);
        let mut numbers: Vec<i64> = Vec::new();
        let until = |column: &str| match end {
            Some(_) => format!("AND {column} < ?2"),
            None => "AND ?2 IS NULL".to_owned(),
        };
        for sql in [
            format!("SELECT path_id FROM paths WHERE path >= ?1 {} AND form IS NULL LIMIT ?3", until("path")),
            format!(
                "SELECT path_id FROM paths INDEXED BY paths_by_form WHERE form >= ?1 {} LIMIT ?3",
                until("form")
            ),
        ] {
            let mut statement = statement::prepare(connection, &sql)?;
            let found = statement.query_map(params![prefix, end, row::limit(most + 1)], |row| row.get(0))?;
            numbers.extend(found.collect::<rusqlite::Result<Vec<i64>>>()?);
        }
        if numbers.len() > most {
            return Ok(None);
        }
        let mut heap = BinaryHeap::with_capacity(numbers.len());
        for number in numbers {
            heap.extend(below(connection, number, before)?);
        }
        Ok(Some(Self::Paths(heap)))
    }

    /// The greatest position in this source below `before`. `before` only ever sinks.
    pub(super) fn next(&mut self, connection: &Connection, before: i64) -> Result<Option<i64>> {
        match self {
            Self::All => {
                greatest(connection, "SELECT max(position) FROM commits WHERE position < ?1", [before])
            }
            Self::Authors(authors) => {
                let mut newest = None;
                for &author in &*authors {
                    newest = newest.max(greatest(
                        connection,
                        "SELECT max(position) FROM commits WHERE author_id = ?1 AND position < ?2",
                        [author, before],
                    )?);
                }
                Ok(newest)
            }
            Self::Since(time) => {
                // Spans are numbered by their positions' quotient, so the one of `before - 1` is the last that counts.
                let span: Option<i64> = statement::prepare(
                    connection,
                    "SELECT span FROM spans WHERE span <= ?1 AND newest >= ?2 ORDER BY span DESC LIMIT 1",
                )?
                .query_row([(before - 1).div_euclid(SPAN.cast_signed()), *time], |row| row.get(0))
                .optional()?;
                Ok(span.map(|span| (before - 1).min((span + 1) * SPAN.cast_signed() - 1)))
            }
            Self::Paths(heap) => {
                while let Some(&(position, path)) = heap.peek() {
                    if position < before {
                        return Ok(Some(position));
                    }
                    heap.pop();
                    heap.extend(below(connection, path, before)?);
                }
                Ok(None)
            }
        }
    }

    /// The numbers of the paths that the commit at `position` changes, where this source knows them.
    pub(super) fn paths(&self, position: i64) -> Option<Vec<i64>> {
        match self {
            Self::Paths(heap) => {
                Some(heap.iter().filter(|entry| entry.0 == position).map(|entry| entry.1).collect())
            }
            Self::All | Self::Authors(_) | Self::Since(_) => None,
        }
    }
}

fn below(connection: &Connection, path: i64, before: i64) -> Result<Option<(i64, i64)>> {
    let newest = greatest(
        connection,
        "SELECT max(position) FROM changes WHERE path_id = ?1 AND position < ?2",
        [path, before],
    )?;
    Ok(newest.map(|position| (position, path)))
}

fn greatest(connection: &Connection, sql: &str, values: impl Params) -> Result<Option<i64>> {
    Ok(statement::prepare(connection, sql)?.query_row(values, |row| row.get(0))?)
}

/// The newest times of the spans that an advance adds to.
#[derive(Debug, Default)]
pub(super) struct Spans(BTreeMap<Position, i64>);

impl Spans {
    /// Notes the commit at `position`, of `time`.
    pub(super) fn see(&mut self, position: Position, time: i64) {
        self.0.entry(position / SPAN).and_modify(|newest| *newest = time.max(*newest)).or_insert(time);
    }

    /// Puts them into the table.
    pub(super) fn store(&self, connection: &Connection) -> Result<()> {
        let mut upsert = statement::prepare(
            connection,
            "INSERT INTO spans VALUES (?1, ?2) ON CONFLICT (span) DO UPDATE SET newest = max(newest, excluded.newest)",
        )?;
        for (&span, newest) in &self.0 {
            upsert.execute(params![row::position(span), newest])?;
        }
        Ok(())
    }
}
