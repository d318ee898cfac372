//! What pages say about themselves and about each other: labels, and links.
//!
//! Links are stored as they are written, and resolved when they are asked for, with the names that there are at the head.
//! So a page that comes or goes changes what others' links mean without a change of theirs.
//!
//! A page's path is without `.md` here, as links name it.

use portolan_core::markdown::{LinkKind, NameKind, PageLink};

/// What a page's text says besides its title.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PageFacts {
    /// Its category.
    pub category: Option<String>,
    /// Its tags, each once.
    pub tags: Vec<String>,
    /// Its links, in order, as `core::markdown::page_links` bounds them.
    pub links: Vec<PageLink>,
}

/// A page at the head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageName {
    /// Its path.
    pub path: String,
    /// Its title.
    pub title: String,
}

/// A link on a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkTo {
    /// The path that it names; of a broken link the one that would be looked for first.
    pub path: String,
    /// What is there; none: nothing, or more than one page of such a short name.
    pub exists: Option<NameKind>,
    /// What it is to a reader.
    pub kind: LinkKind,
    /// The text shown.
    pub text: String,
    /// The line it begins on, from 1.
    pub line: u32,
}

/// A link to a page or file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkFrom {
    /// The page that it stands on.
    pub path: String,
    /// The text shown.
    pub text: String,
    /// The line it begins on, from 1.
    pub line: u32,
}

/// The links of one page or file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Links {
    /// Those on it, in order.
    pub to: Vec<LinkTo>,
    /// Those to it, by page, then in order. A page that links to itself is among them.
    pub from: Vec<LinkFrom>,
    /// Whether there are more links to it than were asked for.
    pub more: bool,
}

/// Which part of the graph of pages and links.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GraphOf {
    /// All pages.
    Whole,
    /// The pages that can be reached from this one over so many links, followed in either direction.
    Around {
        /// The page.
        page: String,
        /// Over how many links.
        depth: u8,
    },
}

/// How large a graph may become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GraphLimits {
    /// Most pages.
    pub nodes: usize,
    /// Most links.
    pub edges: usize,
}

/// Pages, and the links between them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Graph {
    /// The pages: of the whole graph by path, else the nearest first and those equally near as they are met: from one page
    /// to the next, by path.
    pub nodes: Vec<PageName>,
    /// From where to where, each once, by the first in the order of the nodes, then by path. Both ends are nodes.
    pub edges: Vec<(String, String)>,
    /// Whether something was left out because of the limits.
    pub cut: bool,
}

/// A link on a page, by its number there; the first is 0.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct LinkPlace {
    /// The page.
    pub page: String,
    /// Which of its links.
    pub link: u32,
}

/// A link that leads nowhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokenLink {
    /// Where it stands.
    pub place: LinkPlace,
    /// The path that it names.
    pub target: String,
    /// The line it begins on, from 1.
    pub line: u32,
}

/// Part of a list whose items have to be searched for. It may hold fewer items than asked for, even none, before the end of the
/// list: the search for one part is bounded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part<T, K> {
    /// The items.
    pub items: Vec<T>,
    /// After what to go on; none at the end.
    pub next: Option<K>,
}

impl<T, K> Default for Part<T, K> {
    fn default() -> Self {
        Self { items: Vec::new(), next: None }
    }
}
