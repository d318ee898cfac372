//! Links that lead nowhere.

use portolan_ports::index::{BrokenLink, LinkPlace, Part};
use rusqlite::{Connection, params};

use super::linking::each_in;
use super::names::Stored;
use super::{page_key, page_of};
use crate::fault::Result;
use crate::row;
use crate::statement;

/// Steps for one part of the list, ten a link: some hundred milliseconds.
const MOST_STEPS: u64 = 4_000_000;

/// Pages read at once; each says at most some MiB.
const BATCH: usize = 16;

/// At most `limit` broken links after the place `after`.
pub(crate) fn broken(
    connection: &Connection,
    after: Option<&LinkPlace>,
    limit: usize,
) -> Result<Part<BrokenLink, LinkPlace>> {
    let stored = Stored::new(connection);
    let mut part = Part::default();
    // The page of `after` has more, perhaps.
    let mut from = after.map(|place| page_key(&place.page)).unwrap_or_default();
    loop {
        let pages = pages(connection, &from)?;
        let Some((last, _)) = pages.last() else { return stored.settle(part) };
        from = [last.as_slice(), &[0]].concat();
        for (key, facts) in pages {
            let path = page_of(key)?;
            each_in(&stored, &path, &facts, |link, target, to| {
                let place = LinkPlace { page: path.clone(), link };
                if target.kind.is_none()
                    && after.is_none_or(|after| place > *after)
                    && part.items.len() <= limit
                {
                    part.items.push(BrokenLink { place, target: target.path, line: to.line });
                }
            })?;
            if part.items.len() > limit {
                part.items.truncate(limit);
                part.next = part.items.last().map(|link: &BrokenLink| link.place.clone());
                return stored.settle(part);
            }
            if stored.steps.get() > MOST_STEPS {
                part.next = Some(LinkPlace { page: path, link: u32::MAX });
                return stored.settle(part);
            }
        }
    }
}

/// Some pages from `from` on, and what they say.
fn pages(connection: &Connection, from: &[u8]) -> Result<Vec<(Vec<u8>, Vec<u8>)>> {
    let mut statement = statement::prepare(
        connection,
        "SELECT path, facts FROM page_facts WHERE path >= ?1 ORDER BY path LIMIT ?2",
    )?;
    let rows = statement.query_map(params![from, row::limit(BATCH)], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
