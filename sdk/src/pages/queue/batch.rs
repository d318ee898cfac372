//! One batch of a wiki's queue: fold, store, commit, mirror, index, answer.

use std::collections::{HashMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};

use portolan_core::audit::{Lane, NewEvent, append};
use portolan_core::git::{Content, Oid};
use portolan_core::idempotency;
use portolan_ports::Kind;
use portolan_ports::index::{Advance, Advanced};
use portolan_ports::ledger::{Batch, CommitError, Conflict, Expect, Key, Receipt, Record};
use tokio::runtime::{Handle, RuntimeFlavor};

use super::worker::{State, Worker};
use crate::once::done;
use crate::pages::fold::{Dropped, Folded, Outcome, Planned, Running};
use crate::pages::job::{Job, Reply, Work};
use crate::{Error, Result};

/// How often a batch that lost a race is folded again.
const TRIES: u32 = 12;

/// A write in the batch, and those that sent the same under the same key.
struct Line {
    job: Job,
    twins: Vec<Job>,
}

/// What a line comes to.
type Verdict = Result<Outcome, Error>;

/// Why a batch must be folded again.
enum Again {
    /// The head moved: read it anew.
    Head,
    /// These lines cannot be part of it.
    Without(HashSet<usize>),
}

impl Worker {
    /// Writes `jobs`, in their order, and answers each of them: what can be folded together in one batch.
    pub(super) async fn write(&mut self, jobs: Vec<Job>) {
        let mut lines = coalesce(jobs).into_iter().peekable();
        while let Some(first) = lines.next() {
            let mut together = vec![first];
            if together[0].is_one() {
                together.extend(std::iter::from_fn(|| lines.next_if(Line::is_one)));
            }
            self.write_together(together).await;
        }
    }

    async fn write_together(&mut self, mut lines: Vec<Line>) {
        for attempt in 0..TRIES {
            if lines.is_empty() {
                return;
            }
            match self.attempt(&mut lines).await {
                Ok(Ok(verdicts)) => return answer(lines, verdicts),
                Ok(Err(Again::Head)) => self.portolan.pause(attempt).await,
                Ok(Err(Again::Without(gone))) => {
                    let mut index = 0;
                    let (out, rest) = lines.into_iter().partition::<Vec<_>, _>(|_| {
                        index += 1;
                        gone.contains(&(index - 1))
                    });
                    for line in out {
                        std::iter::once(line.job)
                            .chain(line.twins)
                            .for_each(|job| drop(job.reply.send(Reply::Again)));
                    }
                    lines = rest;
                }
                Err(error) => {
                    self.state = None;
                    tracing::debug!(%error, wiki = %self.wiki.slug, "a batch of writes failed");
                    let again = crate::error::again(error);
                    return Self::fail(lines.into_iter().flat_map(Line::jobs).collect(), &again);
                }
            }
        }
        let busy = || Error::Unavailable("too many writers at once; try again".into());
        Self::fail(lines.into_iter().flat_map(Line::jobs).collect(), &busy);
    }

    async fn attempt(&mut self, lines: &mut Vec<Line>) -> Result<Result<Vec<Verdict>, Again>> {
        let mut state = match self.state.take() {
            Some(state) => state,
            None => self.load().await?,
        };
        let fresh = state.fresh;
        // What is folded alone stands alone.
        let planned = match lines.first() {
            Some(line) => self.plan(&mut state, &line.job).await?,
            None => None,
        };
        self.judge_bases(&state, lines.iter_mut().map(|line| &mut line.job)).await?;
        self.load_trees(&mut state, lines.iter().map(|line| &line.job)).await?;
        let (folded, results, running) = match planned {
            Some(Err(refused)) => {
                let running =
                    Running::new(state.editor.clone(), state.head.commit, state.head.time, HashMap::new());
                (Folded::default(), vec![Err(Dropped::Failed(refused))], running)
            }
            Some(Ok(planned)) => self.fold(&state, lines, Some(planned)).await?,
            None => self.fold(&state, lines, None).await?,
        };
        let mut verdicts = Vec::with_capacity(results.len());
        for (line, result) in lines.iter().zip(results) {
            verdicts.push(match result {
                Ok(outcome) => Ok(outcome),
                // What cannot be told about one write is no reason to fail the others.
                Err(dropped) => self.settle(dropped, state.head.commit, &line.job).await.unwrap_or_else(Err),
            });
        }
        let nothing = verdicts.iter().all(Result::is_err);
        if nothing {
            // Refused on the head as we knew it; no commit follows that would prove it current, so look.
            if !fresh && self.load().await?.version != state.version {
                return Ok(Err(Again::Head));
            }
            self.state = Some(Self::keep(state));
            return Ok(Ok(verdicts));
        }
        if !folded.objects.is_empty() {
            self.portolan.inner.objects.put_batch(&self.wiki.repo, folded.objects.clone()).await?;
        }
        let before = state.head.commit;
        // Readers that see the new head wait for the index to follow, and do not build it themselves.
        let locks = &self.portolan.inner.indexing;
        let guard = locks.hold(&self.wiki.repo).await;
        let committed = self.commit(&mut state, &running, lines, &verdicts).await;
        if let Ok(Ok(_)) = committed {
            self.publish(before, running.commit, folded).await;
        }
        locks.release(&self.wiki.repo, guard);
        let is_known = match committed? {
            Ok(is_known) => is_known,
            Err(again) => return Ok(Err(again)),
        };
        state.editor = running.editor;
        self.state = is_known.then(|| Self::keep(state));
        Ok(Ok(verdicts))
    }

    /// Folds where it keeps no other task waiting: hashing many large trees takes milliseconds.
    async fn fold(
        &self,
        state: &State,
        lines: &mut Vec<Line>,
        mut planned: Option<Planned>,
    ) -> Result<(Folded, Vec<Result<Outcome, Dropped>>, Running)> {
        let texts = self.texts(state, lines.iter().map(|line| &line.job)).await?;
        let mut running = Running::new(state.editor.clone(), state.head.commit, state.head.time, texts);
        let (portolan, now) = (self.portolan.clone(), self.portolan.now().as_second());
        let taken = std::mem::take(lines);
        let work = move || {
            let mut folded = Folded::default();
            let options = &portolan.inner.options;
            let results: Vec<_> = taken
                .iter()
                .map(|Line { job, .. }| match (&job.work, planned.take()) {
                    (Work::One(one), _) => running.one(job, one, now, options, &mut folded),
                    (_, Some(planned)) => running.planned(job, planned, now, options, &mut folded),
                    (_, None) => Err(Dropped::Failed(Error::Internal("a write without a plan".into()))),
                })
                .collect();
            (taken, folded, results, running)
        };
        let stopped = || Error::Internal("folding a batch of writes failed".into());
        // To another thread and back takes longer than to fold one write. The worker is a task of the runtime itself, which may block where
        // there are other threads to do what else there is.
        let (taken, folded, results, running) = match Handle::current().runtime_flavor() {
            RuntimeFlavor::MultiThread => {
                tokio::task::block_in_place(|| catch_unwind(AssertUnwindSafe(work))).map_err(|_| stopped())?
            }
            _ => tokio::task::spawn_blocking(work).await.map_err(|_| stopped())?,
        };
        *lines = taken;
        Ok((folded, results, running))
    }

    /// The one atomic batch: the head moves if it still is what we read, with every receipt and audit event. Answers whether
    /// the new head's version is known.
    async fn commit(
        &self,
        state: &mut State,
        running: &Running,
        lines: &[Line],
        verdicts: &[Verdict],
    ) -> Result<Result<bool, Again>> {
        let now = self.portolan.now();
        let done_lines: Vec<(usize, &Line, &Outcome)> = lines
            .iter()
            .zip(verdicts)
            .enumerate()
            .filter_map(|(index, (line, verdict))| {
                verdict.as_ref().ok().map(|outcome| (index, line, outcome))
            })
            .collect();
        let lane = Lane::Wiki(self.wiki.id);
        let events =
            done_lines.iter().map(|(_, line, outcome)| self.event(&line.job, outcome, now)).collect();
        let (segment, end) = append(lane, state.head.audit, events);
        let mut head = state.head.clone();
        (head.commit, head.time, head.audit) = (running.commit, running.time, end);
        let mut batch = Batch::new(now);
        let mut seen = HashSet::new();
        let authorities = done_lines.iter().filter_map(|(_, line, _)| line.job.authority);
        batch.checks = authorities.filter(|authority| seen.insert(*authority)).collect();
        batch.put(Key::Head(self.wiki.id), Expect::At(state.version), Record::Head(head.clone()));
        for (_, line, outcome) in &done_lines {
            let receipt = Receipt {
                fingerprint: line.job.fingerprint.clone(),
                effect: outcome.effect.clone(),
                expires_at: now + idempotency::LIFETIME,
            };
            batch.put(line.job.receipt(), Expect::Absent, Record::Receipt(receipt));
        }
        batch.segments.push(segment);
        let checks = batch.checks.clone();
        match self.portolan.inner.ledger.commit(&self.scope, batch).await {
            Ok(versions) => {
                state.version = versions[0];
                state.head = head;
                self.portolan.inner.reads.grew(self.scope.tenant());
                Ok(Ok(true))
            }
            Err(CommitError::Conflict(conflict)) => Ok(Err(again(&conflict, &checks, &done_lines))),
            Err(CommitError::Failed(error)) if error.kind == Kind::Ambiguous => {
                // If it was done after all, plain git is to see it soon.
                self.portolan.inner.behind.lock().insert(self.wiki.repo);
                // Atomic: one receipt tells for all, best one of a commit, whose id nobody else can have made. Its absence means that
                // nothing was done.
                let made = done_lines.iter().find(|(.., outcome)| outcome.revision.is_some());
                let Some((_, first, outcome)) = made.or(done_lines.first()) else { return Err(error.into()) };
                let found = self.portolan.inner.ledger.get_many(&self.scope, &[first.job.receipt()]).await?;
                match found.into_iter().flatten().find_map(|stored| stored.record.receipt()) {
                    Some(receipt) if receipt.effect == outcome.effect => {
                        // The head may have moved on since: the next batch reads it.
                        self.portolan.inner.reads.grew(self.scope.tenant());
                        Ok(Ok(false))
                    }
                    // Another process wrote under this key: of this batch nothing was done.
                    Some(_) => Ok(Err(Again::Head)),
                    None => Err(error.into()),
                }
            }
            Err(CommitError::Failed(error)) => Err(error.into()),
        }
    }

    fn event(&self, job: &Job, outcome: &Outcome, now: jiff::Timestamp) -> NewEvent {
        let target = match outcome.target.as_str() {
            "" => self.wiki.slug.to_string(),
            within => format!("{}/{within}", self.wiki.slug),
        };
        NewEvent { revision: outcome.revision, ..done(&job.actor, job.operation, target, &job.call, now) }
    }

    /// Makes the new head visible to plain git and to the index. What fails here was written all the same: it is made good by the next
    /// write or reader.
    async fn publish(&self, before: Option<Oid>, after: Option<Oid>, folded: Folded) {
        if before == after {
            return;
        }
        // Neither waits for the other.
        let mirrored = self.portolan.mirror(&self.wiki.repo, before, after);
        tokio::join!(mirrored, self.follow(before, after, folded));
    }

    /// Brings the index to the new head.
    async fn follow(&self, before: Option<Oid>, after: Option<Oid>, folded: Folded) {
        let (inner, repo) = (&self.portolan.inner, &self.wiki.repo);
        for new in folded.objects {
            if let Content::Whole(object) = new.content
                && object.kind == portolan_core::git::Kind::Blob
            {
                self.portolan.keep_object(repo, new.id, object);
            }
        }
        if before.is_none()
            && let Err(error) = inner.index.reset(repo).await
        {
            // An import that failed may have left a part of its history there.
            tracing::warn!(%error, wiki = %self.wiki.slug, "the index could not be emptied; a reader will build it");
            return;
        }
        let advance = Advance { from: before, to: after, commits: folded.commits, files: folded.files };
        match inner.index.advance(repo, advance).await {
            Ok(Advanced::Applied) => self.portolan.inner.texts.note(&self.wiki),
            Ok(Advanced::At(at)) => {
                tracing::debug!(?at, wiki = %self.wiki.slug, "the index is behind; a reader will catch up");
            }
            Err(error) => {
                tracing::warn!(%error, wiki = %self.wiki.slug, "the index could not be advanced; a reader will catch up");
            }
        }
    }
}

impl Line {
    /// Whether it is one file's write, which others may share a batch with.
    fn is_one(&self) -> bool {
        matches!(self.job.work, Work::One(_))
    }

    fn jobs(self) -> impl Iterator<Item = Job> {
        std::iter::once(self.job).chain(self.twins)
    }
}

/// Puts writes under one key together. Of different requests under one key the later are refused.
fn coalesce(jobs: Vec<Job>) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::with_capacity(jobs.len());
    for job in jobs {
        match lines.iter_mut().find(|line| line.job.key == job.key && line.job.actor.id == job.actor.id) {
            None => lines.push(Line { job, twins: Vec::new() }),
            Some(line) if line.job.fingerprint == job.fingerprint => line.twins.push(job),
            Some(_) => drop(job.reply.send(Reply::Failed(Error::KeyReused))),
        }
    }
    lines
}

/// What a conflict means for the batch.
fn again(
    conflict: &Conflict,
    checks: &[portolan_core::access::Authority],
    lines: &[(usize, &Line, &Outcome)],
) -> Again {
    let failed: HashSet<_> = conflict.checks.iter().filter_map(|&index| checks.get(index)).collect();
    let mut gone: HashSet<usize> = lines
        .iter()
        .filter(|(_, line, _)| {
            line.job.authority.as_ref().is_some_and(|authority| failed.contains(authority))
        })
        .map(|(index, ..)| *index)
        .collect();
    // Edit 0 is the head; the receipts follow in the lines' order.
    gone.extend(
        conflict.edits.iter().filter_map(|&edit| lines.get(edit.checked_sub(1)?).map(|(index, ..)| *index)),
    );
    if gone.is_empty() { Again::Head } else { Again::Without(gone) }
}

fn answer(lines: Vec<Line>, verdicts: Vec<Verdict>) {
    for (line, verdict) in lines.into_iter().zip(verdicts) {
        match verdict {
            Ok(outcome) => {
                for twin in line.twins {
                    drop(twin.reply.send(Reply::Done { effect: outcome.effect.clone(), twin: true }));
                }
                drop(line.job.reply.send(Reply::Done { effect: outcome.effect, twin: false }));
            }
            Err(error) => {
                let again = crate::error::again(error);
                line.jobs().for_each(|job| drop(job.reply.send(Reply::Failed(again()))));
            }
        }
    }
}
