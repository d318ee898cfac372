//! Which objects of some packs build on each other.

use portolan_core::git::{Kind, Oid};

use crate::pack::Pack;
use crate::{Error, Result};

const NONE: u32 = u32::MAX;

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

/// Which objects build on which, and so what they are.
pub(crate) struct Kin {
    /// For each object the number of the whole one that it builds on in the end, or its own.
    roots: Vec<u32>,
    /// The kinds of those that are whole.
    kinds: Vec<Option<Kind>>,
}

impl Kin {
    /// Reads the headers of all entries.
    pub(crate) fn new(packs: &[&Pack], items: &[Item]) -> Result<Self> {
        let (mut bases, mut kinds) = (Vec::with_capacity(items.len()), Vec::with_capacity(items.len()));
        for item in items {
            let pack = packs[item.pack as usize];
            let (kind, base) = pack.form(item.position)?;
            let base = base.map(|base| pack.index().id(base)).transpose()?;
            bases.push(base.and_then(|base| numbered(items, &base)).map_or(NONE, short));
            kinds.push(kind);
        }
        let roots = roots(&bases).map_err(|number| {
            let reason = "its deltas go round in a circle, or build on what is no object";
            Error::damaged(0, reason).of_object(items[number].id)
        })?;
        Ok(Self { roots, kinds })
    }

    /// What the object is; of a delta what it builds on is.
    pub(crate) fn kind(&self, number: usize) -> Option<Kind> {
        self.kinds[self.roots[number] as usize]
    }

    /// For each object that another builds on, or that builds on another: all those together with it, as `place` has them in order.
    pub(crate) fn families<P: Ord>(self, place: impl Fn(usize) -> P) -> Families {
        let mut sizes = vec![0_u32; self.roots.len()];
        for root in &self.roots {
            sizes[*root as usize] += 1;
        }
        let related = self.roots.iter().enumerate().filter(|(_, root)| sizes[**root as usize] > 1);
        let mut members: Vec<_> = related.map(|(number, root)| (*root, place(number), number)).collect();
        members.sort_unstable();
        let members = members.into_iter().map(|(root, _, number)| (root, short(number))).collect();
        Families { roots: self.roots, members }
    }
}

/// For each object the last one of those that it builds on one after the other; the number of one that has none.
fn roots(bases: &[u32]) -> Result<Vec<u32>, usize> {
    let (mut roots, mut way) = (vec![NONE; bases.len()], Vec::new());
    for start in 0..bases.len() {
        let mut at = start;
        let root = loop {
            if roots[at] != NONE {
                break roots[at];
            }
            way.push(at);
            match bases[at] {
                NONE => break short(at),
                // Each pack has its deltas' bases, and is in no circle, where it is sound.
                _ if way.len() > bases.len() => return Err(start),
                base => at = base as usize,
            }
        };
        way.drain(..).for_each(|at| roots[at] = root);
    }
    Ok(roots)
}

/// Objects that build on each other.
pub(crate) struct Families {
    roots: Vec<u32>,
    /// Root and number, sorted by root.
    members: Vec<(u32, u32)>,
}

impl Families {
    /// The objects that build on each other and on `number`, itself among them, in their order.
    pub(crate) fn of(&self, number: usize) -> impl Iterator<Item = usize> {
        let (root, from) = self.root(number);
        let members = self.members[from..].iter().take_while(move |(other, _)| *other == root);
        members.map(|(_, number)| *number as usize).chain(self.is_alone(number).then_some(number))
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
    fn a_circle_is_damage_and_a_long_chain_is_none() {
        assert_eq!(roots(&[NONE, 2, 3, 1]), Err(1));
        let long: Vec<u32> =
            (0..1_000_000).map(|number| if number == 0 { NONE } else { number - 1 }).collect();
        assert!(roots(&long).unwrap().iter().all(|root| *root == 0));
        let back: Vec<u32> = (1..1_000_000).chain([NONE]).collect();
        assert!(roots(&back).unwrap().iter().all(|root| *root == 999_999));
    }

    #[test]
    fn families_are_what_builds_on_each_other() {
        // 1 and 4 build on 3, 0 on 4; 2 is alone.
        let roots = roots(&[4, 3, NONE, NONE, 3]).unwrap();
        let families = Kin { roots, kinds: vec![Some(Kind::Tree); 5] }.families(|number| 9 - number);
        let of = |number| families.of(number).collect::<Vec<_>>();
        for member in [0, 1, 3, 4] {
            assert_eq!(of(member), [4, 3, 1, 0]);
        }
        assert_eq!(of(2), [2]);
        assert!(families.is_alone(2) && !families.is_alone(0) && !families.is_alone(3));
    }
}
