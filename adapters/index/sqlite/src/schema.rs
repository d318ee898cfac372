//! The tables of an index: those of every area, and what is common to all.

use portolan_core::git::Oid;
use rusqlite::Connection;

use crate::fault::Result;
use crate::row::Columns;
use crate::statement;
use crate::{files, history, links, texts};

/// The version of the tables, kept in `PRAGMA user_version`. A file of any other counts as missing: bump this with every
/// change of any table or of what is put into one.
pub(crate) const VERSION: i32 = 8;

const COMMON: &str = "
    CREATE TABLE state (one INTEGER PRIMARY KEY CHECK (one = 1), head BLOB);
    INSERT INTO state VALUES (1, NULL);
";

/// Makes the tables of every area in an empty file.
pub(crate) fn create(connection: &Connection) -> Result<()> {
    let areas = [COMMON, history::TABLES, files::TABLES, links::TABLES, texts::TABLES].concat();
    connection.execute_batch(&format!("BEGIN IMMEDIATE; {areas} PRAGMA user_version = {VERSION}; COMMIT"))?;
    Ok(())
}

/// The version of the file's tables; 0 for an empty file.
pub(crate) fn version(connection: &Connection) -> Result<i32> {
    Ok(connection.query_row("PRAGMA user_version", [], |row| row.get(0))?)
}

/// The commit the index is at.
pub(crate) fn head(connection: &Connection) -> Result<Option<Oid>> {
    let mut statement = statement::prepare(connection, "SELECT head FROM state WHERE one = 1")?;
    let mut rows = statement.query([])?;
    // A table without its row is damage: `QueryReturnedNoRows` is taken as that.
    let row = rows.next()?.ok_or(rusqlite::Error::QueryReturnedNoRows)?;
    Columns::of(row).oid_or_null()
}

/// Puts the index at `head`.
pub(crate) fn set_head(connection: &Connection, head: Option<Oid>) -> Result<()> {
    let head = head.as_ref().map(|head| &head.as_bytes()[..]);
    statement::prepare(connection, "UPDATE state SET head = ?1 WHERE one = 1")?.execute([head])?;
    Ok(())
}

/// Whether a long history was being indexed and is not complete.
pub(crate) fn is_half_built(connection: &Connection) -> Result<bool> {
    Ok(head(connection)?.is_none() && history::newest(connection)? > 0)
}
