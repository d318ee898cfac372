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

    /// What the cursor of `list` names; one of another list is refused.
    pub(crate) fn after_bytes(&self, list: &str) -> Result<Option<Vec<u8>>> {
        let Some(cursor) = &self.after else { return Ok(None) };
        let mut bytes = BASE64URL_NOPAD.decode(cursor.as_bytes()).map_err(|_| Error::BadCursor)?;
        let at = bytes.len().checked_sub(CHECK).ok_or(Error::BadCursor)?;
        let check = bytes.split_off(at);
        if bytes.is_empty() || check != checksum(list, &bytes) {
            Err(Error::BadCursor)
        } else {
            Ok(Some(bytes))
        }
    }

    pub(crate) fn after_text(&self, list: &str) -> Result<Option<String>> {
        self.after_bytes(list)?
            .map(|bytes| String::from_utf8(bytes).map_err(|_| Error::BadCursor))
            .transpose()
    }

    /// The cursor of a position in a history.
    pub(crate) fn after_number(&self, list: &str) -> Result<Option<u64>> {
        self.after_text(list)?.map(|text| text.parse().map_err(|_| Error::BadCursor)).transpose()
    }
}

impl Default for Paging {
    fn default() -> Self {
        Self { limit: Self::DEFAULT, after: None }
    }
}

/// Bytes of a cursor's checksum.
const CHECK: usize = 4;

/// The cursor of the item called `name` in `list`: its name with a checksum over both, so that made-up and mistyped ones, and
/// those of other lists, are noticed. No secret: whoever makes one up with care only begins somewhere else in a list he may
/// read anyway.
pub(crate) fn cursor(list: &str, name: &[u8]) -> String {
    BASE64URL_NOPAD.encode(&[name, &checksum(list, name)].concat())
}

/// FNV-1a, 32 bits (RFC 9923), over the list's name, a zero byte and the item's.
fn checksum(list: &str, name: &[u8]) -> [u8; CHECK] {
    let bytes = [list.as_bytes(), &[0], name].concat();
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
    pub(crate) fn page<N: AsRef<[u8]>>(list: &str, mut found: Vec<(N, T)>, paging: &Paging) -> Self {
        let more = found.len() > paging.limit;
        found.truncate(paging.limit);
        let next = found.last().filter(|_| more).map(|(name, _)| cursor(list, name.as_ref()));
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
        Paging { limit: 1, after: Some(cursor.into()) }.after_bytes("pages")
    }

    #[test]
    fn only_cursors_that_were_given_out_are_taken() {
        for name in ["a", "Guides/Start.md", "\u{fc}"] {
            assert_eq!(read(&cursor("pages", name.as_bytes())).unwrap(), Some(name.as_bytes().to_vec()));
        }
        let mistyped = cursor("pages", b"Guides/Start.md").replacen('R', "S", 1);
        for bad in [
            "",
            "x",
            "garbage1",
            "nonsense",
            "bm90LWEtY3Vyc29y",
            &mistyped,
            &BASE64URL_NOPAD.encode(&checksum("pages", b"")),
            &cursor("wikis", b"a"),
        ] {
            assert!(matches!(read(bad), Err(Error::BadCursor)), "{bad}");
        }
    }
}
