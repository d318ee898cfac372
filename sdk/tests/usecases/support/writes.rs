//! A client's writes that depend on what pages are.

use portolan::core::access::Operation;
use portolan::core::git::Oid;
use portolan::core::wiki::edit::Edit;
use portolan::core::wiki::path::Requested;
use portolan::{
    Condition, EditPage, PageDraft, RenamePage, RenamedPage, Result, Revert, RevertCommits, Reverted,
    Written, WrittenPage,
};

use super::Client;

impl Client {
    /// Overwrites a page with a text that was made of `base`, by merging.
    pub(crate) async fn merge(&self, path: &str, text: &str, base: Oid) -> Result<WrittenPage> {
        Ok(self.put(path, text, Condition::Base(base)).await?.value)
    }

    pub(crate) async fn edit(
        &self,
        path: &str,
        edits: Vec<Edit>,
        condition: Condition,
    ) -> Result<Written<WrittenPage>> {
        let admitted = self.admit(Operation::PageEdit).await?;
        let edit = EditPage { path: Requested::parse(path)?, edits, message: None, condition };
        self.portolan.edit_page(&admitted, edit).await
    }

    pub(crate) async fn draft(
        &self,
        path: &str,
        edits: Vec<Edit>,
        condition: Condition,
    ) -> Result<PageDraft> {
        let admitted = self.admit(Operation::PageEdit).await?;
        let edit = EditPage { path: Requested::parse(path)?, edits, message: None, condition };
        self.portolan.draft_edits(&admitted, edit).await
    }

    pub(crate) async fn rename(
        &self,
        from: &str,
        to: &str,
        base: Option<Oid>,
    ) -> Result<Written<RenamedPage>> {
        let admitted = self.admit(Operation::PageRename).await?;
        let rename =
            RenamePage { from: Requested::parse(from)?, to: Requested::parse(to)?, base, message: None };
        self.portolan.rename_page(&admitted, rename).await
    }

    /// Renames a page as it is now; answers which other pages were rewritten.
    pub(crate) async fn moved(&self, from: &str, to: &str) -> Vec<String> {
        let base = self.read(from).await.unwrap().version;
        let renamed = self.rename(from, to, Some(base)).await.unwrap().value;
        renamed.rewritten.iter().map(ToString::to_string).collect()
    }

    pub(crate) async fn revert(&self, revision: Oid, path: Option<&str>) -> Result<Written<Reverted>> {
        let path = path.map(Requested::parse).transpose()?;
        self.revert_what(Revert::Commit { revision: revision.to_string(), path }).await
    }

    pub(crate) async fn revert_what(&self, what: Revert) -> Result<Written<Reverted>> {
        let admitted = self.admit(Operation::PageRevert).await?;
        self.portolan.revert(&admitted, RevertCommits { what, message: None }).await
    }

    /// A page's text as it is now.
    pub(crate) async fn text(&self, path: &str) -> String {
        self.read(path).await.unwrap().text().0.into_owned()
    }
}
