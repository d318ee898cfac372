//! Lists, a page at a time.

use data_encoding::BASE64URL_NOPAD;

use crate::{Error, Result};

/// Which part of a list.
#[derive(Debug, Clone)]
pub struct Paging {
    /// Most items, 1 to 200.
    pub limit: usize,
    /// The cursor that the part before gave out.
    pub after: Option<String>,
}

impl Paging {
    /// Items in a part where nothing is said.
    pub const DEFAULT: usize = 50;
    /// Most items in a part.
    pub const MOST: usize = 200;

    pub(crate) fn after_bytes(&self) -> Result<Option<Vec<u8>>> {
        let Some(cursor) = &self.after else { return Ok(None) };
        let bytes = BASE64URL_NOPAD.decode(cursor.as_bytes()).map_err(|_| Error::BadCursor)?;
        if bytes.is_empty() { Err(Error::BadCursor) } else { Ok(Some(bytes)) }
    }

    pub(crate) fn after_text(&self) -> Result<Option<String>> {
        self.after_bytes()?.map(|bytes| String::from_utf8(bytes).map_err(|_| Error::BadCursor)).transpose()
    }

    /// The cursor of a position in a history.
    pub(crate) fn after_number(&self) -> Result<Option<u64>> {
        self.after_text()?.map(|text| text.parse().map_err(|_| Error::BadCursor)).transpose()
    }
}

impl Default for Paging {
    fn default() -> Self {
        Self { limit: Self::DEFAULT, after: None }
    }
}

/// Part of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed<T> {
    /// The items.
    pub items: Vec<T>,
    /// The cursor of the next part; none at the end.
    pub next: Option<String>,
}

impl<T> Listed<T> {
    /// The part that `paging` asks for, from one item more than it may hold, each with the name its cursor is made of.
    pub(crate) fn page<N: AsRef<[u8]>>(mut found: Vec<(N, T)>, paging: &Paging) -> Self {
        let more = found.len() > paging.limit;
        found.truncate(paging.limit);
        let next = found.last().filter(|_| more).map(|(name, _)| BASE64URL_NOPAD.encode(name.as_ref()));
        Self { items: found.into_iter().map(|(_, item)| item).collect(), next }
    }

    /// The same with other items.
    pub fn map<U>(self, f: impl FnMut(T) -> U) -> Listed<U> {
        Listed { items: self.items.into_iter().map(f).collect(), next: self.next }
    }
}
