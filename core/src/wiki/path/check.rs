//! The rules of a canonical path.

use std::borrow::Cow;

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

use super::reserved::{is_device, is_git_name};
use super::{BadPath, MAX_PATH_BYTES, MAX_SEGMENT_BYTES, Rule};

/// `text` in NFC.
pub(super) fn nfc(text: &str) -> Cow<'_, str> {
    match is_nfc_quick(text.chars()) {
        IsNormalized::Yes => Cow::Borrowed(text),
        IsNormalized::No | IsNormalized::Maybe => Cow::Owned(text.nfc().collect()),
    }
}

/// `raw` as text; otherwise the segment in which UTF-8 ends.
pub(super) fn utf8(raw: &[u8]) -> Result<&str, BadPath> {
    std::str::from_utf8(raw).map_err(|error| {
        // No slash is part of a longer sequence, so the segment with the fault is the first that fails by itself.
        let broken = |(_, segment): &(usize, &[u8])| std::str::from_utf8(segment).is_err();
        let found = raw.split(|&byte| byte == b'/').enumerate().find(broken);
        let (index, segment) = found.unwrap_or((0, &raw[error.valid_up_to()..]));
        BadPath::new(Rule::NotUtf8, index, &String::from_utf8_lossy(segment))
    })
}

/// Checks a path that is in NFC and stands without its suffix of `suffix` bytes.
///
/// Names that begin with a dot are judged last: reading one is answered otherwise than reading a bad path, so a path
/// counts as a dot name only where nothing else is wrong with it.
pub(super) fn check(path: &str, suffix: usize) -> Result<(), BadPath> {
    if path.is_empty() {
        return Err(BadPath::new(Rule::Empty, 0, ""));
    }
    let mut segments = path.split('/').enumerate().peekable();
    while let Some((index, segment)) = segments.next() {
        let suffix = if segments.peek().is_none() { suffix } else { 0 };
        broken(segment, suffix).map_or(Ok(()), |rule| Err(BadPath::new(rule, index, segment)))?;
    }
    let bytes = path.len() + suffix;
    if bytes > MAX_PATH_BYTES {
        return Err(BadPath::new(Rule::PathTooLong(bytes), 0, path));
    }
    match path.split('/').enumerate().find(|(_, segment)| segment.starts_with('.')) {
        Some((index, name)) if is_git_name(name) => Err(BadPath::new(Rule::GitName, index, name)),
        Some((index, name)) => Err(BadPath::new(Rule::DotName, index, name)),
        None => Ok(()),
    }
}

/// The rule that `segment` breaks, leading dots aside.
fn broken(segment: &str, suffix: usize) -> Option<Rule> {
    let bytes = segment.len() + suffix;
    match segment {
        "" => return Some(Rule::EmptySegment),
        "." | ".." => return Some(Rule::Relative),
        _ => {}
    }
    if let Some(rule) = forbidden(segment) {
        Some(rule)
    } else if segment.starts_with(char::is_whitespace) || segment.ends_with(char::is_whitespace) {
        Some(Rule::OuterSpace)
    } else if segment.ends_with('.') {
        Some(Rule::TrailingDot)
    } else if is_device(segment) {
        Some(Rule::Device)
    } else if !segment.starts_with('.') && is_git_name(segment) {
        Some(Rule::GitName)
    } else {
        (bytes > MAX_SEGMENT_BYTES).then_some(Rule::SegmentTooLong(bytes))
    }
}

/// The rule about the first character that may not stand where it does.
fn forbidden(segment: &str) -> Option<Rule> {
    let non_ascii = |neighbour: Option<char>| neighbour.is_some_and(|character| !character.is_ascii());
    let mut before = None;
    let mut characters = segment.chars().peekable();
    while let Some(character) = characters.next() {
        let after = characters.peek().copied();
        match character {
            ':' => return Some(Rule::Colon),
            '\\' => return Some(Rule::Backslash),
            '\u{200C}' | '\u{200D}' if non_ascii(before) && non_ascii(after) => {}
            '\u{200C}' | '\u{200D}' => return Some(Rule::Joiner(character)),
            _ if character.is_control() => return Some(Rule::Control(character)),
            _ if is_invisible(character) => return Some(Rule::Invisible(character)),
            _ => {}
        }
        before = Some(character);
    }
    None
}

/// Bidi controls, zero-width characters and tags, the two joiners included.
pub(super) const fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{061C}'
            | '\u{180E}'
            | '\u{200B}'..='\u{200F}'
            | '\u{202A}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}'
            | '\u{FEFF}'
            | '\u{E0000}'..='\u{E007F}'
    )
}
