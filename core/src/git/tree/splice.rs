//! Changing one entry of a tree by copying the bytes around it.

use std::ops::Range;

use bytes::Bytes;

use super::{BadTree, Cursor, Entry, Mode, order, past_folder};
use crate::git::Oid;

/// Why a tree could not be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SpliceError {
    /// The tree cannot be read.
    #[error(transparent)]
    Bad(#[from] BadTree),
    /// Not the name of one entry: empty, or with `/` or NUL in it.
    #[error("a name in a tree may not be empty nor contain a slash or NUL; split the path first")]
    BadName,
    /// A folder has that name, and something else was to be put there, or the other way round.
    #[error("the name is taken by {}; remove it first", if .0.is_tree() { "a folder" } else { "a file" })]
    Taken(Mode),
}

/// `tree` with the entry `name` put (`Some`) or removed (`None`), all other bytes as they are; `None` when no entry is
/// left. Removing what is not there answers the same bytes.
///
/// A folder does not replace a file nor a file a folder: that is [`SpliceError::Taken`].
pub fn splice(tree: &[u8], name: &[u8], entry: Option<(Mode, Oid)>) -> Result<Option<Bytes>, SpliceError> {
    if name.is_empty() || name.iter().any(|byte| matches!(byte, 0 | b'/')) {
        return Err(SpliceError::BadName);
    }
    let place = locate(tree, name, entry.is_some_and(|(mode, _)| mode.is_tree()))?;
    if let (Some(found), Some((mode, _))) = (place.found, entry)
        && found.mode.is_tree() != mode.is_tree()
    {
        return Err(SpliceError::Taken(found.mode));
    }
    let bytes = replace(tree, place.range, &encode(name, entry));
    Ok((!bytes.is_empty()).then(|| bytes.into()))
}

/// Where a name is in a tree, or would be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::git) struct Place {
    /// The entry's bytes; empty, where it belongs, when there is none.
    pub(in crate::git) range: Range<usize>,
    /// What is there.
    pub(in crate::git) found: Option<Entry>,
}

/// Looks for `name` in a tree whose entries are in git's order, be it a file or a folder; where there is none, for its place as what `as_tree` says.
pub(in crate::git) fn locate(tree: &[u8], name: &[u8], as_tree: bool) -> Result<Place, BadTree> {
    let mut cursor = Cursor::near(tree, name)?;
    let mut place = None;
    while let Some(raw) = cursor.next()? {
        let by_bytes = raw.name.cmp(name);
        if by_bytes.is_eq() {
            let entry = raw.decode()?;
            let found = Some(Entry { mode: entry.mode, id: entry.id });
            return Ok(Place { range: raw.at..raw.end(), found });
        }
        // The folder `a` is behind `a.md`, so an entry before the name by its bytes may be behind it in order.
        let may_follow = by_bytes.is_gt() || name.starts_with(raw.name);
        if may_follow && place.is_none() && order(raw.name, raw.is_tree(), name, as_tree).is_gt() {
            place = Some(raw.at);
        }
        if by_bytes.is_gt() && past_folder(raw.name, name) {
            break;
        }
    }
    let at = place.unwrap_or(tree.len());
    Ok(Place { range: at..at, found: None })
}

/// The bytes of the entry `name`, and of none.
pub(in crate::git) fn encode(name: &[u8], entry: Option<(Mode, Oid)>) -> Vec<u8> {
    let Some((mode, id)) = entry else { return Vec::new() };
    [mode.as_str().as_bytes(), b" ", name, b"\0", id.as_bytes()].concat()
}

/// `tree` with `bytes` in the place of `range`.
pub(in crate::git) fn replace(tree: &[u8], range: Range<usize>, bytes: &[u8]) -> Vec<u8> {
    [&tree[..range.start], bytes, &tree[range.end..]].concat()
}
