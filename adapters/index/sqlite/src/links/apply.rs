//! What an advance changes in names, labels and links.

use std::collections::BTreeSet;

use portolan_core::wiki::path::lookup_form;
use portolan_ports::index::{FileEntry, FileKind, PageFacts, listing_key};
use rusqlite::{Connection, OptionalExtension, params};

use super::facts::{Reader, encode};
use super::names::{code, reversed};
use crate::fault::Result;
use crate::statement;
use portolan_core::markdown::NameKind;

/// Notes that `file` is there and says this. `was_other`: it may have been a file of another kind.
pub(crate) fn put(
    connection: &Connection,
    file: &FileEntry,
    page: Option<&PageFacts>,
    was_other: bool,
) -> Result<()> {
    let path = std::str::from_utf8(&file.path).ok();
    let name = match (file.kind, path) {
        (FileKind::Page, Some(path)) => path.strip_suffix(".md").map(|page| (NameKind::Page, page)),
        (FileKind::File, Some(path)) => Some((NameKind::File, path)),
        _ => None,
    };
    if was_other {
        no_name(connection, &file.path)?;
    }
    if let Some((kind, path)) = name {
        let sql = if file.redirect.is_some() {
            DELETE
        } else {
            "INSERT INTO names VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING"
        };
        each_name(connection, sql, kind, path)?;
    }
    let said = match (name, page) {
        (Some((NameKind::Page, path)), Some(page)) => encode(path, page),
        _ => None,
    };
    say(connection, &listing_key(&file.path), said.as_deref())
}

/// Notes that the file at `path` is gone.
pub(crate) fn gone(connection: &Connection, path: &[u8]) -> Result<()> {
    no_name(connection, path)?;
    say(connection, &listing_key(path), None)
}

const DELETE: &str = "DELETE FROM names WHERE kind = ?1 AND reversed = ?2 AND path = ?3";

fn no_name(connection: &Connection, path: &[u8]) -> Result<()> {
    let Ok(path) = std::str::from_utf8(path) else { return Ok(()) };
    each_name(connection, DELETE, NameKind::File, path)?;
    match path.strip_suffix(".md") {
        Some(page) => each_name(connection, DELETE, NameKind::Page, page),
        None => Ok(()),
    }
}

/// Does `sql` for each row that `path` has.
fn each_name(connection: &Connection, sql: &str, kind: NameKind, path: &str) -> Result<()> {
    let mut statement = statement::prepare(connection, sql)?;
    statement.execute(params![code(kind), reversed(path), ""])?;
    if let Some(form) = lookup_form(path.as_bytes()).and_then(|form| String::from_utf8(form).ok()) {
        statement.execute(params![code(kind), reversed(&form), path])?;
    }
    Ok(())
}

/// Lets the page say `new`, and touches no more rows than differ: most writes change no link.
fn say(connection: &Connection, path: &[u8], new: Option<&[u8]>) -> Result<()> {
    let old: Option<Vec<u8>> =
        statement::prepare(connection, "SELECT facts FROM page_facts WHERE path = ?1")?
            .query_row([path], |row| row.get(0))
            .optional()?;
    if old.as_deref() == new {
        return Ok(());
    }
    let (old_labels, old_keys) = found_by(old.as_deref())?;
    let (new_labels, new_keys) = found_by(new)?;
    for label in old_labels.difference(&new_labels) {
        statement::prepare(connection, "DELETE FROM page_labels WHERE label = ?1 AND path = ?2")?
            .execute(params![label, path])?;
    }
    for label in new_labels.difference(&old_labels) {
        statement::prepare(connection, "INSERT INTO page_labels VALUES (?1, ?2)")?
            .execute(params![label, path])?;
    }
    for key in old_keys.difference(&new_keys) {
        statement::prepare(connection, "DELETE FROM link_keys WHERE key = ?1 AND path = ?2")?
            .execute(params![key, path])?;
    }
    for key in new_keys.difference(&old_keys) {
        statement::prepare(connection, "INSERT INTO link_keys VALUES (?1, ?2)")?
            .execute(params![key, path])?;
    }
    match new {
        Some(new) => statement::prepare(
            connection,
            "INSERT INTO page_facts (path, facts) VALUES (?1, ?2) ON CONFLICT (path) DO UPDATE SET facts = excluded.facts",
        )?
        .execute(params![path, new])?,
        None => statement::prepare(connection, "DELETE FROM page_facts WHERE path = ?1")?.execute([path])?,
    };
    Ok(())
}

/// The labels and keys of what a page says.
fn found_by(facts: Option<&[u8]>) -> Result<(BTreeSet<&str>, BTreeSet<u32>)> {
    let Some(facts) = facts else { return Ok(Default::default()) };
    let (labels, mut reader) = Reader::new(facts)?;
    let mut keys = BTreeSet::new();
    while let Some(link) = reader.link()? {
        keys.extend(link.keys());
    }
    Ok((labels.into_iter().collect(), keys))
}
