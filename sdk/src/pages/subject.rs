//! What a path names where pages and other files share one name space: histories, differences, blame, and undoing.

use std::sync::Arc;

use portolan_core::git::Oid;
use portolan_core::wiki::path::{FileKind, PageKind, Requested};
use portolan_ports::Index;

use super::queue::Wiki;
use crate::{Portolan, Result};

impl Portolan {
    /// The file in git whose history `path` names: the page that is there, or else the other file, or else the page that was there,
    /// or else the file that was.
    pub(super) async fn subject(
        &self,
        wiki: &Wiki,
        head: Option<Oid>,
        path: &Requested<PageKind>,
    ) -> Result<Option<Vec<u8>>> {
        let mut names = self.spelled(wiki, head, path).await?.git_names();
        if let Ok(file) = Requested::<FileKind>::parse(path.sent().as_str()) {
            names.extend(self.spelled(wiki, head, &file).await?.git_names());
        }
        let names: Vec<&[u8]> = names.iter().map(String::as_bytes).collect();
        let names = names.as_slice();
        let ask = |index: Arc<dyn Index>| async move { index.file(&wiki.repo, names).await };
        if let Some(file) = self.at_head(wiki, head, ask).await?.value {
            return Ok(Some(file.path));
        }
        for name in names {
            if !self.entries(wiki, head, name, None, 1).await?.is_empty() {
                return Ok(Some(name.to_vec()));
            }
        }
        Ok(None)
    }
}
