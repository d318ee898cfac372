//! What pages link to, and what links to them.

use std::collections::HashSet;

use portolan_core::access::Operation;
use portolan_core::git::Oid;
use portolan_core::markdown::{NameKind, Names};
use portolan_core::wiki::path::{FileKind, FilePath, PageKind, PagePath, Requested};
use portolan_ports::index::{
    Answer, BrokenLink, Graph, GraphLimits, GraphOf, LinkFrom, LinkPlace, LinkTo, Links, PageName,
};

use super::history::list_name;
use super::queue::Wiki;
use crate::list::{Listed, Paging, cursor};
use crate::{Admitted, Error, Portolan, Result};

/// Of how many pages the links to one page are shown, at most; ten times as many links.
const LINKING_PAGES: usize = 1_000;

/// How large a whole graph may be, and one around a page.
const WHOLE: GraphLimits = GraphLimits { nodes: 20_000, edges: 100_000 };
const AROUND: GraphLimits = GraphLimits { nodes: 1_000, edges: 20_000 };

/// The links on and to a page or file, and the head they were found at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinksView {
    /// Those on it, in order; at most as many as the index keeps of a page (`core::markdown::MOST_LINKS`).
    pub to: Vec<LinkTo>,
    /// Those to it, by page: of the first 1,000 pages, and 10,000 links.
    pub from: Vec<LinkFrom>,
    /// Whether there are more links to it.
    pub more: bool,
    /// The head; none for an empty wiki.
    pub head: Option<Oid>,
}

/// The other ends of a page's links, as a read of it shows them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LinkEnds {
    /// The paths that its links name, each once, in order, broken ones too.
    pub links_to: Vec<String>,
    /// The pages that link to it, by path; the first 1,000.
    pub linked_from: Vec<String>,
}

impl From<Links> for LinkEnds {
    fn from(links: Links) -> Self {
        let mut seen = HashSet::new();
        let mut links_to: Vec<String> = links.to.into_iter().map(|link| link.path).collect();
        links_to.retain(|path| seen.insert(path.clone()));
        let mut linked_from: Vec<String> = links.from.into_iter().map(|link| link.path).collect();
        linked_from.dedup();
        Self { links_to, linked_from }
    }
}

/// Which part of the graph of a wiki.
#[derive(Debug, Clone)]
pub enum GraphPart {
    /// All pages; at most 20,000, with 100,000 links.
    Whole,
    /// The pages over so many links around this one, in either direction; at most 1,000, with 20,000 links.
    Around {
        /// The page.
        page: Requested<PageKind>,
        /// Over how many links.
        depth: u8,
    },
}

/// Pages and the links between them, and the head they were found at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GraphView {
    /// The graph.
    pub graph: Graph,
    /// The head; none for an empty wiki.
    pub head: Option<Oid>,
}

impl Portolan {
    /// The links on and to a page, or to another file.
    pub async fn page_links(&self, admitted: &Admitted, path: &Requested<PageKind>) -> Result<LinksView> {
        admitted.must_be(Operation::LinksRead)?;
        let result = self.find_links(admitted, path).await;
        let target = format!("{}/{}", crate::wikis::wiki_name(admitted), path.canonical());
        self.noted(admitted, &target, result)
    }

    async fn find_links(&self, admitted: &Admitted, path: &Requested<PageKind>) -> Result<LinksView> {
        let (wiki, head) = admitted.handle()?;
        let (kind, found) = match self.present_page(&wiki, head.commit, path).await? {
            Some(page) => (NameKind::Page, page.as_str().to_owned()),
            None => match self.present_file(&wiki, head.commit, path).await? {
                Some(file) => (NameKind::File, file.as_str().to_owned()),
                None => return Err(self.no_page(&wiki, head.commit, path).await?),
            },
        };
        let Answer { head, value: Links { to, from, more } } =
            self.links_at(&wiki, head.commit, kind, &found).await?;
        Ok(LinksView { to, from, more, head })
    }

    /// The links on and to what is at `path`, at `head` or later.
    pub(crate) async fn links_at(
        &self,
        wiki: &Wiki,
        head: Option<Oid>,
        kind: NameKind,
        path: &str,
    ) -> Result<Answer<Links>> {
        let repo = &wiki.repo;
        self.at_head(wiki, head, |index| async move { index.links(repo, kind, path, LINKING_PAGES).await })
            .await
    }

    /// Does `work` with the names that the wiki has at one head; answers what it made, and that head. The work is pure, and is done
    /// again, mostly once, until every name that it asks for is known: for whoever resolves or rewrites a text's links.
    pub async fn with_names<T>(
        &self,
        admitted: &Admitted,
        work: impl Fn(&dyn Names) -> T,
    ) -> Result<(T, Option<Oid>)> {
        let (wiki, head) = admitted.handle()?;
        self.with_names_at(&wiki, head.commit, work).await
    }

    /// Pages and the links between them.
    pub async fn graph(&self, admitted: &Admitted, part: &GraphPart) -> Result<GraphView> {
        admitted.must_be(Operation::GraphRead)?;
        let result = self.find_graph(admitted, part).await;
        self.noted(admitted, &crate::wikis::wiki_name(admitted), result)
    }

    async fn find_graph(&self, admitted: &Admitted, part: &GraphPart) -> Result<GraphView> {
        let (wiki, head) = admitted.handle()?;
        let (of, limits) = match part {
            GraphPart::Whole => (GraphOf::Whole, WHOLE),
            GraphPart::Around { page, depth } => {
                let Some(found) = self.present_page(&wiki, head.commit, page).await? else {
                    return Err(self.no_page(&wiki, head.commit, page).await?);
                };
                (GraphOf::Around { page: found.as_str().to_owned(), depth: *depth }, AROUND)
            }
        };
        let (repo, of) = (&wiki.repo, &of);
        let answer = self
            .at_head(&wiki, head.commit, |index| async move { index.graph(repo, of, limits).await })
            .await?;
        Ok(GraphView { graph: answer.value, head: answer.head })
    }

    /// Pages that no other page links to, by path. Redirect stubs are none.
    pub async fn orphans(&self, admitted: &Admitted, paging: &Paging) -> Result<Listed<PageName>> {
        admitted.must_be(Operation::OrphanList)?;
        let result = self.find_orphans(admitted, paging).await;
        self.noted(admitted, &crate::wikis::wiki_name(admitted), result)
    }

    async fn find_orphans(&self, admitted: &Admitted, paging: &Paging) -> Result<Listed<PageName>> {
        // A bad cursor is told before a missing wiki.
        let list = list_name("orphans", admitted, "");
        let after = paging.after_text(&list)?;
        let (wiki, head) = admitted.handle()?;
        let (repo, after) = (&wiki.repo, after.as_deref());
        let part =
            self.at_head(&wiki, head.commit, |index| async move {
                index.orphans(repo, after, paging.limit).await
            })
            .await?
            .value;
        Ok(Listed { items: part.items, next: part.next.map(|page| cursor(&list, page.as_bytes())) })
    }

    /// Links that lead nowhere, by page, then in order.
    pub async fn broken_links(&self, admitted: &Admitted, paging: &Paging) -> Result<Listed<BrokenLink>> {
        admitted.must_be(Operation::BrokenLinkList)?;
        let result = self.find_broken_links(admitted, paging).await;
        self.noted(admitted, &crate::wikis::wiki_name(admitted), result)
    }

    async fn find_broken_links(&self, admitted: &Admitted, paging: &Paging) -> Result<Listed<BrokenLink>> {
        // A bad cursor is told before a missing wiki.
        let list = list_name("broken links", admitted, "");
        let after = paging.after_text(&list)?.map(|text| place(&text).ok_or(Error::BadCursor)).transpose()?;
        let (wiki, head) = admitted.handle()?;
        let (repo, after) = (&wiki.repo, after.as_ref());
        let part = self
            .at_head(&wiki, head.commit, |index| async move {
                index.broken_links(repo, after, paging.limit).await
            })
            .await?
            .value;
        let next =
            part.next.map(|LinkPlace { page, link }| cursor(&list, format!("{link} {page}").as_bytes()));
        Ok(Listed { items: part.items, next })
    }

    /// The page that `path` names, where it is there.
    async fn present_page(
        &self,
        wiki: &Wiki,
        head: Option<Oid>,
        path: &Requested<PageKind>,
    ) -> Result<Option<PagePath>> {
        let names = self.spelled(wiki, head, path).await?.git_names();
        let found = self.first_file(wiki, head, &names).await?;
        Ok(found.and_then(|path| PagePath::from_git(&path)))
    }

    /// The file that `path` names if it is not taken for a page's.
    async fn present_file(
        &self,
        wiki: &Wiki,
        head: Option<Oid>,
        path: &Requested<PageKind>,
    ) -> Result<Option<FilePath>> {
        let Ok(path) = Requested::<FileKind>::parse(path.sent().as_str()) else { return Ok(None) };
        let names = self.spelled(wiki, head, &path).await?.git_names();
        let found = self.first_file(wiki, head, &names).await?;
        Ok(found.and_then(|path| FilePath::from_git(&path)))
    }

    /// The first of `names` in git that is a page or a file.
    async fn first_file(&self, wiki: &Wiki, head: Option<Oid>, names: &[String]) -> Result<Option<Vec<u8>>> {
        let names: Vec<&[u8]> = names.iter().map(String::as_bytes).collect();
        let (repo, names) = (&wiki.repo, names.as_slice());
        let found =
            self.at_head(wiki, head, |index| async move { index.file(repo, names).await }).await?.value;
        let is_served = |file: &portolan_ports::index::FileEntry| {
            !matches!(file.kind, portolan_ports::index::FileKind::Kept)
        };
        Ok(found.filter(is_served).map(|file| file.path))
    }

    async fn no_page(&self, wiki: &Wiki, head: Option<Oid>, path: &Requested<PageKind>) -> Result<Error> {
        let deleted_in = self.deleted_in(wiki, head, &path.git_names()).await?;
        Ok(Error::NotFound { what: "page".into(), deleted_in })
    }
}

/// The place in a cursor: a link's number, a blank, its page.
fn place(text: &str) -> Option<LinkPlace> {
    let (link, page) = text.split_once(' ')?;
    Some(LinkPlace { page: page.to_owned(), link: link.parse().ok()? })
}
