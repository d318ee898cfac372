//! The three-way merge, its inverse and the difference of texts: the laws that they keep whatever the texts are.

use portolan_core::text::diff::Diff;
use portolan_core::text::merge::{Merge, merge};
use portolan_core::text::revert::revert_text;

/// Tries one input: a base and two texts made of it, separated by zero bytes.
pub fn run(data: &[u8]) {
    let mut parts = data.splitn(3, |byte| *byte == 0);
    let [base, theirs, yours] = std::array::from_fn(|_| parts.next().unwrap_or_default());
    let outcome = merge(base, theirs, yours);
    match (&outcome, merge(base, yours, theirs)) {
        (Merge::Clean(one), Merge::Clean(other)) => assert_eq!(one.text, other.text, "sides are exchanged"),
        (Merge::Conflict(one), Merge::Conflict(other)) => {
            assert!(!one.is_empty());
            assert_eq!(one.len(), other.len());
            for (one, other) in one.iter().zip(&other) {
                assert_eq!((&one.base, &one.theirs, &one.yours), (&other.base, &other.yours, &other.theirs));
                let lines = |text: &[u8]| text.split_inclusive(|byte| *byte == b'\n').count();
                assert!(one.base.start <= lines(base) + 1);
                assert!(one.theirs.start <= lines(theirs) + 1);
                assert!(one.yours.start <= lines(yours) + 1);
            }
        }
        (one, other) => panic!("{one:?} but with sides exchanged {other:?}"),
    }
    for side in [base, theirs, yours] {
        assert_eq!(text(merge(base, side, side)).as_deref(), Some(side), "the same on both sides");
        assert_eq!(text(merge(base, base, side)).as_deref(), Some(side), "only one side");
        assert_eq!(text(merge(base, side, base)).as_deref(), Some(side), "only the other side");
    }
    assert_eq!(text(revert_text(base, theirs, theirs)).as_deref(), Some(base), "undone at once");
    difference(base, yours);
}

fn text(merge: Merge) -> Option<Vec<u8>> {
    match merge {
        Merge::Clean(merged) => Some(merged.text),
        Merge::Conflict(_) => None,
    }
}

/// What a difference says, done to the old text, is the new one.
fn difference(old: &[u8], new: &[u8]) {
    let diff = Diff::new(old, new);
    assert_eq!(diff.is_empty(), old == new);
    let _unified = diff.unified(4096);
    let (added, removed) = (diff.added(), diff.removed());
    let count = |text: &[u8]| text.split_inclusive(|byte| *byte == b'\n').count();
    assert_eq!(count(old) + added, count(new) + removed);
}

/// Inputs to begin with.
pub fn seeds() -> Vec<Vec<u8>> {
    crate::from_texts(&[
        "one\ntwo\nthree\nfour\n\0one\nTWO\nthree\nfour\n\0one\ntwo\nthree\nFOUR\n",
        "a b c d e f\n\0a B c d e f\n\0a b c d E f\n",
        "a\nb\nc\n\0a\nc\n\0a\nb\nx\nc\n",
        "\0x\n\0y\n",
        "a\r\nb\0a\r\nb\r\nc\0\u{e9} a\r\nb",
        "same\n\0other\n\0other\n",
        "a\na\na\nb\nb\n\0a\na\nb\nb\nb\n\0a\na\na\na\nb\n",
    ])
}
