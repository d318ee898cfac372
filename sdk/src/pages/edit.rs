//! Editing pages: changes that name their place in the text, and lose nothing around it.

use portolan_core::access::Operation;
use portolan_core::audit::Outcome;
use portolan_core::git::{Kind, Oid};
use portolan_core::wiki::edit::{Edit, apply};
use portolan_core::wiki::path::{PageKind, PagePath, Requested};
use portolan_ports::index::FileEntry;

use super::content::{PageText, Prepared, name_of, prepare};
use super::fold::{MergedText, merge_texts};
use super::job::{Action, Asked, Condition, Merging, Work};
use super::queue::Wiki;
use super::write::{WrittenPage, message};
use crate::diff::{Unified, unified};
use crate::error::{Current, PageConflict, Side};
use crate::{Admitted, Error, Portolan, Result, Written};

/// Edits of a page, all or none of which are made.
#[derive(Debug, Clone)]
pub struct EditPage {
    /// Which page.
    pub path: Requested<PageKind>,
    /// The edits, in order.
    pub edits: Vec<Edit>,
    /// The commit's message; none or blank: what was done.
    pub message: Option<String>,
    /// What the edits were made for: [`Condition::Match`] or [`Condition::Base`].
    pub condition: Condition,
}

/// What edits would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageDraft {
    /// The page.
    pub path: PagePath,
    /// The version it would have.
    pub version: Oid,
    /// Whether it would change.
    pub changed: bool,
    /// Whether it has changed since the base, so that the edits would be merged into it.
    pub merged: bool,
    /// How it would change.
    pub diff: Unified,
    /// The wiki's head that this was computed at.
    pub head: Oid,
}

/// Above this many bytes, editing is work for another thread.
const INLINE: usize = 32 * 1024;

impl Portolan {
    /// Edits a page: one commit, one audit event, one receipt, or nothing.
    pub async fn edit_page(&self, admitted: &Admitted, edit: EditPage) -> Result<Written<WrittenPage>> {
        admitted.must_be(Operation::PageEdit)?;
        let path = edit.path.canonical().clone();
        let result = self.edit_page_once(admitted, edit).await;
        self.refusal_noted(admitted, &path, result)
    }

    async fn edit_page_once(&self, admitted: &Admitted, edit: EditPage) -> Result<Written<WrittenPage>> {
        let message = message(edit.message.as_deref(), "/message")?;
        let (edits, condition) = (format!("{:?}", edit.edits), format!("{:?}", edit.condition));
        let said = message.clone().unwrap_or_default();
        let sent = edit.path.sent().as_str().to_owned();
        let parts = [sent.as_bytes(), edits.as_bytes(), condition.as_bytes(), said.as_bytes()];
        let work = async |wiki: Wiki, head: Option<Oid>| Ok(self.edit_work(&wiki, head, &edit).await?.1);
        let written =
            self.write_once(admitted, &parts, message, |wiki, head| Box::pin(work(wiki, head))).await?;
        self.written_page(admitted, written).await
    }

    /// What edits would do, without doing it.
    pub async fn draft_edits(&self, admitted: &Admitted, edit: EditPage) -> Result<PageDraft> {
        admitted.must_be(Operation::PageEdit)?;
        let target = format!("{}/{}", crate::wikis::wiki_name(admitted), edit.path.canonical());
        let result = self.draft(admitted, &edit).await;
        match &result {
            Ok(_) => self.note(admitted, &target, Outcome::Done, Some("dry-run")),
            Err(error) => {
                if let Some(reason) = error.reason() {
                    self.note(admitted, &target, Outcome::Refused, Some(reason));
                }
            }
        }
        result
    }

    async fn draft(&self, admitted: &Admitted, edit: &EditPage) -> Result<PageDraft> {
        message(edit.message.as_deref(), "/message")?;
        let (wiki, head) = admitted.handle()?;
        if head.importing.is_some() {
            return Err(Error::InProgress);
        }
        let (now, work) = self.edit_work(&wiki, head.commit, edit).await?;
        let Work::One(one) = work else { return Err(crate::tenancy::unexpected()) };
        let head = head.commit.ok_or_else(|| Error::not_found("page"))?;
        let path = PagePath::from_git(&now.path)
            .ok_or_else(|| Error::Internal("an indexed page has no path".into()))?;
        let theirs = self.object(&wiki.repo, now.blob, Kind::Blob).await?;
        let (text, merged) = match one.action {
            Action::Put(prepared) => (*prepared, false),
            Action::Merge(merging) if one.versions.contains(&now.blob) => (merging.yours, false),
            Action::Merge(merging) => {
                let Merging { base, yours } = *merging;
                match merge_texts(&base, &theirs, &yours, &name_of(&path), &self.inner.options)? {
                    MergedText::Clean(prepared) => (*prepared, true),
                    MergedText::Conflict(hunks) => {
                        let base = Side { version: one.versions.first().copied(), ..Side::default() };
                        let yours = Side { version: Some(yours.id), ..Side::default() };
                        let theirs = current(&now);
                        return Err(Error::PageConflict(Box::new(PageConflict {
                            base,
                            theirs,
                            yours,
                            hunks,
                        })));
                    }
                }
            }
            Action::Delete => return Err(crate::tenancy::unexpected()),
        };
        let changed = text.id != now.blob;
        let new = String::from_utf8_lossy(&text.object.data);
        let diff = unified(&String::from_utf8_lossy(&theirs), &new);
        Ok(PageDraft { path, version: text.id, changed, merged, diff, head })
    }

    /// The page as it is now, and the edits as they go into the queue.
    async fn edit_work(&self, wiki: &Wiki, head: Option<Oid>, edit: &EditPage) -> Result<(FileEntry, Work)> {
        let path = Asked::Page(self.spelled(wiki, head, &edit.path).await?);
        let mut now = None;
        for name in path.git_names() {
            now = self.file_now(wiki, head, name.as_bytes()).await?;
            if now.is_some() {
                break;
            }
        }
        let Some(now) = now else {
            return Err(match &edit.condition {
                Condition::Match(_) => Error::StaleBase(Box::default()),
                _ => Error::NotFound {
                    what: "page".into(),
                    deleted_in: self.deleted_in(wiki, head, &path.git_names()).await?,
                },
            });
        };
        let base = match &edit.condition {
            Condition::None | Condition::Absent => return Err(Error::BaseRequired(Box::new(current(&now)))),
            Condition::Match(_) => {
                let versions = self.base_versions(wiki, head, &path, &edit.condition).await?;
                versions.contains(&now.blob).then_some(now.blob)
            }
            Condition::Base(base) => self.base_version(wiki, head, &path, *base).await?,
        };
        let Some(base) = base else { return Err(Error::StaleBase(Box::new(current(&now)))) };
        let yours = self.edited(wiki, base, edit).await?;
        // The edits are made for this very text: what was allowed beside it is another one.
        let condition = match &edit.condition {
            Condition::Match(_) => Condition::Match(vec![base]),
            condition => condition.clone(),
        };
        let work = self.put_work(wiki, head, &path, &condition, yours).await?;
        Ok((now, work))
    }

    /// What the edits make of the version `base`.
    async fn edited(&self, wiki: &Wiki, base: Oid, edit: &EditPage) -> Result<Prepared> {
        let data = self.object(&wiki.repo, base, Kind::Blob).await?;
        let limit = self.inner.options.page_bytes;
        let text = String::from_utf8(data.to_vec()).map_err(|_| {
            Error::invalid(
                "",
                "the page is not UTF-8, so it cannot be edited in parts; overwrite it as a whole",
            )
        })?;
        if text.len() as u64 > limit || text.contains('\0') {
            let why =
                "the page is larger than pages may be, or has U+0000 in it, so it cannot be edited in parts";
            return Err(Error::invalid("", format!("{why}; overwrite it as a whole")));
        }
        let edits = edit.edits.clone();
        let edited = if text.len() <= INLINE {
            apply(&text, &edits)
        } else {
            let work = tokio::task::spawn_blocking(move || apply(&text, &edits));
            work.await.map_err(|_| Error::Internal("editing a page's text failed".into()))?
        };
        let text = edited.map_err(|failures| Error::EditNotApplied(Box::new(failures)))?;
        prepare(PageText::new(text, limit)?, edit.path.canonical().last().to_owned()).await
    }
}

fn current(now: &FileEntry) -> Current {
    Current { version: Some(now.blob), revision: Some(now.last), author: now.author.clone() }
}
