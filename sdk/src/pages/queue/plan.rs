//! What a fold needs to know before it begins: plans of what is folded alone, and texts to merge into.

use std::collections::HashMap;

use bytes::Bytes;
use portolan_core::git::{Kind, Oid};

use super::worker::{State, Worker};
use crate::pages::fold::Planned;
use crate::pages::job::{Action, Condition, Job, Work};
use crate::{Error, Result};

impl Worker {
    /// The plan of a write that is folded alone, made on the head as `state` has it; `Err` within where it is refused. None: it
    /// needs no plan.
    ///
    /// What the index says may be of a later head; then this one's batch does not commit, and the plan is made again.
    pub(super) async fn plan(&self, state: &mut State, job: &Job) -> Result<Option<Result<Planned>>> {
        let planned = match &job.work {
            Work::One(_) => return Ok(None),
            Work::Rename(rename) => self.plan_rename(state, rename).await,
            Work::Undo(undo) => self.plan_undo(state, undo).await,
        };
        match planned {
            Ok(planned) => {
                let paths: Vec<&[u8]> = planned.changes.iter().map(|change| change.path.as_slice()).collect();
                self.load_paths(state, &paths).await?;
                Ok(Some(Ok(planned)))
            }
            Err(error) if error.reason().is_some() => Ok(Some(Err(error))),
            Err(error) => Err(error),
        }
    }

    /// Judges the bases of merges again where the head has moved since they were judged: a page may have been deleted and made anew.
    pub(super) async fn judge_bases(
        &self,
        state: &State,
        jobs: impl Iterator<Item = &mut Job>,
    ) -> Result<()> {
        let head = state.head.commit;
        for job in jobs {
            let Work::One(one) = &mut job.work else { continue };
            let Condition::Base(base) = one.condition else { continue };
            if one.head == head || one.versions.is_empty() {
                continue;
            }
            if self.portolan.base_version(&self.wiki, head, &one.path, base).await?.is_none() {
                one.versions.clear();
            }
            one.head = head;
        }
        Ok(())
    }

    /// The texts at the head that merges among `jobs` may need. Trees must be loaded.
    pub(super) async fn texts(
        &self,
        state: &State,
        jobs: impl Iterator<Item = &Job>,
    ) -> Result<HashMap<Oid, Bytes>> {
        let mut texts = HashMap::new();
        for job in jobs {
            let Work::One(one) = &job.work else { continue };
            if !matches!(one.action, Action::Merge(_)) {
                continue;
            }
            let editor = &state.editor;
            let path = one.path.resolve(|path| matches!(editor.entry(path.as_bytes()), Ok(Some(_))));
            let entry = editor.entry(path.git_path().as_bytes());
            let Ok(Some(entry)) = entry else { continue };
            if entry.mode.is_file() && !one.versions.contains(&entry.id) && !texts.contains_key(&entry.id) {
                let text = self.portolan.object(&self.wiki.repo, entry.id, Kind::Blob).await?;
                texts.insert(entry.id, text);
            }
        }
        Ok(texts)
    }

    /// What `path` holds at the head, after loading the trees on the way there.
    pub(in crate::pages) async fn entry(
        &self,
        state: &mut State,
        path: &[u8],
    ) -> Result<Option<portolan_core::git::Entry>> {
        self.load_paths(state, &[path]).await?;
        state.editor.entry(path).map_err(|error| Error::Internal(error.to_string().into()))
    }
}
