//! What a ledger in memory holds, and its reads.

use std::collections::BTreeMap;
use std::ops::Bound;

use jiff::Timestamp;
use portolan_core::access::Version;
use portolan_core::audit::{Lane, Segment};
use portolan_core::id::TenantId;
use portolan_ports::ledger::{Key, Record, RecordKind, Stored, Walk};
use portolan_ports::{Error, Kind, Result};

/// Where a record is kept.
pub(super) type Place = (TenantId, RecordKind, String);

#[derive(Debug)]
pub(super) struct Row {
    pub(super) version: Version,
    pub(super) bytes: Vec<u8>,
    pub(super) expires_at: Option<Timestamp>,
}

impl Row {
    pub(super) fn has_expired(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|end| end <= now)
    }
}

#[derive(Debug)]
pub(super) struct StoredSegment {
    pub(super) first: u64,
    pub(super) bytes: Vec<u8>,
}

/// Everything the ledger holds.
#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) records: BTreeMap<Place, Row>,
    /// The segments of each lane by the number of their last event.
    pub(super) lanes: BTreeMap<(TenantId, Lane), BTreeMap<u64, StoredSegment>>,
    /// The last version given; one sequence for all records, so that none is ever given twice.
    pub(super) version: u64,
}

impl State {
    pub(super) fn get(&self, operation: &'static str, tenant: TenantId, key: &Key) -> Result<Option<Stored>> {
        let place = (tenant, key.kind(), key.name());
        self.records.get(&place).map(|row| decode(operation, key.kind(), row)).transpose()
    }

    pub(super) fn list(
        &self,
        tenant: TenantId,
        kind: RecordKind,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(String, Stored)>> {
        let start = match after {
            Some(name) => Bound::Excluded((tenant, kind, name.to_owned())),
            None => Bound::Included((tenant, kind, String::new())),
        };
        self.records
            .range((start, Bound::Unbounded))
            .take_while(|((of, is, _), _)| (*of, *is) == (tenant, kind))
            .take(limit)
            .map(|((_, _, name), row)| Ok((name.clone(), decode("list", kind, row)?)))
            .collect()
    }

    pub(super) fn segments(
        &self,
        tenant: TenantId,
        lane: Lane,
        walk: Walk,
        limit: usize,
    ) -> Result<Vec<Segment>> {
        let Some(segments) = self.lanes.get(&(tenant, lane)) else {
            return Ok(Vec::new());
        };
        let found: Vec<&StoredSegment> = match walk {
            Walk::Up(from) => segments.range(from..).map(|(_, segment)| segment).take(limit).collect(),
            Walk::Down(from) => {
                segments.values().rev().filter(|segment| segment.first <= from).take(limit).collect()
            }
        };
        found
            .into_iter()
            .map(|segment| {
                serde_json::from_slice(&segment.bytes)
                    .map_err(|error| corrupt("segments", &format!("a segment of lane {lane}")).because(error))
            })
            .collect()
    }

    pub(super) fn sweep(&mut self, now: Timestamp, limit: usize) -> usize {
        let expired = self.records.iter().filter(|(_, row)| row.has_expired(now));
        let places: Vec<Place> = expired.map(|(place, _)| place.clone()).take(limit).collect();
        for place in &places {
            self.records.remove(place);
        }
        places.len()
    }
}

fn decode(operation: &'static str, kind: RecordKind, row: &Row) -> Result<Stored> {
    let record = Record::decode(kind, &row.bytes)
        .map_err(|error| corrupt(operation, &format!("a {kind:?} record")).because(error))?;
    Ok(Stored { version: row.version, record })
}

fn corrupt(operation: &'static str, what: &str) -> Error {
    Error::new(
        Kind::Corrupt,
        super::ADAPTER,
        operation,
        format!("{what} cannot be read; restore it from a backup"),
    )
}
