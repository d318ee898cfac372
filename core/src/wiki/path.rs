//! Paths of pages and files: which names there are, how they are spelled in text, in URLs and in git.
//!
//! A path is `/`-separated text. Its *canonical* form is Unicode NFC (UAX #15); every rule and both lengths are judged
//! on that form, so a name is never refused in one spelling and taken in another. A page's path does without the `.md`
//! that its file in git ends with.
//!
//! Imported names keep their bytes. Where only NFC sets such a name apart from its canonical form it is served under
//! the bytes it has, and [`Requested`] looks for those first; a name that breaks any other rule is [`Kept`], not served.

mod check;
mod entry;
mod fold;
mod kind;
mod prefix;
mod request;
mod reserved;
mod rule;
mod spelling;
mod url;

#[cfg(test)]
mod tests;

use std::borrow::Borrow;
use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;
use std::sync::Arc;

pub use entry::{Entry, Kept, classify};
pub use fold::{Folded, fold, same_folded};
pub use kind::{FileKind, PageKind, PathKind};
pub use prefix::PathPrefix;
pub use request::Requested;
pub use reserved::is_dot_git;
pub use rule::{BadPath, Rule};
use serde::{Deserialize, Serialize};
pub use spelling::{has_other_spellings, lookup_form};

/// Most bytes of one segment in its canonical form, a page's `.md` included. Common file systems stop at 255.
pub const MAX_SEGMENT_BYTES: usize = 240;

/// Most bytes of a whole path in its canonical form, slashes and a page's `.md` included.
pub const MAX_PATH_BYTES: usize = 1024;

/// What a page's file in git ends with, in exactly this case.
pub const PAGE_SUFFIX: &str = ".md";

/// The path of a page, without `.md`: `Guides/Start` for the file `Guides/Start.md`.
pub type PagePath = WikiPath<PageKind>;

/// The path of a file that is no page: `img/logo.png`.
pub type FilePath = WikiPath<FileKind>;

/// A path that keeps every rule, of a page or of another file. Cloning shares the text; the order is that of its bytes.
///
/// Its stored form (serde) is [`WikiPath::to_input`] of the path as it is; reading it back checks the rules and keeps
/// an imported spelling. What a client sent goes through [`WikiPath::parse`], [`WikiPath::from_url`] or [`Requested`]
/// instead, which bring it to NFC.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WikiPath<K: PathKind>(Arc<str>, PhantomData<K>);

impl<K: PathKind> WikiPath<K> {
    /// The path that `text` names, brought to NFC. Of a page one `.md` is taken off.
    pub fn parse(text: &str) -> Result<Self, BadPath> {
        Ok(Self::new(&Self::canonical(text)?))
    }

    /// The path in the raw, still percent-encoded part `raw` of a URL's path, which begins after `/pages/` or the like:
    /// split at its slashes, each segment decoded once (RFC 3986 §2.1), then as [`WikiPath::parse`].
    pub fn from_url(raw: &str) -> Result<Self, BadPath> {
        Self::parse(&url::decode(raw)?)
    }

    /// The path whose full name in git is `raw`, spelled as it is there: every rule but NFC holds. `None` where a rule
    /// is broken or the name belongs to the other kind; [`classify`] tells why.
    pub fn from_git(raw: &[u8]) -> Option<Self> {
        let text = check::utf8(raw).ok()?;
        if text.ends_with(PAGE_SUFFIX) == K::SUFFIX.is_empty() { None } else { Self::as_given(text).ok() }
    }

    /// As [`WikiPath::parse`], but keeps the spelling of a name that is not in NFC.
    pub(super) fn as_given(text: &str) -> Result<Self, BadPath> {
        Self::canonical(text)?;
        Ok(Self::new(K::stem(text)))
    }

    fn canonical(text: &str) -> Result<std::borrow::Cow<'_, str>, BadPath> {
        let canonical = check::nfc(K::stem(text));
        check::check(&canonical, K::SUFFIX.len())?;
        K::accept(&canonical)?;
        Ok(canonical)
    }

    fn new(text: &str) -> Self {
        Self(Arc::from(text), PhantomData)
    }

    /// The path as text, without the `.md` of a page: what answers show.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text that names this path in a request: [`WikiPath::parse`] reads it back. It is [`WikiPath::as_str`] but
    /// for a page whose own name ends in `.md`, which needs its file's name (`a.md` alone would name the page `a`).
    pub fn to_input(&self) -> String {
        if K::stem(&self.0).len() == self.0.len() { self.0.to_string() } else { self.git_path() }
    }

    /// [`WikiPath::to_input`], each segment percent-encoded but for RFC 3986's unreserved characters: for URLs and
    /// `Location`. [`WikiPath::from_url`] reads it back.
    pub fn to_url(&self) -> String {
        url::encode(&self.to_input())
    }

    /// Its full path in git: of a page with `.md`.
    pub fn git_path(&self) -> String {
        format!("{}{}", self.0, K::SUFFIX)
    }

    /// The last segment of its path in git: of a page with `.md`.
    pub fn file_name(&self) -> String {
        format!("{}{}", self.last(), K::SUFFIX)
    }

    /// The last segment: a page's name, without `.md`.
    pub fn last(&self) -> &str {
        self.0.rsplit_once('/').map_or(&*self.0, |(_, last)| last)
    }

    /// The segments, of a page the last without `.md`.
    pub fn segments(&self) -> std::str::Split<'_, char> {
        self.0.split('/')
    }

    /// The folders that hold it, outermost first: `a` and `a/b` of `a/b/c`.
    pub fn folders(&self) -> impl Iterator<Item = &str> {
        self.0.match_indices('/').map(|(at, _)| &self.0[..at])
    }
}

impl<K: PathKind> fmt::Display for WikiPath<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl<K: PathKind> fmt::Debug for WikiPath<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl<K: PathKind> FromStr for WikiPath<K> {
    type Err = BadPath;

    fn from_str(text: &str) -> Result<Self, BadPath> {
        Self::parse(text)
    }
}

impl<K: PathKind> AsRef<str> for WikiPath<K> {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl<K: PathKind> Borrow<str> for WikiPath<K> {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl<K: PathKind> Serialize for WikiPath<K> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_input())
    }
}

impl<'de, K: PathKind> Deserialize<'de> for WikiPath<K> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::as_given(&text).map_err(serde::de::Error::custom)
    }
}
