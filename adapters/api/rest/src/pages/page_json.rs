//! A page as JSON, alone or among others.

use std::borrow::Cow;

use jiff::Timestamp;
use portolan::core::git::Oid;
use portolan::core::wiki::page::front_matter;
use portolan::{LinkEnds, OutlineItem, PagePart, PageView};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::openapi::types;
use crate::wire::AuthorJson;

/// A page, with all that is known about it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Page)]
pub(crate) struct PageJson<'a> {
    #[schema(value_type = types::PagePath)]
    path: &'a str,
    title: &'a str,
    /// The text, or the part of it that was asked for; absent with `view=outline`, and of many pages once the budget is
    /// spent.
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<Cow<'a, str>>,
    /// The headings, with `view=outline`.
    #[serde(skip_serializing_if = "Option::is_none")]
    outline: Option<Vec<OutlineJson>>,
    /// Whether the outline was too long to be told whole.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    outline_cut: bool,
    /// The path of the section that `content` is.
    #[serde(skip_serializing_if = "Option::is_none")]
    section: Option<&'a str>,
    /// The lines that `content` is.
    #[serde(skip_serializing_if = "Option::is_none")]
    lines: Option<LinesJson>,
    #[schema(value_type = types::ObjectId)]
    version: Oid,
    #[schema(value_type = types::ObjectId)]
    revision: Oid,
    #[schema(value_type = types::Time)]
    updated_at: Timestamp,
    author: AuthorJson<'a>,
    /// Absent of many pages once the budget is spent, as are the links.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    frontmatter: Option<Map<String, Value>>,
    /// The paths that the page links to; broken ones too.
    #[serde(skip_serializing_if = "Option::is_none")]
    links_to: Option<Vec<String>>,
    /// The pages that link to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    linked_from: Option<Vec<String>>,
    #[schema(value_type = types::ObjectId)]
    head: Oid,
    /// The size of the whole page.
    bytes: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    redirect: Option<&'a str>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    lossy: bool,
}

/// A heading of a page.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OutlineItem)]
pub(crate) struct OutlineJson {
    /// The path of its section.
    #[schema(example = "Guides > First steps")]
    path: String,
    /// 1 to 6.
    level: u8,
    /// Its line in the page, from 1.
    line: usize,
    /// The bytes of its section, with all below it.
    bytes: usize,
}

impl From<OutlineItem> for OutlineJson {
    fn from(item: OutlineItem) -> Self {
        let OutlineItem { path, level, line, bytes } = item;
        Self { path, level, line, bytes }
    }
}

/// Which lines of a page.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Lines)]
pub(crate) struct LinesJson {
    /// The first, from 1.
    from: usize,
    /// The last; less than the first where the page has none of them.
    to: usize,
    /// How many the page has.
    of: usize,
}

/// What of a page is told.
#[derive(Debug)]
pub(crate) enum Shown<'a> {
    /// All of its text.
    Whole,
    /// A part of it.
    Part(&'a PagePart),
    /// Its headings.
    Outline(Vec<OutlineItem>, bool),
}

impl<'a> PageJson<'a> {
    /// The page, whose size is `bytes`. `known` says what its whole text tells: the text, and its links; none where it was
    /// not read.
    pub(crate) fn new(
        page: &'a PageView,
        shown: Shown<'a>,
        bytes: u64,
        known: Option<(&str, LinkEnds)>,
    ) -> Self {
        let (text, lossy) = page.text();
        let PageView { path, title, content: _, version, revision, updated_at, author, redirect, head } =
            page;
        let (mut section, mut lines, mut outline, mut outline_cut) = (None, None, None, false);
        let content = match shown {
            Shown::Whole => Some(text),
            Shown::Part(part) => {
                section = part.section.as_deref();
                lines = Some(LinesJson { from: part.from, to: part.to, of: part.of });
                Some(String::from_utf8_lossy(&part.content))
            }
            Shown::Outline(items, cut) => {
                outline = Some(items.into_iter().map(OutlineJson::from).collect());
                outline_cut = cut;
                None
            }
        };
        let (frontmatter, links_to, linked_from) = match known {
            Some((text, LinkEnds { links_to, linked_from })) => {
                (Some(front_matter(text)), Some(links_to), Some(linked_from))
            }
            None => (None, None, None),
        };
        Self {
            path: path.as_str(),
            title,
            content: content.filter(|_| frontmatter.is_some()),
            outline,
            outline_cut,
            section,
            lines,
            version: *version,
            revision: *revision,
            updated_at: *updated_at,
            author: author.into(),
            frontmatter,
            links_to,
            linked_from,
            head: *head,
            bytes,
            redirect: redirect.as_deref(),
            lossy,
        }
    }
}

/// How much of a page is told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum View {
    /// Its text.
    #[default]
    Full,
    /// Its headings.
    Outline,
}

impl View {
    pub(crate) fn parse(text: &str) -> Result<Self, &'static str> {
        match text {
            "full" => Ok(Self::Full),
            "outline" => Ok(Self::Outline),
            _ => Err("takes `full` or `outline`"),
        }
    }
}
