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
use utoipa::ToSchema;

use crate::answer::{Answer, ListJson, ok};
use crate::api::Api;
use crate::openapi::types;
use crate::wire::ActorJson;

/// An event. Its members from `time` on, compact and in this order, are what its hash covers.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditEvent)]
struct EventJson<'a> {
    #[schema(value_type = String)]
    lane: Lane,
    sequence: u64,
    #[schema(value_type = types::Time)]
    time: Timestamp,
    actor: ActorJson<'a>,
    operation: &'a str,
    target: &'a str,
    #[schema(value_type = types::Outcome)]
    outcome: Outcome,
    count: u64,
    request_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<types::ObjectId>)]
    revision: Option<Oid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
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
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditCheckpoint)]
struct CheckpointJson<'a> {
    checkpoint: u64,
    #[schema(value_type = types::Time)]
    time: Timestamp,
    #[schema(value_type = Vec<Object>)]
    seals: &'a [Seal],
    #[schema(value_type = String)]
    hash: Hash,
}

/// What verification found.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
#[schema(as = AuditVerified)]
enum VerifiedJson {
    Whole { ok: bool, lanes: u64, events: u64, unsealed: u64 },
    Broken { ok: bool, broken: BrokenJson },
}

/// The first thing that does not fit.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditBroken)]
struct BrokenJson {
    lane: String,
    sequence: u64,
    reason: String,
}

/// Lists events, newest first.
#[utoipa::path(
    get,
    path = "/v1/tenants/{tenant}/audit",
    tag = "audit",
    operation_id = "listAudit",
    params(
        ("actor" = Option<String>, Query, description = "Only of the principal with this id or name."),
        ("operation" = Option<String>, Query, description = "Only this operation, such as `page.write`."),
        ("outcome" = Option<types::Outcome>, Query, description = "Only with this outcome."),
        ("since" = Option<types::Time>, Query, description = "Only at this time or later."),
        ("until" = Option<types::Time>, Query, description = "Only before this time."),
    ),
    responses(
        (status = 200, description = "Events, newest first", body = ListJson<EventJson<'static>>),
    )
)]
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
#[utoipa::path(
    get,
    path = "/v1/tenants/{tenant}/audit/verify",
    tag = "audit",
    operation_id = "verifyAudit",
    responses(
        (status = 200, description = "Whether every hash fits, or where not", body = VerifiedJson),
    )
)]
pub(crate) async fn verify(State(api): State<Api>, request: Request) -> Answer {
    let mut asked = api.admit(request, Operation::AuditVerify).await?;
    asked.no_query()?;
    ok(&match api.portolan.verify_audit(&asked.admitted).await? {
        Verified::Whole { lanes, events, unsealed } => {
            VerifiedJson::Whole { ok: true, lanes, events, unsealed }
        }
        Verified::Broken(Broken { lane, sequence, reason }) => {
            VerifiedJson::Broken { ok: false, broken: BrokenJson { lane, sequence, reason } }
        }
    })
}

/// The whole audit, a line of JSON for each event and then for each checkpoint.
///
/// Anybody can verify it. The `hash` of an event is SHA-256 over: the 32 bytes of the hash of the event before it in its
/// lane (zeros for the first); `lane`, a line feed, `sequence`, a line feed; and the line's members from `time` up to but
/// without `hash`, as they stand there, between braces. That of a checkpoint is SHA-256 over: the 32 bytes of the checkpoint's
/// hash before it; `checkpoint`, a line feed, `time`, a line feed; and for each of `seals` its lane, sequence and hash
/// with a space between and a line feed after. A seal names the last event of a lane at that time.
#[utoipa::path(
    get,
    path = "/v1/tenants/{tenant}/audit/export",
    tag = "audit",
    operation_id = "exportAudit",
    responses(
        (status = 200, description = "A line of JSON for each event, lane by lane, and then for each checkpoint", body = String, content_type = "application/x-ndjson"),
    )
)]
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
fn lines(
    items: mpsc::Receiver<portolan::Result<AuditItem>>,
) -> impl Stream<Item = Result<Bytes, ExportError>> {
    stream::unfold(Some(items), |items| async move {
        let mut items = items?;
        let mut piece = Vec::new();
        let mut next = Some(items.recv().await?);
        while let Some(item) = next {
            let result =
                item.map_err(|error| ExportError(error.to_string())).and_then(|item| line(&item, &mut piece));
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
