//! Files whose paths are not in NFC, by their NFC.

use portolan_ports::index::listing_key;
use rusqlite::{Connection, OptionalExtension, params};

use super::read::path_of;
use crate::fault::Result;
use crate::row;
use crate::statement;

/// Most spellings of one path that are told.
const MOST: usize = 8;

/// How `path`, which is in NFC, may be spelled otherwise: see the port.
pub(crate) fn spellings(connection: &Connection, path: &[u8]) -> Result<Vec<Vec<u8>>> {
    let mut statement = statement::prepare(
        connection,
        "SELECT path FROM files INDEXED BY files_by_form WHERE form = ?1 AND kind IN (0, 1, 2) LIMIT ?2",
    )?;
    let found = statement.query_map(params![listing_key(path), row::limit(MOST)], |row| row.get(0))?;
    let mut found: Vec<Vec<u8>> =
        found.map(|key| key.map(path_of)).collect::<rusqlite::Result<Vec<Vec<u8>>>>()?;
    found.sort_unstable();
    let mut statement = statement::prepare(
        connection,
        "SELECT path FROM files INDEXED BY files_by_form WHERE form >= ?1 AND form < ?2 ORDER BY form LIMIT 1",
    )?;
    let folders = path.iter().enumerate().rev().filter(|(_, byte)| **byte == b'/').map(|(at, _)| at);
    for at in folders {
        let folder = &path[..=at];
        let inside: Option<Vec<u8>> =
            statement.query_row(params![folder, row::after_prefix(folder)], |row| row.get(0)).optional()?;
        let Some(inside) = inside else { continue };
        let levels = folder.iter().filter(|byte| **byte == b'/').count();
        // NFC neither makes nor takes away a slash.
        let end =
            inside.iter().enumerate().filter(|(_, byte)| **byte == b'/').map(|(at, _)| at).nth(levels - 1);
        let spelled = end.map_or_else(Vec::new, |end| [&inside[..=end], &path[at + 1..]].concat());
        if !spelled.is_empty() && spelled != path && !found.contains(&spelled) {
            found.push(spelled);
        }
        break;
    }
    Ok(found)
}

/// The keys of the files of one kind whose NFC begins with `prefix` and is not their bytes, that come at `from` or later; by path.
pub(super) fn under(connection: &Connection, kind: i64, prefix: &[u8], from: &[u8]) -> Result<Vec<Vec<u8>>> {
    let end = row::after_prefix(prefix);
    let sql = format!(
        "SELECT path FROM files INDEXED BY files_by_form WHERE form >= ?1 {} AND kind = ?3 AND path >= ?4",
        if end.is_some() { "AND form < ?2" } else { "AND ?2 IS NULL" },
    );
    let mut statement = statement::prepare(connection, &sql)?;
    let found = statement
        .query_map(params![prefix, end, kind, from], |row| row.get(0))?
        .collect::<rusqlite::Result<Vec<Vec<u8>>>>();
    let mut found = found?;
    found.sort_unstable();
    Ok(found)
}
