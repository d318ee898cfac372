//! Which texts are wanted, and taking them in.

use portolan_core::git::Oid;
use portolan_core::search::Document;
use portolan_ports::index::{FileChange, FileKind, PutText, TextBehind, listing_key};
use rusqlite::{Connection, OptionalExtension, params};

use super::merge;
use crate::fault::Result;
use crate::files;
use crate::row::{self, Columns};
use crate::statement;

/// Notes which texts an advance from `head` leaves behind.
pub(crate) fn note(connection: &Connection, head: Option<Oid>, changes: &[FileChange]) -> Result<()> {
    let mut were_behind = None;
    for change in changes {
        let (path, sql) = match change {
            FileChange::Put { file, .. } if file.kind == FileKind::Page => {
                (&file.path, "INSERT INTO texts_behind VALUES (?1) ON CONFLICT DO NOTHING")
            }
            FileChange::Put { file, .. } => (&file.path, GONE),
            FileChange::Gone(path) => (path, GONE),
        };
        // Looked at before the first is noted.
        let were_behind = match were_behind {
            Some(were_behind) => were_behind,
            None => *were_behind.insert(is_behind(connection)?),
        };
        let noted = statement::prepare(connection, sql)?.execute([listing_key(path)])?;
        if noted > 0 && !were_behind {
            let head = head.as_ref().map(|head| &head.as_bytes()[..]);
            statement::prepare(connection, "UPDATE texts_state SET before = ?1 WHERE one = 1")?
                .execute([head])?;
        }
    }
    Ok(())
}

const GONE: &str = "INSERT INTO texts_behind SELECT path FROM texts WHERE path = ?1 ON CONFLICT DO NOTHING";

fn is_behind(connection: &Connection) -> Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM texts_behind WHERE path >= x'')";
    Ok(statement::prepare(connection, sql)?.query_row([], |row| row.get(0))?)
}

/// The newest head whose texts are all here, at the head `head`.
pub(super) fn indexed(connection: &Connection, head: Option<Oid>) -> Result<Option<Oid>> {
    let mut statement = statement::prepare(connection, "SELECT before FROM texts_state WHERE one = 1")?;
    let mut rows = statement.query([])?;
    let row = rows.next()?.ok_or(rusqlite::Error::QueryReturnedNoRows)?;
    let before = Columns::of(row).oid_or_null()?;
    Ok(if is_behind(connection)? { before } else { head })
}

/// At most `limit` pages whose text is behind.
pub(crate) fn behind(connection: &Connection, limit: usize) -> Result<Vec<TextBehind>> {
    let mut statement = statement::prepare(
        connection,
        "SELECT b.path, f.blob, ifnull(f.bytes, 0) FROM texts_behind b LEFT JOIN files f ON f.kind = 0 AND f.path = b.path AND f.redirect IS NULL
         WHERE b.path >= x'' ORDER BY b.path LIMIT ?1",
    )?;
    let mut rows = statement.query([row::limit(limit)])?;
    let mut behind = Vec::new();
    while let Some(row) = rows.next()? {
        let mut columns = Columns::of(row);
        let path = files::path_of(columns.take()?);
        behind.push(TextBehind { path, blob: columns.oid_or_null()?, bytes: columns.unsigned()? });
    }
    Ok(behind)
}

/// Takes in those of `texts` that are wanted.
pub(crate) fn put(connection: &Connection, texts: &[PutText]) -> Result<()> {
    let mut count = 0;
    for PutText { path, text } in texts {
        let key = listing_key(path);
        let wanted = statement::prepare(
            connection,
            "SELECT f.blob FROM texts_behind b LEFT JOIN files f ON f.kind = 0 AND f.path = b.path AND f.redirect IS NULL
             WHERE b.path = ?1",
        )?
        .query_row([&key], |row| Ok(Columns::of(row).oid_or_null()))
        .optional()?;
        let Some(wanted) = wanted else { continue };
        if wanted? != text.as_ref().map(|(blob, _)| *blob) {
            continue;
        }
        let number: Option<i64> = statement::prepare(connection, "SELECT number FROM texts WHERE path = ?1")?
            .query_row([&key], |row| row.get(0))
            .optional()?;
        match text {
            Some((_, document)) => store(connection, &key, number, document)?,
            None => forget(connection, number)?,
        }
        statement::prepare(connection, "DELETE FROM texts_behind WHERE path = ?1")?.execute([&key])?;
        count += 1;
    }
    if count > 0 { merge::note(connection, count) } else { Ok(()) }
}

fn store(connection: &Connection, key: &[u8], number: Option<i64>, document: &Document) -> Result<()> {
    let Document { title, headings, body, parts, marks, category, tags } = document;
    // No tag has a line end in it, as that is a blank.
    let tags = tags.join("\n");
    let number = if let Some(number) = number {
        statement::prepare(connection, "UPDATE texts SET category = ?2, tags = ?3 WHERE number = ?1")?
            .execute(params![number, category, tags])?;
        number
    } else {
        statement::prepare(connection, "INSERT INTO texts (path, category, tags) VALUES (?1, ?2, ?3)")?
            .insert(params![key, category, tags])?
    };
    statement::prepare(
        connection,
        "INSERT OR REPLACE INTO texts_index (rowid, title, headings, body, parts, marks)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?
    .execute(params![number, title, headings, body, parts, marks])?;
    Ok(())
}

fn forget(connection: &Connection, number: Option<i64>) -> Result<()> {
    let Some(number) = number else { return Ok(()) };
    statement::prepare(connection, "DELETE FROM texts_index WHERE rowid = ?1")?.execute([number])?;
    statement::prepare(connection, "DELETE FROM texts WHERE number = ?1")?.execute([number])?;
    Ok(())
}
