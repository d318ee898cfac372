//! Links that lead nowhere.

use std::ops::ControlFlow;

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
    let part = search(&stored, after, limit)?;
    stored.settle(part)
}

fn search(
    stored: &Stored<'_>,
    after: Option<&LinkPlace>,
    limit: usize,
) -> Result<Part<BrokenLink, LinkPlace>> {
    let mut part = Part::default();
    // The page of `after` has more, perhaps.
    let mut from = after.map(|place| page_key(&place.page)).unwrap_or_default();
    loop {
        let pages = pages(stored.connection, &from)?;
        let Some((last, _)) = pages.last() else { return Ok(part) };
        from = [last.as_slice(), &[0]].concat();
        for (key, facts) in pages {
            let path = page_of(key)?;
            // What was looked at for the part before is passed over.
            let first =
                after.filter(|after| after.page == path).map_or(0, |after| after.link.saturating_add(1));
            let mut is_full = false;
            each_in(stored, &path, &facts, first, |link, target, to| {
                let place = LinkPlace { page: path.clone(), link };
                let is_broken = target.kind.is_none();
                is_full = is_broken && part.items.len() == limit;
                if is_full {
                    part.next = part.items.last().map(|last: &BrokenLink| last.place.clone());
                    return ControlFlow::Break(());
                }
                if is_broken {
                    part.items.push(BrokenLink { place: place.clone(), target: target.path, line: to.line });
                }
                if stored.steps.get() > MOST_STEPS {
                    part.next = Some(place);
                    return ControlFlow::Break(());
                }
                ControlFlow::Continue(())
            })?;
            if is_full || part.next.is_some() {
                return Ok(part);
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

#[cfg(test)]
mod tests {
    use portolan_core::markdown::page_links;
    use portolan_ports::index::PageFacts;

    use super::*;
    use crate::connect::{Role, connect};
    use crate::links::facts::encode;
    use crate::schema;

    #[test]
    fn a_part_of_a_long_list_looks_at_no_more_than_it_has() {
        let folder = tempfile::tempdir().unwrap();
        let connection = connect(&folder.path().join("w.db"), Role::Maker).unwrap();
        schema::create(&connection).unwrap();
        let text: String = (0..10_000).map(|number| format!("[[x{number}]]\n")).collect();
        let facts = PageFacts { links: page_links(&text), ..PageFacts::default() };
        let insert = "INSERT INTO page_facts (path, facts) VALUES (?1, ?2)";
        for page in ["a", "b", "c", "d"] {
            connection.execute(insert, params![page_key(page), encode(page, &facts).unwrap()]).unwrap();
        }
        let mut after: Option<LinkPlace> = None;
        let mut found = 0;
        loop {
            let stored = Stored::new(&connection);
            let part = search(&stored, after.as_ref(), 200).unwrap();
            assert!(stored.steps.get() <= 10 * 201, "{} steps after {found}", stored.steps.get());
            for link in &part.items {
                assert_eq!(link.place.page, ["a", "b", "c", "d"][found / 10_000]);
                let number = found % 10_000;
                assert_eq!(link.target, format!("x{number}"));
                assert_eq!(link.place.link, u32::try_from(number).unwrap());
                found += 1;
            }
            match part.next {
                Some(next) => after = Some(next),
                None => break,
            }
        }
        assert_eq!(found, 40_000);
    }
}
