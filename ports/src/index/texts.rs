//! Full text: what may lag behind the head, and says so.

use std::fmt::Debug;

use async_trait::async_trait;
use portolan_core::git::Oid;
use portolan_core::search::{Document, Query};
use portolan_core::wiki::RepoId;

use super::Answer;
use crate::Result;

/// The full text of many wikis' pages, beside the rest of each index.
///
/// An advance only notes which pages are otherwise than their text here; whoever has time asks for them
/// ([`Texts::texts_behind`]), makes them ready, and puts them ([`Texts::put_texts`]). What is found are pages at the head, by
/// the text that was put last. A page that redirects has no text.
#[async_trait]
pub trait Texts: Debug + Send + Sync + 'static {
    /// At most `limit` pages whose text here is not that of the head; none where all are as they should be.
    async fn texts_behind(&self, repo: &RepoId, limit: usize) -> Result<Answer<Vec<TextBehind>>>;

    /// Takes in texts, all or nothing. One that is not wanted any more, because its page has changed or was never behind, is
    /// left out. Repeating it is harmless. Advances wait meanwhile: send little at a time.
    async fn put_texts(&self, repo: &RepoId, texts: Vec<PutText>) -> Result<()>;

    /// At most `limit` pages in which everything is found that `query` wants, and nothing that it excludes, the best first, after the
    /// place `after`. As long as neither head nor texts change, places stay where they are.
    ///
    /// A question that takes too long is `Unavailable`.
    async fn search(
        &self,
        repo: &RepoId,
        query: &Query,
        filter: &TextFilter,
        after: Option<Rank>,
        limit: usize,
    ) -> Result<Answer<Found>>;
}

/// A page whose text is not that of the head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextBehind {
    /// Its path in git.
    pub path: Vec<u8>,
    /// Its blob at the head; none where there is no such page any more, or one that redirects.
    pub blob: Option<Oid>,
    /// That blob's size, bytes.
    pub bytes: u64,
}

/// The text of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PutText {
    /// The page's path in git.
    pub path: Vec<u8>,
    /// Its blob and what was made of it; none to forget its text.
    pub text: Option<(Oid, Document)>,
}

/// Which pages.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TextFilter {
    /// Only pages whose path's NFC has a [`listing_key`](super::listing_key) that begins with these bytes.
    pub prefix: Vec<u8>,
    /// Only pages of this category, as [`folded`](portolan_core::search::folded) has it.
    pub category: Option<String>,
    /// Only pages with this tag, likewise.
    pub tag: Option<String>,
}

/// A place in the order of what was found: by score, the greatest first, then by a number of the index's own. Means something only
/// for the index that gave it, as long as it is not reset.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rank {
    /// How well it fits: greater than zero, and comparable within one question.
    pub score: f64,
    /// Tells those of equal score apart.
    pub number: u64,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Found {
    /// The pages.
    pub hits: Vec<Hit>,
    /// The newest head whose pages are all found by the text they had there. None: there was none yet.
    pub indexed: Option<Oid>,
}

/// A page that was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    /// Where in the order.
    pub rank: Rank,
    /// Its path in git.
    pub path: Vec<u8>,
    /// Its blob at the head.
    pub blob: Oid,
    /// Its title.
    pub title: String,
}
