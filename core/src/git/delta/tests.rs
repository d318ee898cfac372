use proptest::prelude::*;

use super::*;

const ANY_SIZE: u64 = u64::MAX;

fn both(base: &[u8], target: &[u8]) -> [Vec<u8>; 2] {
    let deltas = [edge(base, target), blocks(base, target)];
    for delta in &deltas {
        assert_eq!(apply(base, delta, target.len() as u64).unwrap(), target);
        assert_eq!(sizes(delta).unwrap(), (base.len() as u64, target.len() as u64));
    }
    // The index gives what is right also where `blocks` would not have made one.
    assert_eq!(apply(base, &BlockIndex::new(base).delta(target), ANY_SIZE).unwrap(), target);
    deltas
}

/// Bytes without repetitions worth copying.
fn noise(length: usize, seed: u64) -> Vec<u8> {
    let mut state = seed | 1;
    std::iter::repeat_with(|| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state.to_be_bytes()[0]
    })
    .take(length)
    .collect()
}

#[test]
fn known_bytes() {
    // Sizes 3 and 4, then: copy 2 bytes from 0, insert "xy".
    let delta = b"\x03\x04\x90\x02\x02xy";
    assert_eq!(apply(b"abc", delta, 4).unwrap(), b"abxy");
    assert_eq!(edge(b"abc", b"abxy"), delta);
    // A copy without a size is 0x10000 bytes.
    let base = vec![7; 0x1_0000];
    assert_eq!(apply(&base, b"\x80\x80\x04\x80\x80\x04\x80", ANY_SIZE).unwrap(), base);
}

#[test]
fn a_change_in_a_large_object_is_told_in_a_few_bytes() {
    let base = noise(40_000_000, 1);
    let mut target = base.clone();
    target[30_000_000..30_000_020].copy_from_slice(&[0; 20]);
    for delta in both(&base, &target) {
        assert!(delta.len() < 70, "{}", delta.len());
    }
}

#[test]
fn blocks_finds_what_has_moved() {
    let base = noise(50_000, 2);
    let target = [&base[30_000..], &noise(100, 3), &base[..29_990], b"end"].concat();
    let [plain, found] = both(&base, &target);
    assert!(plain.len() > 50_000);
    assert!(found.len() < 160, "{}", found.len());
}

#[test]
fn damaged_deltas_are_refused() {
    let base = b"0123456789";
    for (delta, error) in [
        (&b""[..], BadDelta::Damaged(0)),
        (b"\x0a", BadDelta::Damaged(1)),
        (b"\x0a\x80", BadDelta::Damaged(2)),
        (b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", BadDelta::Damaged(9)),
        (b"\x09\x01\x01x", BadDelta::OtherBase { expected: 9, found: 10 }),
        (b"\x0a\x65", BadDelta::TooLarge { size: 101, limit: 100 }),
        (b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\x7f", BadDelta::TooLarge { size: (1 << 63) - 1, limit: 100 }),
        (b"\x0a\x01\x00", BadDelta::Damaged(2)),
        (b"\x0a\x04\x04abc", BadDelta::Damaged(3)),
        (b"\x0a\x04\x91\x08", BadDelta::Damaged(4)),
        (b"\x0a\x04\x91\x08\x03", BadDelta::OutOfBounds(2)),
        (b"\x0a\x04\x80", BadDelta::OutOfBounds(2)),
        (b"\x0a\x02\x03abc", BadDelta::OutOfBounds(2)),
        (b"\x0a\x04\x03abc", BadDelta::OutOfBounds(6)),
        (b"\x0a\x01", BadDelta::OutOfBounds(2)),
    ] {
        assert_eq!(apply(base, delta, 100), Err(error), "{delta:?}");
    }
}

proptest! {
    #[test]
    fn any_two_texts(base in prop::collection::vec(0_u8..4, 0..300), target in prop::collection::vec(0_u8..4, 0..300)) {
        both(&base, &target);
    }

    #[test]
    fn edited_texts(
        seed in any::<u64>(),
        length in 0_usize..5000,
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0_usize..200, prop::collection::vec(any::<u8>(), 0..60)), 0..6),
    ) {
        let base = noise(length, seed);
        let mut target = base.clone();
        for (at, cut, insert) in &edits {
            let at = at.index(target.len() + 1);
            let end = target.len().min(at + cut);
            target.splice(at..end, insert.iter().copied());
        }
        let [_, found] = both(&base, &target);
        let inserted: usize = edits.iter().map(|(_, _, insert)| insert.len()).sum();
        // Each edit costs its bytes, a copy and at most the block's worth that finds the next match, both ways.
        prop_assert!(found.len() <= 20 + inserted * 2 + edits.len() * 64, "{} {inserted}", found.len());
    }

    #[test]
    fn any_delta_is_judged_without_a_panic(delta in prop::collection::vec(any::<u8>(), 0..40)) {
        let delta = [b"\x10\x20", &delta[..]].concat();
        if let Ok(target) = apply(&[1; 16], &delta, 64) {
            prop_assert_eq!(target.len(), 32);
        }
    }
}
