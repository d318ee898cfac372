//! Afterwards: groups of changed lines are moved to where they join others, face a change, or read best.
//!
//! A group whose first line equals the line behind it can stand one line lower just as well, and the other way round.
//! The weights for what reads best are those git documents for `diff.indentHeuristic`, found by Michael Haggerty on a
//! corpus of such groups (<https://github.com/mhagger/diff-slider-tools>).

/// How many positions of one group are weighed.
const FARTHEST: usize = 100;
/// How many blank lines in a row are counted.
const BLANKS: i32 = 20;

const START_OF_TEXT: i32 = 1;
const END_OF_TEXT: i32 = 21;
const BLANK: i32 = -30;
const BLANK_BEHIND: i32 = 6;
const INDENTED: [i32; 2] = [-4, 10];
const OUTDENTED: [i32; 2] = [24, 17];
const DEDENTED: [i32; 2] = [23, 17];
const INDENT: i32 = 60;

/// One side of a difference: its elements, and which of them are changed.
pub(super) struct Side<'a> {
    pub(super) tokens: &'a [u32],
    pub(super) changed: Vec<bool>,
}

/// A run of changed elements, perhaps empty: there is one before, between and behind all unchanged elements, so that
/// the groups of both sides correspond in their order.
#[derive(Clone, Copy)]
struct Group {
    start: usize,
    end: usize,
}

impl Group {
    fn is_empty(self) -> bool {
        self.start == self.end
    }
}

impl<'a> Side<'a> {
    pub(super) fn new(tokens: &'a [u32]) -> Self {
        Self { tokens, changed: vec![false; tokens.len()] }
    }

    fn end_of_run(&self, from: usize) -> usize {
        from + self.changed[from..].iter().take_while(|changed| **changed).count()
    }

    fn start_of_run(&self, to: usize) -> usize {
        to - self.changed[..to].iter().rev().take_while(|changed| **changed).count()
    }

    fn first(&self) -> Group {
        Group { start: 0, end: self.end_of_run(0) }
    }

    fn next(&self, group: Group) -> Option<Group> {
        let start = group.end + 1;
        (start <= self.tokens.len()).then(|| Group { start, end: self.end_of_run(start) })
    }

    fn previous(&self, group: Group) -> Option<Group> {
        let end = group.start.checked_sub(1)?;
        Some(Group { start: self.start_of_run(end), end })
    }

    /// Moves a group one up, and joins it with the one it meets; whether it could be.
    fn up(&mut self, group: &mut Group) -> bool {
        if group.start == 0 || self.tokens[group.start - 1] != self.tokens[group.end - 1] {
            return false;
        }
        (group.start, group.end) = (group.start - 1, group.end - 1);
        self.changed[group.start] = true;
        self.changed[group.end] = false;
        group.start = self.start_of_run(group.start);
        true
    }

    /// Moves a group one down, likewise.
    fn down(&mut self, group: &mut Group) -> bool {
        if group.end == self.tokens.len() || self.tokens[group.start] != self.tokens[group.end] {
            return false;
        }
        self.changed[group.start] = false;
        self.changed[group.end] = true;
        (group.start, group.end) = (group.start + 1, group.end + 1);
        group.end = self.end_of_run(group.end);
        true
    }
}

/// Moves the groups of `side`; `other` only says what they face.
pub(super) fn compact(side: &mut Side<'_>, other: &Side<'_>, indents: Option<&[i16]>) {
    let (mut group, mut facing) = (side.first(), Some(other.first()));
    loop {
        if !group.is_empty() {
            facing = settle(side, &mut group, other, facing, indents);
        }
        let Some(next) = side.next(group) else { return };
        group = next;
        facing = facing.and_then(|facing| other.next(facing));
    }
}

/// Moves one group to its place; returns what it faces there. Wherever the group moves, what it faces moves along: an
/// absent one could only mean that the sides do not correspond.
fn settle(
    side: &mut Side<'_>,
    group: &mut Group,
    other: &Side<'_>,
    mut facing: Option<Group>,
    indents: Option<&[i16]>,
) -> Option<Group> {
    let back = |facing: Option<Group>| facing.and_then(|facing| other.previous(facing));
    let faces = |facing: Option<Group>| facing.is_some_and(|facing| !facing.is_empty());
    let (mut matching, mut earliest, mut size);
    loop {
        size = group.end - group.start;
        while side.up(group) {
            facing = back(facing);
        }
        earliest = group.end;
        matching = faces(facing);
        while side.down(group) {
            facing = facing.and_then(|facing| other.next(facing));
            matching |= faces(facing);
        }
        if size == group.end - group.start {
            break;
        }
    }
    if group.end == earliest {
        return facing;
    }
    if matching {
        while !faces(facing) && side.up(group) {
            facing = back(facing);
        }
    } else if let Some(indents) = indents {
        let best = best_end(side, *group, earliest, size, indents);
        while group.end > best && side.up(group) {
            facing = back(facing);
        }
    }
    facing
}

/// The end at which a group reads best, from `earliest` to where it is now.
fn best_end(side: &Side<'_>, group: Group, earliest: usize, size: usize, indents: &[i16]) -> usize {
    let first = earliest.max(group.end.saturating_sub(size + 1)).max(group.end.saturating_sub(FARTHEST));
    let mut best: Option<(usize, Badness)> = None;
    for end in first..=group.end {
        let mut badness = Badness::default();
        badness.add(side.tokens, end, indents);
        badness.add(side.tokens, end - size, indents);
        if best.as_ref().is_none_or(|(_, least)| badness.worse_than(least) <= 0) {
            best = Some((end, badness));
        }
    }
    best.map_or(group.end, |(end, _)| end)
}

/// How badly a group reads, by the two places where it parts the text.
#[derive(Default)]
struct Badness {
    indent: i32,
    penalty: i32,
}

impl Badness {
    /// Adds what is bad about parting the text above line `at`.
    fn add(&mut self, tokens: &[u32], at: usize, indents: &[i16]) {
        let indent_of = |token: &u32| i32::from(indents[*token as usize]);
        let own = tokens.get(at).map_or(-1, indent_of);
        let (before, blank_before) = neighbour(tokens[..at].iter().rev().map(indent_of));
        let (behind, blank_behind) = neighbour(tokens.iter().skip(at + 1).map(indent_of));

        if before == -1 && blank_before == 0 {
            self.penalty += START_OF_TEXT;
        }
        if at >= tokens.len() {
            self.penalty += END_OF_TEXT;
        }
        let blank_behind = if own == -1 { 1 + blank_behind } else { 0 };
        let blank = blank_before + blank_behind;
        self.penalty += BLANK * blank + BLANK_BEHIND * blank_behind;

        let indent = if own == -1 { behind } else { own };
        self.indent += indent;
        if indent == -1 || before == -1 || indent == before {
            return;
        }
        let weights = if indent > before {
            INDENTED
        } else if behind != -1 && behind > indent {
            OUTDENTED
        } else {
            DEDENTED
        };
        self.penalty += weights[usize::from(blank != 0)];
    }

    /// Above zero where this is worse, below where it is better. Not transitive: so it is no `Ord`.
    fn worse_than(&self, other: &Self) -> i32 {
        INDENT * (self.indent - other.indent).signum() + self.penalty - other.penalty
    }
}

/// The indentation of the nearest line that is not blank, -1 without one, and how many blank lines come before it.
fn neighbour(indents: impl Iterator<Item = i32>) -> (i32, i32) {
    let mut blank = 0;
    for indent in indents {
        if indent != -1 {
            return (indent, blank);
        }
        blank += 1;
        if blank == BLANKS {
            return (0, blank);
        }
    }
    (-1, blank)
}
