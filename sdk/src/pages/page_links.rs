//! What a page links to, and what links to it, beside its text.

use std::collections::HashSet;

use portolan_core::markdown::{Link, NameKind, Names, Resolved, links, resolve};
use portolan_core::wiki::path::PagePath;

use super::links::LinkEnds;
use super::queue::Wiki;
use super::read::PageView;
use crate::{Admitted, Error, Portolan, Result};

/// Most links that are told of a page.
const MOST_LINKS: usize = 5000;

/// Most bytes of their paths: a short link may lead to a long path.
const MOST_BYTES: usize = 1 << 20;

/// Above this many bytes, reading links is work for another thread.
const INLINE: usize = 32 << 10;

impl Portolan {
    /// The links of a page that was read: those in that very text, and those to the page as the wiki is now.
    pub async fn links_of(&self, admitted: &Admitted, page: &PageView) -> Result<LinkEnds> {
        let (wiki, _) = admitted.handle()?;
        let head = Some(page.head);
        let found = self.links_at(&wiki, head, NameKind::Page, page.path.as_str()).await?;
        let mut ends = LinkEnds::from(found.value);
        let now = self.file_now(&wiki, head, page.path.git_path().as_bytes()).await?;
        if now.is_none_or(|now| now.blob != page.version) {
            // The index knows the links of the text that is there now.
            ends.links_to = self.links_in(&wiki, page).await?;
        }
        Ok(ends)
    }

    /// The paths that the links in a page's text name, each once, in order.
    async fn links_in(&self, wiki: &Wiki, page: &PageView) -> Result<Vec<String>> {
        let text = page.text().0;
        let links = if text.len() <= INLINE {
            links(&text)
        } else {
            let text = text.into_owned();
            let done = tokio::task::spawn_blocking(move || links(&text)).await;
            done.map_err(|_| Error::Internal("reading a page's links failed".into()))?
        };
        let work = |names: &dyn Names| targets(&links, &page.path, names);
        Ok(self.with_names_at(wiki, Some(page.head), work).await?.0)
    }
}

fn targets(links: &[Link], path: &PagePath, names: &dyn Names) -> Vec<String> {
    let mut found = Vec::new();
    let mut seen = HashSet::new();
    let mut bytes = 0;
    for link in links {
        let Resolved::To(target) = resolve(link, path.as_str(), names) else { continue };
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
