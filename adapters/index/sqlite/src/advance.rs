//! One advance: every area's part of it, in one transaction.

use portolan_ports::index::{Advance, Advanced, FileChange};
use rusqlite::Connection;

use crate::fault::Result;
use crate::{files, history, schema};

/// Applies `advance` in the transaction that is open on `connection`, if the index is at its beginning.
pub(crate) fn apply(connection: &Connection, advance: &Advance) -> Result<Advanced> {
    let head = schema::head(connection)?;
    if head != advance.from {
        return Ok(Advanced::At(head));
    }
    let touched = history::apply(connection, &advance.commits)?;
    files::apply(connection, &advance.files, &touched)?;
    if advance.to != head {
        schema::set_head(connection, advance.to)?;
    }
    Ok(Advanced::Applied)
}

/// The links that a change brings.
fn links(file: &FileChange) -> usize {
    match file {
        FileChange::Put { page: Some(page), .. } => page.links.len(),
        FileChange::Put { page: None, .. } | FileChange::Gone(_) => 0,
    }
}

/// Whether `advance` is too large for a thread that serves requests: some hundred rows take a few milliseconds.
pub(crate) fn is_long(advance: &Advance) -> bool {
    const ROWS: usize = 400;
    let paths: usize = advance.commits.iter().map(|commit| commit.paths.len()).sum();
    let links: usize = advance.files.iter().map(links).sum();
    advance.commits.len() + paths + advance.files.len() + links > ROWS
}
