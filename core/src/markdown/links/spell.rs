//! How a path is written as a link's target, in the manner in which another one was written there.

use super::Syntax;
use super::resolve::stem;

/// How a target is written.
pub(super) struct Manner<'a> {
    pub(super) syntax: Syntax,
    /// What stands there now, without query and fragment.
    pub(super) old: &'a str,
    /// Whether it stands in angle brackets.
    pub(super) bracketed: bool,
    /// Whether a WikiLink names a whole path, and not just its end.
    pub(super) exact: bool,
}

impl Manner<'_> {
    /// The targets to write for `to`, a page or else another file, in a page that is at `from`; best first. Whether one
    /// of them means `to` there is for the caller to see.
    pub(super) fn spellings(&self, from: &str, to: &str, page: bool) -> Vec<String> {
        let with_md = stem(self.old).len() < self.old.len();
        // The page `a.md` is the file `a.md.md`; without its suffix it would be taken for the page `a`.
        let to =
            if page && (with_md || stem(to).len() < to.len()) { format!("{to}.md") } else { to.to_owned() };
        match self.syntax {
            Syntax::Wiki => wiki(self.old, self.exact, from, &to),
            Syntax::Markdown => vec![encode(&markdown(self.old, from, &to), self.old, self.bracketed)],
        }
    }
}

fn wiki(old: &str, exact: bool, from: &str, to: &str) -> Vec<String> {
    // What ends or divides a WikiLink, or binds tighter than one, cannot be in its target.
    if to.contains(['|', '#', '[', ']', '`', '<', '>', '\\']) {
        return Vec::new();
    }
    let rooted = format!("/{to}");
    if old.starts_with('/') {
        return vec![rooted];
    }
    if old.starts_with("./") || old.starts_with("../") {
        let path = relative(from, to);
        return vec![if path.starts_with("../") { path } else { format!("./{path}") }];
    }
    let mut spellings = Vec::new();
    if !exact {
        let segments: Vec<&str> = to.split('/').collect();
        let had = old.split('/').count().min(segments.len());
        spellings.extend((had..segments.len()).map(|most| segments[segments.len() - most..].join("/")));
    }
    spellings.push(to.to_owned());
    spellings.push(rooted);
    spellings
}

fn markdown(old: &str, from: &str, to: &str) -> String {
    if old.starts_with('/') {
        return format!("/{to}");
    }
    let path = relative(from, to);
    if old.starts_with("./") && !path.starts_with("../") { format!("./{path}") } else { path }
}

/// The path `to` as seen from the folder of the page `from`.
fn relative(from: &str, to: &str) -> String {
    let folders: Vec<&str> = from.split('/').collect();
    let folders = &folders[..folders.len() - 1];
    let segments: Vec<&str> = to.split('/').collect();
    let most = folders.len().min(segments.len() - 1);
    let shared = (0..most).take_while(|&at| folders[at] == segments[at]).count();
    let mut path = "../".repeat(folders.len() - shared);
    path.push_str(&segments[shared..].join("/"));
    path
}

/// `path` in the escapes that a destination needs, and in those that `old` was written with: all but RFC 3986's
/// unreserved characters where `old` has escapes and no character that such escapes are for.
fn encode(path: &str, old: &str, bracketed: bool) -> String {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let escaped = old.contains('%');
    let all = escaped && old.is_ascii();
    let mut out = String::with_capacity(path.len());
    for character in path.chars() {
        let keep = match character {
            ' ' => bracketed && !escaped,
            '/' | '.' | '-' | '_' | '~' => true,
            '!' | '$' | '\'' | '*' | '+' | ',' | ';' | '=' | '@' => !all,
            _ if character.is_ascii() => character.is_ascii_alphanumeric(),
            _ => !all,
        };
        if keep {
            out.push(character);
            continue;
        }
        for byte in character.encode_utf8(&mut [0; 4]).bytes() {
            out.push('%');
            out.push(char::from(DIGITS[usize::from(byte >> 4)]));
            out.push(char::from(DIGITS[usize::from(byte & 15)]));
        }
    }
    out
}
