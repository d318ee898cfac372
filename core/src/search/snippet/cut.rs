//! Cutting what is shown out of plain text.

use super::super::matches::Match;
use super::{BEFORE, MOST};

/// Of `text` as many bytes as `count` characters take that are shown, and how many are missing where it has fewer. Blanks that follow one
/// another count once, and characters that are not seen do not.
pub(super) fn reach(text: &str, count: usize) -> (usize, usize) {
    let mut left = count;
    // Other text may stand before this one.
    let mut was_blank = true;
    for (at, character) in text.char_indices() {
        if left == 0 {
            return (at, 0);
        }
        if is_hidden(character) {
            continue;
        }
        let is_blank = is_blank(character);
        left -= usize::from(!(is_blank && was_blank));
        was_blank = is_blank;
    }
    (text.len(), left)
}

/// Cuts the piece around `found` out of `plain`.
pub(super) fn cut(plain: &str, found: &[Match]) -> (String, Vec<[usize; 2]>) {
    let anchor = found.first().map_or(0, |first| first.start);
    let start = back(plain, anchor);
    let mut out = String::new();
    let mut count = 0;
    if start > 0 {
        out.push('…');
        count += 1;
    }
    let most = MOST + count;
    let mut matches: Vec<[usize; 2]> = Vec::new();
    let mut next = found.iter().peekable();
    let mut open: Option<(usize, usize)> = None;
    let mut blank = true;
    let mut cut = false;
    for (at, character) in plain[start..].char_indices().map(|(at, character)| (start + at, character)) {
        if let Some((begin, end)) = open
            && at >= end
        {
            close(&mut matches, begin, count, blank);
            open = None;
        }
        while let Some(one) = next.next_if(|one| one.start <= at) {
            if one.end > at {
                let (begin, end) = open.unwrap_or((count, 0));
                open = Some((begin, end.max(one.end)));
            }
        }
        if count >= most {
            cut = true;
            break;
        }
        if is_blank(character) {
            if !blank {
                out.push(' ');
                count += 1;
            }
            blank = true;
        } else if !is_hidden(character) {
            out.push(character);
            count += 1;
            blank = false;
        }
    }
    if let Some((begin, _)) = open {
        close(&mut matches, begin, count, blank);
    }
    if out.ends_with(' ') {
        out.pop();
    }
    if cut {
        out.push('…');
    }
    (out, matches)
}

/// Ends a match before the character `count`, or before the blank that it would end with.
fn close(matches: &mut Vec<[usize; 2]>, begin: usize, count: usize, blank: bool) {
    let end = if blank { count.saturating_sub(1) } else { count };
    if end > begin {
        matches.push([begin, end]);
    }
}

fn is_blank(character: char) -> bool {
    // Most are told by one comparison.
    character <= ' ' || character >= '\x7f' && (character.is_whitespace() || character.is_control())
}

/// Characters that are not seen, and could turn the others around.
fn is_hidden(character: char) -> bool {
    !character.is_ascii()
        && matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// A good place to begin, at most [`BEFORE`] characters before `anchor`: behind a sentence or a line, else behind a blank.
fn back(plain: &str, anchor: usize) -> usize {
    let mut start = anchor;
    let mut at_blank = None;
    let mut after = None;
    for (at, character) in plain[..anchor].char_indices().rev().take(BEFORE) {
        if character == '\n' && plain[..at].ends_with(['\n', '.', '!', '?', ':', '。']) {
            return at + 1;
        }
        if character == ' ' && plain[..at].ends_with(['.', '!', '?']) {
            return at + 1;
        }
        if character.is_whitespace() {
            at_blank = Some(at + character.len_utf8());
        }
        (start, after) = (at, Some(character));
    }
    if start == 0 || after.is_none() { start } else { at_blank.unwrap_or(start) }
}
