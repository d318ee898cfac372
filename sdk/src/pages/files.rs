//! Files that are no pages: pictures, documents, whatever goes with the texts.

use std::sync::Arc;

use bytes::Bytes;
use jiff::Timestamp;
use portolan_core::access::Operation;
use portolan_core::git::{Kind, Oid};
use portolan_core::wiki::ContentType;
use portolan_core::wiki::path::{FileKind, FilePath, PathPrefix, Requested};
use portolan_ports::Index;
use portolan_ports::index::{FileFilter, FileKind as Indexed};
use portolan_ports::ledger::{Effect, FileEffect};

use super::content::{Prepared, raw};
use super::history::{list_name, time};
use super::job::{Action, Asked, Condition, One, Work};
use super::queue::Wiki;
use super::write::{Deleted, message};
use crate::list::{Listed, Paging};
use crate::tenancy::unexpected;
use crate::{Admitted, Error, Portolan, Result, Written};

/// Which file, and when.
#[derive(Debug, Clone)]
pub struct FileRead {
    /// The file.
    pub path: Requested<FileKind>,
    /// A version or revision of it; none: as it is now. A text that is no object id names nothing.
    pub revision: Option<String>,
}

/// A file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileView {
    /// Its path.
    pub path: FilePath,
    /// Its bytes.
    pub content: Bytes,
    /// What it is: what its extension says, where its first bytes agree.
    pub content_type: ContentType,
    /// The blob of its content.
    pub version: Oid,
    /// The commit that made it so.
    pub revision: Oid,
    /// When that was.
    pub updated_at: Timestamp,
}

/// A file to be created or overwritten.
#[derive(Debug, Clone)]
pub struct PutFile {
    /// Which file.
    pub path: Requested<FileKind>,
    /// Its new content.
    pub content: Bytes,
    /// The commit's message; none or blank: what was done.
    pub message: Option<String>,
    /// What must be true of the file.
    pub condition: Condition,
}

/// A file in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileItem {
    /// Its path.
    pub path: FilePath,
    /// The blob of its content.
    pub version: Oid,
    /// The commit that last changed it.
    pub revision: Oid,
    /// Its size, bytes.
    pub bytes: u64,
    /// What its extension says it is.
    pub content_type: ContentType,
}

/// Part of a list of files, and the head it was computed at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileList {
    /// The files.
    pub files: Listed<FileItem>,
    /// The head; none for an empty wiki.
    pub head: Option<Oid>,
}

impl Portolan {
    /// Files by path.
    pub async fn list_files(
        &self,
        admitted: &Admitted,
        prefix: &PathPrefix,
        paging: &Paging,
    ) -> Result<FileList> {
        admitted.must_be(Operation::FileList)?;
        let result = self.find_files(admitted, prefix, paging).await;
        self.noted(admitted, &crate::wikis::wiki_name(admitted), result)
    }

    async fn find_files(
        &self,
        admitted: &Admitted,
        prefix: &PathPrefix,
        paging: &Paging,
    ) -> Result<FileList> {
        // A bad cursor is told before a missing wiki.
        let list = list_name("files", admitted, "");
        let after = paging.after_bytes(&list)?;
        let (wiki, head) = admitted.handle()?;
        let filter = FileFilter {
            kinds: vec![Indexed::File],
            prefix: prefix.as_str().as_bytes().to_vec(),
            ..FileFilter::default()
        };
        let (repo, filter, after) = (&wiki.repo, &filter, after.as_deref());
        let ask =
            |index: Arc<dyn Index>| async move { index.files(repo, filter, after, paging.limit + 1).await };
        let answer = self.at_head(&wiki, head.commit, ask).await?;
        let mut items = Vec::with_capacity(answer.value.len());
        for entry in answer.value {
            let path = file_path(&entry.path)?;
            let item = FileItem {
                content_type: ContentType::of_name(path.last()),
                path,
                version: entry.blob,
                revision: entry.last,
                bytes: entry.bytes,
            };
            items.push((entry.path, item));
        }
        Ok(FileList { files: Listed::page(&list, items, paging), head: answer.head })
    }

    /// Reads a file, now or as it was.
    pub async fn read_file(&self, admitted: &Admitted, read: &FileRead) -> Result<FileView> {
        admitted.must_be(Operation::FileRead)?;
        let result = self.find_file(admitted, read).await;
        self.noted(admitted, &target(admitted, &read.path), result)
    }

    async fn find_file(&self, admitted: &Admitted, read: &FileRead) -> Result<FileView> {
        let (wiki, head) = admitted.handle()?;
        let asked = Asked::File(self.spelled(&wiki, head.commit, &read.path).await?);
        match &read.revision {
            None => self.file_at_head(&wiki, head.commit, &asked).await,
            Some(revision) => self.file_then(&wiki, head.commit, &asked, revision).await,
        }
    }

    async fn file_at_head(&self, wiki: &Wiki, head: Option<Oid>, asked: &Asked) -> Result<FileView> {
        let names = asked.git_names();
        let bytes: Vec<&[u8]> = names.iter().map(String::as_bytes).collect();
        let bytes = bytes.as_slice();
        let ask = |index: Arc<dyn Index>| async move { index.file(&wiki.repo, bytes).await };
        let found = self.at_head(wiki, head, ask).await?.value;
        let Some(entry) = found.filter(|entry| entry.kind == Indexed::File) else {
            let deleted_in = match head {
                None => None,
                Some(_) => self.deleted_in(wiki, head, &names).await?,
            };
            return Err(Error::NotFound { what: "file".into(), deleted_in });
        };
        self.file_view(wiki, &entry.path, entry.blob, entry.last, entry.time).await
    }

    async fn file_then(
        &self,
        wiki: &Wiki,
        head: Option<Oid>,
        asked: &Asked,
        revision: &str,
    ) -> Result<FileView> {
        let gone = || Error::not_found("revision of this file");
        let id: Oid = revision.parse().map_err(|_| gone())?;
        for name in asked.git_names() {
            let name = name.as_bytes();
            let found = match (self.version_of(wiki, head, name, id).await?, head) {
                // A symbolic link's target is a blob of its history, too, and no file.
                (Some(entry), _) => {
                    self.entry_at(&wiki.repo, entry.commit.id, name).await?.map(|_| (id, entry))
                }
                (None, head) => match self.main_line(wiki, head, id).await? {
                    Some(at) => self.text_at(wiki, head, name, &at).await?,
                    None => None,
                },
            };
            if let Some((version, entry)) = found {
                return self.file_view(wiki, name, version, entry.commit.id, entry.commit.time).await;
            }
        }
        Err(gone())
    }

    async fn file_view(
        &self,
        wiki: &Wiki,
        name: &[u8],
        version: Oid,
        revision: Oid,
        seconds: i64,
    ) -> Result<FileView> {
        let path = file_path(name)?;
        let content = self.object(&wiki.repo, version, Kind::Blob).await?;
        let content_type = ContentType::of(path.last(), &content);
        Ok(FileView { path, content, content_type, version, revision, updated_at: time(seconds) })
    }

    /// Creates or overwrites a file: one commit, one audit event, one receipt, or nothing.
    pub async fn put_file(&self, admitted: &Admitted, put: PutFile) -> Result<Written<FileEffect>> {
        admitted.must_be(Operation::FileWrite)?;
        let target = target(admitted, &put.path);
        let result = self.put_file_once(admitted, put).await;
        self.refusal_noted_at(admitted, &target, result)
    }

    async fn put_file_once(&self, admitted: &Admitted, put: PutFile) -> Result<Written<FileEffect>> {
        let PutFile { path, content, message: said, condition } = put;
        let limit = self.options().file_bytes;
        if content.len() as u64 > limit {
            return Err(Error::TooLarge { what: "the file", limit });
        }
        let message = message(said.as_deref(), "?message")?;
        let kind = ContentType::of_name(path.canonical().last());
        if !kind.fits(&content) {
            return Err(Error::WrongType { name: path.canonical().last().to_owned(), essence: kind.essence });
        }
        let prepared = prepare(content).await?;
        let (text, stated) = (prepared.id.to_string(), format!("{condition:?}"));
        let said = message.clone().unwrap_or_default();
        let path = Asked::File(path);
        let parts = [path.sent().as_bytes(), text.as_bytes(), stated.as_bytes(), said.as_bytes()];
        let work = async |wiki: Wiki, head: Option<Oid>| {
            let path = self.asked(&wiki, head, &path).await?;
            let versions = self.base_versions(&wiki, head, &path, &condition).await?;
            let condition = condition.clone();
            let action = Action::Put(Box::new(prepared.clone()));
            Ok(Work::One(Box::new(One { path, action, condition, versions, head })))
        };
        let written =
            self.write_once(admitted, &parts, message, |wiki, head| Box::pin(work(wiki, head))).await?;
        let Effect::FileWritten(effect) = written.value else { return Err(unexpected()) };
        Ok(Written { value: effect, replayed: written.replayed })
    }

    /// Deletes a file, whose base must be given.
    pub async fn delete_file(
        &self,
        admitted: &Admitted,
        path: &Requested<FileKind>,
        said: Option<&str>,
        condition: Condition,
    ) -> Result<Written<Deleted>> {
        admitted.must_be(Operation::FileDelete)?;
        let result = self.delete_once(admitted, Asked::File(path.clone()), said, &condition).await;
        self.refusal_noted_at(admitted, &target(admitted, path), result)
    }
}

fn target(admitted: &Admitted, path: &Requested<FileKind>) -> String {
    format!("{}/{}", crate::wikis::wiki_name(admitted), path.canonical())
}

fn file_path(name: &[u8]) -> Result<FilePath> {
    FilePath::from_git(name).ok_or_else(|| Error::Internal("an indexed file has no path".into()))
}

/// Hashes and deflates a content, on a thread for long work.
async fn prepare(content: Bytes) -> Result<Prepared> {
    tokio::task::spawn_blocking(move || raw(content))
        .await
        .map_err(|_| Error::Internal("preparing a file's content failed".into()))?
}
