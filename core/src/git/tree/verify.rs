//! What a tree from elsewhere must be like before it is taken.

use super::{BadTree, Cursor, order};
use crate::wiki::path::is_dot_git;

/// Whether `tree` can be checked out safely and edited here: entries whole, each name once, in git's order, without
/// slashes, none that is `.`, `..` or what some file system takes for `.git`. These are faults that `git fsck` reports
/// too; odd modes and names that are no page names are fine.
pub fn verify(tree: &[u8]) -> Result<(), BadTree> {
    let mut cursor = Cursor::new(tree);
    let mut last: Option<(&[u8], bool)> = None;
    // Files that a folder of the same name could follow: `a`, then `a.b`, then the folder `a`.
    let mut files: Vec<&[u8]> = Vec::new();
    while let Some(raw) = cursor.next()? {
        let entry = raw.decode()?;
        let bad = |what| Err(BadTree { at: raw.at, what });
        if entry.name.contains(&b'/') {
            return bad("a name contains a slash");
        }
        if matches!(entry.name, b"." | b"..") || stands_for_dot_git(entry.name) {
            return bad("a name is \".\", \"..\" or stands for \".git\"");
        }
        let is_tree = entry.mode.is_tree();
        if last.is_some_and(|(name, was_tree)| order(name, was_tree, entry.name, is_tree).is_ge()) {
            return bad("entries are out of order or named twice");
        }
        files.retain(|file| entry.name.starts_with(file));
        if files.contains(&entry.name) {
            return bad("a file and a folder have the same name");
        }
        if !is_tree {
            files.push(entry.name);
        }
        last = Some((entry.name, is_tree));
    }
    Ok(())
}

/// [`is_dot_git`], quick for the names that most files have.
pub(in crate::git) fn stands_for_dot_git(name: &[u8]) -> bool {
    let harmless = name.is_ascii() && !name.starts_with(b".") && !name.contains(&b'~');
    !harmless && is_dot_git(name)
}
