//! The versions that trees name, path by path.

use std::collections::{HashMap, HashSet};

use bytes::Bytes;
use portolan_core::git::{Kind, Object, Oid};

use super::Read;
use super::steps::Step;
use crate::Result;
use crate::differences::differences;

/// Larger trees are not gone through, bytes: one of 100,000 pages has four million.
const LARGEST: usize = 8 << 20;

/// For every path those of its versions that the steps begin and end with, oldest first. Each object is named once, under the first
/// path it is met at, and only where it is wanted.
pub(super) fn named(
    steps: &[Step],
    wanted: &dyn Fn(&Oid) -> bool,
    read: &mut Read<'_>,
) -> Result<Vec<Vec<Oid>>> {
    let mut walk = Walk {
        wanted,
        read,
        named: HashSet::new(),
        walked: HashSet::new(),
        paths: HashMap::new(),
        versions: vec![Vec::new()],
    };
    for step in steps {
        walk.changed(0, step.before, step.tree)?;
    }
    Ok(walk.versions)
}

struct Walk<'a, 'b> {
    wanted: &'a dyn Fn(&Oid) -> bool,
    read: &'a mut Read<'b>,
    named: HashSet<Oid>,
    /// Trees that were gone through: a tree can be in more places than could ever be gone through.
    walked: HashSet<Oid>,
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
            if !self.walked.insert(now) {
                continue;
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
        let is_read = |object: &Object| object.kind == Kind::Tree && object.data.len() <= LARGEST;
        Ok((self.read)(id)?.filter(is_read).map(|object| object.data))
    }
}
