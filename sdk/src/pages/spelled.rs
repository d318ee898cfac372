//! Names that were imported in another spelling than NFC: found by their NFC, too.

use std::sync::Arc;

use portolan_core::git::Oid;
use portolan_core::wiki::path::{PathKind, Requested, has_other_spellings};
use portolan_ports::Index;

use super::job::Asked;
use super::queue::Wiki;
use crate::{Error, Portolan, Result};

impl Portolan {
    /// `path`, to be looked for also in the spellings that the wiki has at `head` or later.
    pub(super) async fn spelled<K: PathKind>(
        &self,
        wiki: &Wiki,
        head: Option<Oid>,
        path: &Requested<K>,
    ) -> Result<Requested<K>> {
        let name = path.canonical().git_path();
        if !has_other_spellings(&name) {
            return Ok(path.clone());
        }
        let name = name.as_bytes();
        let ask = |index: Arc<dyn Index>| async move { index.spellings(&wiki.repo, name).await };
        let found = self.at_head(wiki, head, ask).await?.value;
        Ok(path.clone().or_spelled(found.iter().map(Vec::as_slice)))
    }

    /// As [`Self::spelled`], of a page or file to be written. A write does not wait for an index that is being built: where there is a
    /// twin in another spelling, the write will meet it in the trees.
    pub(super) async fn asked(&self, wiki: &Wiki, head: Option<Oid>, path: &Asked) -> Result<Asked> {
        let spelled = match path {
            Asked::Page(path) => self.spelled(wiki, head, path).await.map(Asked::Page),
            Asked::File(path) => self.spelled(wiki, head, path).await.map(Asked::File),
        };
        match spelled {
            Err(Error::Unavailable(_)) => Ok(path.clone()),
            spelled => spelled,
        }
    }
}
