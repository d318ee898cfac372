//! Pages as HTML, kept in memory.
//!
//! What a page looks like depends on its text, its path, and on which names there are in the wiki: a link is broken or not.
//! So what was asked about names is kept with the HTML; when the wiki has changed, the same is asked again, and only where
//! an answer is another is the page rendered anew. A write elsewhere therefore costs a page its look-ups and no more.

use std::sync::Arc;

use bytes::Bytes;
use jiff::SignedDuration;
use parking_lot::Mutex;
use portolan_core::access::Operation;
use portolan_core::git::{Kind, Oid};
use portolan_core::markdown::Names;
use portolan_core::wiki::RepoId;
use portolan_core::wiki::path::PagePath;
use portolan_render::{Addresses, RenderOptions, render};
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use tokio::sync::Semaphore;

use super::part::PartOf;
use super::queue::Wiki;
use super::read::{PageRead, PageView};
use crate::index::Answers;
use crate::{Admitted, Error, Portolan, Result};

/// Above this many bytes, rendering is work for another thread.
const INLINE: usize = 4 << 10;

/// How many are rendered on other threads at once: a page may take a hundred times its length in memory.
const AT_ONCE: usize = 4;

/// How long the code of a page is highlighted; what is left then stays plain.
const HIGHLIGHT: SignedDuration = SignedDuration::from_millis(500);

/// Most questions that are kept with a page; one that asks more is rendered anew whenever the wiki has changed.
const MOST_ASKED: usize = 2000;

/// Which page is rendered, and how.
#[derive(Debug, Clone)]
pub struct HtmlRead {
    /// The page.
    pub page: PageRead,
    /// What of it; none: all.
    pub part: Option<PartOf>,
    /// Whether a redirect stub that leads somewhere is not rendered, but its end is told ([`Portolan::leads_to`]).
    pub follow: bool,
    /// What `/pages/` and `/files/` stand under, where the page's links lead: it ends without a slash.
    pub base: String,
}

/// A page as HTML: the inside of a body, sanitised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageHtml {
    /// Its path.
    pub path: PagePath,
    /// The blob of its text.
    pub version: Oid,
    /// Where a redirect stub leads, which is to be followed: then there is no HTML.
    pub leads_to: Option<PagePath>,
    /// The HTML.
    pub html: Bytes,
    /// The wiki's head that this was computed at.
    pub head: Oid,
}

/// A rendered page, and what it rests on.
#[derive(Debug)]
struct Rendered {
    html: Bytes,
    asked: Answers,
    /// The last head at which it was right.
    head: Mutex<Oid>,
}

/// Which page it is: its repository, so that no tenant finds another's; its text; its path; where its links lead.
type Name = (RepoId, Oid, String, String);

#[derive(Debug, Clone)]
struct ByBytes;

impl Weighter<Name, Arc<Rendered>> for ByBytes {
    fn weight(&self, name: &Name, rendered: &Arc<Rendered>) -> u64 {
        let told = |paths: &Vec<String>| paths.iter().map(|path| path.len() + 32).sum::<usize>();
        let asked = rendered.asked.iter().map(|(question, paths)| question.path.len() + told(paths) + 96);
        let asked: usize = asked.sum();
        (rendered.html.len() + asked + name.2.len() + name.3.len() + 256) as u64
    }
}

/// Rendered pages, bounded by their bytes, and the places for those being rendered.
#[derive(Debug)]
pub(crate) struct HtmlCache {
    pages: Cache<Name, Arc<Rendered>, ByBytes>,
    places: Semaphore,
}

impl HtmlCache {
    pub(crate) fn new(bytes: u64) -> Self {
        let items = usize::try_from(bytes / 8192).unwrap_or(usize::MAX).max(16);
        Self { pages: Cache::with_weighter(items, bytes, ByBytes), places: Semaphore::new(AT_ONCE) }
    }
}

impl Portolan {
    /// A page, or a part of it, as HTML.
    pub async fn read_html(&self, admitted: &Admitted, read: &HtmlRead) -> Result<PageHtml> {
        admitted.must_be(Operation::PageRead)?;
        let result = self.find_html(admitted, read).await;
        let target = format!("{}/{}", crate::wikis::wiki_name(admitted), read.page.path.canonical());
        self.noted(admitted, &target, result)
    }

    async fn find_html(&self, admitted: &Admitted, read: &HtmlRead) -> Result<PageHtml> {
        let (wiki, head) = admitted.handle()?;
        let HtmlRead { page: asked, part, follow, base } = read;
        let is_now = asked.revision.is_none() && part.is_none();
        if is_now {
            // What is kept needs not even the page's text.
            let (entry, head) = self.entry_now(&wiki, head.commit, &asked.path).await?;
            let path = PagePath::from_git(&entry.path)
                .ok_or_else(|| Error::Internal("an indexed page has no path".into()))?;
            let redirect = entry.redirect.as_deref().filter(|_| *follow);
            let leads_to = self.end_of(&wiki, Some(head), redirect, &path).await?;
            let version = entry.blob;
            let html = if leads_to.is_some() {
                Bytes::new()
            } else if let Some(html) = self.kept_html(&wiki, head, version, &path, base).await? {
                html
            } else {
                let content = self.object(&wiki.repo, version, Kind::Blob).await?;
                let text = String::from_utf8_lossy(&content).into_owned();
                self.new_html(&wiki, head, version, &path, text, base).await?
            };
            return Ok(PageHtml { path, version, leads_to, html, head });
        }
        let page = self.find_page(admitted, asked).await?;
        let redirect = page.redirect.as_deref().filter(|_| *follow);
        let leads_to = self.end_of(&wiki, Some(page.head), redirect, &page.path).await?;
        let html = if leads_to.is_some() {
            Bytes::new()
        } else {
            let range = part.as_ref().map(|part| page.part(part)).transpose()?.map(|part| part.range);
            let text = page.text().0.into_owned();
            self.render_now(&wiki, page.head, &page.path, text, range, base).await?.0
        };
        let PageView { path, version, head, .. } = page;
        Ok(PageHtml { path, version, leads_to, html, head })
    }

    /// The HTML of a page that was rendered before and is right still.
    async fn kept_html(
        &self,
        wiki: &Wiki,
        head: Oid,
        version: Oid,
        path: &PagePath,
        base: &str,
    ) -> Result<Option<Bytes>> {
        let name = (wiki.repo, version, path.as_str().to_owned(), base.to_owned());
        let Some(rendered) = self.inner.html.pages.get(&name) else { return Ok(None) };
        if *rendered.head.lock() != head {
            let is_right =
                rendered.asked.len() <= MOST_ASKED && self.still_so(wiki, head, &rendered.asked).await?;
            if !is_right {
                return Ok(None);
            }
            *rendered.head.lock() = head;
        }
        Ok(Some(rendered.html.clone()))
    }

    async fn new_html(
        &self,
        wiki: &Wiki,
        head: Oid,
        version: Oid,
        path: &PagePath,
        text: String,
        base: &str,
    ) -> Result<Bytes> {
        let (html, asked) = self.render_now(wiki, head, path, text, None, base).await?;
        let rendered = Rendered { html: html.clone(), asked, head: Mutex::new(head) };
        let name = (wiki.repo, version, path.as_str().to_owned(), base.to_owned());
        self.inner.html.pages.insert(name, Arc::new(rendered));
        Ok(html)
    }

    async fn render_now(
        &self,
        wiki: &Wiki,
        head: Oid,
        path: &PagePath,
        text: String,
        part: Option<std::ops::Range<usize>>,
        base: &str,
    ) -> Result<(Bytes, Answers)> {
        let clock = Arc::clone(&self.inner.clock);
        let (path, pages, files) =
            (path.as_str().to_owned(), format!("{base}/pages/"), format!("{base}/files/"));
        let is_short = text.len() <= INLINE;
        let work = move |names: &dyn Names| {
            let began = clock.now();
            let options = RenderOptions {
                addresses: Addresses { pages: &pages, files: &files },
                part: part.clone(),
                id_prefix: "",
                go_on: &|| clock.now().duration_since(began) < HIGHLIGHT,
            };
            Bytes::from(render(&text, &path, names, &options))
        };
        let closed = |_| Error::Internal("rendering a page failed".into());
        let _place =
            if is_short { None } else { Some(self.inner.html.places.acquire().await.map_err(closed)?) };
        let (html, asked, _) = self.with_names_aside(wiki, Some(head), work).await?;
        Ok((html, asked))
    }
}
