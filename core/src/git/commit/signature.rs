//! Who and when.

use std::borrow::Cow;

/// A person and a time, as a commit names them: `Name <email> seconds +hhmm`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Signature<'a> {
    /// The name's bytes, without blanks around them; may be empty.
    pub name: &'a [u8],
    /// The bytes between the angle brackets; may be empty, and need not be an address.
    pub email: &'a [u8],
    /// Seconds since 1970; 0 where the commit has none that can be read.
    pub seconds: i64,
    /// Minutes east of UTC of the clock the time was read from, less than a day; 0 where it says something else.
    pub offset: i32,
    /// Whether the commit says that its text is Latin-1.
    latin1: bool,
}

impl<'a> Signature<'a> {
    /// Reads what follows `author ` or `committer `, as git does (`ident.c`, `split_ident_line`): the name ends at the
    /// first `<`, the address at the next `>`, and the time is behind the last `>`.
    pub(super) fn parse(line: &'a [u8], latin1: bool) -> Self {
        let Some(open) = memchr::memchr(b'<', line) else {
            return Self { name: line.trim_ascii(), latin1, ..Self::default() };
        };
        let inside = &line[open + 1..];
        let Some(close) = memchr::memchr(b'>', inside) else {
            return Self { name: line[..open].trim_ascii(), email: inside, latin1, ..Self::default() };
        };
        let behind = memchr::memrchr(b'>', inside).map_or(&inside[..0], |last| &inside[last + 1..]);
        let (seconds, offset) = time(behind);
        Self { name: line[..open].trim_ascii(), email: &inside[..close], seconds, offset, latin1 }
    }

    /// The name as text.
    pub fn name_text(&self) -> Cow<'a, str> {
        super::decode(self.name, self.latin1)
    }

    /// The address as text.
    pub fn email_text(&self) -> Cow<'a, str> {
        super::decode(self.email, self.latin1)
    }
}

/// Seconds and minutes east, each 0 where it makes no sense.
fn time(text: &[u8]) -> (i64, i32) {
    let text = std::str::from_utf8(text).unwrap_or_default();
    let mut words = text.split_ascii_whitespace();
    let seconds = words.next().and_then(|word| word.parse().ok()).unwrap_or(0);
    let zone: i32 = words.next().and_then(|word| word.parse().ok()).unwrap_or(0);
    // `+0530` is read as a number whose last two digits are minutes.
    let offset = zone / 100 * 60 + zone % 100;
    (seconds, if offset.abs() < 24 * 60 { offset } else { 0 })
}
