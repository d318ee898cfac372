//! The order of lists.

use std::borrow::Cow;

/// What lists of files are ordered by: the path's bytes, but of a path that ends with `.md` what is before it, and a zero
/// byte. So pages are in the order of the paths that people see (`a`, `a-b`, where `a-b.md` is before `a.md`), and no two
/// files share a key: paths in git have no zero byte.
pub fn listing_key(path: &[u8]) -> Cow<'_, [u8]> {
    match path.strip_suffix(b".md") {
        Some(name) => Cow::Owned([name, &[0]].concat()),
        None => Cow::Borrowed(path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_ordered_without_their_ending() {
        let mut paths: Vec<&[u8]> = vec![b"a.md", b"a-b.md", b"a b.md", b"a", b"a/b.md", b"b.md"];
        paths.sort_by_key(|path| listing_key(path).into_owned());
        assert_eq!(paths, [b"a".as_slice(), b"a.md", b"a b.md", b"a-b.md", b"a/b.md", b"b.md"]);
    }
}
