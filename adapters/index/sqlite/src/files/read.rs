//! Files in rows, and the look-up of one.

use portolan_ports::index::{FileEntry, FileKind, listing_key};
use rusqlite::Connection;

use crate::fault::{Fault, Result};
use crate::history;
use crate::row::Columns;
use crate::statement;

/// The kind's number in rows.
pub(super) const fn code(kind: FileKind) -> i64 {
    match kind {
        FileKind::Page => 0,
        FileKind::File => 1,
        FileKind::Kept => 2,
    }
}

/// The columns of a file `f`, in the order that [`read`] takes them.
macro_rules! file_columns {
    () => {
        "f.kind, f.path, f.mode, f.blob, f.bytes, f.title, f.redirect, f.time, f.last_id"
    };
}
pub(super) use file_columns;

/// The path whose [`listing_key`] was stored.
pub(crate) fn path_of(mut key: Vec<u8>) -> Vec<u8> {
    if key.last() == Some(&0) {
        key.pop();
        key.extend_from_slice(b".md");
    }
    key
}

/// The file in the columns, without its author.
pub(super) fn read(columns: &mut Columns<'_>) -> Result<FileEntry> {
    let kind = match columns.take()? {
        0 => FileKind::Page,
        1 => FileKind::File,
        2 => FileKind::Kept,
        other => return Err(Fault::damaged(format!("there is no kind {other} of files"))),
    };
    Ok(FileEntry {
        path: path_of(columns.take()?),
        kind,
        mode: columns.take()?,
        blob: columns.oid()?,
        bytes: columns.unsigned()?,
        title: columns.take()?,
        redirect: columns.take()?,
        time: columns.take()?,
        last: columns.oid()?,
        author: None,
    })
}

/// The first of `paths` that is a file, with its last commit's author.
pub(crate) fn first(connection: &Connection, paths: &[&[u8]]) -> Result<Option<FileEntry>> {
    let mut statement = statement::prepare(
        connection,
        concat!(
            "SELECT ",
            file_columns!(),
            ", f.last FROM files f WHERE f.kind IN (0, 1, 2) AND f.path = ?1"
        ),
    )?;
    for path in paths {
        let mut rows = statement.query([listing_key(path)])?;
        if let Some(row) = rows.next()? {
            let mut columns = Columns::of(row);
            let mut file = read(&mut columns)?;
            let last: i64 = columns.take()?;
            file.author = Some(history::author_at(connection, last)?);
            return Ok(Some(file));
        }
    }
    Ok(None)
}
