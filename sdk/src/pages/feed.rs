//! What was changed lately, for readers of feeds.

use portolan_core::access::Operation;
use portolan_core::git::Oid;
use portolan_core::wiki::Wiki;
use portolan_core::wiki::path::PathPrefix;
use portolan_ports::index::ChangeFilter;

use super::history::{Commit, commit};
use crate::{Admitted, Portolan, Result};

/// Commits in a feed.
const MOST: usize = 50;

/// The newest changes of a wiki.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feed {
    /// The wiki.
    pub wiki: Wiki,
    /// The head that this was computed at; none for an empty wiki.
    pub head: Option<Oid>,
    /// The newest commits, newest first, at most 50.
    pub commits: Vec<Commit>,
}

impl Portolan {
    /// The newest changes of a wiki, of what begins with `prefix`.
    pub async fn wiki_feed(&self, admitted: &Admitted, prefix: &PathPrefix) -> Result<Feed> {
        admitted.must_be(Operation::FeedRead)?;
        let result = self.feed_of(admitted, prefix).await;
        self.noted(admitted, &crate::wikis::wiki_name(admitted), result)
    }

    async fn feed_of(&self, admitted: &Admitted, prefix: &PathPrefix) -> Result<Feed> {
        let (wiki, head) = admitted.handle()?;
        let filter = ChangeFilter { prefix: prefix.as_str().as_bytes().to_vec(), ..ChangeFilter::default() };
        let (filter, repo) = (&filter, &wiki.repo);
        let ask = |index: std::sync::Arc<dyn portolan_ports::Index>| async move {
            index.changes(repo, filter, None, MOST).await
        };
        let answer = self.at_head(&wiki, head.commit, ask).await?;
        let commits = answer.value.into_iter().map(|at| commit(at.commit)).collect();
        Ok(Feed { wiki: admitted.wiki()?.0.clone(), head: answer.head, commits })
    }
}
