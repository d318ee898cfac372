//! How values look in rows. What does not decode is damage.

use portolan_core::git::Oid;
use portolan_ports::index::Position;
use rusqlite::Row;
use rusqlite::types::FromSql;

use crate::fault::{Fault, Result};

/// The columns of one row, taken in order.
pub(crate) struct Columns<'r> {
    row: &'r Row<'r>,
    next: usize,
}

impl<'r> Columns<'r> {
    /// All columns of `row`.
    pub(crate) const fn of(row: &'r Row<'r>) -> Self {
        Self { row, next: 0 }
    }

    /// The next column.
    pub(crate) fn take<T: FromSql>(&mut self) -> Result<T> {
        self.next += 1;
        Ok(self.row.get(self.next - 1)?)
    }

    /// The next column, an object id or nothing.
    pub(crate) fn oid_or_null(&mut self) -> Result<Option<Oid>> {
        self.next += 1;
        let value = self.row.get_ref(self.next - 1)?;
        let bytes = value.as_blob_or_null().map_err(|_| Fault::damaged("an object id is no blob"))?;
        bytes
            .map(|bytes| {
                Oid::from_slice(bytes).ok_or_else(|| Fault::damaged("an object id has not 20 bytes"))
            })
            .transpose()
    }

    /// The next column, an object id.
    pub(crate) fn oid(&mut self) -> Result<Oid> {
        self.oid_or_null()?.ok_or_else(|| Fault::damaged("an object id is missing"))
    }

    /// The next column, object ids one after the other.
    pub(crate) fn oids(&mut self) -> Result<Vec<Oid>> {
        self.next += 1;
        let value = self.row.get_ref(self.next - 1)?;
        let bytes = value.as_blob().map_err(|_| Fault::damaged("a list of object ids is no blob"))?;
        let (ids, rest) = bytes.as_chunks::<20>();
        if rest.is_empty() {
            Ok(ids.iter().copied().map(Oid::from_bytes).collect())
        } else {
            Err(Fault::damaged("a list of object ids has a broken length"))
        }
    }

    /// The next column, a position or a size.
    pub(crate) fn unsigned(&mut self) -> Result<u64> {
        let value: i64 = self.take()?;
        u64::try_from(value).map_err(|_| Fault::damaged("a position or a size is below zero"))
    }
}

/// `position` for SQLite; one beyond its integers is after everything that can be stored.
pub(crate) fn position(position: Position) -> i64 {
    i64::try_from(position).unwrap_or(i64::MAX)
}

/// `limit` for SQLite.
pub(crate) fn limit(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

/// The least bytes that are greater than everything beginning with `prefix`; none where there are none.
pub(crate) fn after_prefix(prefix: &[u8]) -> Option<Vec<u8>> {
    let last = prefix.iter().rposition(|&byte| byte != 0xff)?;
    let mut end = prefix[..=last].to_vec();
    end[last] += 1;
    Some(end)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_prefixes_of_ff_have_no_end() {
        assert_eq!(after_prefix(b""), None);
        assert_eq!(after_prefix(b"\xff\xff"), None);
        assert_eq!(after_prefix(b"a\xff").as_deref(), Some(&b"b"[..]));
    }

    proptest! {
        #[test]
        fn the_range_of_a_prefix_is_what_begins_with_it(prefix in proptest::collection::vec(prop_oneof![Just(0xff_u8), Just(0), any::<u8>()], 0..4), path in proptest::collection::vec(prop_oneof![Just(0xff_u8), Just(0), any::<u8>()], 0..6)) {
            let inside = path >= prefix && after_prefix(&prefix).is_none_or(|end| path < end);
            prop_assert_eq!(inside, path.starts_with(&prefix));
        }
    }
}
