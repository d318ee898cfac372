//! Two changes of one text brought together: the three-way merge.
//!
//! By lines first, as `git merge-file` does it: where it is clean, so is this, with the same text. Changes that overlap
//! or touch (no unchanged line between them) and are not the same are then tried by words: they come together where at
//! least one unchanged word, punctuation mark or line end lies between them. So edits in two neighbouring lines, or at
//! two ends of a long line, both stand, while two edits of the same or of neighbouring words, different insertions at
//! one place, and an edit within what the other side removed or rewrote, are conflicts. Git reports all of these as
//! conflicts, and a place of more than 1 MiB is one here too. The merge is the same with sides exchanged. Line ends are bytes as others: nothing is normalised.

use std::ops::Range;

use super::change::{Change, script};
use super::lines::{self, Pieces};
use super::within;

/// What came of a merge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Merge {
    /// Both changes stand.
    Clean(Merged),
    /// Some changes contradict each other: these, in the order of the text, and at least one.
    Conflict(Vec<Conflict>),
}

/// A text with the changes of both sides.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Merged {
    /// The text.
    pub text: Vec<u8>,
    /// In how many places only they had changed it.
    pub theirs: usize,
    /// In how many places only you had.
    pub yours: usize,
    /// In how many places both had made the same change.
    pub same: usize,
    /// In how many places changes of both sides came together within lines, or in neighbouring ones: worth a look.
    pub within_lines: usize,
}

impl Merged {
    /// Whether each side had changes that the other had not: else the text is simply one of the two.
    pub fn changed_both(&self) -> bool {
        self.within_lines > 0 || (self.theirs > 0 && self.yours > 0)
    }
}

/// A place where two changes contradict each other, in whole lines.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Conflict {
    /// What both began with.
    pub base: Part,
    /// What they made of it.
    pub theirs: Part,
    /// What you made of it.
    pub yours: Part,
}

/// A part of a text.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Part {
    /// Its first line, counted from 1; where it is empty, the line that it would stand before.
    pub start: usize,
    /// Its bytes.
    pub text: Vec<u8>,
}

/// Merges the changes from `base` to `theirs` and from `base` to `yours`.
pub fn merge(base: &[u8], theirs: &[u8], yours: &[u8]) -> Merge {
    let mut pieces = Pieces::<&[u8]>::new();
    let [base, theirs, yours] = [base, theirs, yours].map(|text| {
        let lines: Vec<&[u8]> = lines::split(text).collect();
        let numbers: Vec<u32> = lines.iter().map(|line| pieces.number(*line)).collect();
        (lines, numbers)
    });
    let changes = |side: &[u32]| script(&base.1, side, pieces.kinds(), None);
    let groups = groups(&changes(&theirs.1), &changes(&yours.1), |_| false);

    let mut merged = Merged::default();
    let mut conflicts = Vec::new();
    let mut at = 0;
    for group in groups {
        lines::append(&mut merged.text, &base.0[at..group.base.start]);
        at = group.base.end;
        let (one, other) = (&theirs.0[group.theirs.clone()], &yours.0[group.yours.clone()]);
        match group.by {
            By::Theirs => {
                merged.theirs += 1;
                lines::append(&mut merged.text, one);
            }
            By::Yours => {
                merged.yours += 1;
                lines::append(&mut merged.text, other);
            }
            By::Both if one == other => {
                merged.same += 1;
                lines::append(&mut merged.text, one);
            }
            By::Both => {
                let parts = [
                    part(&base.0, &group.base),
                    part(&theirs.0, &group.theirs),
                    part(&yours.0, &group.yours),
                ];
                if let Some(text) = within::merge(&parts[0].text, &parts[1].text, &parts[2].text) {
                    merged.within_lines += 1;
                    merged.text.extend_from_slice(&text);
                } else {
                    let [base, theirs, yours] = parts;
                    conflicts.push(Conflict { base, theirs, yours });
                }
            }
        }
    }
    lines::append(&mut merged.text, &base.0[at..]);
    if conflicts.is_empty() { Merge::Clean(merged) } else { Merge::Conflict(conflicts) }
}

fn part(lines: &[&[u8]], range: &Range<usize>) -> Part {
    Part { start: range.start + 1, text: lines[range.clone()].concat() }
}

/// Who changed something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum By {
    Theirs,
    Yours,
    Both,
}

/// Changes that overlap or touch: a range of the base and what stands for it on either side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Group {
    pub(super) base: Range<usize>,
    pub(super) theirs: Range<usize>,
    pub(super) yours: Range<usize>,
    pub(super) by: By,
}

/// The changes of both sides in groups; `nothing` says of a range of the base, never an empty one, that it is too
/// little to keep two changes apart.
pub(super) fn groups(
    theirs: &[Change],
    yours: &[Change],
    nothing: impl Fn(Range<usize>) -> bool,
) -> Vec<Group> {
    let (mut theirs, mut yours) = (Track::new(theirs), Track::new(yours));
    let mut groups = Vec::new();
    loop {
        let start = match (theirs.next(), yours.next()) {
            (None, None) => return groups,
            (Some(one), None) | (None, Some(one)) => one,
            (Some(one), Some(other)) => one.min(other),
        };
        let (start_theirs, start_yours) = (theirs.place(start), yours.place(start));
        let before = (theirs.at, yours.at);
        let mut end = start;
        let reaches =
            |next: Option<usize>, end: usize| next.is_some_and(|next| next <= end || nothing(end..next));
        loop {
            if reaches(theirs.next(), end) {
                end = end.max(theirs.take());
            } else if reaches(yours.next(), end) {
                end = end.max(yours.take());
            } else {
                break;
            }
        }
        let by = match (theirs.at > before.0, yours.at > before.1) {
            (true, true) => By::Both,
            (true, false) => By::Theirs,
            _ => By::Yours,
        };
        groups.push(Group {
            base: start..end,
            theirs: start_theirs..theirs.place(end),
            yours: start_yours..yours.place(end),
            by,
        });
    }
}

/// The changes of one side, taken one by one.
struct Track<'a> {
    changes: &'a [Change],
    at: usize,
}

impl<'a> Track<'a> {
    fn new(changes: &'a [Change]) -> Self {
        Self { changes, at: 0 }
    }

    /// Where the next change begins in the base.
    fn next(&self) -> Option<usize> {
        self.changes.get(self.at).map(|change| change.old.start)
    }

    /// Takes the next change; returns where it ends in the base.
    fn take(&mut self) -> usize {
        self.at += 1;
        self.changes[self.at - 1].old.end
    }

    /// The place of the side that corresponds to one of the base behind all changes taken, before all others.
    fn place(&self, base: usize) -> usize {
        let last = self.at.checked_sub(1).map(|last| &self.changes[last]);
        last.map_or(base, |last| base - last.old.end + last.new.end)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn merged(base: &str, theirs: &str, yours: &str) -> Result<(String, usize), Vec<Conflict>> {
        match merge(base.as_bytes(), theirs.as_bytes(), yours.as_bytes()) {
            Merge::Clean(merged) => Ok((String::from_utf8(merged.text).unwrap(), merged.within_lines)),
            Merge::Conflict(conflicts) => Err(conflicts),
        }
    }

    fn clean(base: &str, theirs: &str, yours: &str, text: &str, within_lines: usize) {
        assert_eq!(merged(base, theirs, yours), Ok((text.to_owned(), within_lines)));
    }

    fn clash(base: &str, theirs: &str, yours: &str) -> Vec<Conflict> {
        merged(base, theirs, yours).expect_err("they contradict each other")
    }

    #[test]
    fn changes_of_different_lines_both_stand() {
        clean("a\nb\nc\n", "A\nb\nc\n", "a\nb\nC\n", "A\nb\nC\n", 0);
        clean("a\nb\nc\n", "b\nc\n", "a\nb\nc\nd\n", "b\nc\nd\n", 0);
    }

    #[test]
    fn changes_of_one_line_stand_where_a_word_is_between() {
        let base = "the quick brown fox jumps over the lazy dog\n";
        clean(
            base,
            &base.replace("quick", "slow"),
            &base.replace("lazy", "old"),
            &base.replace("quick", "slow").replace("lazy", "old"),
            1,
        );
        clash(base, &base.replace("quick", "slow"), &base.replace("brown", "red"));
        clash(base, &base.replace("quick", "slow"), &base.replace("quick", "swift"));
        clash(base, "something else entirely\n", &base.replace("lazy", "old"));
        clash(base, "", &base.replace("lazy", "old"));
        clean("| aa | bb |\n", "| AA | bb |\n", "| aa | BB |\n", "| AA | BB |\n", 1);
        clean(
            "我们今天去公园散步吧",
            "你们今天去公园散步吧",
            "我们今天去公园跑步吧",
            "你们今天去公园跑步吧",
            1,
        );
    }

    #[test]
    fn changes_of_neighbouring_lines_stand() {
        clean(
            "- [ ] milk\n- [ ] eggs\n",
            "- [x] milk\n- [ ] eggs\n",
            "- [ ] milk\n- [x] eggs\n",
            "- [x] milk\n- [x] eggs\n",
            1,
        );
        clean("one two\nthree four\n", "1 2\nthree four\n", "one two\n3 4\n", "1 2\n3 4\n", 1);
    }

    #[test]
    fn insertions_at_one_place_clash_unless_they_are_the_same() {
        let conflicts = clash("a\nb\n", "a\nx\nb\n", "a\ny\nb\n");
        let part = |start, text: &str| Part { start, text: text.into() };
        assert_eq!(
            conflicts,
            [Conflict { base: part(2, ""), theirs: part(2, "x\n"), yours: part(2, "y\n") }]
        );
        clean("a\nb\n", "a\nx\nb\n", "a\nx\nb\n", "a\nx\nb\n", 0);
        clash("", "x\n", "y\n");
        clean("", "x\n", "x\n", "x\n", 0);
    }

    #[test]
    fn line_ends_are_bytes() {
        let base = "first line here\nsecond line here\n";
        let crlf = base.replace('\n', "\r\n");
        let (edited, both) =
            (base.replace("second line", "second row"), crlf.replace("second line", "second row"));
        clean(base, &crlf, &edited, &both, 1);
        clean("a\nb\nc", "a\nb\nc\n", "A\nb\nc", "A\nb\nc\n", 0);
        clean("one two three", "one two three\n", "1 two three", "1 two three\n", 1);
    }

    #[test]
    fn what_was_merged_is_said() {
        let base = "a\nb\nc\nd\ne\nf\ng\n";
        let Merge::Clean(merged) = merge(base.as_bytes(), b"A\nb\nC\nd\nE\nf\ng\n", b"A\nb\nc\nd\nE\nf\nG\n")
        else {
            panic!("nothing contradicts")
        };
        assert_eq!((merged.theirs, merged.yours, merged.same, merged.within_lines), (1, 1, 2, 0));
        assert!(merged.changed_both());
        let Merge::Clean(merged) = merge(b"a\n", b"b\n", b"b\n") else { panic!("the same") };
        assert!(!merged.changed_both() && merged.same == 1);
    }

    fn text() -> impl Strategy<Value = Vec<u8>> {
        let word =
            prop::sample::select(vec!["a", "b", "word", " ", "\n", "\r\n", ", ", "漢", "\u{301}", "the "]);
        prop::collection::vec(word, 0..40).prop_map(|words| words.concat().into_bytes())
    }

    fn text_of(merge: Merge) -> Option<Vec<u8>> {
        match merge {
            Merge::Clean(merged) => Some(merged.text),
            Merge::Conflict(_) => None,
        }
    }

    proptest! {
        #[test]
        fn one_change_alone_stands(base in text(), changed in text()) {
            prop_assert_eq!(text_of(merge(&base, &base, &changed)), Some(changed.clone()));
            prop_assert_eq!(text_of(merge(&base, &changed, &base)), Some(changed.clone()));
            prop_assert_eq!(text_of(merge(&base, &changed, &changed)), Some(changed));
        }

        #[test]
        fn sides_can_be_exchanged(base in text(), theirs in text(), yours in text()) {
            let exchanged = match merge(&base, &yours, &theirs) {
                Merge::Clean(merged) =>
                    Merge::Clean(Merged { theirs: merged.yours, yours: merged.theirs, ..merged }),
                Merge::Conflict(conflicts) => Merge::Conflict(
                    conflicts
                        .into_iter()
                        .map(|Conflict { base, theirs, yours }| Conflict { base, theirs: yours, yours: theirs })
                        .collect(),
                ),
            };
            prop_assert_eq!(merge(&base, &theirs, &yours), exchanged);
        }

        /// Every line is different, each side changes, deletes or doubles lines of its own: all of it stands, and
        /// nothing else moves.
        #[test]
        fn disjoint_edits_are_always_clean(edits in prop::collection::vec((0u8..3, 0u8..3), 1..40)) {
            let (mut texts, mut all) = ([String::new(), String::new(), String::new()], String::new());
            let apply = |edit: u8, line: &str| match edit {
                0 => format!("{line} changed\n"),
                1 => String::new(),
                _ => format!("{line}\n{line} and more\n"),
            };
            for (number, (who, edit)) in edits.into_iter().enumerate() {
                // A line nobody touches before each.
                let (kept, line) = (format!("kept {number}\n"), format!("line {number}"));
                let edited = apply(edit, &line);
                for (side, text) in texts.iter_mut().enumerate() {
                    *text += &kept;
                    *text += if side == 1 + usize::from(who) { edited.clone() } else { format!("{line}\n") }.as_str();
                }
                all += &kept;
                all += if who < 2 { edited } else { format!("{line}\n") }.as_str();
            }
            let [base, theirs, yours] = texts;
            let text = text_of(merge(base.as_bytes(), theirs.as_bytes(), yours.as_bytes()));
            prop_assert_eq!(text.map(|text| String::from_utf8(text).unwrap()), Some(all));
        }

        #[test]
        fn a_merge_of_utf8_is_utf8(base in text(), theirs in text(), yours in text()) {
            if let Some(text) = text_of(merge(&base, &theirs, &yours)) {
                prop_assert!(std::str::from_utf8(&text).is_ok());
            }
        }
    }
}
