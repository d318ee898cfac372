//! The list of changes of a whole wiki.

use portolan_core::wiki::path::lookup_form;
use portolan_ports::index::{ChangeFilter, CommitAt, PathChange, Position};
use rusqlite::Connection;

use super::names;
use super::query;
use super::source::Source;
use crate::fault::{Fault, Result};
use crate::row::{self, Columns};
use crate::statement;

/// How many paths under a prefix are followed one by one. With more, commits are walked: so many files are a large part of a wiki.
const FOLLOWED: usize = 4_096;

/// At most `limit` commits below `before` that pass `filter`, newest first.
pub(crate) fn changes(
    connection: &Connection,
    filter: &ChangeFilter,
    before: Option<Position>,
    limit: usize,
) -> Result<Vec<CommitAt>> {
    let ChangeFilter { since, author, prefix } = filter;
    let mut before = row::position(before.unwrap_or(Position::MAX));
    let mut sources = Vec::new();
    sources.extend(author.as_deref().map(|author| Source::by(connection, author)).transpose()?);
    sources.extend(since.map(Source::Since));
    if !prefix.is_empty() {
        sources.extend(Source::under(connection, prefix, before, FOLLOWED)?);
    }
    // The others give positions that need not be commits of their own.
    sources.push(Source::All);

    let mut found = Vec::new();
    while found.len() < limit {
        let Some(position) = meet(connection, &mut sources, before)? else { break };
        before = position;
        let mut at = query::at(connection, position)?;
        if since.is_some_and(|since| at.commit.time < since) {
            continue;
        }
        at.commit.paths = match sources.iter().find_map(|source| source.paths(position)) {
            Some(numbers) => paths_numbered(connection, position, &numbers)?,
            None => paths_under(connection, position, prefix)?,
        };
        if prefix.is_empty() || !at.commit.paths.is_empty() {
            found.push(at);
        }
    }
    Ok(found)
}

/// The greatest position below `before` that is in all sources.
fn meet(connection: &Connection, sources: &mut [Source], mut before: i64) -> Result<Option<i64>> {
    'lower: loop {
        let mut meeting = None;
        for source in &mut *sources {
            let Some(position) = source.next(connection, before)? else { return Ok(None) };
            // The first one proposes; whoever has nothing there lowers the proposal for all.
            if meeting.is_some_and(|meeting| position < meeting) {
                before = position + 1;
                continue 'lower;
            }
            meeting = Some(position);
            before = position + 1;
        }
        return Ok(meeting);
    }
}

/// What the commit at `position` changed whose path begins with `prefix`, by path.
fn paths_under(connection: &Connection, position: i64, prefix: &[u8]) -> Result<Vec<PathChange>> {
    let mut statement = statement::prepare(
        connection,
        "SELECT p.path, h.old, h.new, h.mode, h.from_id FROM changes h LEFT JOIN paths p ON p.path_id = h.path_id WHERE h.position = ?1",
    )?;
    let mut rows = statement.query([position])?;
    let mut paths = Vec::new();
    while let Some(row) = rows.next()? {
        let path = row.get_ref(0)?.as_blob().map_err(|_| Fault::damaged("a change has no path"))?;
        let form = lookup_form(path);
        if form.as_deref().unwrap_or(path).starts_with(prefix) {
            paths.push(read(connection, &mut Columns::of(row))?);
        }
    }
    Ok(sorted(paths))
}

/// What the commit at `position` changed of the paths with these numbers, by path.
fn paths_numbered(connection: &Connection, position: i64, numbers: &[i64]) -> Result<Vec<PathChange>> {
    let mut statement = statement::prepare(
        connection,
        "SELECT p.path, h.old, h.new, h.mode, h.from_id FROM changes h LEFT JOIN paths p ON p.path_id = h.path_id
         WHERE h.path_id = ?1 AND h.position = ?2",
    )?;
    let mut paths = Vec::with_capacity(numbers.len());
    for number in numbers {
        let mut rows = statement.query([*number, position])?;
        let row =
            rows.next()?.ok_or_else(|| Fault::damaged("a change is in one index and not in the other"))?;
        paths.push(read(connection, &mut Columns::of(row))?);
    }
    Ok(sorted(paths))
}

fn read(connection: &Connection, columns: &mut Columns<'_>) -> Result<PathChange> {
    let (path, old, new) = (columns.take()?, columns.oid_or_null()?, columns.oid_or_null()?);
    let (mode, from) = (columns.take()?, columns.take::<Option<i64>>()?);
    let from = from.map(|from| names::path(connection, from)).transpose()?;
    Ok(PathChange { path, old, new, mode, from })
}

fn sorted(mut paths: Vec<PathChange>) -> Vec<PathChange> {
    paths.sort_unstable_by(|one, other| one.path.cmp(&other.path));
    paths
}
