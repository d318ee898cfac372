//! By what pages are found that may link to a path, or have a label.

use std::cell::RefCell;

use portolan_core::markdown::{NameKind, Names, WrittenLink};
use portolan_core::wiki::path::{fold, lookup_form};

/// Notes what the resolution of a link asks for, and answers that there is nothing: it then asks for everything that could be its
/// target. Each is a key: a hash of the whole path that it names, or of what the path has to end with.
///
/// A key leads to candidates alone, whose links are resolved: two paths may share one.
#[derive(Default)]
struct Keys(RefCell<Vec<(bool, u32)>>);

impl Names for Keys {
    fn whole(&self, _: NameKind, path: &str) -> Option<String> {
        self.0.borrow_mut().push((true, hash(path)));
        None
    }

    fn ending(&self, _: NameKind, tail: &str) -> Vec<String> {
        self.0.borrow_mut().push((false, hash(tail)));
        Vec::new()
    }
}

const WHOLE: u32 = 0;
const ENDING: u32 = 0x9e37_79b9;

/// The keys of `link` on the page `from`, each once.
pub(super) fn of_link(link: &WrittenLink<'_>, from: &str) -> Vec<u32> {
    let keys = Keys::default();
    link.resolve(from, &keys);
    let asked = keys.0.into_inner();
    // What may be the end of a path may be all of it: one key does for both.
    let is_ending = |hash: u32| asked.contains(&(false, hash));
    let mut keys: Vec<u32> = asked
        .iter()
        .filter(|(whole, hash)| !whole || !is_ending(*hash))
        .map(|(whole, hash)| hash ^ if *whole { WHOLE } else { ENDING })
        .collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// The keys of the links that may name `path`: it as a whole, and its ends, as its bytes are and in NFC.
pub(super) fn of_path(path: &str) -> Vec<u32> {
    let form = lookup_form(path.as_bytes()).and_then(|form| String::from_utf8(form).ok());
    let mut keys: Vec<u32> = Vec::new();
    for path in std::iter::once(path).chain(form.as_deref()) {
        let ends = path.match_indices('/').map(|(at, _)| &path[at + 1..]);
        keys.extend(std::iter::once(path).chain(ends).map(|end| hash(end) ^ ENDING));
        keys.push(hash(path) ^ WHOLE);
    }
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// FNV-1a, 32 bits (RFC 9923): stored, so it must never change without a new version of the tables.
fn hash(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |sum, byte| (sum ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

/// What a label is of.
#[derive(Debug, Clone, Copy)]
pub(super) enum Label {
    Category,
    Tag,
}

/// A label as it is stored: equal in any case.
pub(super) fn label(of: Label, text: &str) -> String {
    let mark = match of {
        Label::Category => 'c',
        Label::Tag => 't',
    };
    format!("{mark}{}", fold(text))
}

#[cfg(test)]
mod tests {
    use portolan_core::markdown::page_links;

    use super::*;

    #[test]
    fn a_link_shares_a_key_with_all_that_it_may_name() {
        for (text, from, paths) in [
            ("[[B]]", "x", &["B", "F/B", "F/G/B"][..]),
            ("[[G/B]]", "x", &["G/B", "F/G/B"]),
            ("[[A|B]]", "x", &["A", "F/A", "B", "F/B"]),
            ("[b](B.md)", "F/x", &["F/B", "F/B.md"]),
            ("[b](../B)", "F/x", &["B"]),
            ("![b](/img/b%20c.png)", "F/x", &["img/b c.png"]),
            ("[[Cafe\u{301}]]", "x", &["Cafe\u{301}", "F/Caf\u{e9}"]),
            ("[[Caf\u{e9}]]", "x", &["Cafe\u{301}", "F/Cafe\u{301}", "F/Caf\u{e9}"]),
        ] {
            let links = page_links(text);
            let keys = of_link(&links[0].written(), from);
            for path in paths {
                assert!(of_path(path).iter().any(|key| keys.contains(key)), "{text} {path}");
            }
            assert!(!of_path("other").iter().any(|key| keys.contains(key)), "{text}");
        }
        // A Markdown link names one path alone.
        let links = page_links("[b](B.md)");
        let keys = of_link(&links[0].written(), "x");
        assert!(!of_path("F/B").iter().any(|key| keys.contains(key)));
    }
}
