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
        let mut bytes = BASE64URL_NOPAD.decode(cursor.as_bytes()).map_err(|_| Error::BadCursor)?;
        let at = bytes.len().checked_sub(CHECK).ok_or(Error::BadCursor)?;
        let check = bytes.split_off(at);
        if bytes.is_empty() || check != checksum(&bytes) { Err(Error::BadCursor) } else { Ok(Some(bytes)) }
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

/// Bytes of a cursor's checksum.
const CHECK: usize = 4;

/// The cursor of the item called `name`: its name with a checksum, so that made-up and mistyped ones are noticed. No secret:
/// whoever makes one up with care only begins somewhere else in a list he may read anyway.
pub(crate) fn cursor(name: &[u8]) -> String {
    BASE64URL_NOPAD.encode(&[name, &checksum(name)].concat())
}

/// FNV-1a, 32 bits (RFC 9923).
fn checksum(bytes: &[u8]) -> [u8; CHECK] {
    let step = |sum: u32, byte: &u8| (sum ^ u32::from(*byte)).wrapping_mul(0x0100_0193);
    bytes.iter().fold(0x811c_9dc5, step).to_be_bytes()
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
        let next = found.last().filter(|_| more).map(|(name, _)| cursor(name.as_ref()));
        Self { items: found.into_iter().map(|(_, item)| item).collect(), next }
    }

    /// The same with other items.
    pub fn map<U>(self, f: impl FnMut(T) -> U) -> Listed<U> {
        Listed { items: self.items.into_iter().map(f).collect(), next: self.next }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(cursor: &str) -> Result<Option<Vec<u8>>> {
        Paging { limit: 1, after: Some(cursor.into()) }.after_bytes()
    }

    #[test]
    fn only_cursors_that_were_given_out_are_taken() {
        for name in ["a", "Guides/Start.md", "\u{fc}"] {
            assert_eq!(read(&cursor(name.as_bytes())).unwrap(), Some(name.as_bytes().to_vec()));
        }
        let mistyped = cursor(b"Guides/Start.md").replacen('R', "S", 1);
        for bad in [
            "",
            "x",
            "garbage1",
            "nonsense",
            "bm90LWEtY3Vyc29y",
            &mistyped,
            &BASE64URL_NOPAD.encode(&checksum(b"")),
        ] {
            assert!(matches!(read(bad), Err(Error::BadCursor)), "{bad}");
        }
    }
}
