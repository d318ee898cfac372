//! A page's text after a page was renamed: the same links to the same pages.

use std::collections::HashSet;
use std::ops::Range;

use super::resolve::{NameKind, Names, Resolved, ends_with, resolve, sides};
use super::spell::Manner;
use super::{Link, Side, Syntax, Written, links};

/// A page's renaming.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Move<'a> {
    /// Its path before.
    pub old: &'a str,
    /// Its path after.
    pub new: &'a str,
}

/// The text of the page `page` after `moved`, where it has to change; `page` and `names` are as they were before. Every
/// link points to what it pointed to, under its new name: those to the renamed page, those that stand on it and are
/// relative, and those whose short name is no longer unique. Only the bytes of paths change: anchors, queries, texts,
/// the order of text and target, `.md`, the kind of path and its escapes stay as they were written.
///
/// A link is left alone where nothing that could be written there would mean the page: WikiLinks cannot name a page
/// with `|`, `#`, brackets, angle brackets, backquotes or a backslash in its path. So is one whose change would make another thing of the
/// text around it. The stub under the old name serves it.
pub fn rewrite(text: &str, page: &str, moved: Move<'_>, names: &dyn Names) -> Option<String> {
    let then = Then { names, moved };
    let after = if page == moved.old { moved.new } else { page };
    let mut changes: Vec<(Range<usize>, String)> = Vec::new();
    let mut seen = HashSet::new();
    let all = links(text);
    for link in &all {
        let Resolved::To(before) = resolve(link, page, names) else { continue };
        // A short name that is broken means nothing yet, and stays.
        if before.kind.is_none() && (link.syntax == Syntax::Wiki || page == after) {
            continue;
        }
        let renamed = before.kind == Some(NameKind::Page) && before.path == moved.old;
        let wanted = if renamed { moved.new } else { before.path.as_str() };
        let means = |resolved: &Resolved| {
            matches!(resolved, Resolved::To(found)
                if found.path == wanted && found.kind == before.kind && found.side == before.side)
        };
        if means(&resolve(link, after, &then)) {
            continue;
        }
        let written = match (&link.left, before.side) {
            (Some(left), Side::Left) => left,
            _ => &link.target,
        };
        let Some(bytes) = written.bytes.clone() else { continue };
        // One definition serves many references.
        if !seen.insert(bytes.start) {
            continue;
        }
        let raw = &text[bytes.clone()];
        let path = raw[..Written::path_end(link.syntax, raw)].trim_end();
        let exact = !is_short(link, path, &before.path);
        let manner = Manner { syntax: link.syntax, old: path, bracketed: written.bracketed, exact };
        let spelled = manner.spellings(after, wanted, before.kind != Some(NameKind::File));
        let fits = spelled.into_iter().find(|target| {
            let (left, right) = match (&link.left, before.side) {
                (Some(_), Side::Left) => (Some(target.as_str()), link.target.target.as_str()),
                (left, _) => (left.as_ref().map(|left| left.target.as_str()), target.as_str()),
            };
            means(&sides(link.syntax, left, right, after, &then))
        });
        if let Some(target) = fits {
            changes.push((bytes.start..bytes.start + path.len(), target));
        }
    }
    changes.sort_unstable_by_key(|(bytes, _)| bytes.start);
    let rewritten = splice(text, &changes)?;
    if are_kept(&all, &rewritten) {
        return Some(rewritten);
    }
    // A path can be what makes the text around it what it is: a backquote in it keeps a line from beginning a block of code.
    changes.retain(|(bytes, target)| text.get(bytes.clone()).is_some_and(is_plain) && is_plain(target));
    splice(text, &changes).filter(|rewritten| are_kept(&all, rewritten))
}

/// Whether `rewritten` has the same links in the same lines.
fn are_kept(before: &[Link], rewritten: &str) -> bool {
    let after = links(rewritten);
    let is_kept =
        |(before, after): (&Link, &Link)| before.syntax == after.syntax && before.line == after.line;
    before.len() == after.len() && before.iter().zip(&after).all(is_kept)
}

/// Whether a path has nothing in it that Markdown could take for more than a path.
fn is_plain(path: &str) -> bool {
    let is_quiet = |one: char| one.is_alphanumeric() || ['/', '.', '-', '_', '%', ' '].contains(&one);
    path.chars().all(is_quiet) && path.contains(char::is_alphanumeric)
}

/// Whether a link names its target by the end of its path only.
fn is_short(link: &Link, written: &str, path: &str) -> bool {
    link.syntax == Syntax::Wiki && !written.starts_with(['/', '.']) && {
        let written = super::resolve::stem(written);
        written.len() < path.len() && ends_with(path, written)
    }
}

fn splice(text: &str, changes: &[(Range<usize>, String)]) -> Option<String> {
    if changes.is_empty() {
        return None;
    }
    let mut out = String::with_capacity(text.len() + 64);
    let mut at = 0;
    for (bytes, target) in changes {
        out.push_str(text.get(at..bytes.start)?);
        out.push_str(target);
        at = bytes.end;
    }
    out.push_str(&text[at..]);
    Some(out)
}

/// The names after the renaming. The stub that it leaves is not among them: no link should be written to it.
struct Then<'a> {
    names: &'a dyn Names,
    moved: Move<'a>,
}

impl Names for Then<'_> {
    fn whole(&self, kind: NameKind, path: &str) -> Option<String> {
        if kind == NameKind::Page && path == self.moved.new {
            return Some(path.to_owned());
        }
        let found = self.names.whole(kind, path)?;
        let gone = kind == NameKind::Page && found == self.moved.old;
        (!gone).then_some(found)
    }

    fn ending(&self, kind: NameKind, tail: &str) -> Vec<String> {
        let mut found = self.names.ending(kind, tail);
        if kind == NameKind::Page {
            found.retain(|path| path != self.moved.old && path != self.moved.new);
            if ends_with(self.moved.new, tail) {
                found.push(self.moved.new.to_owned());
            }
        }
        found
    }
}
