//! Commits: reading what any tool of any age wrote, and writing our own.
//!
//! Reading follows git itself (`commit.c`, `ident.c`): only the tree's line must be there, whatever else is missing or
//! odd reads as empty. The bytes stay the caller's, so an id never changes by having been read.

mod new;
mod signature;

use std::borrow::Cow;

pub use new::{NewCommit, NewSignature};
pub use signature::Signature;

use super::Oid;

/// Bytes that are no commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the commit is damaged: {0}; check the repository")]
pub struct BadCommit(&'static str);

/// A commit, read; borrows from its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit<'a> {
    /// The root folder.
    pub tree: Oid,
    /// The parents, in order; none for the first commit of a history.
    pub parents: Vec<Oid>,
    /// Who made the change; empty where the commit does not say.
    pub author: Signature<'a>,
    /// Who made the commit.
    pub committer: Signature<'a>,
    /// The value of the header `encoding`, where there is one.
    pub encoding: Option<&'a [u8]>,
    /// The message as it is, its line ends too.
    pub message: &'a [u8],
}

impl<'a> Commit<'a> {
    /// Reads a commit's bytes, those without git's header of kind and size.
    ///
    /// Headers that are of no use here (`gpgsig`, `mergetag` and what is yet to come) are skipped, with their
    /// continuation lines. Of headers that are there twice the first counts.
    pub fn parse(data: &'a [u8]) -> Result<Self, BadCommit> {
        let (line, mut rest) = cut_line(data);
        let tree = line
            .strip_prefix(b"tree ")
            .and_then(hex)
            .ok_or(BadCommit("it does not begin with the id of a tree"))?;
        let (mut parents, mut author, mut committer, mut encoding) = (Vec::new(), None, None, None);
        while !rest.is_empty() {
            let line;
            (line, rest) = cut_line(rest);
            if line.is_empty() {
                break;
            }
            let (key, value) =
                memchr::memchr(b' ', line).map_or((line, &line[..0]), |at| (&line[..at], &line[at + 1..]));
            match key {
                b"parent" => parents.push(hex(value).ok_or(BadCommit("a parent is no object id"))?),
                b"author" if author.is_none() => author = Some(value),
                b"committer" if committer.is_none() => committer = Some(value),
                b"encoding" if encoding.is_none() => encoding = Some(value),
                _ => {}
            }
        }
        let latin1 = encoding.is_some_and(is_latin1);
        let signature = |value: Option<&'a [u8]>| Signature::parse(value.unwrap_or_default(), latin1);
        Ok(Self {
            tree,
            parents,
            author: signature(author),
            committer: signature(committer),
            encoding,
            message: rest,
        })
    }

    /// The message as text: UTF-8 or, where the commit says so, Latin-1; other bytes become U+FFFD.
    pub fn message_text(&self) -> Cow<'a, str> {
        decode(self.message, self.encoding.is_some_and(is_latin1))
    }
}

/// The bytes before the first LF, and those behind it.
fn cut_line(data: &[u8]) -> (&[u8], &[u8]) {
    memchr::memchr(b'\n', data).map_or((data, &data[data.len()..]), |at| (&data[..at], &data[at + 1..]))
}

fn hex(digits: &[u8]) -> Option<Oid> {
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// Whether this name of an encoding means one byte a character; what is not UTF-8 in old histories is mostly this.
fn is_latin1(encoding: &[u8]) -> bool {
    [&b"iso-8859-1"[..], b"iso8859-1", b"latin1", b"latin-1"]
        .iter()
        .any(|name| name.eq_ignore_ascii_case(encoding))
}

fn decode(bytes: &[u8], latin1: bool) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        // Many tools say Latin-1 and write UTF-8; the other way round is unlikely to be valid by chance.
        Ok(text) => Cow::Borrowed(text),
        Err(_) if latin1 => Cow::Owned(bytes.iter().copied().map(char::from).collect()),
        Err(_) => String::from_utf8_lossy(bytes),
    }
}

#[cfg(test)]
mod tests;
