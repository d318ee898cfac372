//! Where redirect stubs lead.

use std::collections::HashSet;

use portolan_core::access::Operation;
use portolan_core::git::Oid;
use portolan_core::wiki::path::{PagePath, Requested};
use portolan_ports::index::FileEntry;

use super::queue::Wiki;
use super::read::PageView;
use crate::{Admitted, Portolan, Result};

/// Most stubs that are followed one after the other.
const HOPS: usize = 32;

/// What a redirect stub at `path` names: always within the wiki. None where what it says is no page's path, or the stub itself.
pub(super) fn named(redirect: Option<&str>, path: &PagePath) -> Option<PagePath> {
    let target = redirect?;
    let target = PagePath::parse(target.strip_prefix('/').unwrap_or(target)).ok()?;
    (target != *path).then_some(target)
}

impl Portolan {
    /// Where a reader of `page` is to be sent, which is a redirect stub: to the end of all stubs that lead on from it, even where nothing is
    /// there. None where it is no stub, or its stubs lead round in a circle, or on and on: then it is a page like others.
    pub async fn leads_to(&self, admitted: &Admitted, page: &PageView) -> Result<Option<PagePath>> {
        admitted.must_be(Operation::PageRead)?;
        let (wiki, _) = admitted.handle()?;
        self.end_of(&wiki, Some(page.head), page.redirect.as_deref(), &page.path).await
    }

    /// As [`Self::leads_to`], of the page `path` that names `redirect`.
    pub(super) async fn end_of(
        &self,
        wiki: &Wiki,
        head: Option<Oid>,
        redirect: Option<&str>,
        path: &PagePath,
    ) -> Result<Option<PagePath>> {
        let Some(mut end) = named(redirect, path) else { return Ok(None) };
        let mut met = HashSet::from([path.clone()]);
        for _ in 0..HOPS {
            let Some(stub) = self.page_called(wiki, head, &end).await? else { return Ok(Some(end)) };
            // As it is spelled where it is: another spelling of the same page is no other one.
            let Some(here) = PagePath::from_git(&stub.path) else { return Ok(Some(end)) };
            let next = named(stub.redirect.as_deref(), &here);
            if !met.insert(here) {
                return Ok(None);
            }
            let Some(next) = next else { return Ok(Some(end)) };
            end = next;
        }
        Ok(None)
    }

    async fn page_called(
        &self,
        wiki: &Wiki,
        head: Option<Oid>,
        path: &PagePath,
    ) -> Result<Option<FileEntry>> {
        let path = Requested::parse(&path.to_input())?;
        Ok(self.page_named(wiki, head, &self.spelled(wiki, head, &path).await?).await?.value)
    }
}
