//! The names that a file had, one after the other: its history goes from one to the one before where a rename says so.

use portolan_ports::index::Position;
use rusqlite::{Connection, OptionalExtension, params};

use crate::fault::{Fault, Result};
use crate::row;
use crate::statement;

/// A name that a file had, and when.
#[derive(Debug)]
pub(super) struct Name {
    pub(super) path_id: i64,
    pub(super) path: Vec<u8>,
    /// The position of the rename that gave it this name; 0 where there was none.
    pub(super) since: i64,
    /// The position of the rename that took it this name; beyond all where none did.
    pub(super) before: i64,
    from: Option<i64>,
}

impl Name {
    /// The last name of what is, or was last, at `path`; none where nothing ever was.
    pub(super) fn last(connection: &Connection, path: &[u8]) -> Result<Option<Self>> {
        let path_id = statement::prepare(connection, "SELECT path_id FROM paths WHERE path = ?1")?
            .query_row([path], |row| row.get(0))
            .optional()?;
        path_id.map(|path_id| Self::new(connection, path_id, path.to_vec(), i64::MAX)).transpose()
    }

    /// The name before this one. There is an end, as the renames are older and older.
    pub(super) fn former(self, connection: &Connection) -> Result<Option<Self>> {
        let Some(from) = self.from else { return Ok(None) };
        Self::new(connection, from, path(connection, from)?, self.since).map(Some)
    }

    fn new(connection: &Connection, path_id: i64, path: Vec<u8>, before: i64) -> Result<Self> {
        let rename = statement::prepare(
            connection,
            "SELECT position, from_id FROM changes INDEXED BY renames
             WHERE path_id = ?1 AND position < ?2 AND from_id IS NOT NULL ORDER BY position DESC LIMIT 1",
        )?
        .query_row(params![path_id, before], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
        let (since, from) = rename.map_or((0, None), |(since, from)| (since, Some(from)));
        Ok(Self { path_id, path, since, before, from })
    }
}

/// What the file that was at `path` at the position `at` was called at the position `then`; none where it came since.
pub(crate) fn former_name(
    connection: &Connection,
    path: &[u8],
    at: Position,
    then: Position,
) -> Result<Option<Vec<u8>>> {
    let (mut at, then) = (row::position(at), row::position(then));
    let Some(Name { mut path_id, .. }) = Name::last(connection, path)? else { return Ok(None) };
    // There is an end, as the renames are older and older.
    loop {
        let came = statement::prepare(
            connection,
            "SELECT position, from_id FROM changes WHERE path_id = ?1 AND position <= ?2 AND position > ?3
             AND (from_id IS NOT NULL OR old IS NULL) ORDER BY position DESC LIMIT 1",
        )?
        .query_row(params![path_id, at, then], |row| Ok((row.get(0)?, row.get::<_, Option<i64>>(1)?)))
        .optional()?;
        let left: Option<i64> = statement::prepare(
            connection,
            "SELECT max(position) FROM changes INDEXED BY renames_from
             WHERE from_id = ?1 AND position <= ?2 AND position > ?3",
        )?
        .query_row(params![path_id, at, then], |row| row.get(0))?;
        match came {
            // What is there was left behind.
            came if left > came.map(|(position, _)| position) => return Ok(None),
            None => return self::path(connection, path_id).map(Some),
            Some((_, None)) => return Ok(None),
            Some((position, Some(from))) => (path_id, at) = (from, position - 1),
        }
    }
}

/// The path with this number.
pub(super) fn path(connection: &Connection, path_id: i64) -> Result<Vec<u8>> {
    statement::prepare(connection, "SELECT path FROM paths WHERE path_id = ?1")?
        .query_row([path_id], |row| row.get(0))
        .optional()?
        .ok_or_else(|| Fault::damaged(format!("there is no path {path_id}")))
}
