//! Completing what a fold could not know: how the page is at the head.

use portolan_core::git::Oid;
use portolan_ports::ledger::{Effect, FileEffect, PageEffect};

use super::worker::Worker;
use crate::error::{Current, PageConflict, Side};
use crate::pages::fold::{Dropped, Outcome};
use crate::pages::job::{Job, Named, Work};
use crate::{Error, Result};

impl Worker {
    /// What a write comes to that made no commit.
    pub(super) async fn settle(
        &self,
        dropped: Dropped,
        head: Option<Oid>,
        job: &Job,
    ) -> Result<Result<Outcome>> {
        match dropped {
            Dropped::Failed(error) => Ok(Err(error)),
            Dropped::Absent { what, deleted_in } => {
                let deleted_in = match (deleted_in, &job.work) {
                    (None, Work::One(one)) => {
                        self.portolan.deleted_in(&self.wiki, head, &one.path.git_names()).await?
                    }
                    (known, _) => known,
                };
                Ok(Err(Error::NotFound { what: what.into(), deleted_in }))
            }
            Dropped::Condition { error, path, mut current } => {
                self.complete(&path, head, &mut current).await?;
                Ok(Err(error(current)))
            }
            Dropped::Conflict { path, base, yours, mut current, hunks } => {
                self.complete(&path, head, &mut current).await?;
                let base = self.side(&path, head, base).await?;
                let yours = Side { version: Some(yours), ..Side::default() };
                Ok(Err(Error::PageConflict(Box::new(PageConflict { base, theirs: *current, yours, hunks }))))
            }
            Dropped::Unchanged { path, version, bytes, merged, revision } => {
                let revision = match revision {
                    Some(revision) => Some(revision),
                    None => self
                        .portolan
                        .file_now(&self.wiki, head, path.git_path().as_bytes())
                        .await?
                        .map(|entry| entry.last),
                };
                let (Some(revision), Some(head)) = (revision.or(head), head.or(revision)) else {
                    return Err(Error::Internal(
                        format!("an unchanged page without a revision, asked by {}", job.operation).into(),
                    ));
                };
                let target = path.as_str().to_owned();
                let (changed, created) = (false, false);
                let effect = match path {
                    Named::Page(path) => Effect::PageWritten(PageEffect {
                        path,
                        version,
                        previous: Some(version),
                        revision,
                        changed,
                        created,
                        merged,
                        head,
                    }),
                    Named::File(path) => Effect::FileWritten(FileEffect {
                        path,
                        version,
                        bytes,
                        revision,
                        changed,
                        created,
                        head,
                    }),
                };
                Ok(Ok(Outcome { effect, target, revision: None }))
            }
        }
    }

    /// Looks up who made a page what it is, where the fold did not.
    async fn complete(&self, path: &Named, head: Option<Oid>, current: &mut Current) -> Result<()> {
        if current.version.is_some() && current.revision.is_none() {
            let entry = self.portolan.file_now(&self.wiki, head, path.git_path().as_bytes()).await?;
            current.revision = entry.as_ref().map(|entry| entry.last);
            current.author = entry.and_then(|entry| entry.author);
        }
        Ok(())
    }

    /// A version of a page, and who made it.
    async fn side(&self, path: &Named, head: Option<Oid>, version: Oid) -> Result<Side> {
        let name = path.git_path();
        let made = self.portolan.version_of(&self.wiki, head, name.as_bytes(), version).await?;
        Ok(Side {
            version: Some(version),
            revision: made.as_ref().map(|entry| entry.commit.id),
            author: made.map(|entry| entry.commit.author),
        })
    }
}
