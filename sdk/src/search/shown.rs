//! Snippets, and what makes them cheap, kept in memory.

use std::sync::Arc;

use portolan_core::git::Oid;
use portolan_core::search::{Places, Query, Snippet, snippet_at};
use portolan_core::wiki::RepoId;
use quick_cache::Weighter;
use quick_cache::sync::Cache;

/// Memory for the places of pages, bytes. Those of a page take about a tenth of its text.
const MEMORY: u64 = 2 << 20;

/// Which text: its repository, so that no tenant finds another's, and its blob.
type Name = (RepoId, Oid);

/// Where the sections and pieces of pages are, bounded by their bytes. Made of a text alone, so nothing here is ever stale.
#[derive(Debug)]
pub(crate) struct PlacesCache(Cache<Name, Arc<Places>, ByBytes>);

#[derive(Debug, Clone)]
struct ByBytes;

impl Weighter<Name, Arc<Places>> for ByBytes {
    fn weight(&self, _: &Name, places: &Arc<Places>) -> u64 {
        places.bytes() as u64 + 128
    }
}

impl PlacesCache {
    pub(crate) fn new() -> Self {
        Self(Cache::with_weighter(2_000, MEMORY, ByBytes))
    }

    /// What of `text` is shown for `query`. With a name its places are kept, and those that were kept are used.
    pub(super) fn snippet(&self, name: Option<Name>, text: &str, query: &Query) -> Snippet {
        if let Some(places) = name.as_ref().and_then(|name| self.0.get(name)) {
            return snippet_at(text, &places, query);
        }
        let places = Arc::new(Places::of(text));
        let snippet = snippet_at(text, &places, query);
        if let Some(name) = name {
            self.0.insert(name, places);
        }
        snippet
    }
}

#[cfg(test)]
mod tests {
    use portolan_core::access::Scope;
    use portolan_core::id::{TenantId, Uuid, WikiId};

    use super::*;

    fn repo(number: u128) -> RepoId {
        Scope::system("test", TenantId::new(Uuid::from_u128(number))).repo(WikiId::new(Uuid::from_u128(1)))
    }

    #[test]
    fn places_are_kept_by_text_and_bounded() {
        let cache = PlacesCache::new();
        let query = Query::parse("word");
        let oid = |number: u64| Oid::from_bytes(std::array::from_fn(|at| number.to_be_bytes()[at % 8]));
        let text = format!("# {}\n\nA word.\n\n{}", "A".repeat(200), "## B\n".repeat(100));
        let first = cache.snippet(Some((repo(1), oid(1))), &text, &query);
        assert_eq!(cache.snippet(Some((repo(1), oid(1))), &text, &query), first);
        assert_eq!(cache.snippet(None, &text, &query), first);
        assert_eq!(first.section.as_deref(), Some("A".repeat(200).as_str()));
        assert_eq!(cache.0.len(), 1);
        // Another tenant's text of the same name is another text.
        assert_eq!(cache.snippet(Some((repo(2), oid(1))), "no such", &query).text, "no such");
        for number in 0..200 {
            cache.snippet(Some((repo(1), oid(number))), &text, &query);
        }
        assert!((10..200).contains(&cache.0.len()) && cache.0.weight() <= MEMORY, "{}", cache.0.len());
    }
}
