//! What an advance adds to history.

use std::collections::HashMap;

use portolan_core::wiki::path::lookup_form;
use portolan_ports::index::{CommitEntry, PathChange, Position};
use rusqlite::{Connection, OptionalExtension, params};

use super::{author, query, source};
use crate::fault::{Fault, Result};
use crate::row;
use crate::statement;

/// The newest change of each path in an advance: where, and when, seconds since 1970.
pub(crate) type Touched<'a> = HashMap<&'a [u8], (Position, i64)>;

/// Appends `commits`, and says what paths they changed.
pub(crate) fn apply<'a>(connection: &Connection, commits: &'a [CommitEntry]) -> Result<Touched<'a>> {
    let mut touched = Touched::new();
    let mut spans = source::Spans::default();
    let before = query::newest(connection)?;
    for (position, commit) in (before + 1..).zip(commits) {
        insert(connection, position, commit, before)?;
        spans.see(position, commit.time);
        for change in &commit.paths {
            insert_change(connection, position, commit, change)?;
            touched.insert(&change.path, (position, commit.time));
        }
    }
    spans.store(connection)?;
    Ok(touched)
}

fn insert(connection: &Connection, position: Position, commit: &CommitEntry, before: Position) -> Result<()> {
    let parents: Vec<u8> = commit.parents.iter().flat_map(|parent| *parent.as_bytes()).collect();
    let author = author::intern(connection, &commit.author)?;
    let inserted = statement::prepare(
        connection,
        "INSERT INTO commits VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (id) DO NOTHING",
    )?
    .execute(params![
        row::position(position),
        commit.id.as_bytes(),
        parents,
        author,
        commit.time,
        commit.message
    ])?;
    if inserted == 1 {
        return Ok(());
    }
    Err(Fault::Refused(match query::commit(connection, commit.id)? {
        Some(known) if known.position > before => {
            format!("commit {} is twice in one advance; send each commit once", commit.id)
        }
        // Nothing that the head reaches can be new. So what is stored is another history, such as a build that was given up.
        _ => format!("commit {} is in the index already; reset it and build it anew", commit.id),
    }))
}

fn insert_change(
    connection: &Connection,
    position: Position,
    commit: &CommitEntry,
    change: &PathChange,
) -> Result<()> {
    let PathChange { path, old, new, mode, from } = change;
    let refused = |what: &str| {
        let path = String::from_utf8_lossy(path);
        Fault::Refused(format!("commit {} has the path {path:?} {what}", commit.id))
    };
    if old.is_none() && new.is_none() {
        return Err(refused("with neither an old nor a new blob; leave it out"));
    }
    let from = from.as_ref().map(|from| intern(connection, from)).transpose()?;
    let inserted = statement::prepare(
        connection,
        "INSERT INTO changes VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING",
    )?
    .execute(params![
        intern(connection, path)?,
        row::position(position),
        old.as_ref().map(|old| &old.as_bytes()[..]),
        new.as_ref().map(|new| &new.as_bytes()[..]),
        mode,
        from,
    ])?;
    if inserted == 1 { Ok(()) } else { Err(refused("twice; send each path once")) }
}

/// The number of `path`, which gets one if it is new.
fn intern(connection: &Connection, path: &[u8]) -> Result<i64> {
    let known = statement::prepare(connection, "SELECT path_id FROM paths WHERE path = ?1")?
        .query_row([path], |row| row.get(0))
        .optional()?;
    match known {
        Some(known) => Ok(known),
        None => Ok(statement::prepare(connection, "INSERT INTO paths (path, form) VALUES (?1, ?2)")?
            .insert(params![path, lookup_form(path)])?),
    }
}
