//! What a page links to, and what links to it. The only place that asks what names there are in a wiki.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

use parking_lot::Mutex;
use portolan_core::git::Oid;
use portolan_core::markdown::{KnownNames, NameKind, Names, Resolved, links, resolve};
use portolan_core::wiki::RepoId;
use portolan_core::wiki::path::{FilePath, PagePath};
use portolan_ports::index::{FileFilter, FileKind};

use super::queue::Wiki;
use super::read::PageView;
use crate::{Admitted, Error, Portolan, Result};

/// Most links that are told of a page.
const MOST_LINKS: usize = 5000;

/// Most bytes of their paths: a short link may lead to a long path.
const MOST_BYTES: usize = 1 << 20;

/// How many wikis' names are kept in memory.
const MOST_KEPT: usize = 4;

/// Above this many bytes, reading links is work for another thread.
const INLINE: usize = 32 << 10;

/// The links of a page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PageLinks {
    /// The paths that it links to, each once, in the order of the text; broken ones too. At most 5,000.
    pub links_to: Vec<String>,
    /// The pages that link to it, each once, by path; of more than 1,000 some.
    pub linked_from: Vec<String>,
}

/// All names of a wiki at a head.
#[derive(Debug, Default)]
pub(crate) struct WikiNames {
    live: KnownNames,
    stubs: KnownNames,
    /// All pages, stubs too, by path.
    pub(super) pages: Vec<PagePath>,
}

impl Names for WikiNames {
    fn has(&self, kind: NameKind, path: &str) -> bool {
        self.live.has(kind, path) || self.stubs.has(kind, path)
    }

    fn ending(&self, kind: NameKind, tail: &str) -> Vec<String> {
        self.live.ending(kind, tail)
    }
}

/// The names that were asked for last.
#[derive(Debug, Default)]
pub(crate) struct NamesCache(Mutex<VecDeque<(RepoId, Oid, Arc<WikiNames>)>>);

impl NamesCache {
    fn get(&self, repo: &RepoId, head: Oid) -> Option<Arc<WikiNames>> {
        let kept = self.0.lock();
        kept.iter().find(|(of, at, _)| of == repo && *at == head).map(|(_, _, names)| Arc::clone(names))
    }

    fn keep(&self, repo: RepoId, head: Oid, names: Arc<WikiNames>) {
        let mut kept = self.0.lock();
        kept.retain(|(of, _, _)| *of != repo);
        kept.truncate(MOST_KEPT - 1);
        kept.push_front((repo, head, names));
    }
}

impl Portolan {
    /// The names in a wiki, at `head` or a later head.
    pub(crate) async fn names(&self, wiki: &Wiki, head: Oid) -> Result<Arc<WikiNames>> {
        if let Some(names) = self.inner.names.get(&wiki.repo, head) {
            return Ok(names);
        }
        let filter = &FileFilter { kinds: vec![FileKind::Page, FileKind::File], ..FileFilter::default() };
        let answer = self
            .at_head(wiki, Some(head), |index| async move {
                index.files(&wiki.repo, filter, None, usize::MAX).await
            })
            .await?;
        let mut names = WikiNames::default();
        for entry in answer.value {
            match entry.kind {
                FileKind::Page => {
                    let Some(path) = PagePath::from_git(&entry.path) else { continue };
                    let into = if entry.redirect.is_some() { &mut names.stubs } else { &mut names.live };
                    into.add(NameKind::Page, path.as_str());
                    names.pages.push(path);
                }
                FileKind::File => {
                    if let Some(path) = FilePath::from_git(&entry.path) {
                        names.live.add(NameKind::File, path.as_str());
                    }
                }
                FileKind::Kept => {}
            }
        }
        let names = Arc::new(names);
        if let Some(head) = answer.head {
            self.inner.names.keep(wiki.repo, head, Arc::clone(&names));
        }
        Ok(names)
    }

    /// The links of the page `path`, whose text is `text`, at `head` or a later head.
    pub(crate) async fn links_beside(
        &self,
        wiki: &Wiki,
        head: Oid,
        path: &PagePath,
        text: &str,
    ) -> Result<PageLinks> {
        let linking = self.links_at(wiki, Some(head), NameKind::Page, path.as_str()).await?.value.from;
        let mut linked_from: Vec<String> = linking.into_iter().map(|link| link.path).collect();
        linked_from.dedup();
        // Every link has a bracket.
        if !text.contains('[') {
            return Ok(PageLinks { links_to: Vec::new(), linked_from });
        }
        let names = self.names(wiki, head).await?;
        let links_to = if text.len() <= INLINE {
            links_to(text, path.as_str(), names.as_ref())
        } else {
            let (text, path) = (text.to_owned(), path.clone());
            let work = move || links_to(&text, path.as_str(), names.as_ref());
            let done = tokio::task::spawn_blocking(work).await;
            done.map_err(|_| Error::Internal("reading a page's links failed".into()))?
        };
        Ok(PageLinks { links_to, linked_from })
    }

    /// The links of a page that was read.
    pub async fn links_of(&self, admitted: &Admitted, page: &PageView) -> Result<PageLinks> {
        let (wiki, _) = admitted.handle()?;
        self.links_beside(&wiki, page.head, &page.path, &page.text().0).await
    }
}

/// The paths that the page `path` links to.
fn links_to(text: &str, path: &str, names: &dyn Names) -> Vec<String> {
    let mut found = Vec::new();
    let mut seen = HashSet::new();
    let mut bytes = 0;
    for link in links(text) {
        let Resolved::To(target) = resolve(&link, path, names) else { continue };
        bytes += target.path.len();
        if bytes > MOST_BYTES || found.len() == MOST_LINKS {
            break;
        }
        if seen.insert(target.path.clone()) {
            found.push(target.path);
        }
    }
    found
}
