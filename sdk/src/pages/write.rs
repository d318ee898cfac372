//! Writing pages.

use futures::future::BoxFuture;
use portolan_core::access::Operation;
use portolan_core::git::{Kind, Oid, trailers};
use portolan_core::wiki::path::{PageKind, PagePath, Requested};
use portolan_ports::ledger::{Effect, PageEffect};
use tokio::sync::oneshot;

use super::content::{PageText, Prepared, prepare};
use super::job::{Action, Asked, Condition, Job, Merging, One, Reply, Work};
use super::queue::Wiki;
use crate::diff::{Unified, unified};
use crate::once::Request;
use crate::tenancy::unexpected;
use crate::{Admitted, Error, Portolan, Result, Written};

/// A page to be created or overwritten.
#[derive(Debug, Clone)]
pub struct PutPage {
    /// Which page.
    pub path: Requested<PageKind>,
    /// Its new text.
    pub text: PageText,
    /// The commit's message; none or blank: what was done.
    pub message: Option<String>,
    /// What must be true of the page.
    pub condition: Condition,
}

/// A page that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenPage {
    /// What was done.
    pub effect: PageEffect,
    /// The difference to the text before.
    pub diff: Unified,
}

/// A page that was deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deleted {
    /// The commit.
    pub revision: Oid,
    /// The wiki's head after it.
    pub head: Oid,
}

/// How often a write whose authority changed under it is admitted again.
const TRIES: u32 = 8;

impl Portolan {
    /// Creates or overwrites a page: one commit, one audit event, one receipt, or nothing.
    pub async fn put_page(&self, admitted: &Admitted, put: PutPage) -> Result<Written<WrittenPage>> {
        admitted.must_be(Operation::PageWrite)?;
        let path = put.path.canonical().clone();
        let result = self.put_page_once(admitted, put).await;
        self.refusal_noted(admitted, &path, result)
    }

    async fn put_page_once(&self, admitted: &Admitted, put: PutPage) -> Result<Written<WrittenPage>> {
        let message = message(put.message.as_deref(), "/message")?;
        let prepared = prepare(put.text, put.path.canonical().last().to_owned()).await?;
        let (text, condition) = (prepared.id.to_string(), format!("{:?}", put.condition));
        let said = message.clone().unwrap_or_default();
        let path = Asked::Page(put.path);
        let parts = [path.sent().as_bytes(), text.as_bytes(), condition.as_bytes(), said.as_bytes()];
        let work = async |wiki: Wiki, head: Option<Oid>| {
            let path = self.asked(&wiki, head, &path).await?;
            self.put_work(&wiki, head, &path, &put.condition, prepared.clone()).await
        };
        let written =
            self.write_once(admitted, &parts, message, |wiki, head| Box::pin(work(wiki, head))).await?;
        self.written_page(admitted, written).await
    }

    /// A page's new text as it goes into the queue.
    pub(super) async fn put_work(
        &self,
        wiki: &Wiki,
        head: Option<Oid>,
        path: &Asked,
        condition: &Condition,
        prepared: Prepared,
    ) -> Result<Work> {
        let versions = self.base_versions(wiki, head, path, condition).await?;
        let action = match (condition, versions.first()) {
            (Condition::Base(_), Some(version)) => {
                let base = self.object(&wiki.repo, *version, Kind::Blob).await?;
                Action::Merge(Box::new(Merging { base, yours: prepared }))
            }
            _ => Action::Put(Box::new(prepared)),
        };
        let (path, condition) = (path.clone(), condition.clone());
        Ok(Work::One(Box::new(One { path, action, condition, versions, head })))
    }

    /// What the write of a page is answered with.
    pub(super) async fn written_page(
        &self,
        admitted: &Admitted,
        written: Written<Effect>,
    ) -> Result<Written<WrittenPage>> {
        let Effect::PageWritten(effect) = written.value else { return Err(unexpected()) };
        let diff = self.difference(admitted, &effect).await?;
        Ok(Written { value: WrittenPage { effect, diff }, replayed: written.replayed })
    }

    /// Deletes a page, whose base must be given.
    pub async fn delete_page(
        &self,
        admitted: &Admitted,
        path: &Requested<PageKind>,
        said: Option<&str>,
        condition: Condition,
    ) -> Result<Written<Deleted>> {
        admitted.must_be(Operation::PageDelete)?;
        let result = self.delete_once(admitted, Asked::Page(path.clone()), said, &condition).await;
        self.refusal_noted(admitted, path.canonical(), result)
    }

    /// Deletes a page or another file.
    pub(super) async fn delete_once(
        &self,
        admitted: &Admitted,
        path: Asked,
        said: Option<&str>,
        condition: &Condition,
    ) -> Result<Written<Deleted>> {
        let message = message(said, "?message")?;
        let stated = format!("{condition:?}");
        let said = message.clone().unwrap_or_default();
        let parts = [path.sent().as_bytes(), stated.as_bytes(), said.as_bytes()];
        let work = async |wiki: Wiki, head: Option<Oid>| {
            let path = self.asked(&wiki, head, &path).await?;
            let versions = self.base_versions(&wiki, head, &path, condition).await?;
            let condition = condition.clone();
            Ok(Work::One(Box::new(One { path, action: Action::Delete, condition, versions, head })))
        };
        let written =
            self.write_once(admitted, &parts, message, |wiki, head| Box::pin(work(wiki, head))).await?;
        match written.value {
            Effect::PageDeleted { revision, head } | Effect::FileDeleted { revision, head } => {
                Ok(Written { value: Deleted { revision, head }, replayed: written.replayed })
            }
            _ => Err(unexpected()),
        }
    }

    /// Puts a write into its wiki's queue, once. `work` says what is to be done, on the wiki and head as they were admitted; it is
    /// asked again where the authority has changed meanwhile.
    pub(super) async fn write_once<'a>(
        &self,
        admitted: &Admitted,
        parts: &[&[u8]],
        message: Option<String>,
        work: impl Fn(Wiki, Option<Oid>) -> BoxFuture<'a, Result<Work>>,
    ) -> Result<Written<Effect>> {
        let mut admitted = admitted.clone();
        // What was done to a wiki that is gone cannot be shown again.
        admitted.wiki()?;
        let first = self.request(&admitted, parts);
        for attempt in 0..TRIES {
            let request = Request { scope: admitted.scope.clone(), ..first.clone() };
            // Only a key that the client gave, or one that may have been used in an earlier attempt, can have a receipt.
            let seen = admitted.call.key.is_some() || attempt > 0;
            if seen && let Some(effect) = self.replay(&request).await? {
                return Ok(Written { value: effect, replayed: true });
            }
            let (wiki, head) = admitted.handle()?;
            if head.importing.is_some() {
                return Err(Error::InProgress);
            }
            let refused = async |error: Error| match self.replay_of_refused(&request, &error).await? {
                Some(effect) => Ok(Written { value: effect, replayed: true }),
                None => Err(error),
            };
            let work = match work(wiki.clone(), head.commit).await {
                Ok(work) => work,
                Err(error) => return refused(error).await,
            };
            let principal = request.scope.principal();
            let (reply, answer) = oneshot::channel();
            let job = Job {
                work,
                message: message.clone(),
                actor: principal.actor.clone(),
                email: principal.email.clone(),
                authority: request.scope.authority(),
                operation: request.operation,
                call: request.call.clone(),
                key: request.key,
                fingerprint: request.fingerprint.clone(),
                reply,
            };
            self.enqueue(&wiki, job)?;
            match answer.await {
                Ok(Reply::Done { effect, twin }) => return Ok(Written { value: effect, replayed: twin }),
                Ok(Reply::Failed(error)) => return refused(error).await,
                Ok(Reply::Again) => admitted = self.admit_again(&admitted).await?,
                Err(_) => return Err(Error::Internal("the wiki's writer ended unexpectedly".into())),
            }
        }
        Err(Error::Unavailable("this write's authority keeps changing; try again".into()))
    }

    /// The versions that the bases of a condition stand for. A version stands for itself; a commit of the main line for
    /// the page's text there, unless the page was deleted since. Of [`Condition::Base`] the one version, or none where the base is
    /// none of this page.
    pub(super) async fn base_versions(
        &self,
        wiki: &Wiki,
        head: Option<Oid>,
        path: &Asked,
        condition: &Condition,
    ) -> Result<Vec<Oid>> {
        let (bases, mut versions) = match condition {
            Condition::None | Condition::Absent => return Ok(Vec::new()),
            // Each is compared with the current version, so that of another page matches nothing.
            Condition::Match(bases) => (bases.as_slice(), bases.clone()),
            Condition::Base(base) => {
                return Ok(self.base_version(wiki, head, path, *base).await?.into_iter().collect());
            }
        };
        for name in path.git_names() {
            let Some(now) = self.file_now(wiki, head, name.as_bytes()).await? else { continue };
            for base in bases.iter().filter(|base| **base != now.blob) {
                versions.extend(self.text_of_commit(wiki, head, name.as_bytes(), *base).await?);
            }
            break;
        }
        Ok(versions)
    }

    /// The version that a base stands for; none where it is none of this page, or from before the page's last creation.
    pub(super) async fn base_version(
        &self,
        wiki: &Wiki,
        head: Option<Oid>,
        path: &Asked,
        base: Oid,
    ) -> Result<Option<Oid>> {
        for name in path.git_names() {
            let name = name.as_bytes();
            let Some(now) = self.file_now(wiki, head, name).await? else { continue };
            if now.blob == base {
                return Ok(Some(base));
            }
            return match self.version_of(wiki, head, name, base).await? {
                Some(made) if self.deleted_since(wiki, head, name, made.position).await? => Ok(None),
                Some(_) => Ok(Some(base)),
                None => self.text_of_commit(wiki, head, name, base).await,
            };
        }
        Ok(None)
    }

    /// The page's version at a commit of the main line, unless it was deleted since.
    async fn text_of_commit(
        &self,
        wiki: &Wiki,
        head: Option<Oid>,
        name: &[u8],
        commit: Oid,
    ) -> Result<Option<Oid>> {
        let Some(at) = self.main_line(wiki, head, commit).await? else { return Ok(None) };
        if self.deleted_since(wiki, head, name, at.position).await? {
            return Ok(None);
        }
        Ok(self.text_at(wiki, head, name, &at).await?.map(|(version, _)| version))
    }

    async fn difference(&self, admitted: &Admitted, effect: &PageEffect) -> Result<Unified> {
        if !effect.changed {
            return Ok(Unified { text: String::new(), cut: false });
        }
        let repo = admitted.repo()?;
        let new = self.object(&repo, effect.version, Kind::Blob).await?;
        let old = match effect.previous {
            None => bytes::Bytes::new(),
            Some(previous) => self.object(&repo, previous, Kind::Blob).await?,
        };
        Ok(unified(&String::from_utf8_lossy(&old), &String::from_utf8_lossy(&new)))
    }

    /// Notes a refused write of a page, or a replayed one; a done one has its own event.
    pub(super) fn refusal_noted<T>(
        &self,
        admitted: &Admitted,
        path: &PagePath,
        result: Result<Written<T>>,
    ) -> Result<Written<T>> {
        self.refusal_noted_at(admitted, &format!("{}/{path}", crate::wikis::wiki_name(admitted)), result)
    }

    /// As [`Self::refusal_noted`], of whatever the audit names `target`.
    pub(super) fn refusal_noted_at<T>(
        &self,
        admitted: &Admitted,
        target: &str,
        result: Result<Written<T>>,
    ) -> Result<Written<T>> {
        use portolan_core::audit::Outcome::{Done, Refused};
        match &result {
            Ok(written) if written.replayed => self.note(admitted, target, Done, Some("replayed")),
            Ok(_) => {}
            Err(error) => {
                if let Some(reason) = error.reason() {
                    self.note(admitted, target, Refused, Some(reason));
                }
            }
        }
        result
    }
}

/// The message to commit with, or none for the usual one.
pub(super) fn message(said: Option<&str>, pointer: &str) -> Result<Option<String>> {
    let Some(said) = said else { return Ok(None) };
    let checked = trailers::check_message(said).map_err(|bad| Error::invalid(pointer, bad))?;
    Ok(checked.map(ToOwned::to_owned))
}
