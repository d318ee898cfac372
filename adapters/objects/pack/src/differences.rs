//! In which entries two versions of a tree differ.

use std::cmp::Ordering;

use portolan_core::git::Oid;
use portolan_core::git::common::{prefix, suffix};
use portolan_core::git::tree::{Entries, EntryRef, entries, order};

pub(crate) type Difference<'a> = (&'a [u8], bool, Option<Oid>, Oid);

/// The entries of `new` that `old` has not or has otherwise: name, whether it is a folder, old and new id.
pub(crate) fn differences<'a>(old: &'a [u8], new: &'a [u8]) -> Vec<Difference<'a>> {
    // Most trees differ in one entry of many: only what lies between the first and the last difference is decoded.
    let start = entry_at(new, prefix(old, new));
    let (old, new) = (&old[start..], &new[start..]);
    let end = suffix(old, new);
    let mut rest = new.len();
    let (mut old, mut out) = (Readable(entries(old)).peekable(), Vec::new());
    for entry in Readable(entries(new)) {
        // Mode, blank, name, NUL, id.
        rest -= (entry.mode.as_str().len() + entry.name.len() + 22).min(rest);
        let folder = entry.mode.is_tree();
        let mut before = None;
        while let Some(other) = old.peek() {
            match order(other.name, other.mode.is_tree(), entry.name, folder) {
                Ordering::Greater => break,
                Ordering::Less => {}
                Ordering::Equal => before = Some(other.id),
            }
            old.next();
        }
        if before != Some(entry.id) {
            out.push((entry.name, folder, before, entry.id));
        }
        if rest <= end {
            break;
        }
    }
    out
}

/// Where the entry of `tree` begins in which its byte `at` lies.
fn entry_at(tree: &[u8], at: usize) -> usize {
    let mut start = 0;
    while let Some(nul) = memchr::memchr(0, &tree[start..]) {
        let end = start + nul + 21;
        if end > at || end > tree.len() {
            break;
        }
        start = end;
    }
    start
}

/// The entries up to the first that is damaged.
struct Readable<'a>(Entries<'a>);

impl<'a> Iterator for Readable<'a> {
    type Item = EntryRef<'a>;

    fn next(&mut self) -> Option<EntryRef<'a>> {
        self.0.next()?.ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn tree(entries: &BTreeMap<String, [u8; 20]>) -> Vec<u8> {
        let mut data = Vec::new();
        for (name, id) in entries {
            data.extend(format!("100644 {name}\0").as_bytes());
            data.extend(id);
        }
        data
    }

    proptest! {
        #[test]
        fn what_differs_is_named_and_nothing_else(
            mut entries in prop::collection::btree_map("[a-d]{1,3}", any::<[u8; 20]>(), 0..40),
            changes in prop::collection::btree_map("[a-d]{1,3}", any::<[u8; 20]>(), 0..4),
            gone in prop::collection::vec("[a-d]{1,2}", 0..3),
        ) {
            let old = entries.clone();
            entries.retain(|name, _| !gone.contains(name));
            entries.extend(changes);
            let expected: Vec<_> = entries
                .iter()
                .filter(|(name, id)| old.get(*name) != Some(*id))
                .map(|(name, id)| (name.as_bytes(), false, old.get(name).map(|id| Oid::from_bytes(*id)), Oid::from_bytes(*id)))
                .collect();
            let (old, new) = (tree(&old), tree(&entries));
            prop_assert_eq!(differences(&old, &new), expected);
        }
    }
}
