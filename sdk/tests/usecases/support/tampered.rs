//! An audit that somebody edited behind the back of who keeps it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use async_trait::async_trait;
use jiff::Timestamp;
use parking_lot::Mutex;
use portolan::core::access::{Scope, Version};
use portolan::core::audit::{Lane, Segment};
use portolan::core::id::TokenKind;
use portolan::core::tenancy::TenantSlug;
use portolan::core::token::CredentialKey;
use portolan::core::wiki::WikiSlug;
use portolan::ports::ledger::{Admitted, Batch, Caps, CommitError, Key, Record, RecordKind, Stored, Walk};
use portolan::ports::{Kind, Ledger, Result};

/// How stored events are changed behind Portolan's back.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Tamper {
    Target,
    Actor,
    Drop,
    CutEnd,
    Swap,
}

/// A ledger whose stored audit somebody edited.
#[derive(Debug)]
pub(crate) struct Tampered {
    inner: Arc<dyn Ledger>,
    pub(crate) how: Mutex<Option<(Lane, u64, Tamper)>>,
    /// Whether the disk is full.
    pub(crate) full: AtomicBool,
    /// How many checkpoints were read.
    pub(crate) checkpoints: AtomicUsize,
}

impl Tampered {
    /// Nothing is edited yet.
    pub(crate) fn new(inner: Arc<dyn Ledger>) -> Arc<Self> {
        let (how, full, checkpoints) = (Mutex::default(), AtomicBool::default(), AtomicUsize::default());
        Arc::new(Self { inner, how, full, checkpoints })
    }

    fn count<'a>(&self, found: impl IntoIterator<Item = &'a Stored>) {
        let checkpoints = found.into_iter().filter(|it| matches!(it.record, Record::Checkpoint(_)));
        self.checkpoints.fetch_add(checkpoints.count(), Ordering::Relaxed);
    }
}

#[async_trait]
impl Ledger for Tampered {
    fn caps(&self) -> Caps {
        self.inner.caps()
    }

    async fn admit(
        &self,
        credential: &CredentialKey<TokenKind>,
        target: Option<&TenantSlug>,
        wiki: Option<&WikiSlug>,
    ) -> Result<Option<Admitted>> {
        self.inner.admit(credential, target, wiki).await
    }

    async fn get_many(&self, scope: &Scope, keys: &[Key]) -> Result<Vec<Option<Stored>>> {
        let found = self.inner.get_many(scope, keys).await?;
        self.count(found.iter().flatten());
        Ok(found)
    }

    async fn list(
        &self,
        scope: &Scope,
        kind: RecordKind,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(String, Stored)>> {
        let mut found = self.inner.list(scope, kind, after, limit).await?;
        self.count(found.iter().map(|(_, stored)| stored));
        if let Some((lane, at, Tamper::CutEnd)) = *self.how.lock() {
            // The record of the lane's end is edited along with the events.
            for (name, stored) in &mut found {
                if *name != lane.to_string() {
                    continue;
                }
                match &mut stored.record {
                    Record::Lane(end) => end.sequence = at - 1,
                    Record::Head(head) => head.audit.sequence = at - 1,
                    _ => {}
                }
            }
        }
        Ok(found)
    }

    async fn segments(&self, scope: &Scope, lane: Lane, walk: Walk, limit: usize) -> Result<Vec<Segment>> {
        let mut found = self.inner.segments(scope, lane, walk, limit).await?;
        let Some((edited, at, how)) = *self.how.lock() else { return Ok(found) };
        if lane != edited {
            return Ok(found);
        }
        for segment in &mut found {
            for event in &mut segment.events {
                match how {
                    Tamper::Target if event.sequence == at => event.what.target.push('x'),
                    Tamper::Actor if event.sequence == at => event.what.actor.name = "Somebody Else".into(),
                    Tamper::Swap if event.sequence == at => event.sequence += 1,
                    Tamper::Swap if event.sequence == at + 1 => event.sequence -= 1,
                    _ => {}
                }
            }
            segment.events.retain(|event| match how {
                Tamper::Drop => event.sequence != at,
                Tamper::CutEnd => event.sequence < at,
                _ => true,
            });
        }
        found.retain(|segment| !segment.events.is_empty());
        Ok(found)
    }

    async fn commit(&self, scope: &Scope, batch: Batch) -> Result<Vec<Version>, CommitError> {
        if self.full.load(Ordering::Relaxed) {
            return Err(portolan::ports::Error::new(Kind::Unavailable, "test", "commit", "no room").into());
        }
        self.inner.commit(scope, batch).await
    }

    async fn sweep(&self, now: Timestamp, limit: usize) -> Result<usize> {
        self.inner.sweep(now, limit).await
    }
}
