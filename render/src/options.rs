//! How pages are rendered.

use std::fmt;
use std::ops::Range;

/// Where the pages and files of a wiki are found: what is put before their paths, which are percent-encoded segment by
/// segment. Both begin and end with a slash.
#[derive(Debug, Clone, Copy)]
pub struct Addresses<'a> {
    /// Before a page's path, such as `/wiki/pages/`.
    pub pages: &'a str,
    /// Before another file's path, such as `/wiki/files/`.
    pub files: &'a str,
}

/// How a page is rendered.
#[derive(Clone)]
pub struct RenderOptions<'a> {
    /// Where links lead.
    pub addresses: Addresses<'a>,
    /// Only what stands in these bytes of the text. References, footnotes and the numbers of equal headings stay those of
    /// the whole page.
    pub part: Option<Range<usize>>,
    /// What the ids of headings and footnotes begin with, and links to them: for whoever puts the page into a document with
    /// ids of its own.
    pub id_prefix: &'a str,
    /// Whether there is time left to highlight code. It is asked before each line; once it says no, code is left plain.
    pub go_on: &'a dyn Fn() -> bool,
}

impl<'a> RenderOptions<'a> {
    /// The whole page, without a limit of time.
    pub fn new(addresses: Addresses<'a>) -> Self {
        Self { addresses, part: None, id_prefix: "", go_on: &|| true }
    }
}

impl fmt::Debug for RenderOptions<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { addresses, part, id_prefix, go_on: _ } = self;
        f.debug_struct("RenderOptions")
            .field("addresses", addresses)
            .field("part", part)
            .field("id_prefix", id_prefix)
            .finish_non_exhaustive()
    }
}
