//! Exactly once, for operations whose effects are all in the ledger: look the receipt up; if absent, decide and commit
//! one batch with effect, receipt and audit event. No lease, nothing to expire.

use std::future::Future;
use std::time::Duration;

use portolan_core::access::{Actor, Operation, Scope};
use portolan_core::audit::{Lane, Link, NewEvent, Outcome, append};
use portolan_core::id::TenantId;
use portolan_core::idempotency::{self, Decision, Fingerprint};
use portolan_ports::Kind;
use portolan_ports::ledger::{Batch, CommitError, Edit, Effect, Expect, Key, Receipt, Record};

use crate::{Admitted, Call, Error, Portolan, Result, Written};

/// What a decision wants to be done.
#[derive(Debug)]
pub(crate) struct Plan {
    /// The edits.
    pub(crate) edits: Vec<Edit>,
    /// What they do.
    pub(crate) effect: Effect,
    /// What the audit names as the target.
    pub(crate) target: String,
}

/// One write: who, in which tenant, and what was asked.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) scope: Scope,
    pub(crate) call: Call,
    pub(crate) operation: &'static str,
    pub(crate) fingerprint: Fingerprint,
    pub(crate) key: idempotency::Key,
}

/// How often a write that lost a race is tried before it is given up.
const TRIES: u32 = 16;

impl Portolan {
    /// What names this request's receipt: the client's key, or one made for it.
    pub(crate) fn receipt_key(&self, call: &Call) -> idempotency::Key {
        call.key.unwrap_or_else(|| {
            idempotency::Key::parse(self.inner.ids.uuid().to_string().as_bytes())
                .expect("a UUID is printable")
        })
    }

    /// What a request under `key` did before, if it did: `Err` where the key was used for another request.
    pub(crate) async fn replay(&self, request: &Request) -> Result<Option<Effect>> {
        let key = Key::Receipt { principal: request.scope.principal().actor.id.clone(), key: request.key };
        let found = self.inner.ledger.get_many(&request.scope, &[key]).await?.pop().flatten();
        let Some(receipt) = found.and_then(|stored| stored.record.receipt()) else { return Ok(None) };
        let seen = Some((&receipt.fingerprint, &receipt.effect, receipt.expires_at));
        match idempotency::decide(seen, &request.fingerprint, self.now()) {
            Decision::Proceed => Ok(None),
            Decision::Replay(effect) => Ok(Some(effect.clone())),
            Decision::Reused => Err(Error::KeyReused),
        }
    }

    /// What a refused request did before after all: a twin may have done it between the look and the refusal.
    pub(crate) async fn replay_of_refused(&self, request: &Request, error: &Error) -> Result<Option<Effect>> {
        match (&request.call.key, error.reason()) {
            (Some(_), Some(_)) => self.replay(request).await,
            _ => Ok(None),
        }
    }

    /// Does what `decide` plans, once. `decide` is asked again whenever what it read has changed meanwhile.
    pub(crate) async fn once<F, P>(
        &self,
        admitted: &Admitted,
        parts: &[&[u8]],
        decide: F,
    ) -> Result<Written<Effect>>
    where
        F: Fn(Scope) -> P,
        P: Future<Output = Result<Plan>>,
    {
        self.once_in(admitted, None, parts, decide).await
    }

    /// As [`Self::once`]; effect and audit belong to the tenant `over`, which an operator is making.
    pub(crate) async fn once_in<F, P>(
        &self,
        admitted: &Admitted,
        over: Option<TenantId>,
        parts: &[&[u8]],
        decide: F,
    ) -> Result<Written<Effect>>
    where
        F: Fn(Scope) -> P,
        P: Future<Output = Result<Plan>>,
    {
        let mut admitted = admitted.clone();
        let request = self.request(&admitted, parts);
        let target = admitted
            .place
            .wiki
            .as_ref()
            .map_or_else(|| admitted.tenant().slug.to_string(), ToString::to_string);
        for attempt in 0..TRIES {
            let scope = admitted.scope.clone();
            let request = Request { scope: scope.clone(), ..request.clone() };
            let over = over.and_then(|tenant| scope.over(tenant));
            match self.attempt(&request, &decide, over.as_ref()).await {
                Ok(written) => {
                    if written.replayed {
                        self.note(&admitted, &target, Outcome::Done, Some("replayed"));
                    }
                    return Ok(written);
                }
                Err(Attempt::Again) => self.pause(attempt).await,
                Err(Attempt::Readmit) => admitted = self.admit_again(&admitted).await?,
                Err(Attempt::Failed(error)) => {
                    if let Some(reason) = error.reason() {
                        self.note(&admitted, &target, Outcome::Refused, Some(reason));
                    }
                    return Err(error);
                }
            }
        }
        Err(Error::Unavailable("too many writers at once; try again".into()))
    }

    pub(crate) fn request(&self, admitted: &Admitted, parts: &[&[u8]]) -> Request {
        let operation = admitted.operation.rule().name;
        let place =
            [admitted.tenant().slug.as_str(), admitted.place.wiki.as_ref().map_or("", |wiki| wiki.as_str())];
        // A wiki's name is free again after its deletion: what was done under a key to the old one was not done to the new.
        let wiki = admitted
            .wiki
            .as_ref()
            .filter(|_| !matches!(admitted.operation, Operation::WikiDelete | Operation::WikiReinstate));
        let wiki = wiki.map_or_else(String::new, |(wiki, ..)| wiki.id.to_string());
        let all: Vec<&[u8]> =
            [operation.as_bytes(), place[0].as_bytes(), place[1].as_bytes(), wiki.as_bytes()]
                .into_iter()
                .chain(parts.iter().copied())
                .collect();
        Request {
            scope: admitted.scope.clone(),
            call: admitted.call.clone(),
            operation,
            fingerprint: Fingerprint::of(&all),
            key: self.receipt_key(&admitted.call),
        }
    }

    /// One attempt. `over` is the scope of the effect where it is not the request's own.
    pub(crate) async fn attempt<F, P>(
        &self,
        request: &Request,
        decide: &F,
        over: Option<&Scope>,
    ) -> Result<Written<Effect>, Attempt>
    where
        F: Fn(Scope) -> P,
        P: Future<Output = Result<Plan>>,
    {
        if let Some(effect) = self.replay(request).await? {
            return Ok(Written { value: effect, replayed: true });
        }
        let scope = over.unwrap_or(&request.scope);
        let plan = match decide(scope.clone()).await {
            Ok(plan) => plan,
            // What refuses it may be its own effect, which a twin under the same key has had since the look above.
            Err(error) => match self.replay_of_refused(request, &error).await? {
                Some(effect) => return Ok(Written { value: effect, replayed: true }),
                None => return Err(Attempt::Failed(error)),
            },
        };
        let now = self.now();
        let lane = Key::Lane(Lane::Control);
        let end = self
            .inner
            .ledger
            .get_many(scope, std::slice::from_ref(&lane))
            .await
            .map_err(Error::Port)?
            .pop()
            .flatten();
        let expect = end.as_ref().map_or(Expect::Absent, |stored| Expect::At(stored.version));
        let end = end.and_then(|stored| stored.record.lane()).unwrap_or(Link::START);
        // An import has only begun; the event of its end has the operation's name.
        let operation = match plan.effect {
            Effect::ImportStarted { .. } => crate::import::STARTED,
            _ => request.operation,
        };
        let event = done(&request.scope.principal().actor, operation, plan.target, &request.call, now);
        let (segment, end) = append(Lane::Control, end, vec![event]);
        let mut batch = Batch::new(now);
        batch.checks.extend(request.scope.authority());
        batch.edits = plan.edits;
        batch.put(lane, expect, Record::Lane(end));
        batch.put(
            Key::Receipt { principal: request.scope.principal().actor.id.clone(), key: request.key },
            Expect::Absent,
            Record::Receipt(Receipt {
                fingerprint: request.fingerprint.clone(),
                effect: plan.effect.clone(),
                expires_at: now + idempotency::LIFETIME,
            }),
        );
        batch.segments.push(segment);
        match self.inner.ledger.commit(scope, batch).await {
            Ok(_) => {
                self.inner.reads.grew(scope.tenant());
                Ok(Written { value: plan.effect, replayed: false })
            }
            Err(CommitError::Conflict(conflict)) if !conflict.checks.is_empty() => Err(Attempt::Readmit),
            Err(CommitError::Conflict(_)) => Err(Attempt::Again),
            // It may have been done: the receipt tells. Never send again blindly.
            Err(CommitError::Failed(error)) if error.kind == Kind::Ambiguous => {
                match self.replay(request).await? {
                    // A twin's effect is not ours: its secret, for one, is not known here.
                    Some(effect) => Ok(Written { replayed: effect != plan.effect, value: effect }),
                    None => Err(Attempt::Failed(error.into())),
                }
            }
            Err(CommitError::Failed(error)) => Err(Attempt::Failed(error.into())),
        }
    }

    /// Waits a little, with full jitter, before attempt `attempt` + 1.
    pub(crate) async fn pause(&self, attempt: u32) {
        let most = 1_u64 << attempt.min(7);
        let (_, random) = self.inner.ids.uuid().as_u64_pair();
        let millis = random % (most + 1);
        tokio::time::sleep(Duration::from_millis(millis)).await;
    }
}

/// Why an attempt did not succeed.
#[derive(Debug)]
pub(crate) enum Attempt {
    /// What it read has changed: decide anew.
    Again,
    /// The caller's authority has changed: admit anew.
    Readmit,
    /// For good.
    Failed(Error),
}

impl From<Error> for Attempt {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// The audit event of a write that was done.
pub(crate) fn done(
    actor: &Actor,
    operation: &str,
    target: String,
    call: &Call,
    time: jiff::Timestamp,
) -> NewEvent {
    NewEvent {
        time,
        actor: actor.clone(),
        operation: operation.into(),
        target,
        outcome: Outcome::Done,
        count: 1,
        request_id: call.request_id.to_string(),
        revision: None,
        reason: None,
    }
}
