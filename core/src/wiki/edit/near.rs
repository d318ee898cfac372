//! Places that may be meant by an edit that does not fit. The time is linear in the page, whatever is looked for.

use std::collections::HashMap;
use std::ops::Range;

use super::Candidate;
use super::section::candidate;
use crate::markdown::{LineIndex, Outline};

/// Most candidates of one edit.
pub(super) const MOST_CANDIDATES: usize = 10;

/// Most candidates that are but similar.
const MOST_SIMILAR: usize = 3;

/// What has less than this of what was looked for is no candidate.
const LEAST_SCORE: f64 = 0.5;

/// Most bytes of a candidate's text.
const MOST_EXCERPT: usize = 2048;

/// Most bytes of what is looked for that count.
const MOST_SOUGHT: usize = 2048;

/// Longer lines are looked at in pieces of this many bytes, each half over the one before.
const PIECE: usize = 512;

/// How many lines are compared closely.
const MOST_COMPARED: usize = 20;

/// The whole lines around `range`, cut at a bound.
pub(super) fn excerpt(text: &str, range: Range<usize>) -> String {
    let bytes = text.as_bytes();
    let mut start = memchr::memrchr(b'\n', &bytes[..range.start]).map_or(0, |at| at + 1);
    let end = memchr::memchr(b'\n', &bytes[range.end..]).map_or(text.len(), |at| range.end + at);
    if range.end.saturating_sub(start) > MOST_EXCERPT {
        start = range.start;
    }
    clip(text[start..end].trim_end_matches('\r'), MOST_EXCERPT).to_owned()
}

/// Lines of `text` that are like `old`, which is not in it.
pub(super) fn text_candidates(text: &str, old: &str) -> Vec<Candidate> {
    let sought = clip(old.trim(), MOST_SOUGHT);
    // The line of `old` that says most is what lines are looked for by.
    let Some((row, anchor)) = sought.lines().enumerate().max_by_key(|(_, line)| line.trim().len()) else {
        return Vec::new();
    };
    let mut anchor = Pairs::of(clip(anchor.trim(), PIECE / 2));
    let mut whole = Pairs::of(sought);
    let height = sought.lines().count();

    let mut likely: Vec<(f64, Range<usize>)> = Vec::new();
    for piece in pieces(text) {
        let score = anchor.share(&text[piece.clone()]);
        if score >= LEAST_SCORE / 2.0 {
            likely.push((score, piece));
        }
    }
    likely.sort_by(|one, other| other.0.total_cmp(&one.0).then(one.1.start.cmp(&other.1.start)));
    likely.truncate(MOST_COMPARED);

    let lines = LineIndex::new(text);
    let mut found: Vec<(Range<usize>, Candidate)> = Vec::new();
    for (_, piece) in likely {
        let range = if height == 1 { piece } else { window(text, piece.start, row, height) };
        let shown = clip(&text[range.clone()], MOST_EXCERPT);
        let score = score(&mut whole, sought, shown);
        if score >= LEAST_SCORE {
            let shown = shown.trim_end_matches(['\n', '\r']).to_owned();
            found.push((range.clone(), Candidate { line: lines.line(range.start), text: shown, score }));
        }
    }
    found.sort_by(|(_, one), (_, other)| other.score.total_cmp(&one.score).then(one.line.cmp(&other.line)));
    let mut best: Vec<(Range<usize>, Candidate)> = Vec::new();
    for (range, candidate) in found {
        // Pieces that overlap are one place.
        if best.iter().all(|(other, _)| range.end <= other.start || other.end <= range.start) {
            best.push((range, candidate));
        }
        if best.len() == MOST_SIMILAR {
            break;
        }
    }
    best.into_iter().map(|(_, candidate)| candidate).collect()
}

/// Sections whose path is like `path`, best first: at most three.
pub fn section_candidates(outline: &Outline, path: &str) -> Vec<Candidate> {
    let path = clip(path.trim(), MOST_SOUGHT);
    let last = path.rsplit(" > ").next().unwrap_or_default();
    let mut name = Pairs::of(last);
    let mut likely: Vec<(f64, usize)> = outline
        .sections
        .iter()
        .enumerate()
        .map(|(index, section)| (name.likeness(last, &section.name), index))
        .filter(|(score, _)| *score >= LEAST_SCORE)
        .collect();
    likely.sort_by(|one, other| other.0.total_cmp(&one.0).then(one.1.cmp(&other.1)));
    likely.truncate(MOST_COMPARED);
    let mut whole = Pairs::of(path);
    let mut found: Vec<Candidate> = likely
        .into_iter()
        .map(|(near, index)| {
            let full = whole.likeness(path, &outline.path(index));
            // The last name counts most: what it is in is what callers leave out.
            candidate(outline, index, round(0.7 * near + 0.3 * full))
        })
        .collect();
    found.sort_by(|one, other| other.score.total_cmp(&one.score).then(one.line.cmp(&other.line)));
    found.truncate(MOST_SIMILAR);
    found
}

/// How much of `sought` is in `shown`: mostly whether its parts are there, a little whether nothing else is.
fn score(pairs: &mut Pairs, sought: &str, shown: &str) -> f64 {
    let share = pairs.share(shown);
    round(0.9 * share + 0.1 * share * ratio(sought.len().min(shown.len()), shown.len()))
}

fn round(score: f64) -> f64 {
    (score.clamp(0.0, 1.0) * 100.0).round() / 100.0
}

fn ratio(part: usize, whole: usize) -> f64 {
    let (part, whole) = (u32::try_from(part), u32::try_from(whole.max(1)));
    f64::from(part.unwrap_or(u32::MAX)) / f64::from(whole.unwrap_or(u32::MAX))
}

/// The pairs of neighbouring characters of a text, in lower case, blanks left out.
struct Pairs {
    /// Each pair, and the last text that it was seen in.
    seen: HashMap<(char, char), usize>,
    round: usize,
}

impl Pairs {
    fn of(text: &str) -> Self {
        Self { seen: pairs(text).map(|pair| (pair, 0)).collect(), round: 0 }
    }

    /// How many of the pairs are in `text`, from 0 to 1.
    fn share(&mut self, text: &str) -> f64 {
        self.round += 1;
        let mut found = 0;
        for pair in pairs(text) {
            if let Some(seen) = self.seen.get_mut(&pair)
                && *seen < self.round
            {
                *seen = self.round;
                found += 1;
            }
        }
        ratio(found, self.seen.len())
    }

    /// How much `own`, whose pairs these are, and `other` have in common, from 0 to 1.
    fn likeness(&mut self, own: &str, other: &str) -> f64 {
        let lengths = (own.chars().count(), other.chars().count());
        self.share(other) * ratio(lengths.0.min(lengths.1), lengths.0.max(lengths.1)).sqrt()
    }
}

/// A text of one character is a pair with nothing.
fn pairs(text: &str) -> impl Iterator<Item = (char, char)> {
    let characters = || text.chars().filter(|character| !character.is_whitespace()).map(lower);
    let single = characters().nth(1).is_none();
    let padded = characters().chain(single.then_some('\0'));
    padded.zip(characters().skip(1).chain(single.then_some('\0')))
}

fn lower(character: char) -> char {
    character.to_lowercase().next().unwrap_or(character)
}

/// The lines of `text`, long ones in pieces.
fn pieces(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut start = 0;
    text.split_inclusive('\n').flat_map(move |line| {
        let from = start;
        start += line.len();
        let count = line.len().saturating_sub(1) / (PIECE / 2);
        (0..count.max(1)).map(move |piece| {
            let at = ceil(text, from + piece * (PIECE / 2));
            at..ceil(text, (at + PIECE).min(from + line.len()))
        })
    })
}

/// `height` lines of `text`, of which the one at `at` is number `row`.
fn window(text: &str, at: usize, row: usize, height: usize) -> Range<usize> {
    let bytes = text.as_bytes();
    let mut start = memchr::memrchr(b'\n', &bytes[..at]).map_or(0, |end| end + 1);
    for _ in 0..row {
        let Some(end) = start.checked_sub(1) else { break };
        start = memchr::memrchr(b'\n', &bytes[..end]).map_or(0, |end| end + 1);
    }
    let mut end = start;
    for _ in 0..height {
        end = memchr::memchr(b'\n', &bytes[end..]).map_or(text.len(), |at| end + at + 1);
    }
    start..end
}

fn clip(text: &str, most: usize) -> &str {
    &text[..text.floor_char_boundary(most)]
}

fn ceil(text: &str, at: usize) -> usize {
    text.ceil_char_boundary(at)
}
