//! Comparing long byte strings: what they share at their start and at their end.

/// Compared at once, so that the comparison is the machine's own and not a loop over bytes.
const BLOCK: usize = 256;

/// Number of bytes that `a` and `b` share at their start.
pub fn prefix(a: &[u8], b: &[u8]) -> usize {
    let blocks =
        a.chunks_exact(BLOCK).zip(b.chunks_exact(BLOCK)).take_while(|(one, other)| one == other).count();
    let done = blocks * BLOCK;
    done + a[done..].iter().zip(&b[done..]).take_while(|(one, other)| one == other).count()
}

/// Number of bytes that `a` and `b` share at their end.
pub fn suffix(a: &[u8], b: &[u8]) -> usize {
    let blocks =
        a.rchunks_exact(BLOCK).zip(b.rchunks_exact(BLOCK)).take_while(|(one, other)| one == other).count();
    let done = blocks * BLOCK;
    let (a, b) = (&a[..a.len() - done], &b[..b.len() - done]);
    done + a.iter().rev().zip(b.iter().rev()).take_while(|(one, other)| one == other).count()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn agrees_with_a_plain_loop(mut a in prop::collection::vec(0_u8..2, 0..900), cut in 0_usize..900, flip in 0_usize..900) {
            let mut b = a.clone();
            b.truncate(cut);
            if let Some(byte) = b.get_mut(flip) {
                *byte ^= 1;
            }
            prop_assert_eq!(prefix(&a, &b), a.iter().zip(&b).take_while(|(x, y)| x == y).count());
            a.reverse();
            b.reverse();
            prop_assert_eq!(suffix(&a, &b), a.iter().rev().zip(b.iter().rev()).take_while(|(x, y)| x == y).count());
        }
    }
}
