//! Pages that no other page links to.

use portolan_ports::index::{PageName, Part};
use rusqlite::{Connection, params};

use super::linking::is_linked;
use super::names::Stored;
use super::{page_key, page_of};
use crate::fault::Result;
use crate::row;
use crate::statement;

/// Pages looked at for one part of the list.
const MOST_PAGES: usize = 20_000;

/// Links looked at for one part of the list; where the last page makes it more, it is the last.
const MOST_STEPS: u64 = 1_000_000;

/// Pages read at once.
const BATCH: usize = 256;

/// At most `limit` pages after the page `after` that no other page links to.
pub(crate) fn orphans(
    connection: &Connection,
    after: Option<&str>,
    limit: usize,
) -> Result<Part<PageName, String>> {
    let stored = Stored::new(connection);
    let mut after = after.map(page_key).unwrap_or_default();
    let mut part = Part::default();
    let mut seen = 0;
    loop {
        let pages = pages(connection, &after)?;
        let Some((last, ..)) = pages.last() else { return stored.settle(part) };
        after.clone_from(last);
        for (key, title, is_stub) in pages {
            let path = page_of(key)?;
            seen += 1;
            if !is_stub && !is_linked(&stored, &path)? {
                if part.items.len() == limit {
                    part.next = part.items.last().map(|page: &PageName| page.path.clone());
                    return stored.settle(part);
                }
                part.items.push(PageName { path: path.clone(), title });
            }
            if seen >= MOST_PAGES || stored.steps.get() > MOST_STEPS {
                part.next = Some(path);
                return stored.settle(part);
            }
        }
    }
}

/// Some pages after `after`: key, title, and whether it is a stub.
fn pages(connection: &Connection, after: &[u8]) -> Result<Vec<(Vec<u8>, String, bool)>> {
    let mut statement = statement::prepare(
        connection,
        "SELECT path, title, redirect IS NOT NULL FROM files WHERE kind = 0 AND path > ?1 ORDER BY path LIMIT ?2",
    )?;
    let rows = statement
        .query_map(params![after, row::limit(BATCH)], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
