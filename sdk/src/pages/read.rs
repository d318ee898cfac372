//! Reading pages.

use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;
use jiff::Timestamp;
use portolan_core::access::Operation;
use portolan_core::git::{Entry, Kind, Oid, TreeEditor};
use portolan_core::wiki::RepoId;
use portolan_core::wiki::page::facts;
use portolan_core::wiki::path::{PageKind, PagePath, PathPrefix, Requested};
use portolan_ports::Index;
use portolan_ports::index::{Answer, Author, CommitAt, FileEntry, FileFilter, FileKind, HistoryEntry};

use super::content::name_of;
use super::history::{ceil_seconds, list_name, time};
use super::queue::Wiki;
use crate::list::{Listed, Paging};
use crate::{Admitted, Error, Portolan, Result};

/// Which page, and when.
#[derive(Debug, Clone)]
pub struct PageRead {
    /// The page.
    pub path: Requested<PageKind>,
    /// A version or revision of it; none: as it is now. A text that is no object id names nothing.
    pub revision: Option<String>,
}

/// A page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageView {
    /// Its path.
    pub path: PagePath,
    /// Its title.
    pub title: String,
    /// Its bytes.
    pub content: Bytes,
    /// The blob of its text.
    pub version: Oid,
    /// The commit that last changed it.
    pub revision: Oid,
    /// When that was.
    pub updated_at: Timestamp,
    /// Who made that commit.
    pub author: Author,
    /// The page that a redirect stub names.
    pub redirect: Option<String>,
    /// The wiki's head that this was computed at.
    pub head: Oid,
}

impl PageView {
    /// The text, and whether bytes that are no UTF-8 had to be replaced in it.
    pub fn text(&self) -> (Cow<'_, str>, bool) {
        let text = String::from_utf8_lossy(&self.content);
        let lossy = matches!(text, Cow::Owned(_));
        (text, lossy)
    }
}

/// A page in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageItem {
    /// Its path.
    pub path: PagePath,
    /// Its title.
    pub title: String,
    /// The blob of its text.
    pub version: Oid,
    /// The commit that last changed it.
    pub revision: Oid,
    /// When that was.
    pub updated_at: Timestamp,
    /// Its size, bytes.
    pub bytes: u64,
    /// The page that a redirect stub names.
    pub redirect: Option<String>,
}

/// Which pages.
#[derive(Debug, Clone, Default)]
pub struct PageListFilter {
    /// Only paths that begin so.
    pub prefix: PathPrefix,
    /// Only pages last changed then or later.
    pub updated_since: Option<Timestamp>,
    /// Only pages of this category, in any case.
    pub category: Option<String>,
    /// Only pages with this tag, in any case.
    pub tag: Option<String>,
}

/// Part of a list of pages, and the head it was computed at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageList {
    /// The pages.
    pub pages: Listed<PageItem>,
    /// The head; none for an empty wiki.
    pub head: Option<Oid>,
}

/// What the file of a history was called after the commit of this entry.
pub(super) fn name_in(entry: &HistoryEntry) -> &[u8] {
    entry.commit.paths.first().map_or(&[], |change| &change.path)
}

impl Portolan {
    /// Reads a page, now or as it was.
    pub async fn read_page(&self, admitted: &Admitted, read: &PageRead) -> Result<PageView> {
        admitted.must_be(Operation::PageRead)?;
        let result = self.find_page(admitted, read).await;
        let target = read.path.canonical().as_str();
        match admitted.place.wiki.as_ref() {
            Some(wiki) => self.noted(admitted, &format!("{wiki}/{target}"), result),
            None => result,
        }
    }

    pub(super) async fn find_page(&self, admitted: &Admitted, read: &PageRead) -> Result<PageView> {
        let (wiki, head) = admitted.handle()?;
        match &read.revision {
            None => self.page_now(&wiki, head.commit, &read.path).await,
            Some(revision) => self.page_then(&wiki, head.commit, &read.path, revision).await,
        }
    }

    async fn page_now(&self, wiki: &Wiki, head: Option<Oid>, path: &Requested<PageKind>) -> Result<PageView> {
        let (entry, head) = self.entry_now(wiki, head, path).await?;
        let content = self.object(&wiki.repo, entry.blob, Kind::Blob).await?;
        Self::view(entry, content, head)
    }

    /// The page as the index has it at `head` or later.
    pub(super) async fn entry_now(
        &self,
        wiki: &Wiki,
        head: Option<Oid>,
        path: &Requested<PageKind>,
    ) -> Result<(FileEntry, Oid)> {
        let mut found = self.page_named(wiki, head, path).await?;
        let mut spelled = None;
        if found.value.is_none() {
            // Mostly a page is found as it was asked for.
            let others = self.spelled(wiki, head, path).await?;
            if others != *path {
                found = self.page_named(wiki, head, &others).await?;
                spelled = Some(others);
            }
        }
        let (Some(entry), Some(head)) = (found.value, found.head) else {
            let names = spelled.as_ref().unwrap_or(path).git_names();
            let deleted_in = match found.head {
                Some(_) => self.deleted_in(wiki, head, &names).await?,
                None => None,
            };
            return Err(Error::NotFound { what: "page".into(), deleted_in });
        };
        Ok((entry, head))
    }

    /// The first page that has one of the spellings of `path`, if it is one.
    pub(super) async fn page_named(
        &self,
        wiki: &Wiki,
        head: Option<Oid>,
        path: &Requested<PageKind>,
    ) -> Result<Answer<Option<FileEntry>>> {
        let names = path.git_names();
        let names: Vec<&[u8]> = names.iter().map(String::as_bytes).collect();
        let names = names.as_slice();
        let answer =
            self.at_head(wiki, head, |index| async move { index.file(&wiki.repo, names).await }).await?;
        let value = answer.value.filter(|entry| entry.kind == FileKind::Page);
        Ok(Answer { head: answer.head, value })
    }

    /// An indexed page with its content.
    pub(super) fn view(entry: FileEntry, content: Bytes, head: Oid) -> Result<PageView> {
        let path = PagePath::from_git(&entry.path)
            .ok_or_else(|| Error::Internal("an indexed page has no path".into()))?;
        Ok(PageView {
            path,
            title: entry.title,
            content,
            version: entry.blob,
            revision: entry.last,
            updated_at: time(entry.time),
            author: entry.author.ok_or_else(|| Error::Internal("an indexed page has no author".into()))?,
            redirect: entry.redirect,
            head,
        })
    }

    /// The page at a version of it, or at any commit of the main line.
    async fn page_then(
        &self,
        wiki: &Wiki,
        head: Option<Oid>,
        path: &Requested<PageKind>,
        revision: &str,
    ) -> Result<PageView> {
        let gone = || Error::not_found("revision of this page");
        let id: Oid = revision.parse().map_err(|_| gone())?;
        for path in self.spelled(wiki, head, path).await?.candidates() {
            let name = path.git_path();
            let name = name.as_bytes();
            let answer = self
                .at_head(wiki, head, |index| async move { index.version(&wiki.repo, name, id).await })
                .await?;
            let Some(head) = answer.head else { return Err(gone()) };
            let found = match answer.value {
                // A symbolic link's target is a blob of its history, too, and no page.
                Some(entry) => {
                    let made = self.entry_at(&wiki.repo, entry.commit.id, name_in(&entry)).await?;
                    made.map(|_| (id, entry))
                }
                None => match self.main_line(wiki, Some(head), id).await? {
                    Some(at) => self.text_at(wiki, Some(head), name, &at).await?,
                    None => None,
                },
            };
            if let Some((version, entry)) = found {
                let content = self.object(&wiki.repo, version, Kind::Blob).await?;
                let facts = facts(&String::from_utf8_lossy(&content), &name_of(path));
                return Ok(PageView {
                    path: path.clone(),
                    title: facts.title,
                    content,
                    version,
                    revision: entry.commit.id,
                    updated_at: time(entry.commit.time),
                    author: entry.commit.author,
                    redirect: facts.redirect,
                    head,
                });
            }
        }
        Err(gone())
    }

    /// The blob at the commit `at` of the page that is at `name` now, whatever it was called then, and the entry of its history
    /// that made it.
    pub(super) async fn text_at(
        &self,
        wiki: &Wiki,
        head: Option<Oid>,
        name: &[u8],
        at: &CommitAt,
    ) -> Result<Option<(Oid, HistoryEntry)>> {
        let mut before = at.position + 1;
        // The names it had by then, the last one first; where it is at the commit is what tells which of them it had there.
        let mut tried: Vec<Vec<u8>> = Vec::new();
        let mut version = None;
        loop {
            let found = self.entries(wiki, head, name, Some(before), 20).await?;
            let Some(last) = found.last() else { return Ok(None) };
            before = last.position;
            for entry in found {
                if version.is_none() && !tried.iter().any(|name| name == name_in(&entry)) {
                    let there = self.entry_at(&wiki.repo, at.commit.id, name_in(&entry)).await?;
                    version = there.map(|entry| entry.id);
                    tried.push(name_in(&entry).to_vec());
                }
                if version.is_some() && entry.commit.paths.iter().any(|path| path.new == version) {
                    return Ok(version.map(|version| (version, entry)));
                }
            }
        }
    }

    /// The file at `name` in the tree of `commit`.
    pub(crate) async fn entry_at(&self, repo: &RepoId, commit: Oid, name: &[u8]) -> Result<Option<Entry>> {
        let Some(root) = self.root_of(repo, commit).await? else { return Ok(None) };
        let mut editor = TreeEditor::new(root);
        loop {
            let missing = editor.missing([name]);
            if missing.is_empty() {
                let entry = editor.entry(name).map_err(|bad| crate::index::bad_object(commit, &bad))?;
                return Ok(entry.filter(|entry| entry.mode.is_file()));
            }
            for id in missing {
                editor.load(id, self.object(repo, id, Kind::Tree).await?);
            }
        }
    }

    /// The file `name` as the index has it at `head` or later.
    pub(super) async fn file_now(
        &self,
        wiki: &Wiki,
        head: Option<Oid>,
        name: &[u8],
    ) -> Result<Option<FileEntry>> {
        Ok(self
            .at_head(wiki, head, |index| async move { index.file(&wiki.repo, &[name]).await })
            .await?
            .value)
    }

    /// The entry of a file's history that made `version` its content.
    pub(super) async fn version_of(
        &self,
        wiki: &Wiki,
        head: Option<Oid>,
        name: &[u8],
        version: Oid,
    ) -> Result<Option<HistoryEntry>> {
        let ask = |index: Arc<dyn Index>| async move { index.version(&wiki.repo, name, version).await };
        Ok(self.at_head(wiki, head, ask).await?.value)
    }

    /// The commit that deleted a file, where there was one under one of these names in git.
    pub(crate) async fn deleted_in(
        &self,
        wiki: &Wiki,
        head: Option<Oid>,
        names: &[String],
    ) -> Result<Option<Oid>> {
        for name in names {
            let newest = self.entries(wiki, head, name.as_bytes(), None, 1).await?.pop();
            let gone = newest.filter(|entry| entry.commit.paths.iter().all(|path| path.new.is_none()));
            if let Some(entry) = gone {
                return Ok(Some(entry.commit.id));
            }
        }
        Ok(None)
    }

    /// Whether the file `name` was deleted by a commit after `position`.
    pub(super) async fn deleted_since(
        &self,
        wiki: &Wiki,
        head: Option<Oid>,
        name: &[u8],
        position: u64,
    ) -> Result<bool> {
        let mut before = None;
        loop {
            let found = self.entries(wiki, head, name, before, 50).await?;
            for entry in &found {
                if entry.position <= position {
                    return Ok(false);
                }
                if entry.commit.paths.iter().any(|path| path.new.is_none()) {
                    return Ok(true);
                }
            }
            match found.last() {
                Some(last) => before = Some(last.position),
                None => return Ok(false),
            }
        }
    }

    /// Entries of a file's history, at `head` or later.
    pub(super) async fn entries(
        &self,
        wiki: &Wiki,
        head: Option<Oid>,
        name: &[u8],
        before: Option<u64>,
        limit: usize,
    ) -> Result<Vec<HistoryEntry>> {
        let ask = |index: Arc<dyn Index>| async move { index.history(&wiki.repo, name, before, limit).await };
        Ok(self.at_head(wiki, head, ask).await?.value)
    }

    /// A commit of the main line, at `head` or later.
    pub(super) async fn main_line(
        &self,
        wiki: &Wiki,
        head: Option<Oid>,
        id: Oid,
    ) -> Result<Option<CommitAt>> {
        let ask = |index: Arc<dyn Index>| async move { index.commit(&wiki.repo, id).await };
        Ok(self.at_head(wiki, head, ask).await?.value)
    }

    /// Pages by path.
    pub async fn list_pages(
        &self,
        admitted: &Admitted,
        filter: &PageListFilter,
        paging: &Paging,
    ) -> Result<PageList> {
        admitted.must_be(Operation::PageList)?;
        let result = self.find_pages(admitted, filter, paging).await;
        self.noted(admitted, &crate::wikis::wiki_name(admitted), result)
    }

    async fn find_pages(
        &self,
        admitted: &Admitted,
        filter: &PageListFilter,
        paging: &Paging,
    ) -> Result<PageList> {
        // A bad cursor is told before a missing wiki.
        let list = list_name("pages", admitted, "");
        let after = paging.after_bytes(&list)?;
        let (wiki, head) = admitted.handle()?;
        let files = FileFilter {
            kinds: vec![FileKind::Page],
            prefix: filter.prefix.as_str().as_bytes().to_vec(),
            updated_since: filter.updated_since.map(ceil_seconds),
            executable: false,
            category: filter.category.clone(),
            tag: filter.tag.clone(),
        };
        let (repo, files, after) = (&wiki.repo, &files, after.as_deref());
        let answer = self
            .at_head(&wiki, head.commit, |index| async move {
                index.files(repo, files, after, paging.limit + 1).await
            })
            .await?;
        let mut items = Vec::with_capacity(answer.value.len());
        for entry in answer.value {
            let path = PagePath::from_git(&entry.path);
            let path = path.ok_or_else(|| Error::Internal("an indexed page has no path".into()))?;
            let item = PageItem {
                path,
                title: entry.title,
                version: entry.blob,
                revision: entry.last,
                updated_at: time(entry.time),
                bytes: entry.bytes,
                redirect: entry.redirect,
            };
            items.push((entry.path, item));
        }
        Ok(PageList { pages: Listed::page(&list, items, paging), head: answer.head })
    }
}
