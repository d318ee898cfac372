//! The path that a client sent, before it is known which spelling the wiki has.

use super::{BadPath, PathKind, WikiPath, url};

/// A path as it was sent and as it would be canonically. They differ only where the client did not send NFC, which may
/// be just how an imported name is spelled: so names are first matched by the bytes sent, then in NFC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requested<K: PathKind> {
    sent: WikiPath<K>,
    canonical: WikiPath<K>,
    /// Where several segments differ: each of them in either spelling. Then those that the wiki has besides.
    others: Vec<WikiPath<K>>,
}

/// Most segments that are looked for in either spelling each: with more, only all as sent and all in NFC.
const MOST_MIXED: usize = 4;

impl<K: PathKind> Requested<K> {
    /// The path that `text` names; refused as by [`WikiPath::parse`].
    pub fn parse(text: &str) -> Result<Self, BadPath> {
        let (sent, canonical) = (WikiPath::as_given(text)?, WikiPath::parse(text)?);
        let others = mixed(&sent, &canonical);
        Ok(Self { sent, canonical, others })
    }

    /// The same, to be looked for in these spellings, too, which the wiki has: paths in git with the same canonical form. Others are
    /// left out.
    #[must_use]
    pub fn or_spelled<'a>(mut self, paths: impl IntoIterator<Item = &'a [u8]>) -> Self {
        for path in paths.into_iter().filter_map(WikiPath::from_git) {
            let is_same = WikiPath::<K>::parse(&path.to_input()).is_ok_and(|form| form == self.canonical);
            if is_same && !self.candidates().any(|known| *known == path) {
                self.others.push(path);
            }
        }
        self
    }

    /// The path in a raw URL path; refused as by [`WikiPath::from_url`].
    pub fn from_url(raw: &str) -> Result<Self, BadPath> {
        Self::parse(&url::decode(raw)?)
    }

    /// The path in NFC: what is created where no imported name has the bytes sent.
    pub fn canonical(&self) -> &WikiPath<K> {
        &self.canonical
    }

    /// The path spelled as it was sent.
    pub fn sent(&self) -> &WikiPath<K> {
        &self.sent
    }

    /// The spellings to look for, first match wins: the bytes sent, then NFC where that is another, then where several
    /// segments differ, mixtures: a page made in an imported folder has the folder's spelling and a name in NFC. At last those
    /// of [`Self::or_spelled`].
    pub fn candidates(&self) -> impl Iterator<Item = &WikiPath<K>> {
        let other = (self.sent != self.canonical).then_some(&self.canonical);
        std::iter::once(&self.sent).chain(other).chain(&self.others)
    }

    /// The files in git that [`Self::candidates`] name, in their order.
    pub fn git_names(&self) -> Vec<String> {
        self.candidates().map(WikiPath::git_path).collect()
    }

    /// The first of [`Self::candidates`] that the wiki has. Else a path of which each segment is spelled as the first of them whose
    /// folder the wiki has up to there, and in NFC where it has none; so that a new page can be made in an imported folder. `exists`
    /// is asked about paths in git, of folders and of the file itself, and only where the spellings differ.
    pub fn resolve(&self, mut exists: impl FnMut(&str) -> bool) -> WikiPath<K> {
        let spelled: Vec<String> = self.git_names();
        if spelled.len() == 1 {
            return self.canonical.clone();
        }
        if let Some(found) = self.candidates().zip(&spelled).find(|(_, name)| exists(name)) {
            return found.0.clone();
        }
        let canonical = self.canonical.git_path();
        let mut path = String::with_capacity(canonical.len());
        // NFC neither makes nor takes away a slash, so the segments pair up.
        let mut spelled: Vec<_> = spelled.iter().map(|name| name.split('/')).collect();
        for (index, canonical) in canonical.split('/').enumerate() {
            if index > 0 {
                path.push('/');
            }
            let start = path.len();
            let segments: Vec<&str> = spelled.iter_mut().filter_map(Iterator::next).collect();
            let differ = segments.iter().any(|segment| *segment != canonical);
            let found = segments.iter().find(|segment| {
                path.truncate(start);
                path.push_str(segment);
                differ && exists(&path)
            });
            if found.is_none() {
                path.truncate(start);
                path.push_str(canonical);
            }
        }
        path.truncate(path.len() - K::SUFFIX.len());
        WikiPath::new(&path)
    }
}

/// The path in every mixture of the two spellings, segment by segment, but for the two themselves.
fn mixed<K: PathKind>(sent: &WikiPath<K>, canonical: &WikiPath<K>) -> Vec<WikiPath<K>> {
    // NFC neither makes nor takes away a slash, so the segments pair up.
    let pairs: Vec<(&str, &str)> = sent.segments().zip(canonical.segments()).collect();
    let differ: Vec<usize> = (0..pairs.len()).filter(|&at| pairs[at].0 != pairs[at].1).collect();
    if !(2..=MOST_MIXED).contains(&differ.len()) {
        return Vec::new();
    }
    let all = (1_u32 << differ.len()) - 1;
    (1..all)
        .map(|mask| {
            let is_sent = |at: usize| {
                differ.iter().position(|&other| other == at).is_some_and(|bit| mask & (1 << bit) != 0)
            };
            let segments: Vec<&str> = pairs
                .iter()
                .enumerate()
                .map(|(at, pair)| if is_sent(at) { pair.0 } else { pair.1 })
                .collect();
            WikiPath::new(&segments.join("/"))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::PageKind;
    use super::*;

    #[test]
    fn bytes_are_matched_before_nfc_segment_by_segment() {
        const SENT: &str = "Cafe\u{301}/Me\u{301}nu";
        let asked = Requested::<PageKind>::from_url("Cafe%CC%81/Me%CC%81nu.md").unwrap();
        let names: Vec<_> = asked.candidates().map(WikiPath::as_str).collect();
        assert_eq!(
            names,
            [SENT, "Caf\u{e9}/M\u{e9}nu", "Cafe\u{301}/M\u{e9}nu", "Caf\u{e9}/Me\u{301}nu"],
            "in every mixture"
        );
        for (has, resolved) in [
            (&[][..], "Caf\u{e9}/M\u{e9}nu"),
            (&["Cafe\u{301}"], "Cafe\u{301}/M\u{e9}nu"),
            (&["Cafe\u{301}", "Cafe\u{301}/Me\u{301}nu.md"], SENT),
            (&["Caf\u{e9}/Me\u{301}nu.md"], "Caf\u{e9}/Me\u{301}nu"),
        ] {
            assert_eq!(asked.resolve(|path| has.contains(&path)).as_str(), resolved);
        }
        let plain = Requested::<PageKind>::parse("Guides/Start").unwrap();
        assert_eq!(plain.candidates().count(), 1);
        assert_eq!(&plain.resolve(|path| panic!("asked about {path}")), plain.canonical());
    }

    #[test]
    fn a_spelling_that_the_wiki_has_is_looked_for() {
        let asked = Requested::<PageKind>::parse("Caf\u{e9}/M\u{e9}nu").unwrap();
        let others =
            ["Cafe\u{301}/Me\u{301}nu.md", "Caf\u{e9}/M\u{e9}nu.md", "other.md", "Cafe\u{301}/Me\u{301}nu"];
        let asked = asked.or_spelled(others.map(str::as_bytes));
        let names: Vec<_> = asked.candidates().map(WikiPath::as_str).collect();
        assert_eq!(names, ["Caf\u{e9}/M\u{e9}nu", "Cafe\u{301}/Me\u{301}nu"]);
        for (has, resolved) in [
            (&[][..], "Caf\u{e9}/M\u{e9}nu"),
            (&["Cafe\u{301}"], "Cafe\u{301}/M\u{e9}nu"),
            (&["Cafe\u{301}", "Caf\u{e9}"], "Caf\u{e9}/M\u{e9}nu"),
            (&["Cafe\u{301}", "Cafe\u{301}/Me\u{301}nu.md", "Caf\u{e9}"], "Cafe\u{301}/Me\u{301}nu"),
            (&["Cafe\u{301}/Me\u{301}nu.md", "Caf\u{e9}/M\u{e9}nu.md"], "Caf\u{e9}/M\u{e9}nu"),
        ] {
            assert_eq!(asked.resolve(|path| has.contains(&path)).as_str(), resolved, "{has:?}");
        }
    }

    #[test]
    fn a_bad_path_is_refused() {
        assert_eq!(
            Requested::<PageKind>::from_url("a//b"),
            Err(WikiPath::<PageKind>::from_url("a//b").unwrap_err())
        );
    }
}
