//! Pages of a category or with a tag.

use portolan_ports::index::FileFilter;
use rusqlite::{Connection, params};

use super::keys::{Label, label};
use crate::fault::Result;
use crate::row;
use crate::statement;

/// The keys of at most `limit` pages from `from` on and before `end` that have the category and the tag of `filter`, by path; it
/// names at least one.
pub(crate) fn labelled(
    connection: &Connection,
    filter: &FileFilter,
    from: &[u8],
    end: Option<&[u8]>,
    limit: usize,
) -> Result<Vec<Vec<u8>>> {
    let category = filter.category.as_deref().map(|text| label(Label::Category, text));
    let tag = filter.tag.as_deref().map(|text| label(Label::Tag, text));
    let Some(first) = category.as_ref().or(tag.as_ref()) else { return Ok(Vec::new()) };
    let second = if category.is_some() { tag.as_ref() } else { None };
    let sql = format!(
        "SELECT l.path FROM page_labels l WHERE l.label = ?1 AND l.path >= ?2 {} {} ORDER BY l.path LIMIT ?5",
        if end.is_some() { "AND l.path < ?3" } else { "AND ?3 IS NULL" },
        match second {
            Some(_) => "AND EXISTS (SELECT 1 FROM page_labels m WHERE m.label = ?4 AND m.path = l.path)",
            None => "AND ?4 IS NULL",
        }
    );
    let mut statement = statement::prepare(connection, &sql)?;
    let rows = statement.query_map(params![first, from, end, second, row::limit(limit)], |row| row.get(0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
