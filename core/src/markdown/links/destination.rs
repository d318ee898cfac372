//! Where a link's destination stands in its source (`CommonMark` 0.31 §6.3 and §4.7).

use std::ops::Range;

/// A destination as it is written.
pub(in crate::markdown) struct Raw<'a> {
    pub(in crate::markdown) bytes: Range<usize>,
    pub(in crate::markdown) bracketed: bool,
    /// The source there.
    pub(in crate::markdown) text: &'a str,
}

impl Raw<'_> {
    /// Whether this is surely what the parser read as `url`. Where escapes or entities stand in it, the length has to
    /// do: resolving them never makes a text longer, and never makes all of it vanish.
    pub(in crate::markdown) fn says(&self, url: &str) -> bool {
        if self.text.contains(['\\', '&']) {
            url.len() <= self.text.len() && !url.is_empty()
        } else {
            self.text == url
        }
    }
}

/// The destination of an inline link that ends at `end` and whose text, as far as it was read, ends at `from`.
pub(in crate::markdown) fn inline(text: &str, from: usize, end: usize) -> Option<Raw<'_>> {
    let at = from + text.get(from..end)?.find("](")? + 2;
    destination(&text[..end], at)
}

/// Most bytes that are looked at behind what may be a citation: there may be one every few bytes.
const MOST_CITED: usize = 4096;

/// The destination between parentheses that open at `at`, where there is one that a title may follow, and then the end.
pub(in crate::markdown) fn in_parentheses(text: &str, at: usize) -> Option<Raw<'_>> {
    let inside = at + text.get(at..)?.strip_prefix('(').map(|_| 1)?;
    let text = &text[..text.floor_char_boundary(inside.saturating_add(MOST_CITED))];
    let raw = destination(text, inside)?;
    let after = text.get(raw.bytes.end + usize::from(raw.bracketed)..)?.trim_start();
    let closed = after.starts_with(')') || after.starts_with(['"', '\'', '(']) && !raw.text.is_empty();
    closed.then_some(raw)
}

/// The destination of the reference definition at `start`.
pub(in crate::markdown) fn defined(text: &str, start: usize) -> Option<Raw<'_>> {
    let open = start + text.get(start..)?.find('[')? + 1;
    let bytes = text.as_bytes();
    let mut at = open;
    while *bytes.get(at)? != b']' {
        at += if bytes[at] == b'\\' { 2 } else { 1 };
    }
    (bytes.get(at + 1) == Some(&b':')).then(|| destination(text, at + 2))?
}

fn destination(text: &str, from: usize) -> Option<Raw<'_>> {
    let bytes = text.as_bytes();
    let mut at = from;
    while bytes.get(at).is_some_and(u8::is_ascii_whitespace) {
        at += 1;
    }
    let bracketed = bytes.get(at) == Some(&b'<');
    let start = at + usize::from(bracketed);
    at = start;
    let mut depth = 0_u32;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'\\' if bytes.get(at + 1).is_some_and(u8::is_ascii_punctuation) => at += 1,
            b'>' if bracketed => break,
            b'\n' | b'\r' => break,
            _ if bracketed => {}
            b'(' => depth += 1,
            b')' if depth == 0 => break,
            b')' => depth -= 1,
            _ if byte <= b' ' || byte == 0x7f => break,
            _ => {}
        }
        at += 1;
    }
    let bytes = start..at.min(text.len());
    Some(Raw { text: text.get(bytes.clone())?, bytes, bracketed })
}

/// Where the query or fragment of a destination as it is written begins, with the escape before its mark.
pub(in crate::markdown) fn suffix(raw: &str) -> usize {
    let bytes = raw.as_bytes();
    for (at, &byte) in bytes.iter().enumerate() {
        let entity = byte == b'#' && at > 0 && bytes[at - 1] == b'&' && raw[at..].contains(';');
        if matches!(byte, b'?' | b'#') && !entity {
            return if at > 0 && bytes[at - 1] == b'\\' { at - 1 } else { at };
        }
    }
    raw.len()
}
