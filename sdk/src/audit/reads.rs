//! Reads and refusals, grouped by principal, operation and second before they are written: at most a second is at risk.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use parking_lot::Mutex;
use portolan_core::access::{Actor, Operation, Scope};
use portolan_core::audit::{Lane, Link, NewEvent, Outcome, Sealed, append};
use portolan_core::id::{ProcessId, TenantId, TokenId};
use portolan_ports::ledger::{Batch, CommitError, Expect, Key, Record};

use crate::{Call, Portolan, Result};

/// Most groups kept while the ledger cannot be written; beyond that new ones are counted in the log alone.
const MOST_GROUPS: usize = 100_000;
/// Most events in one segment, so that it stays a small record.
const SEGMENT: usize = 200;

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Group {
    actor: Actor,
    operation: Operation,
    outcome: Outcome,
    reason: Option<&'static str>,
    second: i64,
}

#[derive(Debug)]
struct Seen {
    time: Timestamp,
    target: String,
    request_id: String,
    count: u64,
}

#[derive(Debug, Default)]
struct State {
    groups: HashMap<TenantId, HashMap<Group, Seen>>,
    size: usize,
    uses: HashMap<(TenantId, TokenId), Timestamp>,
    grew: HashSet<TenantId>,
}

/// What was read and refused since the last flush.
#[derive(Debug)]
pub(crate) struct Reads {
    process: ProcessId,
    state: Mutex<State>,
    /// Where this process's lane of each tenant ends; also keeps two flushes apart.
    ends: tokio::sync::Mutex<HashMap<TenantId, (Link, Expect)>>,
    /// How far each tenant's lanes are sealed; also keeps two seals apart.
    pub(super) sealed: tokio::sync::Mutex<HashMap<TenantId, Sealed>>,
}

impl Reads {
    pub(crate) fn new(process: ProcessId) -> Self {
        Self {
            process,
            state: Mutex::default(),
            ends: tokio::sync::Mutex::default(),
            sealed: tokio::sync::Mutex::default(),
        }
    }

    /// Counts one read or refusal.
    #[expect(clippy::too_many_arguments, reason = "one for each member of an audit event")]
    pub(crate) fn note(
        &self,
        scope: &Scope,
        operation: Operation,
        target: &str,
        outcome: Outcome,
        reason: Option<&'static str>,
        call: &Call,
        time: Timestamp,
    ) {
        let actor = scope.principal().actor.clone();
        let group = Group { actor, operation, outcome, reason, second: time.as_second() };
        let mut state = self.state.lock();
        let full = state.size >= MOST_GROUPS;
        let groups = state.groups.entry(scope.tenant()).or_default();
        if let Some(seen) = groups.get_mut(&group) {
            seen.count += 1;
        } else if full {
            tracing::error!(
                operation = operation.rule().name,
                target,
                "the audit cannot be written and its buffer is full"
            );
        } else {
            let (target, request_id) = (target.to_owned(), call.request_id.to_string());
            groups.insert(group, Seen { time, target, request_id, count: 1 });
            state.size += 1;
        }
    }

    /// Notes that a token was used.
    pub(crate) fn used(&self, tenant: TenantId, token: TokenId, time: Timestamp) {
        self.state.lock().uses.insert((tenant, token), time);
    }

    /// Notes that a lane of this tenant grew, so that the next checkpoint looks at it.
    pub(crate) fn grew(&self, tenant: TenantId) {
        self.state.lock().grew.insert(tenant);
    }

    pub(super) fn take_grown(&self) -> HashSet<TenantId> {
        std::mem::take(&mut self.state.lock().grew)
    }

    fn put_back(&self, tenant: TenantId, groups: Vec<(Group, Seen)>, uses: Vec<(TokenId, Timestamp)>) {
        let mut state = self.state.lock();
        for (token, time) in uses {
            // A later use that was noted meanwhile stays.
            state.uses.entry((tenant, token)).or_insert(time);
        }
        let mut new = 0;
        let into = state.groups.entry(tenant).or_default();
        for (group, mut seen) in groups {
            // The same may have been seen again meanwhile.
            match into.remove(&group) {
                Some(later) => seen.count += later.count,
                None => new += 1,
            }
            into.insert(group, seen);
        }
        state.size += new;
    }
}

impl Portolan {
    /// Writes the grouped audit before it is read. On a task of its own: a caller who goes away in the middle must not take other
    /// tenants' events with him. A ledger that cannot be written, a full disk say, is no reason not to read.
    pub(super) async fn flush_before_reading(&self) {
        let portolan = self.clone();
        let flush = tokio::spawn(async move { portolan.flush_reads().await });
        if let Ok(Err(error)) = flush.await {
            tracing::warn!(%error, "the newest reads and refusals are not in the audit yet");
        }
    }

    /// Writes what was read and refused until now to the audit, and when tokens were last used.
    ///
    /// Called every second by [`Portolan::run`]; an embedder without it calls this himself. What cannot be written stays
    /// for the next time.
    pub async fn flush_reads(&self) -> Result<()> {
        let reads = &self.inner.reads;
        let mut ends = reads.ends.lock().await;
        let (mut groups, uses) = {
            let mut state = reads.state.lock();
            state.size = 0;
            (std::mem::take(&mut state.groups), std::mem::take(&mut state.uses))
        };
        let mut used: HashMap<TenantId, Vec<(TokenId, Timestamp)>> = HashMap::new();
        for ((tenant, token), time) in uses {
            used.entry(tenant).or_default().push((token, time));
        }
        let tenants: HashSet<TenantId> = groups.keys().chain(used.keys()).copied().collect();
        let mut failed = None;
        for tenant in tenants {
            let mut events: Vec<(Group, Seen)> =
                groups.remove(&tenant).unwrap_or_default().into_iter().collect();
            events.sort_by_key(|(_, seen)| seen.time);
            let mut uses = used.remove(&tenant).unwrap_or_default();
            // Beside the uses, a batch holds the lane's record and its segment.
            let most_uses = self.inner.ledger.caps().items.saturating_sub(2).clamp(1, SEGMENT);
            while !events.is_empty() || !uses.is_empty() {
                let later = events.split_off(events.len().min(SEGMENT));
                let later_uses = uses.split_off(uses.len().min(most_uses));
                let result = self.write_reads(tenant, &mut ends, &events, &uses).await;
                if let Err(error) = result {
                    ends.remove(&tenant);
                    events.extend(later);
                    uses.extend(later_uses);
                    reads.put_back(tenant, events, uses);
                    failed = Some(error);
                    break;
                }
                (events, uses) = (later, later_uses);
            }
        }
        failed.map_or(Ok(()), Err)
    }

    async fn write_reads(
        &self,
        tenant: TenantId,
        ends: &mut HashMap<TenantId, (Link, Expect)>,
        events: &[(Group, Seen)],
        uses: &[(TokenId, Timestamp)],
    ) -> Result<()> {
        let scope = Scope::system("audit", tenant);
        let lane = Lane::Process(self.inner.reads.process);
        let (end, expect) = match ends.get(&tenant) {
            Some(known) => *known,
            None => self.lane_end(&scope, lane).await?,
        };
        let mut batch = Batch::new(self.now());
        for (token, time) in uses {
            batch.put(Key::TokenUse(*token), Expect::Any, Record::TokenUse(*time));
        }
        let mut new_end = end;
        if !events.is_empty() {
            let (segment, last) = append(lane, end, events.iter().map(event).collect());
            batch.put(Key::Lane(lane), expect, Record::Lane(last));
            batch.segments.push(segment);
            new_end = last;
        }
        let edits = batch.edits.len();
        match self.inner.ledger.commit(&scope, batch).await {
            Ok(versions) => {
                if !events.is_empty() {
                    ends.insert(tenant, (new_end, Expect::At(versions[edits - 1])));
                    self.inner.reads.grew(tenant);
                }
                Ok(())
            }
            Err(error) => {
                // An ambiguous commit may have been done: then the lane ends where it would.
                let (now_end, version) = self.lane_end(&scope, lane).await?;
                if !events.is_empty() && now_end == new_end {
                    ends.insert(tenant, (now_end, version));
                    return Ok(());
                }
                match error {
                    CommitError::Conflict(_) => {
                        Err(crate::Error::Internal("another process writes this process's lane".into()))
                    }
                    CommitError::Failed(error) => Err(error.into()),
                }
            }
        }
    }

    /// Where a lane of its own record ends.
    pub(super) async fn lane_end(&self, scope: &Scope, lane: Lane) -> Result<(Link, Expect)> {
        let stored = self.inner.ledger.get_many(scope, &[Key::Lane(lane)]).await?.pop().flatten();
        Ok(match stored {
            None => (Link::START, Expect::Absent),
            Some(stored) => {
                let version = stored.version;
                (stored.record.lane().ok_or_else(crate::tenancy::unexpected)?, Expect::At(version))
            }
        })
    }
}

fn event((group, seen): &(Group, Seen)) -> NewEvent {
    NewEvent {
        time: seen.time,
        actor: group.actor.clone(),
        operation: group.operation.rule().name.into(),
        target: seen.target.clone(),
        outcome: group.outcome,
        count: seen.count,
        request_id: seen.request_id.clone(),
        revision: None,
        reason: group.reason.map(Into::into),
    }
}
