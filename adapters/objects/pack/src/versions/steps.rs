//! The commits of some packs in the order of their history.

use std::collections::{HashMap, HashSet};

use portolan_core::git::{Commit, Kind, Oid};

use super::Read;
use crate::Result;

/// A change from one tree to another, made by one commit or by several that follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Step {
    /// The last of its commits.
    pub(crate) commit: Oid,
    /// The tree of the last one.
    pub(crate) tree: Oid,
    /// The first parent of the first one.
    parent: Option<Oid>,
    /// The tree of that parent.
    pub(crate) before: Option<Oid>,
    /// The number of the pack that they are from.
    pub(crate) pack: u32,
}

/// A step for each of `commits`, which are named with the pack they are from; parents before their children.
pub(crate) fn steps(commits: &[(Oid, u32)], read: &mut Read<'_>) -> Result<Vec<Step>> {
    let mut known = HashMap::with_capacity(commits.len());
    let mut outside = Vec::new();
    for (id, pack) in commits {
        if let Some((tree, parents)) = parse(id, read)? {
            // A parent outside the set is needed for its tree alone.
            outside.extend(parents.first().copied());
            known.insert(*id, (tree, parents, Some(*pack)));
        }
    }
    for id in outside {
        if !known.contains_key(&id)
            && let Some((tree, _)) = parse(&id, read)?
        {
            known.insert(id, (tree, Vec::new(), None));
        }
    }
    let (mut done, mut ordered) = (HashSet::new(), Vec::with_capacity(commits.len()));
    for (start, _) in commits {
        let mut stack = vec![(*start, false)];
        while let Some((id, parents_done)) = stack.pop() {
            let Some((tree, parents, Some(pack))) = known.get(&id) else { continue };
            if parents_done {
                let parent = parents.first().copied();
                let before = parent.and_then(|parent| known.get(&parent)).map(|(tree, ..)| *tree);
                ordered.push(Step { commit: id, tree: *tree, parent, before, pack: *pack });
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

/// The same steps, but one for all commits of a pack that follow each other, also as `follows` has it.
pub(crate) fn joined(steps: &[Step], follows: &dyn Fn(&Step, &Step) -> bool) -> Vec<Step> {
    let mut joined: Vec<Step> = Vec::new();
    for step in steps {
        match joined.last_mut() {
            Some(last)
                if last.pack == step.pack && step.parent == Some(last.commit) && follows(last, step) =>
            {
                (last.commit, last.tree) = (step.commit, step.tree);
            }
            _ => joined.push(*step),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commits_that_follow_each_other_in_a_pack_are_one_step() {
        let id = |number: u8| Oid::from_bytes([number; 20]);
        let step = |commit: u8, parent: u8, pack| Step {
            commit: id(commit),
            tree: id(commit + 100),
            parent: Some(id(parent)),
            before: Some(id(parent + 100)),
            pack,
        };
        let all = [step(2, 1, 0), step(3, 2, 0), step(4, 3, 0), step(5, 4, 1), step(7, 4, 1), step(8, 7, 1)];
        let wanted = [
            Step { commit: id(4), tree: id(104), ..all[0] },
            all[3],
            Step { commit: id(8), tree: id(108), ..all[4] },
        ];
        assert_eq!(joined(&all, &|_, _| true), wanted);
        assert_eq!(joined(&all, &|_, _| false), all);
    }
}
