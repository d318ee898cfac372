//! The message of a commit: what users may write, and our trailers at its end.
//!
//! Trailers tell readers of plain git who wrote through Portolan and on whose behalf (`git interpret-trailers`). They
//! prove nothing; the audit does.

use std::fmt::Write as _;

/// Most bytes of a message that a user sends.
pub const MAX_MESSAGE_BYTES: usize = 4096;

/// What all our trailers begin with.
const PREFIX: &str = "Portolan-";

const REQUEST: &str = "Portolan-Request";
const PRINCIPAL: &str = "Portolan-Principal";
const AGENT: &str = "Portolan-Agent";
const OWNER: &str = "Portolan-Owner";
const GRANT: &str = "Portolan-Grant";

/// Why a message is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadMessage {
    /// Longer than [`MAX_MESSAGE_BYTES`].
    #[error("the message has {0} bytes, more than {MAX_MESSAGE_BYTES}; shorten it")]
    TooLong(usize),
    /// A control character other than LF and TAB.
    #[error("the message contains the control character U+{:04X}; leave it out", u32::from(*.0))]
    Control(char),
    /// A character that changes the direction of the text around it.
    #[error("the message contains the bidirectional control character U+{:04X}; leave it out", u32::from(*.0))]
    Bidi(char),
    /// A line that looks like one of our trailers.
    #[error(
        "line {0} of the message begins with \"{PREFIX}…:\", which is ours to write; word it differently"
    )]
    Trailer(usize),
}

/// Judges a message that a user sends, and answers it without blank lines before and blanks behind it. `None` for a
/// blank one, which stands for the default.
///
/// Refused: more than [`MAX_MESSAGE_BYTES`], control characters but LF and TAB, bidi controls, and a line that begins
/// with `Portolan-…:` in any case, also with blanks before it or before the colon.
pub fn check_message(message: &str) -> Result<Option<&str>, BadMessage> {
    if message.len() > MAX_MESSAGE_BYTES {
        return Err(BadMessage::TooLong(message.len()));
    }
    for character in message.chars() {
        match character {
            '\n' | '\t' => {}
            _ if character.is_control() => return Err(BadMessage::Control(character)),
            _ if is_bidi_control(character) => return Err(BadMessage::Bidi(character)),
            _ => {}
        }
    }
    // Some readers also break lines at the Unicode separators.
    let mut lines = message.split(['\n', '\u{2028}', '\u{2029}']);
    if let Some(line) = lines.position(is_ours) {
        return Err(BadMessage::Trailer(line + 1));
    }
    let text = message.trim_end();
    // Blanks before the first word stay: only whole lines go.
    let word = text.len() - text.trim_start().len();
    let start = text[..word].rfind('\n').map_or(0, |line| line + 1);
    Ok((!text.is_empty()).then(|| &text[start..]))
}

/// Whether `line` could be taken for one of our trailers.
fn is_ours(line: &str) -> bool {
    let line = line.trim_start();
    let Some((start, rest)) = line.split_at_checked(PREFIX.len()) else { return false };
    let key = rest.find(|character: char| character == ':' || character.is_whitespace());
    start.eq_ignore_ascii_case(PREFIX) && key.is_some_and(|end| rest[end..].trim_start().starts_with(':'))
}

/// U+061C, the marks and the embeddings, overrides and isolates (Unicode property `Bidi_Control`).
const fn is_bidi_control(character: char) -> bool {
    matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The trailers of one commit. Values are ids; control characters in them are left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trailers<'a> {
    /// The request's id, the one its answer carries.
    pub request: &'a str,
    /// Who did it: member, agent or operator.
    pub principal: &'a str,
    /// The agent, when one did it.
    pub agent: Option<&'a str>,
    /// The member on whose behalf the agent works.
    pub owner: Option<&'a str>,
    /// The grant that allowed it.
    pub grant: Option<&'a str>,
}

impl Trailers<'_> {
    /// `message` with these trailers as its last paragraph, ending in LF. A message that is not blank: else git would
    /// take the trailers for its subject.
    pub fn append_to(&self, message: &str) -> String {
        let mut text = message.trim_end().to_owned();
        if !text.is_empty() {
            text.push_str("\n\n");
        }
        let lines = [
            (REQUEST, Some(self.request)),
            (PRINCIPAL, Some(self.principal)),
            (AGENT, self.agent),
            (OWNER, self.owner),
            (GRANT, self.grant),
        ];
        for (key, value) in lines {
            if let Some(value) = value {
                let value: String = value.chars().filter(|character| !character.is_control()).collect();
                writeln!(text, "{key}: {value}").expect("writing to a string does not fail");
            }
        }
        text
    }
}

/// `message` without the paragraph that [`Trailers::append_to`] adds, and without blanks at its end. A message without
/// one stays; ask only for commits made here, since anyone may write such lines.
pub fn strip_trailers(message: &str) -> &str {
    let text = message.trim_end();
    let last = text.rfind("\n\n").map_or(0, |blank| blank + 2);
    let ours = text[last..].lines().all(|line| {
        let key = line.split_once(':').map(|(key, _)| key);
        key.is_some_and(|key| [REQUEST, PRINCIPAL, AGENT, OWNER, GRANT].contains(&key))
    });
    if ours { text[..last].trim_end() } else { text }
}

#[cfg(test)]
mod tests;
