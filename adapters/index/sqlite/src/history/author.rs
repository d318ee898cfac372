//! Authors: each distinct one is one row, found by what identifies him and by what he is asked for.

use portolan_ports::index::{Author, AuthorKind};
use rusqlite::{Connection, OptionalExtension, params};

use crate::fault::{Fault, Result};
use crate::row::Columns;
use crate::statement;

/// What a key in `author_keys` is made of; its first byte.
#[derive(Debug, Clone, Copy)]
#[repr(u8)]
enum Key {
    /// All of the author, for finding his row.
    Whole = b'=',
    /// The principal's id.
    Id = b'i',
    /// The address, lower case.
    Email = b'e',
    /// The name.
    Name = b'n',
}

impl Key {
    fn of(self, text: &str) -> Vec<u8> {
        [&[self as u8], text.as_bytes()].concat()
    }
}

/// The columns of an author, in the order that [`read`] takes them, of the table named `a`.
macro_rules! author_columns {
    () => {
        "a.kind, a.id, a.name, a.email"
    };
}
pub(super) use author_columns;

/// The number of `author`, who gets one if he is new.
pub(super) fn intern(connection: &Connection, author: &Author) -> Result<i64> {
    let whole = whole(author);
    let known = statement::prepare(connection, "SELECT author_id FROM author_keys WHERE key = ?1")?
        .query_row([&whole], |row| row.get(0))
        .optional()?;
    if let Some(known) = known {
        return Ok(known);
    }
    let Author { kind, id, name, email } = author;
    let number = statement::prepare(
        connection,
        "INSERT INTO authors (kind, id, name, email) VALUES (?1, ?2, ?3, ?4)",
    )?
    .insert(params![code(*kind), id, name, email])?;
    let keys = [
        Some(whole),
        id.as_deref().map(|id| Key::Id.of(id)),
        email.as_deref().map(|email| Key::Email.of(&email.to_lowercase())),
        Some(Key::Name.of(name)),
    ];
    let mut insert = statement::prepare(connection, "INSERT INTO author_keys VALUES (?1, ?2)")?;
    for key in keys.into_iter().flatten() {
        insert.execute(params![key, number])?;
    }
    Ok(number)
}

/// The numbers of all authors with this id, this address in any case, or exactly this name.
pub(super) fn matching(connection: &Connection, author: &str) -> Result<Vec<i64>> {
    let mut select = statement::prepare(connection, "SELECT author_id FROM author_keys WHERE key = ?1")?;
    let mut numbers = Vec::new();
    for key in [Key::Id.of(author), Key::Email.of(&author.to_lowercase()), Key::Name.of(author)] {
        for number in select.query_map([key], |row| row.get(0))? {
            numbers.push(number?);
        }
    }
    numbers.sort_unstable();
    numbers.dedup();
    Ok(numbers)
}

/// The author in the next four columns.
pub(super) fn read(columns: &mut Columns<'_>) -> Result<Author> {
    let kind = match columns.take()? {
        0 => AuthorKind::Member,
        1 => AuthorKind::Agent,
        2 => AuthorKind::Operator,
        3 => AuthorKind::Git,
        other => return Err(Fault::damaged(format!("there is no kind {other} of authors"))),
    };
    Ok(Author { kind, id: columns.take()?, name: columns.take()?, email: columns.take()? })
}

const fn code(kind: AuthorKind) -> i64 {
    match kind {
        AuthorKind::Member => 0,
        AuthorKind::Agent => 1,
        AuthorKind::Operator => 2,
        AuthorKind::Git => 3,
    }
}

/// All of `author` as one key: lengths before texts, so that no two authors share one.
fn whole(author: &Author) -> Vec<u8> {
    let Author { kind, id, name, email } = author;
    let mut key = format!("{}{}", char::from(Key::Whole as u8), code(*kind)).into_bytes();
    for text in [id.as_deref(), Some(name), email.as_deref()] {
        match text {
            None => key.push(b'-'),
            Some(text) => key.extend_from_slice(format!(" {}:{text}", text.len()).as_bytes()),
        }
    }
    key
}
