//! What an advance changes in the list of files.

use std::collections::HashSet;

use portolan_core::wiki::path::lookup_form;
use portolan_ports::index::{FileChange, FileEntry, listing_key};
use rusqlite::{Connection, params};

use super::read::code;
use crate::fault::{Fault, Result};
use crate::history::{self, Touched};
use crate::links;
use crate::row;
use crate::statement;

/// Applies `files`, and what `touched` says of the files that a commit changed and the head has as they were.
pub(crate) fn apply(connection: &Connection, files: &[FileChange], touched: &Touched<'_>) -> Result<()> {
    let mut settled = HashSet::with_capacity(files.len());
    for file in files {
        match file {
            FileChange::Put { file, page } => {
                let was_other = put(connection, file, touched)?;
                links::put(connection, file, page.as_ref(), was_other)?;
                settled.insert(&*file.path);
            }
            FileChange::Gone(path) => {
                statement::prepare(connection, "DELETE FROM files WHERE kind IN (0, 1, 2) AND path = ?1")?
                    .execute([listing_key(path)])?;
                links::gone(connection, path)?;
                settled.insert(path);
            }
        }
    }
    for (path, (last, time)) in touched.iter().filter(|(path, _)| !settled.contains(**path)) {
        statement::prepare(
            connection,
            "UPDATE files SET last = ?2, time = ?3 WHERE kind IN (0, 1, 2) AND path = ?1",
        )?
        .execute(params![listing_key(path), row::position(*last), time])?;
    }
    Ok(())
}

/// Puts a file, and says whether one of another kind was in its place.
fn put(connection: &Connection, file: &FileEntry, touched: &Touched<'_>) -> Result<bool> {
    let FileEntry { path, kind, mode, blob, bytes, title, redirect, last: _, time: _, author: _ } = file;
    let refused = |what: &str| Fault::Refused(format!("the file {:?} {what}", String::from_utf8_lossy(path)));
    let newest = match touched.get(&**path) {
        Some(newest) => Some(*newest),
        // A side branch, or an earlier part of a long history.
        None => history::newest_of(connection, path)?,
    };
    let (last, time) = newest.ok_or_else(|| refused("was made by no commit; send the commit with it"))?;
    let bytes =
        i64::try_from(*bytes).map_err(|_| refused("is larger than any file can be; its size is wrong"))?;
    let kind = code(*kind);
    // A path has one kind; it may have had another one.
    let others = statement::prepare(connection, "DELETE FROM files WHERE kind IN (?1, ?2) AND path = ?3")?
        .execute(params![(kind + 1) % 3, (kind + 2) % 3, listing_key(path)])?;
    statement::prepare(connection, "INSERT INTO files VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
             ON CONFLICT (kind, path) DO UPDATE SET mode = excluded.mode, blob = excluded.blob, bytes = excluded.bytes,
             title = excluded.title, redirect = excluded.redirect, last = excluded.last, time = excluded.time",
        )?
        .execute(params![
            kind,
            listing_key(path),
            mode,
            blob.as_bytes(),
            bytes,
            title,
            redirect,
            row::position(last),
            time,
            lookup_form(&listing_key(path))
        ])?;
    Ok(others > 0)
}
