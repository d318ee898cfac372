//! What a link points to.

use std::borrow::Cow;
use std::collections::HashMap;

use unicode_normalization::{UnicodeNormalization, is_nfc};

use super::{Link, Side, Syntax, Written};

/// What a name in a wiki is the name of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NameKind {
    /// A page, named without `.md`.
    Page,
    /// Another file.
    File,
}

/// The names that there are in a wiki.
pub trait Names {
    /// The one whose whole path is `path`, redirect stubs included; where none has these bytes, one whose path's NFC they are.
    fn whole(&self, kind: NameKind, path: &str) -> Option<String>;

    /// The paths that are `tail` or end with `/` and `tail`, case exact, in any order; redirect stubs left out, as a
    /// short name means what is there and not what was. Of more than three any three, which is enough to see that the
    /// name is not unique. Those whose path's NFC ends so are among them, one of each NFC, unless another has it as its bytes.
    fn ending(&self, kind: NameKind, tail: &str) -> Vec<String>;
}

/// Names held in memory.
#[derive(Debug, Clone, Default)]
pub struct KnownNames {
    /// By last segment.
    by_name: HashMap<(NameKind, String), Vec<String>>,
}

impl KnownNames {
    /// Adds a name.
    pub fn add(&mut self, kind: NameKind, path: &str) {
        for form in [path, &nfc(path)] {
            let paths = self.by_name.entry((kind, last(form).to_owned())).or_default();
            if !paths.iter().any(|known| known == path) {
                paths.push(path.to_owned());
            }
        }
    }

    fn named(&self, kind: NameKind, path: &str) -> &[String] {
        self.by_name.get(&(kind, last(path).to_owned())).map_or(&[], Vec::as_slice)
    }
}

impl<'a> FromIterator<(NameKind, &'a str)> for KnownNames {
    fn from_iter<I: IntoIterator<Item = (NameKind, &'a str)>>(names: I) -> Self {
        let mut known = Self::default();
        for (kind, path) in names {
            known.add(kind, path);
        }
        known
    }
}

impl Names for KnownNames {
    fn whole(&self, kind: NameKind, path: &str) -> Option<String> {
        let named = self.named(kind, path);
        let exact = named.iter().find(|known| *known == path);
        exact.or_else(|| named.iter().filter(|known| nfc(known) == path).min()).cloned()
    }

    fn ending(&self, kind: NameKind, tail: &str) -> Vec<String> {
        let named = self.named(kind, tail);
        // What has the NFC of others as its bytes, or is the first of those that share it, stands for all of them.
        let stands = |path: &str| {
            let form = nfc(path);
            ends_with(&form, tail)
                && !named.iter().any(|other| *other == form || (other.as_str() < path && nfc(other) == form))
        };
        named.iter().filter(|path| ends_with(path, tail) || stands(path)).take(3).cloned().collect()
    }
}

/// Whether `path` is `tail` or ends with `/` and `tail`.
pub(super) fn ends_with(path: &str, tail: &str) -> bool {
    path.strip_suffix(tail).is_some_and(|before| before.is_empty() || before.ends_with('/'))
}

fn last(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, last)| last)
}

/// What a link points to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resolved {
    /// Somewhere outside the wiki: its target has a scheme or a host.
    External,
    /// The page it stands on: its target is but a fragment or a query, or nothing.
    Here,
    /// A page or file of the wiki.
    To(Target),
}

/// A page or file that a link names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The path from the root, of a page without `.md`. Of a broken link the path that would be looked for first.
    pub path: String,
    /// What is there; `None`: nothing, or for a short name, more than one.
    pub kind: Option<NameKind>,
    /// Which side of a WikiLink's bar it is.
    pub side: Side,
    /// The fragment without its `#`, as written.
    pub anchor: Option<String>,
}

/// What `link` on the page `from` points to. Nothing is matched in another case or beyond the wiki's root.
pub fn resolve(link: &Link, from: &str, names: &dyn Names) -> Resolved {
    sides(link.syntax, link.left.as_ref().map(|left| left.target.as_str()), &link.target.target, from, names)
}

/// As [`resolve`], of a link whose sides say this.
pub(super) fn sides(
    syntax: Syntax,
    left: Option<&str>,
    right: &str,
    from: &str,
    names: &dyn Names,
) -> Resolved {
    let resolved = one(syntax, right, from, names);
    let found = match &resolved {
        Resolved::External => true,
        // A fragment alone, or nothing at all: it may as well be a text.
        Resolved::Here => false,
        Resolved::To(target) => target.kind.is_some(),
    };
    if !found
        && let Some(left) = left
        && let Resolved::To(target) = one(syntax, left, from, names)
        && target.kind.is_some()
    {
        return Resolved::To(Target { side: Side::Left, ..target });
    }
    resolved
}

/// How the path of a target stands to the wiki.
enum Way<'a> {
    External,
    Here,
    /// From the root alone.
    Root(Cow<'a, str>),
    /// A WikiLink's name: from the root, or any that ends so.
    Name(&'a str),
    /// Above the root.
    Beyond,
}

fn one(syntax: Syntax, target: &str, from: &str, names: &dyn Names) -> Resolved {
    let anchor = target.split_once('#').map(|(_, anchor)| anchor.to_owned());
    let to = |(path, kind): (String, Option<NameKind>)| {
        Resolved::To(Target { path, kind, side: Side::Right, anchor: anchor.clone() })
    };
    let way = match syntax {
        Syntax::Wiki => wiki(target, from),
        Syntax::Markdown => markdown(target, from),
    };
    match way {
        Way::External => Resolved::External,
        Way::Here => Resolved::Here,
        Way::Root(path) => to(exact(&path, names).unwrap_or_else(|| (stem(&nfc(&path)).to_owned(), None))),
        Way::Name(name) => to(exact(name, names)
            .or_else(|| unique(name, names))
            .unwrap_or_else(|| (stem(&nfc(name)).to_owned(), None))),
        Way::Beyond => to((target.to_owned(), None)),
    }
}

fn wiki<'a>(target: &'a str, from: &str) -> Way<'a> {
    let path = target.split('#').next().unwrap_or_default().trim();
    if path.is_empty() {
        Way::Here
    } else if path.contains("://") || path.starts_with("mailto:") {
        Way::External
    } else if let Some(path) = path.strip_prefix('/') {
        Way::Root(Cow::Borrowed(path))
    } else if path.starts_with("./") || path.starts_with("../") {
        join(from, path).map_or(Way::Beyond, |path| Way::Root(Cow::Owned(path)))
    } else {
        Way::Name(path)
    }
}

fn markdown<'a>(target: &str, from: &str) -> Way<'a> {
    let path = target.split(['#', '?']).next().unwrap_or_default();
    if path.is_empty() {
        return if target.is_empty() || target.starts_with(['#', '?']) { Way::Here } else { Way::Beyond };
    }
    // RFC 3986 §4.2: a host; §3.1: a scheme, which stands before the first slash.
    let head = path.split('/').next().unwrap_or_default();
    if path.starts_with("//") || is_scheme(head) {
        return Way::External;
    }
    let path = percent_decode(path);
    let joined = match path.strip_prefix('/') {
        Some(path) => join("", path),
        None => join(from, &path),
    };
    match joined {
        Some(path) if path.is_empty() => Way::Beyond,
        Some(path) => Way::Root(Cow::Owned(path)),
        None => Way::Beyond,
    }
}

fn is_scheme(head: &str) -> bool {
    head.split_once(':').is_some_and(|(scheme, _)| {
        scheme.starts_with(|first: char| first.is_ascii_alphabetic())
            && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
    })
}

/// `path`, which stands on the page `from`, from the root; `None` above it.
fn join(from: &str, path: &str) -> Option<String> {
    let mut segments: Vec<&str> = from.split('/').collect();
    segments.pop();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                segments.pop()?;
            }
            name => segments.push(name),
        }
    }
    Some(segments.join("/"))
}

/// The page or file whose path is `path`, spelled as written or in NFC; a page also with `.md`.
fn exact(path: &str, names: &dyn Names) -> Option<(String, Option<NameKind>)> {
    spellings(path).find_map(|path| {
        forms(&path)
            .into_iter()
            .find_map(|(kind, path)| names.whole(kind, path).map(|path| (path, Some(kind))))
    })
}

/// The only page, or else the only file, whose path ends with `name`.
fn unique(name: &str, names: &dyn Names) -> Option<(String, Option<NameKind>)> {
    for path in spellings(name) {
        for (kind, path) in forms(&path) {
            let mut found = names.ending(kind, path);
            match found.len() {
                0 => {}
                1 => return found.pop().map(|path| (path, Some(kind))),
                _ => return None,
            }
        }
    }
    None
}

/// What `path` may name, in this order.
fn forms(path: &str) -> Vec<(NameKind, &str)> {
    let mut forms = vec![(NameKind::Page, stem(path))];
    if stem(path).len() < path.len() {
        // The page of the file `a.md.md`.
        forms.push((NameKind::Page, path));
    } else {
        forms.push((NameKind::File, path));
    }
    forms
}

pub(super) fn stem(path: &str) -> &str {
    path.strip_suffix(".md").unwrap_or(path)
}

fn nfc(path: &str) -> Cow<'_, str> {
    if is_nfc(path) { Cow::Borrowed(path) } else { Cow::Owned(path.nfc().collect()) }
}

fn spellings(path: &str) -> impl Iterator<Item = Cow<'_, str>> {
    let other = (!is_nfc(path)).then(|| nfc(path));
    std::iter::once(Cow::Borrowed(path)).chain(other)
}

/// Decodes escapes once (RFC 3986 §2.1); what is no escape or no UTF-8 stays as it is.
pub(super) fn percent_decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let digit = |at: usize| bytes.get(at).and_then(|byte| char::from(*byte).to_digit(16));
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] == b'%'
            && let Some((high, low)) = digit(at + 1).zip(digit(at + 2))
            && let Ok(byte) = u8::try_from(high << 4 | low)
        {
            out.push(byte);
            at += 3;
        } else {
            out.push(bytes[at]);
            at += 1;
        }
    }
    String::from_utf8(out).unwrap_or_else(|_| text.to_owned())
}

impl Written {
    /// Where what names the path ends and a query or fragment begins, in a target of this syntax.
    pub(super) fn path_end(syntax: Syntax, raw: &str) -> usize {
        match syntax {
            Syntax::Wiki => raw.find('#').unwrap_or(raw.len()),
            Syntax::Markdown => super::destination::suffix(raw),
        }
    }
}
