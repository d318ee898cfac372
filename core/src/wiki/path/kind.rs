//! The two kinds of paths.

use super::{BadPath, PAGE_SUFFIX, Rule};

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::PageKind {}
    impl Sealed for super::FileKind {}
}

/// What a [`super::WikiPath`] names.
pub trait PathKind: sealed::Sealed + Copy + Ord + std::hash::Hash + 'static {
    /// The word that answers carry as `kind`.
    const NAME: &'static str;

    /// What the file in git ends with and the path does without.
    const SUFFIX: &'static str;

    /// `text` without an implied suffix.
    #[doc(hidden)]
    fn stem(text: &str) -> &str;

    /// Refuses a canonical path that belongs to the other kind.
    #[doc(hidden)]
    fn accept(canonical: &str) -> Result<(), BadPath>;
}

/// Pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PageKind {}

/// All other files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FileKind {}

impl PathKind for PageKind {
    const NAME: &'static str = "page";
    const SUFFIX: &'static str = PAGE_SUFFIX;

    fn stem(text: &str) -> &str {
        // `.md`, `..md` and `...md` are dot names, not a page with an empty name or one of dots.
        match text.strip_suffix(PAGE_SUFFIX) {
            Some(stem) if !matches!(stem.rsplit('/').next(), None | Some("" | "." | "..")) => stem,
            _ => text,
        }
    }

    fn accept(_: &str) -> Result<(), BadPath> {
        Ok(())
    }
}

impl PathKind for FileKind {
    const NAME: &'static str = "file";
    const SUFFIX: &'static str = "";

    fn stem(text: &str) -> &str {
        text
    }

    fn accept(canonical: &str) -> Result<(), BadPath> {
        if canonical.ends_with(PAGE_SUFFIX) {
            let last = canonical.split('/').enumerate().last();
            let (index, segment) = last.expect("splitting gives at least one part");
            return Err(BadPath::new(Rule::PageSuffix, index, segment));
        }
        Ok(())
    }
}
