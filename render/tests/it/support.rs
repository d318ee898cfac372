//! A page rendered in a small wiki.

use portolan_core::markdown::{KnownNames, NameKind};
use portolan_render::{Addresses, RenderOptions, render};

pub(crate) const ADDRESSES: Addresses<'static> = Addresses { pages: "/w/pages/", files: "/w/files/" };

pub(crate) fn names() -> KnownNames {
    let pages = ["Home", "Guides/Start", "Guides/Deep/End", "A/Note", "B/Note", "a.md", "x y/ü"];
    let files = ["img/logo.png", "doc.pdf", "Guides/pic.svg"];
    let pages = pages.into_iter().map(|path| (NameKind::Page, path));
    pages.chain(files.into_iter().map(|path| (NameKind::File, path))).collect()
}

/// The page `Guides/Start`.
pub(crate) fn html(text: &str) -> String {
    render(text, "Guides/Start", &names(), &RenderOptions::new(ADDRESSES))
}
