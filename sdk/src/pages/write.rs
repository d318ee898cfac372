//! Writing pages.

use portolan_core::access::Operation;
use portolan_core::git::{Kind, Oid, trailers};
use portolan_core::wiki::path::{PageKind, PagePath, Requested};
use portolan_ports::ledger::{Effect, PageEffect};
use tokio::sync::oneshot;

use super::content::{PageText, prepare};
use super::job::{Action, Condition, Job, Reply};
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
        let (path, text) = (put.path.sent().as_str().to_owned(), prepared.id.to_string());
        let condition = format!("{:?}", put.condition);
        let said = message.clone().unwrap_or_default();
        let parts = [path.as_bytes(), text.as_bytes(), condition.as_bytes(), said.as_bytes()];
        let action = Action::Put(Box::new(prepared));
        let written = self.write_once(admitted, &parts, &put.path, &action, &put.condition, message).await?;
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
        let result = self.delete_page_once(admitted, path, said, &condition).await;
        self.refusal_noted(admitted, path.canonical(), result)
    }

    async fn delete_page_once(
        &self,
        admitted: &Admitted,
        path: &Requested<PageKind>,
        said: Option<&str>,
        condition: &Condition,
    ) -> Result<Written<Deleted>> {
        let message = message(said, "?message")?;
        let (sent, stated) = (path.sent().as_str().to_owned(), format!("{condition:?}"));
        let said = message.clone().unwrap_or_default();
        let parts = [sent.as_bytes(), stated.as_bytes(), said.as_bytes()];
        let written = self.write_once(admitted, &parts, path, &Action::Delete, condition, message).await?;
        let Effect::PageDeleted { revision, head } = written.value else { return Err(unexpected()) };
        Ok(Written { value: Deleted { revision, head }, replayed: written.replayed })
    }

    async fn write_once(
        &self,
        admitted: &Admitted,
        parts: &[&[u8]],
        path: &Requested<PageKind>,
        action: &Action,
        condition: &Condition,
        message: Option<String>,
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
            let versions = self.base_versions(&wiki, head.commit, path, condition).await?;
            let principal = request.scope.principal();
            let (reply, answer) = oneshot::channel();
            let job = Job {
                path: path.clone(),
                action: action.clone(),
                condition: condition.clone(),
                versions,
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
                Ok(Reply::Failed(error)) => match self.replay_of_refused(&request, &error).await? {
                    Some(effect) => return Ok(Written { value: effect, replayed: true }),
                    None => return Err(error),
                },
                Ok(Reply::Again) => admitted = self.admit_again(&admitted).await?,
                Err(_) => return Err(Error::Internal("the wiki's writer ended unexpectedly".into())),
            }
        }
        Err(Error::Unavailable("this write's authority keeps changing; try again".into()))
    }

    /// The versions that the bases of a condition stand for. A version stands for itself; a commit of the main line for
    /// the page's text there, unless the page was deleted since.
    async fn base_versions(
        &self,
        wiki: &Wiki,
        head: Option<Oid>,
        path: &Requested<PageKind>,
        condition: &Condition,
    ) -> Result<Vec<Oid>> {
        let Condition::Match(bases) = condition else { return Ok(Vec::new()) };
        let mut versions = bases.clone();
        let names: Vec<String> = path.candidates().map(PagePath::git_path).collect();
        for name in &names {
            let Some(now) = self.file_now(wiki, head, name.as_bytes()).await? else { continue };
            for base in bases.iter().filter(|base| **base != now.blob) {
                let Some(at) = self.main_line(wiki, head, *base).await? else { continue };
                if self.deleted_since(wiki, head, name.as_bytes(), at.position).await? {
                    continue;
                }
                if let Some((version, _)) = self.text_at(wiki, head, name.as_bytes(), &at).await? {
                    versions.push(version);
                }
            }
            break;
        }
        Ok(versions)
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

    /// Notes a refused write, or a replayed one; a done one has its own event.
    fn refusal_noted<T>(
        &self,
        admitted: &Admitted,
        path: &PagePath,
        result: Result<Written<T>>,
    ) -> Result<Written<T>> {
        use portolan_core::audit::Outcome::{Done, Refused};
        let target = format!("{}/{path}", crate::wikis::wiki_name(admitted));
        match &result {
            Ok(written) if written.replayed => self.note(admitted, &target, Done, Some("replayed")),
            Ok(_) => {}
            Err(error) => {
                if let Some(reason) = error.reason() {
                    self.note(admitted, &target, Refused, Some(reason));
                }
            }
        }
        result
    }
}

/// The message to commit with, or none for the usual one.
fn message(said: Option<&str>, pointer: &str) -> Result<Option<String>> {
    let Some(said) = said else { return Ok(None) };
    let checked = trailers::check_message(said).map_err(|bad| Error::invalid(pointer, bad))?;
    Ok(checked.map(ToOwned::to_owned))
}
