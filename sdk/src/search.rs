//! Searching a wiki.

use std::sync::Arc;

use portolan_core::access::Operation;
use portolan_core::git::{Kind, Oid};
use portolan_core::search::{Query, Snippet, folded};
use portolan_core::wiki::path::{PagePath, PathPrefix};
use portolan_ports::Index;
use portolan_ports::index::{Hit, Rank, TextFilter};

use crate::list::{Listed, Paging};
use crate::pages::list_name;
use crate::{Admitted, Error, Portolan, Result};

mod shown;

pub(crate) use shown::PlacesCache;

/// Bytes of pages that are read for the snippets of one answer; of further pages the beginning alone is.
const READ: usize = 8 << 20;
const START: usize = 64 << 10;
/// Bytes of pages whose snippets take some tenths of a millisecond at most: not worth handing them to another thread, and back.
const QUICK: usize = 32 << 10;

/// What is looked for, and where.
#[derive(Debug, Clone, Default)]
pub struct Search {
    /// The query, any text: see [`Query`].
    pub query: String,
    /// Only paths that begin so.
    pub prefix: PathPrefix,
    /// Only pages whose front matter has this `category`, whatever its case and accents.
    pub category: Option<String>,
    /// Only pages whose front matter has this among its `tags`, likewise.
    pub tag: Option<String>,
}

/// A page that was found.
#[derive(Debug, Clone, PartialEq)]
pub struct SearchItem {
    /// Its path.
    pub path: PagePath,
    /// Its title.
    pub title: String,
    /// The blob of its text.
    pub version: Oid,
    /// The piece of it where the most of the query stands, and its section.
    pub snippet: Snippet,
    /// How well it fits: more is better; comparable within one search.
    pub score: f64,
}

/// Part of what was found.
#[derive(Debug, Clone, PartialEq)]
pub struct SearchList {
    /// The pages, the best first.
    pub pages: Listed<SearchItem>,
    /// The newest head whose pages are all found by the text they have there. While it is not the head, pages that were
    /// changed since are found by what they said before. None: there was none yet.
    pub indexed: Option<Oid>,
    /// The head; none for an empty wiki.
    pub head: Option<Oid>,
}

impl Portolan {
    /// Searches the pages of a wiki for words. Pages that redirect are not found.
    pub async fn search_text(
        &self,
        admitted: &Admitted,
        search: &Search,
        paging: &Paging,
    ) -> Result<SearchList> {
        admitted.must_be(Operation::SearchText)?;
        let result = self.find_text(admitted, search, paging).await;
        self.noted(admitted, &crate::wikis::wiki_name(admitted), result)
    }

    async fn find_text(&self, admitted: &Admitted, search: &Search, paging: &Paging) -> Result<SearchList> {
        let Search { query, prefix, category, tag } = search;
        // A cursor is of one question: places in the order of another mean nothing.
        let of = format!("{query:?} {prefix:?} {category:?} {tag:?}");
        let list = list_name("search", admitted, &of);
        let after = paging.after_bytes(&list)?.map(|bytes| rank(&bytes)).transpose()?;
        let (wiki, head) = admitted.handle()?;
        let (query, filter) = (Query::parse(query), filter(search));
        // First the index is brought to the head, then its text: what was written before is found.
        let behind = self
            .at_head(&wiki, head.commit, |index| async move { index.texts_behind(&wiki.repo, 1).await })
            .await?;
        let mut all_in = behind.value.is_empty();
        if !all_in && !query.is_empty() {
            all_in = self.freshen_texts(&wiki).await;
        }
        let (repo, query, filter) = (&wiki.repo, &query, &filter);
        let ask = |index: Arc<dyn Index>| async move {
            index.search(repo, query, filter, after, paging.limit + 1).await
        };
        let mut answer = self.at_head(&wiki, head.commit, ask).await?;
        if all_in && answer.value.indexed != answer.head {
            // Somebody has written, or the search met damage and the index is new.
            self.freshen_texts(&wiki).await;
            answer = self.at_head(&wiki, head.commit, ask).await?;
        }
        let found = answer.value.hits.into_iter().map(|hit| (name(hit.rank), hit)).collect();
        let Listed { items, next } = Listed::page(&list, found, paging);
        let items = self.shown(admitted, query, items).await?;
        Ok(SearchList { pages: Listed { items, next }, indexed: answer.value.indexed, head: answer.head })
    }

    /// The pages found, each with a piece of its text.
    async fn shown(&self, admitted: &Admitted, query: &Query, hits: Vec<Hit>) -> Result<Vec<SearchItem>> {
        let repo = admitted.repo()?;
        let mut pages = Vec::with_capacity(hits.len());
        let mut bytes = 0;
        for hit in hits {
            let content = self.object(&repo, hit.blob, Kind::Blob).await?;
            bytes += content.len();
            pages.push((hit, content));
        }
        let (query, portolan) = (query.clone(), self.clone());
        let work = move || {
            let mut read = 0;
            let item = |(Hit { rank, path, blob, title }, content): (Hit, bytes::Bytes)| {
                let path = PagePath::from_git(&path)
                    .ok_or_else(|| Error::Internal("an indexed page has no path".into()))?;
                let start = &content[..content.len().min(if read < READ { usize::MAX } else { START })];
                read += start.len();
                // What is kept is of whole pages.
                let name = (start.len() == content.len()).then_some((repo, blob));
                let snippet = portolan.inner.places.snippet(name, &String::from_utf8_lossy(start), &query);
                Ok(SearchItem { path, title, version: blob, snippet, score: rank.score })
            };
            pages.into_iter().map(item).collect()
        };
        if bytes <= QUICK {
            return work();
        }
        tokio::task::spawn_blocking(work)
            .await
            .map_err(|_| Error::Internal("showing what was found failed".into()))?
    }
}

fn filter(search: &Search) -> TextFilter {
    TextFilter {
        prefix: search.prefix.as_str().as_bytes().to_vec(),
        category: search.category.as_deref().map(folded),
        tag: search.tag.as_deref().map(folded),
    }
}

/// What the cursor of a place is made of.
fn name(rank: Rank) -> [u8; 16] {
    let mut name = [0; 16];
    name[..8].copy_from_slice(&rank.score.to_bits().to_be_bytes());
    name[8..].copy_from_slice(&rank.number.to_be_bytes());
    name
}

fn rank(name: &[u8]) -> Result<Rank> {
    let name: &[u8; 16] = name.try_into().map_err(|_| Error::BadCursor)?;
    let (score, number) = name.split_at(8);
    let number_of = |bytes: &[u8]| bytes.try_into().map(u64::from_be_bytes).map_err(|_| Error::BadCursor);
    Ok(Rank { score: f64::from_bits(number_of(score)?), number: number_of(number)? })
}
