//! Walking down a path.

use super::{EditError, TreeEditor};
use crate::git::tree::{self, stands_for_dot_git};
use crate::wiki::path::Folded;

/// The segments of `path`. Which names a *page* may have is judged elsewhere; this is the last door, which lets through
/// what git itself takes.
pub(super) fn segments(path: &[u8]) -> Result<impl Iterator<Item = &[u8]>, EditError> {
    let split = || path.split(|byte| *byte == b'/');
    let bad = |segment: &[u8]| {
        matches!(segment, b"" | b"." | b"..") || segment.contains(&0) || stands_for_dot_git(segment)
    };
    if split().any(bad) { Err(EditError::BadPath(path.to_vec())) } else { Ok(split()) }
}

impl TreeEditor {
    /// What stands in the way of creating `path` because its name is the same under full case folding: that existing
    /// path, a file or a folder. `None` where there is none, also where `path` exists as written.
    ///
    /// The path is followed as long as it exists exactly as written; the first segment that is new is compared with its
    /// siblings. A path that is no UTF-8 collides with nothing.
    pub fn collision(&self, path: &[u8]) -> Result<Option<Vec<u8>>, EditError> {
        let (mut id, mut parent) = (self.root(), 0);
        for segment in segments(path)? {
            let data = self.need(id)?;
            let bad = |bad| EditError::Bad { id, bad };
            match tree::find(data, segment).map_err(bad)? {
                Some(entry) if entry.mode.is_tree() => id = entry.id,
                Some(_) => return Ok(None),
                None => {
                    let Ok(segment) = std::str::from_utf8(segment) else { return Ok(None) };
                    let folded = Folded::new(segment);
                    for entry in tree::entries(data) {
                        let name = entry.map_err(bad)?.name;
                        if folded.matches(name) {
                            return Ok(Some([&path[..parent], name].concat()));
                        }
                    }
                    return Ok(None);
                }
            }
            parent += segment.len() + 1;
        }
        Ok(None)
    }
}
