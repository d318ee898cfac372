//! Checks and encodes a batch on its caller's thread, so that the writer only has to store bytes.

use std::collections::HashSet;

use jiff::Timestamp;
use portolan_core::access::{Authority, Scope, Version};
use portolan_core::audit::Segment;
use portolan_core::id::{TenantId, WikiId};
use portolan_core::wiki::Head;
use portolan_ports::ledger::{Batch, Caps, Change, Edit, Expect, Key, Record, RecordKind};
use portolan_ports::{Error, Kind};

use crate::error::ADAPTER;

/// Where a record is stored.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Address {
    pub(crate) tenant: TenantId,
    pub(crate) kind: RecordKind,
    pub(crate) name: String,
}

impl Address {
    pub(crate) fn new(tenant: TenantId, key: &Key) -> Self {
        Self { tenant, kind: key.kind(), name: key.name() }
    }
}

/// What is done to one record.
#[derive(Debug)]
pub(crate) enum Action {
    Put { value: Vec<u8>, expires: Option<i64> },
    Delete,
    Check,
}

/// What happens to a head that is cached.
#[derive(Debug)]
pub(crate) struct HeadChange {
    pub(crate) wiki: WikiId,
    /// None where it is deleted.
    pub(crate) head: Option<Head>,
}

#[derive(Debug)]
pub(crate) struct PreparedEdit {
    pub(crate) address: Address,
    pub(crate) expect: Expect,
    pub(crate) action: Action,
    pub(crate) head: Option<HeadChange>,
}

#[derive(Debug)]
pub(crate) struct PreparedSegment {
    pub(crate) tenant: TenantId,
    pub(crate) lane: String,
    pub(crate) first: i64,
    pub(crate) last: i64,
    pub(crate) value: Vec<u8>,
}

/// A batch as it is stored.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub(crate) now: i64,
    pub(crate) checks: Vec<[(Address, Version); 3]>,
    pub(crate) edits: Vec<PreparedEdit>,
    pub(crate) segments: Vec<PreparedSegment>,
}

impl Prepared {
    /// Whether it changes anything that an admission rests on.
    pub(crate) fn touches_admission(&self) -> bool {
        self.edits.iter().any(|edit| {
            !matches!(edit.action, Action::Check)
                && matches!(
                    edit.address.kind,
                    RecordKind::TenantSlug
                        | RecordKind::Tenant
                        | RecordKind::Member
                        | RecordKind::Token
                        | RecordKind::WikiSlug
                        | RecordKind::Wiki
                )
        })
    }
}

/// A time as it is stored: nanoseconds since 1970, which 64 bits hold from 1677 to 2262; what is further is held as the
/// nearest of these.
pub(crate) fn nanoseconds(time: Timestamp) -> i64 {
    let exact = time.as_nanosecond();
    i64::try_from(exact).unwrap_or(if exact < 0 { i64::MIN } else { i64::MAX })
}

/// The stored form of `batch`, or why it cannot be stored as it is.
pub(crate) fn prepare(scope: &Scope, batch: Batch, caps: Caps) -> Result<Prepared, Error> {
    let items = batch.items();
    if items > caps.items {
        return Err(refused(format!(
            "a batch of {items} items is over the ledger's limit of {}",
            caps.items
        )));
    }
    let Batch { now, checks, edits, segments } = batch;
    let edits: Vec<_> = edits.into_iter().map(|edit| prepare_edit(scope, edit)).collect::<Result<_, _>>()?;
    let mut addresses = HashSet::with_capacity(edits.len());
    if let Some(twice) = edits.iter().find(|edit| !addresses.insert(&edit.address)) {
        return Err(refused(format!("a batch has two edits of one {:?} record", twice.address.kind)));
    }
    let segments: Vec<_> =
        segments.iter().map(|segment| prepare_segment(scope, segment)).collect::<Result<_, _>>()?;
    let mut lanes = HashSet::with_capacity(segments.len());
    if let Some(twice) = segments.iter().find(|segment| !lanes.insert(&segment.lane)) {
        return Err(refused(format!("a batch has two segments of the lane {}", twice.lane)));
    }
    let bytes: usize = edits
        .iter()
        .map(|edit| if let Action::Put { value, .. } = &edit.action { value.len() } else { 0 })
        .chain(segments.iter().map(|segment| segment.value.len()))
        .sum();
    if bytes > caps.bytes {
        return Err(refused(format!(
            "a batch of {bytes} bytes is over the ledger's limit of {}",
            caps.bytes
        )));
    }
    Ok(Prepared {
        now: nanoseconds(now),
        checks: checks.iter().map(prepare_check).collect(),
        edits,
        segments,
    })
}

fn prepare_check(authority: &Authority) -> [(Address, Version); 3] {
    let Authority { tenant, member, token } = *authority;
    [(Key::Tenant, tenant.1), (Key::Member(member.0), member.1), (Key::Token(token.0), token.1)]
        .map(|(key, version)| (Address::new(tenant.0, &key), version))
}

fn prepare_edit(scope: &Scope, edit: Edit) -> Result<PreparedEdit, Error> {
    let Edit { key, expect, change } = edit;
    let address = Address::new(key.partition(scope), &key);
    let wiki = if let Key::Head(wiki) = key { Some(wiki) } else { None };
    let (action, head) = match change {
        Change::Put(record) => {
            if record.kind() != key.kind() {
                let (record, key) = (record.kind(), key.kind());
                return Err(refused(format!("a {record:?} record cannot be written under a {key:?} key")));
            }
            let action =
                Action::Put { value: record.encode(), expires: record.expires_at().map(nanoseconds) };
            let head = if let Record::Head(head) = record { Some(head) } else { None };
            (action, wiki.map(|wiki| HeadChange { wiki, head }))
        }
        Change::Delete => (Action::Delete, wiki.map(|wiki| HeadChange { wiki, head: None })),
        Change::Check => (Action::Check, None),
    };
    Ok(PreparedEdit { address, expect, action, head })
}

fn prepare_segment(scope: &Scope, segment: &Segment) -> Result<PreparedSegment, Error> {
    let lane = segment.lane.to_string();
    let gapless =
        segment.events.windows(2).all(|pair| pair[0].sequence.checked_add(1) == Some(pair[1].sequence));
    if segment.events.is_empty() || !gapless {
        return Err(refused(format!("a segment of the lane {lane} is empty or has a gap")));
    }
    let (Ok(first), Ok(last)) = (i64::try_from(segment.first()), i64::try_from(segment.last())) else {
        return Err(refused(format!("a segment of the lane {lane} has a sequence of more than 63 bits")));
    };
    let value = serde_json::to_vec(segment)
        .map_err(|error| refused(format!("a segment of the lane {lane} cannot be encoded")).because(error))?;
    Ok(PreparedSegment { tenant: scope.tenant(), lane, first, last, value })
}

fn refused(public: String) -> Error {
    Error::new(Kind::Refused, ADAPTER, "commit", public)
}
