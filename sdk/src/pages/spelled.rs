//! Names that were imported in another spelling than NFC: found by their NFC, too.

use std::sync::Arc;

use portolan_core::git::Oid;
use portolan_core::wiki::path::{PathKind, Requested, has_other_spellings};
use portolan_ports::Index;

use super::job::Asked;
use super::queue::Wiki;
use crate::{Portolan, Result};

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

    /// As [`Self::spelled`], of a page or file.
    pub(super) async fn asked(&self, wiki: &Wiki, head: Option<Oid>, path: &Asked) -> Result<Asked> {
        Ok(match path {
            Asked::Page(path) => Asked::Page(self.spelled(wiki, head, path).await?),
            Asked::File(path) => Asked::File(self.spelled(wiki, head, path).await?),
        })
    }
}
