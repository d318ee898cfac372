//! The names at the head.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;

use portolan_core::markdown::{NameKind, NameQuestion, Names};
use portolan_core::wiki::path::has_other_spellings;
use portolan_ports::index::listing_key;
use rusqlite::{Connection, OptionalExtension, params};

use crate::fault::{Fault, Result};
use crate::row::{self, Columns};
use crate::statement;

/// Answers kept for one question; more are forgotten together.
const KEPT: usize = 50_000;

/// The kind's number in rows, which is also that of the kind of files.
pub(super) const fn code(kind: NameKind) -> i64 {
    match kind {
        NameKind::Page => 0,
        NameKind::File => 1,
    }
}

/// `path` with its segments in reverse order, each with a slash after it.
pub(super) fn reversed(path: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(path.len() + 1);
    for segment in path.rsplit('/') {
        out.extend_from_slice(segment.as_bytes());
        out.push(b'/');
    }
    out
}

/// The path that was [`reversed`].
fn forward(reversed: &[u8]) -> Result<String> {
    let text = std::str::from_utf8(reversed).ok().and_then(|text| text.strip_suffix('/'));
    let text = text.ok_or_else(|| Fault::damaged("a name has no end"))?;
    Ok(text.rsplit('/').collect::<Vec<_>>().join("/"))
}

/// The names at the head, as links are resolved with them within one question. What was asked is remembered, and a failure is kept
/// until [`Stored::settle`], as whoever resolves links knows none.
pub(super) struct Stored<'c> {
    pub(super) connection: &'c Connection,
    whole: [RefCell<HashMap<String, Option<String>>>; 2],
    ending: [RefCell<HashMap<String, Vec<String>>>; 2],
    fault: Cell<Option<Fault>>,
    /// What was done so far: links looked at and resolved.
    pub(super) steps: Cell<u64>,
}

impl<'c> Stored<'c> {
    pub(super) fn new(connection: &'c Connection) -> Self {
        Self {
            connection,
            whole: Default::default(),
            ending: Default::default(),
            fault: Cell::new(None),
            steps: Cell::new(0),
        }
    }

    /// Notes work.
    pub(super) fn step(&self, steps: u64) {
        self.steps.set(self.steps.get() + steps);
    }

    /// `value`, unless a name it was made with could not be read.
    pub(super) fn settle<T>(&self, value: T) -> Result<T> {
        self.fault.take().map_or(Ok(value), Err)
    }

    fn kept<T: Clone + Default>(
        &self,
        known: &RefCell<HashMap<String, T>>,
        path: &str,
        find: impl FnOnce() -> Result<T>,
    ) -> T {
        if let Some(known) = known.borrow().get(path) {
            return known.clone();
        }
        match find() {
            Ok(found) => {
                let mut known = known.borrow_mut();
                if known.len() >= KEPT {
                    known.clear();
                }
                known.insert(path.to_owned(), found.clone());
                found
            }
            Err(fault) => {
                self.fault.set(Some(fault));
                T::default()
            }
        }
    }
}

impl Names for Stored<'_> {
    fn whole(&self, kind: NameKind, path: &str) -> Option<String> {
        self.kept(&self.whole[kind as usize], path, || whole(self.connection, kind, path))
    }

    fn ending(&self, kind: NameKind, tail: &str) -> Vec<String> {
        self.kept(&self.ending[kind as usize], tail, || ending(self.connection, kind, tail))
    }
}

fn whole(connection: &Connection, kind: NameKind, path: &str) -> Result<Option<String>> {
    let key = match kind {
        NameKind::Page => super::page_key(path),
        NameKind::File => listing_key(path.as_bytes()).into_owned(),
    };
    let found = statement::prepare(connection, "SELECT 1 FROM files WHERE kind = ?1 AND path = ?2")?
        .query_row(params![code(kind), key], |_| Ok(()))
        .optional()?;
    if found.is_some() {
        return Ok(Some(path.to_owned()));
    }
    if !has_other_spellings(path) {
        return Ok(None);
    }
    let other: Option<Vec<u8>> = statement::prepare(
        connection,
        "SELECT path FROM files INDEXED BY files_by_form WHERE form = ?2 AND kind = ?1 ORDER BY path LIMIT 1",
    )?
    .query_row(params![code(kind), key], |row| row.get(0))
    .optional()?;
    let text = |key| match kind {
        NameKind::Page => super::page_of(key),
        NameKind::File => String::from_utf8(key).map_err(|_| Fault::damaged("a file's path is no UTF-8")),
    };
    other.map(text).transpose()
}

/// As many rows as are read to find three names: few names share an NFC.
const ROWS: usize = 16;

fn ending(connection: &Connection, kind: NameKind, tail: &str) -> Result<Vec<String>> {
    let tail = reversed(tail);
    let end = row::after_prefix(&tail);
    let mut statement = statement::prepare(
        connection,
        "SELECT reversed, path FROM names WHERE kind = ?1 AND reversed >= ?2 AND reversed < ?3 ORDER BY reversed, path LIMIT ?4",
    )?;
    let mut rows = statement.query(params![code(kind), tail, end, row::limit(ROWS)])?;
    let (mut paths, mut last): (Vec<String>, Vec<u8>) = (Vec::new(), Vec::new());
    while let Some(row) = rows.next()? {
        let mut columns = Columns::of(row);
        let (reversed, path): (Vec<u8>, String) = (columns.take()?, columns.take()?);
        // Of those with one NFC the one whose bytes it is comes first, and stands for the others.
        if reversed == last {
            continue;
        }
        let path = if path.is_empty() { forward(&reversed)? } else { path };
        last = reversed;
        if !paths.contains(&path) {
            paths.push(path);
        }
    }
    paths.truncate(3);
    paths.sort();
    Ok(paths)
}

/// The answers to `questions`.
pub(crate) fn answers(connection: &Connection, questions: &[NameQuestion]) -> Result<Vec<Vec<String>>> {
    let answer = |NameQuestion { kind, path, whole: is_whole }: &NameQuestion| {
        if *is_whole {
            Ok(whole(connection, *kind, path)?.into_iter().collect())
        } else {
            ending(connection, *kind, path)
        }
    };
    questions.iter().map(answer).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reversed_path_begins_with_its_end() {
        assert_eq!(reversed("a/b/c"), b"c/b/a/");
        assert!(reversed("a/b/c").starts_with(&reversed("b/c")));
        assert!(!reversed("a/xb/c").starts_with(&reversed("b/c")));
        for path in ["a", "a/b/c", "\u{e4}/ b"] {
            assert_eq!(forward(&reversed(path)).unwrap(), path);
        }
    }
}
