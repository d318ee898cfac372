//! The merge within lines, where whole lines contradict each other.

use super::lines;
use super::merge::{By, groups};
use super::words::{Words, is_blank};

/// Places larger than this, all three texts together in bytes, are not looked into.
const MOST: usize = 1 << 20;

/// Both changes of `base`, if at least one unchanged word, punctuation mark or line end is between any two of them.
pub(super) fn merge(base: &[u8], theirs: &[u8], yours: &[u8]) -> Option<Vec<u8>> {
    if base.len() + theirs.len() + yours.len() > MOST {
        return None;
    }
    let mut words = Words::new();
    let [base, theirs, yours] = [base, theirs, yours].map(|text| words.of(text));
    let changes = [&theirs, &yours].map(|side| words.changes(&base, side));
    let blank = |range: std::ops::Range<usize>| base.words[range].iter().all(|word| is_blank(word));

    let mut text = Vec::new();
    let mut at = 0;
    for group in groups(&changes[0], &changes[1], blank) {
        lines::append(&mut text, &base.words[at..group.base.start]);
        at = group.base.end;
        let (one, other) = (&theirs.words[group.theirs], &yours.words[group.yours]);
        let taken = match group.by {
            By::Yours => other,
            By::Both if one != other => return None,
            By::Theirs | By::Both => one,
        };
        lines::append(&mut text, taken);
    }
    lines::append(&mut text, &base.words[at..]);
    Some(text)
}
