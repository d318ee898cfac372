//! Questions about one commit and about one path.

use portolan_core::git::Oid;
use portolan_ports::index::{Author, ChangeAt, CommitAt, CommitEntry, HistoryEntry, PathChange, Position};
use rusqlite::{Connection, OptionalExtension, params};

use super::apply::Newest;
use super::author::{self, author_columns};
use super::names::{self, Name};
use crate::fault::{Fault, Result};
use crate::row::{self, Columns};
use crate::statement;

/// The columns of a commit `c` and its author `a`, in the order that [`read`] takes them.
macro_rules! commit_columns {
    () => {
        concat!("c.position, c.id, c.parents, c.time, c.message, ", author_columns!())
    };
}

/// What was made of a path, in the order that [`change`] takes it.
macro_rules! change_columns {
    () => {
        "h.old, h.new, h.mode, h.from_id"
    };
}

/// An entry of a path's history, and its commit. Outer joins: a commit that is not there must be seen as damage.
macro_rules! history {
    ($index:literal, $condition:literal) => {
        concat!(
            "SELECT ",
            commit_columns!(),
            ", ",
            change_columns!(),
            " FROM changes h ",
            $index,
            " LEFT JOIN commits c ON c.position = h.position LEFT JOIN authors a ON a.author_id = c.author_id ",
            "WHERE h.path_id = ?1 AND h.position >= ?2 AND h.position < ?3 ",
            $condition,
            " ORDER BY h.position DESC LIMIT ?4"
        )
    };
}

/// The greatest position; 0 where there is no commit.
pub(crate) fn newest(connection: &Connection) -> Result<Position> {
    let mut statement = statement::prepare(connection, "SELECT coalesce(max(position), 0) FROM commits")?;
    let mut rows = statement.query([])?;
    Columns::of(rows.next()?.ok_or(rusqlite::Error::QueryReturnedNoRows)?).unsigned()
}

/// The newest change of `path`, if it ever was changed.
pub(crate) fn newest_of(connection: &Connection, path: &[u8]) -> Result<Option<Newest>> {
    let mut statement = statement::prepare(
        connection,
        "SELECT h.position, c.time, c.id FROM changes h LEFT JOIN commits c ON c.position = h.position
         WHERE h.path_id = (SELECT path_id FROM paths WHERE path = ?1) ORDER BY h.position DESC LIMIT 1",
    )?;
    let mut rows = statement.query([path])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let mut columns = Columns::of(row);
    Ok(Some(Newest { position: columns.unsigned()?, time: columns.take()?, commit: columns.oid()? }))
}

/// At most `limit` entries of the history of `path` below `before`, newest first.
pub(crate) fn of_path(
    connection: &Connection,
    path: &[u8],
    before: Option<Position>,
    limit: usize,
) -> Result<Vec<HistoryEntry>> {
    along(connection, path, before, limit, history!("", ""), entry)
}

/// What [`of_path`] finds, without the commits.
pub(crate) fn changes_of(
    connection: &Connection,
    path: &[u8],
    before: Option<Position>,
    limit: usize,
) -> Result<Vec<ChangeAt>> {
    let sql = concat!(
        "SELECT h.position, ",
        change_columns!(),
        " FROM changes h WHERE h.path_id = ?1 AND h.position >= ?2 AND h.position < ?3 ORDER BY h.position DESC LIMIT ?4"
    );
    along(connection, path, before, limit, sql, |connection, columns, path| {
        Ok(ChangeAt { position: columns.unsigned()?, change: change(connection, columns, path)? })
    })
}

/// At most `limit` rows of the history of `path` below `before`, newest first, from one name that it had to the one before.
fn along<T>(
    connection: &Connection,
    path: &[u8],
    before: Option<Position>,
    limit: usize,
    sql: &str,
    take: impl Fn(&Connection, &mut Columns<'_>, &[u8]) -> Result<T>,
) -> Result<Vec<T>> {
    let before = row::position(before.unwrap_or(Position::MAX));
    let mut statement = statement::prepare(connection, sql)?;
    let mut entries = Vec::new();
    let mut name = Name::last(connection, path)?;
    while let Some(now) = name
        && entries.len() < limit
    {
        // Names that the file had later are passed over.
        let before = before.min(now.before);
        if before > now.since {
            let rest = row::limit(limit - entries.len());
            let mut rows = statement.query(params![now.path_id, now.since, before, rest])?;
            while let Some(row) = rows.next()? {
                entries.push(take(connection, &mut Columns::of(row), &now.path)?);
            }
        }
        name = now.former(connection)?;
    }
    Ok(entries)
}

/// The newest entry of the history of `path` that made `blob` its content.
pub(crate) fn version(connection: &Connection, path: &[u8], blob: Oid) -> Result<Option<HistoryEntry>> {
    let mut statement =
        statement::prepare(connection, history!("INDEXED BY changes_by_blob", "AND h.new = ?5"))?;
    let mut name = Name::last(connection, path)?;
    while let Some(now) = name {
        let mut rows = statement.query(params![now.path_id, now.since, now.before, 1, blob.as_bytes()])?;
        if let Some(row) = rows.next()? {
            return entry(connection, &mut Columns::of(row), &now.path).map(Some);
        }
        name = now.former(connection)?;
    }
    Ok(None)
}

/// The commit with this id, without its paths.
pub(crate) fn commit(connection: &Connection, id: Oid) -> Result<Option<CommitAt>> {
    let position = statement::prepare(connection, "SELECT position FROM commits WHERE id = ?1")?
        .query_row([id.as_bytes()], |row| row.get(0))
        .optional()?;
    position.map(|position: i64| at(connection, position)).transpose()
}

/// The newest commit with several parents, without its paths.
pub(crate) fn newest_merge(connection: &Connection) -> Result<Option<CommitAt>> {
    let position = statement::prepare(
        connection,
        "SELECT position FROM commits INDEXED BY merges WHERE length(parents) > 20 AND position >= 0 ORDER BY position DESC LIMIT 1",
    )?
    .query_row([], |row| row.get(0))
    .optional()?;
    position.map(|position: i64| at(connection, position)).transpose()
}

/// The commits at those of `positions` that have one, without their paths.
pub(crate) fn commits_at(connection: &Connection, positions: &[Position]) -> Result<Vec<CommitAt>> {
    let mut commits = Vec::with_capacity(positions.len());
    for position in positions {
        commits.extend(at_if(connection, row::position(*position))?);
    }
    Ok(commits)
}

/// The commit at a position that has one, without its paths.
pub(super) fn at(connection: &Connection, position: i64) -> Result<CommitAt> {
    let at = at_if(connection, position)?;
    at.ok_or_else(|| Fault::damaged(format!("there is no commit at {position}")))
}

fn at_if(connection: &Connection, position: i64) -> Result<Option<CommitAt>> {
    let mut statement = statement::prepare(
        connection,
        concat!(
            "SELECT ",
            commit_columns!(),
            " FROM commits c LEFT JOIN authors a ON a.author_id = c.author_id WHERE c.position = ?1"
        ),
    )?;
    let mut rows = statement.query([position])?;
    rows.next()?.map(|row| read(&mut Columns::of(row))).transpose()
}

/// The author of the commit at a position that has one.
pub(crate) fn author_at(connection: &Connection, position: i64) -> Result<Author> {
    let mut statement = statement::prepare(
        connection,
        concat!(
            "SELECT ",
            author_columns!(),
            " FROM commits c LEFT JOIN authors a ON a.author_id = c.author_id WHERE c.position = ?1"
        ),
    )?;
    let mut rows = statement.query([position])?;
    let row = rows.next()?.ok_or_else(|| Fault::damaged(format!("there is no commit at {position}")))?;
    author::read(&mut Columns::of(row))
}

fn read(columns: &mut Columns<'_>) -> Result<CommitAt> {
    let position = columns.unsigned()?;
    let (id, parents, time, message) = (columns.oid()?, columns.oids()?, columns.take()?, columns.take()?);
    let author = author::read(columns)?;
    Ok(CommitAt { position, commit: CommitEntry { id, parents, author, time, message, paths: Vec::new() } })
}

fn entry(connection: &Connection, columns: &mut Columns<'_>, path: &[u8]) -> Result<HistoryEntry> {
    let CommitAt { position, mut commit } = read(columns)?;
    commit.paths.push(change(connection, columns, path)?);
    Ok(HistoryEntry { position, commit })
}

fn change(connection: &Connection, columns: &mut Columns<'_>, path: &[u8]) -> Result<PathChange> {
    let (old, new, mode) = (columns.oid_or_null()?, columns.oid_or_null()?, columns.take()?);
    let from = columns.take::<Option<i64>>()?.map(|from| names::path(connection, from)).transpose()?;
    Ok(PathChange { path: path.to_vec(), old, new, mode, from })
}
