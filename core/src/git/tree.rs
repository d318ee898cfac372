//! Trees as raw bytes: `<mode> <name>\0<20-byte id>`, one after the other, in git's order.
//!
//! Nothing here turns a tree into a list and back: a changed tree is the old bytes around one new entry, so what
//! other programs wrote (old modes, odd names) stays as it was. The format is that of git's `tree-walk.c`.

mod splice;
mod verify;

use std::cmp::Ordering;
use std::fmt;

use super::Oid;
pub(super) use splice::{Place, encode, locate, replace};
pub use splice::{SpliceError, splice};
pub(super) use verify::stands_for_dot_git;
pub use verify::verify;

/// Bytes of an id in a tree.
const ID: usize = 20;
/// Longest mode git writes is six digits; one more for zero-padding by old tools.
const MODE: usize = 7;
/// Entries walked over between two that are compared.
const STRIDE: usize = 24;

/// The id of the tree without entries.
pub const EMPTY_TREE: Oid = Oid::from_bytes([
    0x4b, 0x82, 0x5d, 0xc6, 0x42, 0xcb, 0x6e, 0xb9, 0xa0, 0x60, 0xe5, 0x4b, 0xf8, 0xd6, 0x92, 0x88, 0xfb,
    0xee, 0x49, 0x04,
]);

/// What an entry of a tree is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Mode {
    /// A folder, `40000`.
    Tree,
    /// A file, `100644`; historic modes such as `100664` read as this.
    Blob,
    /// A file that may be executed, `100755`.
    Exec,
    /// A symbolic link, `120000`.
    Link,
    /// A submodule, `160000`; as in git, also whatever is none of the others.
    Commit,
}

impl Mode {
    /// The octal digits git writes.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tree => "40000",
            Self::Blob => "100644",
            Self::Exec => "100755",
            Self::Link => "120000",
            Self::Commit => "160000",
        }
    }

    /// Whether it is a folder.
    pub const fn is_tree(self) -> bool {
        matches!(self, Self::Tree)
    }

    /// Whether it is a file, executable or not.
    pub const fn is_file(self) -> bool {
        matches!(self, Self::Blob | Self::Exec)
    }

    /// Reads a mode as git's `canon_mode` does.
    fn from_bits(bits: u32) -> Self {
        match bits & 0o170_000 {
            0o040_000 => Self::Tree,
            0o100_000 if bits & 0o100 != 0 => Self::Exec,
            0o100_000 => Self::Blob,
            0o120_000 => Self::Link,
            _ => Self::Commit,
        }
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A tree that cannot be read: damaged, or no tree at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the tree is damaged at byte {at}: {what}; check the repository")]
pub struct BadTree {
    /// Where the entry begins.
    pub at: usize,
    /// What was wrong.
    pub what: &'static str,
}

/// One entry, its name borrowed from the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EntryRef<'a> {
    /// What it is.
    pub mode: Mode,
    /// Its name, any bytes but NUL; real histories have names that are no UTF-8.
    pub name: &'a [u8],
    /// The object it names.
    pub id: Oid,
}

/// What a name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// What it is.
    pub mode: Mode,
    /// The object it names.
    pub id: Oid,
}

/// The entries of `tree`, in its own order; ends after the first damage.
pub fn entries(tree: &[u8]) -> Entries<'_> {
    Entries { cursor: Cursor::new(tree) }
}

/// See [`entries`].
#[derive(Debug, Clone)]
pub struct Entries<'a> {
    cursor: Cursor<'a>,
}

impl<'a> Iterator for Entries<'a> {
    type Item = Result<EntryRef<'a>, BadTree>;

    fn next(&mut self) -> Option<Self::Item> {
        let read = self.cursor.next().transpose()?;
        if read.is_err() {
            self.cursor.at = self.cursor.tree.len();
        }
        Some(read.and_then(|raw| raw.decode()))
    }
}

/// What `name` stands for in `tree`, whose entries are in git's order. Stops reading where the name would have been, so damage behind it is
/// not seen.
pub fn find(tree: &[u8], name: &[u8]) -> Result<Option<Entry>, BadTree> {
    let mut cursor = Cursor::near(tree, name)?;
    while let Some(raw) = cursor.next()? {
        match raw.name.cmp(name) {
            Ordering::Equal => {
                return raw.decode().map(|entry| Some(Entry { mode: entry.mode, id: entry.id }));
            }
            // A folder `name` sorts as `name/`: behind `name.md` and all else that begins with `name` and a byte
            // below the slash. Only a name that is past even that ends the search.
            Ordering::Greater if past_folder(raw.name, name) => break,
            _ => {}
        }
    }
    Ok(None)
}

/// Whether `entry`, which is above `name`, is also above the folder `name`.
fn past_folder(entry: &[u8], name: &[u8]) -> bool {
    entry.strip_prefix(name).is_none_or(|rest| rest[0] > b'/')
}

/// Git's order of entries: by bytes, a folder as if its name ended in `/` (`base_name_compare`).
pub fn order(a: &[u8], a_is_tree: bool, b: &[u8], b_is_tree: bool) -> Ordering {
    let shared = a.len().min(b.len());
    let end = |name: &[u8], is_tree: bool| match name.get(shared) {
        Some(byte) => *byte,
        None if is_tree => b'/',
        None => 0,
    };
    a[..shared].cmp(&b[..shared]).then_with(|| end(a, a_is_tree).cmp(&end(b, b_is_tree)))
}

/// An entry found but not yet decoded.
#[derive(Debug, Clone, Copy)]
pub(super) struct Raw<'a> {
    /// Where it begins in the tree.
    pub(super) at: usize,
    /// Its digits.
    mode: &'a [u8],
    /// Its name.
    pub(super) name: &'a [u8],
    /// The 20 bytes of its id.
    pub(super) id: &'a [u8],
}

impl<'a> Raw<'a> {
    /// What it is.
    pub(super) fn mode(&self) -> Result<Mode, BadTree> {
        let bits = self.mode.iter().try_fold(0_u32, |bits, digit| match digit {
            b'0'..=b'7' => Some(bits << 3 | u32::from(digit - b'0')),
            _ => None,
        });
        bits.map(Mode::from_bits).ok_or(BadTree { at: self.at, what: "a mode is not octal" })
    }

    /// Whether it is a folder, for sorting: cheaper than its mode.
    pub(super) fn is_tree(&self) -> bool {
        // Of all modes git knows only the folder's has five digits, save for zero-padding.
        match self.mode {
            [b'4', _, _, _, _] => true,
            [b'1', ..] => false,
            _ => self.mode() == Ok(Mode::Tree),
        }
    }

    /// Where the next entry begins.
    pub(super) fn end(&self) -> usize {
        self.at + self.mode.len() + 1 + self.name.len() + 1 + ID
    }

    /// The entry, decoded.
    pub(super) fn decode(&self) -> Result<EntryRef<'a>, BadTree> {
        let mode = self.mode()?;
        let id = Oid::from_slice(self.id).ok_or(BadTree { at: self.at, what: "an id is cut off" })?;
        Ok(EntryRef { mode, name: self.name, id })
    }
}

/// Walks over the entries of a tree.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cursor<'a> {
    pub(super) tree: &'a [u8],
    pub(super) at: usize,
}

impl<'a> Cursor<'a> {
    pub(super) const fn new(tree: &'a [u8]) -> Self {
        Self { tree, at: 0 }
    }

    /// A cursor at an entry shortly before the place of `name`, in a tree whose entries are in git's order.
    ///
    /// Entries can only be walked over one after the other, but few of them need to be compared: in a folder of 10,000
    /// this halves the time.
    pub(super) fn near(tree: &'a [u8], name: &[u8]) -> Result<Self, BadTree> {
        let mut cursor = Self::new(tree);
        let mut before = cursor;
        loop {
            let here = cursor;
            let Some(raw) = cursor.next()? else { break };
            if raw.name > name {
                break;
            }
            // What begins as the name does may be a folder, which is behind its place by the bytes.
            if !name.starts_with(raw.name) {
                before = here;
            }
            for _ in 0..STRIDE {
                cursor.hop();
            }
        }
        Ok(before)
    }

    /// Goes past an entry of the usual form, looking at nothing but its ends; stays before any other.
    #[inline]
    fn hop(&mut self) {
        if let Some([_, _, _, _, _, b' ', rest @ ..] | [_, _, _, _, _, _, b' ', rest @ ..]) =
            self.tree.get(self.at..)
            && let Some(nul) = memchr::memchr(0, rest)
            && nul + ID < rest.len()
        {
            self.at = self.tree.len() - rest.len() + nul + 1 + ID;
        }
    }

    /// The next entry; at the end of the tree `None`. Stays where it is on damage.
    #[inline]
    pub(super) fn next(&mut self) -> Result<Option<Raw<'a>>, BadTree> {
        let raw = self.peek()?;
        if let Some(raw) = &raw {
            self.at = raw.end();
        }
        Ok(raw)
    }

    /// The entry that [`Self::next`] would answer.
    #[inline]
    pub(super) fn peek(&self) -> Result<Option<Raw<'a>>, BadTree> {
        let bad = |what| BadTree { at: self.at, what };
        let rest = &self.tree[self.at..];
        if rest.is_empty() {
            return Ok(None);
        }
        let space = match rest {
            // The two lengths git writes, without a search.
            [_, _, _, _, _, _, b' ', ..] => 6,
            [_, _, _, _, _, b' ', ..] => 5,
            _ => rest
                .iter()
                .take(MODE + 1)
                .position(|byte| *byte == b' ')
                .ok_or(bad("an entry has no mode"))?,
        };
        let (mode, rest) = (&rest[..space], &rest[space + 1..]);
        let nul = memchr::memchr(0, rest).ok_or(bad("a name has no end"))?;
        if nul == 0 {
            return Err(bad("a name is empty"));
        }
        let id = rest.get(nul + 1..nul + 1 + ID).ok_or(bad("an id is cut off"))?;
        Ok(Some(Raw { at: self.at, mode, name: &rest[..nul], id }))
    }
}

#[cfg(test)]
mod tests;
