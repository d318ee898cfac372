//! The audit: reading, verifying and exporting it.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use bytes::Bytes;
use futures::stream::{self, Stream};
use http::HeaderValue;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use jiff::Timestamp;
use portolan::core::access::Operation;
use portolan::core::audit::{Broken, Checkpoint, Event, Hash, Lane, NewEvent, Outcome, Seal};
use portolan::core::git::Oid;
use portolan::{AuditEntry, AuditFilter, AuditItem, Listed, Verified};
use serde::Serialize;
use tokio::sync::mpsc;

use crate::answer::{Answer, ListJson, ok};
use crate::api::Api;
use crate::wire::ActorJson;

/// An event. Its members from `time` on, compact and in this order, are what its hash covers.
#[derive(Debug, Serialize)]
struct EventJson<'a> {
    lane: Lane,
    sequence: u64,
    time: Timestamp,
    actor: ActorJson<'a>,
    operation: &'a str,
    target: &'a str,
    outcome: Outcome,
    count: u64,
    request_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    revision: Option<Oid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hash: Option<Hash>,
}

impl<'a> EventJson<'a> {
    fn new(lane: Lane, event: &'a Event) -> Self {
        let Event { sequence, what, hash: _ } = event;
        let NewEvent { time, actor, operation, target, outcome, count, request_id, revision, reason } = what;
        Self {
            lane,
            sequence: *sequence,
            time: *time,
            actor: actor.into(),
            operation,
            target,
            outcome: *outcome,
            count: *count,
            request_id,
            revision: *revision,
            reason: reason.as_deref(),
            hash: None,
        }
    }
}

/// A checkpoint in an export.
#[derive(Debug, Serialize)]
struct CheckpointJson<'a> {
    checkpoint: u64,
    time: Timestamp,
    seals: &'a [Seal],
    hash: Hash,
}

/// What verification found.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum VerifiedJson {
    Whole { ok: bool, lanes: u64, events: u64, unsealed: u64 },
    Broken { ok: bool, broken: BrokenJson },
}

/// The first thing that does not fit.
#[derive(Debug, Serialize)]
struct BrokenJson {
    lane: String,
    sequence: u64,
    reason: String,
}

/// Lists events, newest first.
pub(crate) async fn list(State(api): State<Api>, request: Request) -> Answer {
    let mut asked = api.admit(request, Operation::AuditRead).await?;
    let (filter, paging) = asked.query()?.read(|query| {
        let paging = query.paging();
        let filter = AuditFilter {
            actor: query.text("actor"),
            operation: query.text("operation"),
            outcome: query.parsed("outcome", outcome),
            since: query.time("since"),
            until: query.time("until"),
        };
        Some((filter, paging))
    })?;
    let Listed { items, next } = api.portolan.query_audit(&asked.admitted, &filter, &paging).await?;
    let items = items.iter().map(|AuditEntry { lane, event }| EventJson::new(*lane, event)).collect();
    ok(&ListJson { items, next })
}

fn outcome(text: &str) -> Result<Outcome, &'static str> {
    let known = [Outcome::Done, Outcome::Refused].into_iter().find(|outcome| outcome.as_str() == text);
    known.ok_or("an outcome is done or refused")
}

/// Recomputes every hash.
pub(crate) async fn verify(State(api): State<Api>, request: Request) -> Answer {
    let mut asked = api.admit(request, Operation::AuditVerify).await?;
    asked.no_query()?;
    ok(&match api.portolan.verify_audit(&asked.admitted).await? {
        Verified::Whole { lanes, events, unsealed } => VerifiedJson::Whole { ok: true, lanes, events, unsealed },
        Verified::Broken(Broken { lane, sequence, reason }) => {
            VerifiedJson::Broken { ok: false, broken: BrokenJson { lane, sequence, reason } }
        }
    })
}

/// The whole audit, a line of JSON for each event and then for each checkpoint.
pub(crate) async fn export(State(api): State<Api>, request: Request) -> Answer {
    let mut asked = api.admit(request, Operation::AuditExport).await?;
    asked.no_query()?;
    let items = api.portolan.export_audit(&asked.admitted).await?;
    let mut response = Response::new(Body::from_stream(lines(items)));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson"));
    headers.insert(CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"audit.ndjson\""));
    Ok(response)
}

/// Most bytes gathered into one piece of the stream.
const PIECE: usize = 32 << 10;

/// Lines, several at once where they are there. An error ends the stream as broken, so that nobody takes a part for all.
fn lines(items: mpsc::Receiver<portolan::Result<AuditItem>>) -> impl Stream<Item = Result<Bytes, ExportError>> {
    stream::unfold(Some(items), |items| async move {
        let mut items = items?;
        let mut piece = Vec::new();
        let mut next = Some(items.recv().await?);
        while let Some(item) = next {
            let result = item.map_err(|error| ExportError(error.to_string())).and_then(|item| line(&item, &mut piece));
            if let Err(error) = result {
                tracing::error!(%error, "an export of the audit was cut off");
                return Some((Err(error), None));
            }
            next = if piece.len() < PIECE { items.try_recv().ok() } else { None };
        }
        Some((Ok(piece.into()), Some(items)))
    })
}

/// Why an export ended before its end.
#[derive(Debug)]
struct ExportError(String);

impl std::fmt::Display for ExportError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ExportError {}

fn line(item: &AuditItem, into: &mut Vec<u8>) -> Result<(), ExportError> {
    let written = match item {
        AuditItem::Event(lane, event) => {
            let line = EventJson { hash: Some(event.hash), ..EventJson::new(*lane, event) };
            serde_json::to_writer(&mut *into, &line)
        }
        AuditItem::Checkpoint(Checkpoint { sequence, time, seals, hash }) => {
            let line = CheckpointJson { checkpoint: *sequence, time: *time, seals, hash: *hash };
            serde_json::to_writer(&mut *into, &line)
        }
    };
    into.push(b'\n');
    written.map_err(|error| ExportError(error.to_string()))
}
