//! Which objects are versions of the same path, learnt from the commits and the deltas of the packs that are merged.

mod steps;
mod walk;

use std::collections::{HashMap, HashSet};

use portolan_core::git::{Kind, Object, Oid};

use crate::Result;
use crate::kin::{Item, Kin, numbered};
use crate::pack::Pack;
use steps::{Step, joined, steps};
use walk::named;

/// Reads an object; `None` where it is nowhere.
pub(crate) type Read<'a> = dyn FnMut(&Oid) -> Result<Option<Object>> + 'a;

/// Of a pack every commit is gone through where one object of so many would have neither a path nor a delta otherwise.
const PATHLESS: usize = 8;

/// For every path the numbers of its versions, oldest first, as far as their order in the packs tells. Each object is named once at most.
///
/// A pack that was written here has versions as deltas of each other already, in their order. So of commits that follow each other in a
/// pack, as long as their trees build on each other, only the tree before the first and that of the last are compared: that tells which
/// objects that build on each other belong to which path. Where this leaves many objects of a pack with neither path nor delta, as where
/// it has no deltas, all its commits are gone through.
pub(crate) fn versions(
    packs: &[&Pack],
    items: &[Item],
    kin: Kin,
    read: &mut Read<'_>,
) -> Result<Vec<Vec<usize>>> {
    let is_commit: Vec<bool> =
        (0..items.len()).map(|number| kin.kind(number) == Some(Kind::Commit)).collect();
    let commits = items.iter().zip(&is_commit).filter(|(_, is_commit)| **is_commit);
    let commits: Vec<_> = commits.map(|(item, _)| (item.id, item.pack)).collect();
    let all = steps(&commits, read)?;
    // Those that come last stay: the first step of each pack.
    let ages: HashMap<u32, usize> =
        all.iter().enumerate().rev().map(|(age, step)| (step.pack, age)).collect();
    let families = kin.families(|number| {
        let Item { pack, position, .. } = items[number];
        (ages.get(&pack).copied(), packs[pack as usize].index().offset(position).ok())
    });
    let family = |tree: &Oid| numbered(items, tree).map(|number| families.family(number));
    let wanted = |id: &Oid| numbered(items, id).is_some();
    let mut apart = HashSet::new();
    loop {
        let follows = |last: &Step, next: &Step| {
            !apart.contains(&next.pack)
                && family(&last.tree).is_some_and(|last| family(&next.tree) == Some(last))
        };
        let mut seen = vec![false; items.len()];
        let mut paths = Vec::new();
        for ends in named(&joined(&all, &follows), &wanted, read)? {
            let mut path = Vec::new();
            for end in ends.iter().filter_map(|id| numbered(items, id)) {
                // A family is taken as a whole: to go through it for each of its members could take for ever.
                if !seen[end] {
                    path.extend(families.of(end).inspect(|member| seen[*member] = true));
                }
            }
            paths.push(path);
        }
        let mut counts: HashMap<u32, (usize, usize)> = HashMap::new();
        for (number, item) in items.iter().enumerate().filter(|(number, _)| !is_commit[*number]) {
            let (all, pathless) = counts.entry(item.pack).or_default();
            *all += 1;
            *pathless += usize::from(!seen[number] && families.is_alone(number));
        }
        let before = apart.len();
        apart.extend(
            counts.iter().filter(|(_, (all, pathless))| pathless * PATHLESS > *all).map(|(pack, _)| *pack),
        );
        if apart.len() == before {
            paths.retain(|versions| versions.len() > 1);
            return Ok(paths);
        }
    }
}
