//! Which objects are versions of the same path, learnt from the commits of a pack.

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};

use bytes::Bytes;
use portolan_core::git::commit::Commit;
use portolan_core::git::tree::{Entries, EntryRef, entries};
use portolan_core::git::{Kind, Object, Oid};

use crate::Result;

/// Reads an object; `None` where it is nowhere.
pub(crate) type Read<'a> = dyn FnMut(&Oid) -> Result<Option<Object>> + 'a;

/// For every path its versions, oldest first. Each object is named once, under the first path it is met at.
pub(crate) fn versions(
    commits: &[Oid],
    wanted: &dyn Fn(&Oid) -> bool,
    read: &mut Read<'_>,
) -> Result<Vec<Vec<Oid>>> {
    let mut walk =
        Walk { wanted, read, named: HashSet::new(), paths: HashMap::new(), versions: vec![Vec::new()] };
    for (tree, before) in order(commits, walk.read)? {
        walk.changed(0, before, tree)?;
    }
    walk.versions.retain(|versions| versions.len() > 1);
    Ok(walk.versions)
}

/// The tree of every commit and that of its first parent; parents before their children.
fn order(commits: &[Oid], read: &mut Read<'_>) -> Result<Vec<(Oid, Option<Oid>)>> {
    let mut known = HashMap::with_capacity(commits.len());
    let mut ids = commits.to_vec();
    for id in commits {
        if let Some((tree, parents)) = parse(id, read)? {
            // A parent outside the set is needed for its tree alone.
            ids.extend(parents.first());
            known.insert(*id, (tree, parents));
        }
    }
    for id in ids.drain(commits.len()..) {
        if !known.contains_key(&id)
            && let Some((tree, _)) = parse(&id, read)?
        {
            known.insert(id, (tree, Vec::new()));
        }
    }
    let (mut done, mut ordered) = (HashSet::new(), Vec::with_capacity(commits.len()));
    for start in commits {
        let mut stack = vec![(*start, false)];
        while let Some((id, parents_done)) = stack.pop() {
            let Some((tree, parents)) = known.get(&id) else { continue };
            if parents_done {
                let before = parents.first().and_then(|parent| known.get(parent)).map(|(tree, _)| *tree);
                ordered.push((*tree, before));
            } else if done.insert(id) {
                stack.push((id, true));
                stack.extend(parents.iter().rev().map(|parent| (*parent, false)));
            }
        }
    }
    Ok(ordered)
}

fn parse(id: &Oid, read: &mut Read<'_>) -> Result<Option<(Oid, Vec<Oid>)>> {
    let object = read(id)?.filter(|object| object.kind == Kind::Commit);
    // A commit that cannot be read teaches nothing about versions; it is copied like all else.
    Ok(object.and_then(|object| Commit::parse(&object.data).ok().map(|commit| (commit.tree, commit.parents))))
}

struct Walk<'a, 'b> {
    wanted: &'a dyn Fn(&Oid) -> bool,
    read: &'a mut Read<'b>,
    named: HashSet<Oid>,
    /// Number of a path: that of its folder, its name, and whether it is a folder.
    paths: HashMap<(usize, Bytes, bool), usize>,
    versions: Vec<Vec<Oid>>,
}

impl Walk<'_, '_> {
    /// The folder `path` changed from `before` to `now`.
    fn changed(&mut self, path: usize, before: Option<Oid>, now: Oid) -> Result<()> {
        let mut todo = vec![(path, before, now)];
        while let Some((path, before, now)) = todo.pop() {
            if before == Some(now) {
                continue;
            }
            // The version before may be wanted and not named, where its commit is not among ours.
            for id in before.into_iter().chain([now]) {
                self.name(path, id);
            }
            let Some(data) = self.tree(&now)? else { continue };
            let old = before.map(|id| self.tree(&id)).transpose()?.flatten().unwrap_or_default();
            for (name, folder, before, now) in differences(&old, &data) {
                let count = self.versions.len();
                let number = *self.paths.entry((path, Bytes::copy_from_slice(name), folder)).or_insert(count);
                if number == count {
                    self.versions.push(Vec::new());
                }
                if folder {
                    todo.push((number, before, now));
                } else {
                    before.into_iter().chain([now]).for_each(|id| self.name(number, id));
                }
            }
        }
        Ok(())
    }

    fn name(&mut self, path: usize, id: Oid) {
        if (self.wanted)(&id) && self.named.insert(id) {
            self.versions[path].push(id);
        }
    }

    fn tree(&mut self, id: &Oid) -> Result<Option<Bytes>> {
        Ok((self.read)(id)?.filter(|object| object.kind == Kind::Tree).map(|object| object.data))
    }
}

type Difference<'a> = (&'a [u8], bool, Option<Oid>, Oid);

/// The entries of `new` that `old` has not or has otherwise: name, whether it is a folder, old and new id.
fn differences<'a>(old: &'a [u8], new: &'a [u8]) -> Vec<Difference<'a>> {
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
            match tree_order(other, &entry) {
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

/// Git's order: a folder as if its name ended in a slash.
fn tree_order(a: &EntryRef<'_>, b: &EntryRef<'_>) -> Ordering {
    let shared = a.name.len().min(b.name.len());
    let end = |entry: &EntryRef<'_>| match entry.name.get(shared) {
        Some(byte) => *byte,
        None if entry.mode.is_tree() => b'/',
        None => 0,
    };
    a.name[..shared].cmp(&b.name[..shared]).then_with(|| end(a).cmp(&end(b)))
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

/// Slices are compared this many bytes at once before single bytes are.
const BLOCK: usize = 256;

/// How many bytes the two share at their start.
fn prefix(a: &[u8], b: &[u8]) -> usize {
    let blocks = a.chunks(BLOCK).zip(b.chunks(BLOCK)).take_while(|(a, b)| a == b).count();
    let at = (blocks * BLOCK).min(a.len()).min(b.len());
    at + a[at..].iter().zip(&b[at..]).take_while(|(a, b)| a == b).count()
}

/// How many bytes the two share at their end.
fn suffix(a: &[u8], b: &[u8]) -> usize {
    let blocks = a.rchunks(BLOCK).zip(b.rchunks(BLOCK)).take_while(|(a, b)| a == b).count();
    let at = (blocks * BLOCK).min(a.len()).min(b.len());
    let (a, b) = (&a[..a.len() - at], &b[..b.len() - at]);
    at + a.iter().rev().zip(b.iter().rev()).take_while(|(a, b)| a == b).count()
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

        #[test]
        fn shared_ends_are_counted(shared: Vec<u8>, a: Vec<u8>, b: Vec<u8>, repeat in 0_usize..9) {
            let shared = shared.repeat(repeat);
            let (front, back) = ([&shared[..], &a].concat(), [&shared[..], &b].concat());
            let count = front.iter().zip(&back).take_while(|(a, b)| a == b).count();
            prop_assert_eq!(prefix(&front, &back), count);
            let (front, back): (Vec<_>, Vec<_>) = (front.into_iter().rev().collect(), back.into_iter().rev().collect());
            prop_assert_eq!(suffix(&front, &back), count);
        }
    }
}
