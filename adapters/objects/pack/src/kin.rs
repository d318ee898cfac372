//! Which objects of some packs build on each other.

use std::collections::HashMap;

use portolan_core::git::{Kind, Oid};

use crate::Result;
use crate::pack::Pack;

const NONE: u32 = u32::MAX;
/// Longer chains are followed no further; git makes none (`pack.depth`).
const LONGEST: usize = 4096;

/// An object and the first pack that has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Item {
    pub(crate) id: Oid,
    pub(crate) pack: u32,
    pub(crate) position: u32,
}

/// The objects of some packs, each once, sorted by id; everything else speaks of their numbers here.
pub(crate) fn items(packs: &[&Pack]) -> Result<Vec<Item>> {
    let mut items = Vec::new();
    for (pack, number) in packs.iter().zip(0_u32..) {
        for position in 0..pack.index().count() {
            items.push(Item { id: pack.index().id(position)?, pack: number, position });
        }
    }
    items.sort_unstable();
    items.dedup_by_key(|item| item.id);
    Ok(items)
}

pub(crate) fn numbered(items: &[Item], id: &Oid) -> Option<usize> {
    items.binary_search_by_key(id, |item| item.id).ok()
}

/// Numbers of objects are checked to fit when a merge begins.
pub(crate) fn short(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// What objects build on, and so what they are.
pub(crate) struct Kin {
    /// The number of the object that each builds on.
    bases: Vec<u32>,
    kinds: Vec<Kind>,
}

impl Kin {
    /// Reads the headers of all entries.
    pub(crate) fn new(packs: &[&Pack], items: &[Item]) -> Result<Self> {
        let (mut bases, mut known) = (Vec::with_capacity(items.len()), Vec::with_capacity(items.len()));
        for item in items {
            let pack = packs[item.pack as usize];
            let (kind, base) = pack.form(item.position)?;
            let base = base.map(|base| pack.index().id(base)).transpose()?;
            bases.push(base.and_then(|base| numbered(items, &base)).map_or(NONE, short));
            known.push(kind);
        }
        let mut kinds = Vec::with_capacity(items.len());
        for start in 0..items.len() {
            let kind = match chain(&bases, start).find_map(|at| known[at]) {
                Some(kind) => kind,
                None => packs[items[start].pack as usize].kind(items[start].position)?,
            };
            known[start] = Some(kind);
            kinds.push(kind);
        }
        Ok(Self { bases, kinds })
    }

    pub(crate) fn kind(&self, number: usize) -> Kind {
        self.kinds[number]
    }

    /// For each object that another builds on, or that builds on another: all those together with it, as `place` has them in order.
    pub(crate) fn families<P: Ord>(&self, place: impl Fn(usize) -> P) -> Families {
        let mut roots: Vec<u32> = Vec::with_capacity(self.bases.len());
        for start in 0..self.bases.len() {
            // Those before have their root already.
            let end = chain(&self.bases, start).find_map(|at| match roots.get(at) {
                Some(root) => Some(*root),
                None => (self.bases[at] == NONE).then(|| short(at)),
            });
            roots.push(end.unwrap_or_else(|| short(start)));
        }
        let mut members: Vec<(u32, usize)> = Vec::new();
        let mut sizes: HashMap<u32, u32> = HashMap::new();
        for root in &roots {
            *sizes.entry(*root).or_default() += 1;
        }
        for (number, root) in roots.iter().enumerate() {
            if sizes[root] > 1 {
                members.push((*root, number));
            }
        }
        members.sort_unstable_by_key(|(root, number)| (*root, place(*number)));
        Families { roots, members }
    }
}

/// `start`, what it builds on, and so on.
fn chain(bases: &[u32], start: usize) -> impl Iterator<Item = usize> {
    let next = |at: &usize| Some(bases[*at]).filter(|base| *base != NONE).map(|base| base as usize);
    std::iter::successors(Some(start), next).take(LONGEST)
}

/// Objects that build on each other.
pub(crate) struct Families {
    roots: Vec<u32>,
    /// Root and number, sorted by root.
    members: Vec<(u32, usize)>,
}

impl Families {
    /// The objects that build on each other and on `number`, itself among them, in their order.
    pub(crate) fn of(&self, number: usize) -> impl Iterator<Item = usize> {
        let (root, from) = self.root(number);
        let members = self.members[from..].iter().take_while(move |(other, _)| *other == root);
        members.map(|(_, number)| *number).chain(self.is_alone(number).then_some(number))
    }

    /// Whether `number` builds on nothing, and nothing on it.
    pub(crate) fn is_alone(&self, number: usize) -> bool {
        let (root, from) = self.root(number);
        self.members.get(from).is_none_or(|(other, _)| *other != root)
    }

    /// One of those that build on each other and on `number`, which stands for them all.
    pub(crate) fn family(&self, number: usize) -> u32 {
        self.roots[number]
    }

    fn root(&self, number: usize) -> (u32, usize) {
        let root = self.roots[number];
        (root, self.members.partition_point(|(other, _)| *other < root))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_are_what_builds_on_each_other() {
        // 1 and 4 build on 3, 0 on 4; 2 is alone; 5 and 6 damaged, round in a circle.
        let kin = Kin { bases: vec![4, 3, NONE, NONE, 3, 6, 5], kinds: vec![Kind::Tree; 7] };
        let families = kin.families(|number| 9 - number);
        let of = |number| families.of(number).collect::<Vec<_>>();
        for member in [0, 1, 3, 4] {
            assert_eq!(of(member), [4, 3, 1, 0]);
        }
        assert_eq!(of(2), [2]);
        assert!(families.is_alone(2) && !families.is_alone(0) && !families.is_alone(3));
        assert!(of(5).contains(&5) && of(6).contains(&6));
    }
}
