//! Which object builds on which in a pack that is being written.

/// No delta chain in a pack of ours is longer. Git's own limit for packs it writes is the same
/// (`pack.depth`).
pub(crate) const DEEPEST: u8 = 50;

const NONE: u32 = u32::MAX;

/// A forest: every object builds on at most one other, never in a circle, never deeper than asked.
pub(crate) struct Forest {
    base: Vec<u32>,
    /// Longest chain of objects that build on this one.
    height: Vec<u8>,
}

impl Forest {
    /// A forest of `count` objects, none of which builds on another yet.
    pub(crate) fn new(count: usize) -> Self {
        Self { base: vec![NONE; count], height: vec![0; count] }
    }

    /// Lets `object` build on `base` for good, unless that makes a circle or a chain longer than `deepest`.
    pub(crate) fn join(&mut self, object: u32, base: u32, deepest: u8) -> bool {
        let (mut depth, mut at) = (1_u8, base);
        loop {
            if at == object || depth.saturating_add(self.height[object as usize]) > deepest {
                return false;
            }
            match self.base[at as usize] {
                NONE => break,
                next => (depth, at) = (depth.saturating_add(1), next),
            }
        }
        self.base[object as usize] = base;
        let (mut height, mut at) = (self.height[object as usize] + 1, base);
        while self.height[at as usize] < height {
            self.height[at as usize] = height;
            at = match self.base[at as usize] {
                NONE => break,
                next => next,
            };
            height += 1;
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn circles_and_chains_too_long_are_refused() {
        let mut forest = Forest::new(5);
        assert!(!forest.join(0, 0, 9));
        assert!(forest.join(1, 0, 3) && forest.join(3, 2, 3) && forest.join(2, 1, 3));
        assert!(!forest.join(0, 3, 9));
        assert!(!forest.join(4, 3, 3));
        assert!(forest.join(4, 3, 4));
    }

    proptest! {
        #[test]
        fn no_chain_is_ever_a_circle_or_too_long(joins: Vec<(u8, u8)>, deepest in 1_u8..DEEPEST) {
            let mut forest = Forest::new(256);
            for (object, base) in joins {
                if forest.base[usize::from(object)] == NONE {
                    forest.join(object.into(), base.into(), deepest);
                }
            }
            for start in 0..256_u32 {
                let (mut at, mut depth) = (start, 0);
                while forest.base[at as usize] != NONE {
                    at = forest.base[at as usize];
                    depth += 1;
                    prop_assert!(depth <= deepest);
                }
            }
        }
    }
}
