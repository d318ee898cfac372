//! What an import keeps although it is no page: nothing is lost, and nothing is served that should not be.

use std::sync::Arc;

use portolan_core::wiki::path::{Entry, classify};
use portolan_core::wiki::{Head, Import};
use portolan_ports::index::{FileEntry, FileFilter, FileKind};

use crate::pages::Wiki;
use crate::{Admitted, Portolan, Result};

/// Something that is kept as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// The path, or a reference's name. Bytes that are no UTF-8 are shown as U+FFFD.
    pub path: String,
    /// Why it is no page, or what is special about it.
    pub reason: String,
}

/// Most entries named.
const MOST: usize = 10_000;

impl Portolan {
    pub(super) async fn kept(
        &self,
        admitted: &Admitted,
        wiki: &portolan_core::wiki::Wiki,
        head: &Head,
        import: &Import,
    ) -> Result<Vec<Kept>> {
        let wiki = Wiki { repo: admitted.repo()?, id: wiki.id, slug: wiki.slug.clone() };
        let odd = FileFilter { kinds: vec![FileKind::Kept], ..FileFilter::default() };
        let executable = FileFilter { executable: true, ..FileFilter::default() };
        let mut kept: Vec<Kept> = Vec::new();
        for filter in [odd, executable] {
            let mut after: Option<Vec<u8>> = None;
            while kept.len() < MOST {
                let (filter, from, repo) = (&filter, after.as_deref(), &wiki.repo);
                let ask = |index: Arc<dyn portolan_ports::Index>| async move {
                    index.files(repo, filter, from, 500).await
                };
                let found = self.at_head(&wiki, head.commit, ask).await?.value;
                let Some(last) = found.last() else { break };
                after = Some(last.path.clone());
                kept.extend(found.iter().map(|file| Kept {
                    path: String::from_utf8_lossy(&file.path).into_owned(),
                    reason: reason(file),
                }));
            }
        }
        kept.extend(import.others.iter().map(|other| Kept {
            path: other.name.clone(),
            reason: format!("a reference that was not taken; it names {}", other.target),
        }));
        Ok(kept)
    }
}

fn reason(file: &FileEntry) -> String {
    match classify(&file.path, file.mode) {
        Entry::Kept(kept) => kept.to_string(),
        Entry::Page(_) | Entry::File(_) => "its executable bit is kept".into(),
    }
}
