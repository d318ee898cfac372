//! Who wrote which line: blame, one version at a time, as `git blame` finds it.
//!
//! Whoever keeps the history drives it. All lines begin with the newest version; each step looks at one version beside
//! its parents and passes lines on to them. What no parent takes was written there.

use std::collections::BTreeMap;
use std::ops::Range;

use bytes::Bytes;

use super::change::{Change, script};
use super::lines::{self, Pieces};

/// The end that two versions have in common is not looked at, in whole blocks of this many bytes.
const BLOCK: usize = 1024;

/// A blame under way. `Id` names a version, in practice a commit.
///
/// ```
/// use portolan_core::text::blame::Blame;
///
/// let mut blame = Blame::new(2, "a\nB\n".into());
/// blame.step(&2, &[(1, "a\nb\n".into())]);
/// blame.step(&1, &[]);
/// let lines: Vec<_> = blame.finish().into_iter().map(|part| (part.lines, part.version)).collect();
/// assert_eq!(lines, [(0..1, 1), (1..2, 2)]);
/// ```
#[derive(Debug, Clone)]
pub struct Blame<Id> {
    pieces: Pieces<Box<[u8]>>,
    pending: BTreeMap<Id, Version>,
    done: Vec<Blamed<Id>>,
}

/// Lines of the newest text, and the version that wrote them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blamed<Id> {
    /// The lines, counted from 0.
    pub lines: Range<usize>,
    /// Where they were written, or, of a blame not followed to its end, where the search stopped.
    pub version: Id,
}

#[derive(Debug, Clone)]
struct Version {
    text: Bytes,
    lines: Vec<u32>,
    suspects: Vec<Suspect>,
}

/// Lines of a version that came down to the newest text.
#[derive(Debug, Clone)]
struct Suspect {
    /// Where they stand in the newest text.
    finally: usize,
    /// Where they stand in this version.
    here: usize,
    count: usize,
}

impl<Id: Ord + Clone> Blame<Id> {
    /// Begins with the newest version and its text.
    pub fn new(version: Id, text: Bytes) -> Self {
        let mut blame = Self { pieces: Pieces::new(), pending: BTreeMap::new(), done: Vec::new() };
        let mut newest = blame.version(text);
        newest.suspects.push(Suspect { finally: 0, here: 0, count: newest.lines.len() });
        if !newest.lines.is_empty() {
            blame.pending.insert(version, newest);
        }
        blame
    }

    /// The versions whose lines are to be explained. Take a newest one first (none that another pending one descends
    /// from), so that each version is looked at once; another order answers the same, at more cost.
    pub fn pending(&self) -> impl Iterator<Item = &Id> {
        self.pending.keys()
    }

    /// Whether every line is explained.
    pub fn is_done(&self) -> bool {
        self.pending.is_empty()
    }

    /// Explains the lines of `version`, which had these parents with these texts; nothing happens where none of its
    /// lines are pending.
    ///
    /// The parents are those of the commit that have the page, in the commit's order. To walk only the commits that
    /// changed the page, give instead of a parent the nearest ancestor from which it has its text unchanged (through
    /// the first parent that has the same text, as git goes).
    pub fn step(&mut self, version: &Id, parents: &[(Id, Bytes)]) {
        let Some(Version { text, lines, mut suspects }) = self.pending.remove(version) else { return };
        // A parent with the same text takes all; which other parents there are does not matter.
        if let Some((id, text)) = parents.iter().find(|(_, parent)| *parent == text) {
            let kept = self.pending.entry(id.clone());
            let parent = kept.or_insert_with(|| Version { text: text.clone(), lines, suspects: Vec::new() });
            parent.suspects.append(&mut suspects);
            return;
        }
        for (number, (id, parent)) in parents.iter().enumerate() {
            if suspects.is_empty() {
                break;
            }
            if parents[..number].iter().any(|(_, earlier)| earlier == parent) {
                continue;
            }
            let mut parent = match self.pending.remove(id) {
                Some(pending) => pending,
                None => self.version(parent.clone()),
            };
            let changes = self.changes((&parent.text, &parent.lines), (&text, &lines));
            suspects = pass(suspects, &changes, lines.len(), &mut parent.suspects);
            if !parent.suspects.is_empty() {
                self.pending.insert(id.clone(), parent);
            }
        }
        self.blame(version, suspects);
    }

    /// The lines from the first, neighbouring ones of one version together. Lines not explained are blamed on the
    /// version they were followed to.
    pub fn finish(mut self) -> Vec<Blamed<Id>> {
        for (version, Version { suspects, .. }) in std::mem::take(&mut self.pending) {
            self.blame(&version, suspects);
        }
        self.done.sort_unstable_by_key(|part| part.lines.start);
        self.done.dedup_by(|next, kept| {
            let same = kept.version == next.version;
            if same {
                kept.lines.end = next.lines.end;
            }
            same
        });
        self.done
    }

    fn blame(&mut self, version: &Id, suspects: Vec<Suspect>) {
        self.done.extend(suspects.into_iter().map(|suspect| Blamed {
            lines: suspect.finally..suspect.finally + suspect.count,
            version: version.clone(),
        }));
    }

    fn version(&mut self, text: Bytes) -> Version {
        let lines = lines::split(&text).map(|line| self.pieces.number(line)).collect();
        Version { text, lines, suspects: Vec::new() }
    }

    /// What `git blame` sees between two versions: it leaves the common end out before it looks for the lines, which
    /// decides where a group of lines may stand.
    fn changes(&self, old: (&[u8], &[u32]), new: (&[u8], &[u32])) -> Vec<Change> {
        let common = old.0.iter().rev().zip(new.0.iter().rev()).take_while(|(old, new)| old == new).count();
        let mut left = common - common % BLOCK;
        let mut trimmed = 0;
        for line in lines_from_end(new.0) {
            // The line that the common end begins in stays.
            if line.len() >= left {
                break;
            }
            left -= line.len();
            trimmed += 1;
        }
        let (old, new) = (&old.1[..old.1.len() - trimmed], &new.1[..new.1.len() - trimmed]);
        script(old, new, self.pieces.kinds(), Some(self.pieces.indents()))
    }
}

fn lines_from_end(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let start = memchr::memrchr(b'\n', &rest[..rest.len().checked_sub(1)?]).map_or(0, |at| at + 1);
        let (before, line) = rest.split_at(start);
        rest = before;
        Some(line)
    })
}

/// Passes what is unchanged on to `parent`; returns what is not.
fn pass(suspects: Vec<Suspect>, changes: &[Change], lines: usize, parent: &mut Vec<Suspect>) -> Vec<Suspect> {
    let mut kept = Vec::new();
    for suspect in suspects {
        let end = suspect.here + suspect.count;
        let mut at = suspect.here;
        let mut next = changes.partition_point(|change| change.new.end <= at);
        let part = |from: usize, to: usize, here: usize| Suspect {
            finally: suspect.finally + from - suspect.here,
            here,
            count: to - from,
        };
        while at < end {
            let change = changes.get(next);
            // Unchanged up to the next change: as far from its beginning there as here.
            let until = change.map_or(lines, |change| change.new.start).min(end);
            if at < until {
                let there = match next.checked_sub(1).map(|last| &changes[last]) {
                    Some(last) => at - last.new.end + last.old.end,
                    None => at,
                };
                parent.push(part(at, until, there));
                at = until;
            }
            if let Some(change) = change {
                let until = change.new.end.min(end);
                if at < until {
                    kept.push(part(at, until, at));
                    at = until;
                }
            }
            next += 1;
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blamed(blame: Blame<u32>) -> Vec<(Range<usize>, u32)> {
        blame.finish().into_iter().map(|part| (part.lines, part.version)).collect()
    }

    #[test]
    fn a_merge_passes_lines_to_both_parents() {
        let mut blame = Blame::new(4, "A\nb\nC\nd\n".into());
        blame.step(&4, &[(2, "A\nb\nc\n".into()), (3, "a\nb\nC\n".into())]);
        assert_eq!(blame.pending().copied().collect::<Vec<_>>(), [2, 3]);
        for version in [3, 2] {
            blame.step(&version, &[(1, "a\nb\nc\n".into())]);
        }
        blame.step(&1, &[]);
        assert!(blame.is_done());
        assert_eq!(blamed(blame), [(0..1, 2), (1..2, 1), (2..3, 3), (3..4, 4)]);
    }

    #[test]
    fn an_equal_parent_takes_all() {
        let mut blame = Blame::new(3, "a\nb\n".into());
        blame.step(&3, &[(1, "a\n".into()), (2, "a\nb\n".into())]);
        assert_eq!(blame.pending().copied().collect::<Vec<_>>(), [2]);
        blame.step(&7, &[]);
        assert_eq!(blamed(blame), [(0..2, 2)]);
        assert!(Blame::new(1, Bytes::new()).is_done());
    }

    #[test]
    fn lines_from_the_end() {
        let lines: Vec<&[u8]> = lines_from_end(b"a\n\nbc").collect();
        assert_eq!(lines, [&b"bc"[..], b"\n", b"a\n"]);
        assert_eq!(lines_from_end(b"\n").count(), 1);
    }
}
