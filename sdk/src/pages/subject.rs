//! What a path names where pages and other files share one name space: histories, differences, blame, and undoing.

use std::sync::Arc;

use portolan_core::git::Oid;
use portolan_core::wiki::path::{FileKind, PageKind, Requested};
use portolan_ports::Index;

use super::queue::Wiki;
use crate::{Portolan, Result};

impl Portolan {
    /// The file in git whose history `path` names, now or once: a path is a page's, as where pages are read, and another file's only where
    /// there never was such a page. Of several spellings one that is there comes before those that were.
    pub(super) async fn subject(
        &self,
        wiki: &Wiki,
        head: Option<Oid>,
        path: &Requested<PageKind>,
    ) -> Result<Option<Vec<u8>>> {
        let pages = self.spelled(wiki, head, path).await?.git_names();
        if let Some(page) = self.now_or_once(wiki, head, &pages).await? {
            return Ok(Some(page));
        }
        match Requested::<FileKind>::parse(path.sent().as_str()) {
            Ok(file) => {
                let files = self.spelled(wiki, head, &file).await?.git_names();
                self.now_or_once(wiki, head, &files).await
            }
            Err(_) => Ok(None),
        }
    }

    /// The first of `names` that is there, or else that was.
    async fn now_or_once(&self, wiki: &Wiki, head: Option<Oid>, names: &[String]) -> Result<Option<Vec<u8>>> {
        let bytes: Vec<&[u8]> = names.iter().map(String::as_bytes).collect();
        let bytes = bytes.as_slice();
        let ask = |index: Arc<dyn Index>| async move { index.file(&wiki.repo, bytes).await };
        if let Some(file) = self.at_head(wiki, head, ask).await?.value {
            return Ok(Some(file.path));
        }
        for name in bytes {
            if !self.entries(wiki, head, name, None, 1).await?.is_empty() {
                return Ok(Some(name.to_vec()));
            }
        }
        Ok(None)
    }
}
