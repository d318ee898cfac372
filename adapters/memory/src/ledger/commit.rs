//! How a batch is judged and applied.

use std::collections::BTreeSet;

use portolan_core::access::{Authority, Scope, Version};
use portolan_core::audit::Segment;
use portolan_core::id::TenantId;
use portolan_ports::ledger::{Batch, Change, CommitError, Conflict, Edit, Expect, Key};
use portolan_ports::{Error, Kind};

use super::state::{Place, Row, State, StoredSegment};
use super::{ADAPTER, MemoryLedger};

/// A batch as it would be stored.
struct Prepared {
    edits: Vec<(Place, Expect, Write)>,
    segments: Vec<(Segment, Vec<u8>)>,
}

/// What becomes of one place.
enum Write {
    Put(Row),
    Delete,
    Nothing,
}

impl State {
    pub(super) fn commit(&mut self, scope: &Scope, batch: Batch) -> Result<Vec<Version>, CommitError> {
        let now = batch.now;
        let checks = batch.checks.clone();
        let prepared = prepare(scope, batch)?;
        let conflict = Conflict {
            edits: failing(&prepared.edits, |(place, expect, _)| match (self.records.get(place), expect) {
                (_, Expect::Any) => true,
                (row, Expect::Absent) => row.is_none_or(|row| row.has_expired(now)),
                (row, Expect::At(version)) => {
                    row.is_some_and(|row| row.version == *version && !row.has_expired(now))
                }
            }),
            checks: failing(&checks, |authority| self.holds(authority)),
            segments: failing(&prepared.segments, |(segment, _)| {
                self.end(scope.tenant(), segment).checked_add(1) == Some(segment.first())
            }),
        };
        if conflict.is_empty() {
            Ok(self.apply(scope, prepared))
        } else {
            Err(CommitError::Conflict(conflict))
        }
    }

    fn holds(&self, authority: &Authority) -> bool {
        let tenant = authority.tenant.0;
        let records = [
            (Key::Tenant, authority.tenant.1),
            (Key::Member(authority.member.0), authority.member.1),
            (Key::Token(authority.token.0), authority.token.1),
        ];
        records.into_iter().all(|(key, version)| {
            self.records.get(&(tenant, key.kind(), key.name())).is_some_and(|row| row.version == version)
        })
    }

    /// Number of the last event of the lane that `segment` belongs to.
    fn end(&self, tenant: TenantId, segment: &Segment) -> u64 {
        let lane = self.lanes.get(&(tenant, segment.lane));
        lane.and_then(|segments| segments.last_key_value()).map_or(0, |(last, _)| *last)
    }

    fn apply(&mut self, scope: &Scope, prepared: Prepared) -> Vec<Version> {
        let versions = prepared
            .edits
            .into_iter()
            .map(|(place, _, write)| {
                self.version += 1;
                let version = Version(self.version);
                match write {
                    Write::Put(row) => drop(self.records.insert(place, Row { version, ..row })),
                    Write::Delete => drop(self.records.remove(&place)),
                    Write::Nothing => {}
                }
                version
            })
            .collect();
        for (segment, bytes) in prepared.segments {
            let lane = self.lanes.entry((scope.tenant(), segment.lane)).or_default();
            lane.insert(segment.last(), StoredSegment { first: segment.first(), bytes });
        }
        versions
    }
}

/// The batch in its stored form, or why no ledger takes it.
fn prepare(scope: &Scope, batch: Batch) -> Result<Prepared, Error> {
    let items = batch.items();
    let caps = MemoryLedger::CAPS;
    if items > caps.items {
        return Err(refused(format!("the batch has {items} items, at most {} fit; send fewer", caps.items)));
    }
    let edits: Vec<_> = batch.edits.into_iter().map(|edit| stored(scope, edit)).collect::<Result<_, _>>()?;
    let mut places = BTreeSet::new();
    if let Some((place, ..)) = edits.iter().find(|(place, ..)| !places.insert(place)) {
        return Err(refused(format!(
            "the batch has two edits of {:?} {:?}; make them one",
            place.1, place.2
        )));
    }
    let mut lanes = BTreeSet::new();
    for segment in &batch.segments {
        if segment.events.is_empty() {
            return Err(refused(format!("the segment of lane {} has no events; leave it out", segment.lane)));
        }
        if !lanes.insert(segment.lane) {
            return Err(refused(format!(
                "the batch has two segments of lane {}; make them one",
                segment.lane
            )));
        }
    }
    let segments: Vec<_> = batch
        .segments
        .into_iter()
        .map(|segment| {
            let bytes = serde_json::to_vec(&segment).expect("a segment has only text and numbers");
            (segment, bytes)
        })
        .collect();
    let puts = edits.iter().map(|(_, _, write)| match write {
        Write::Put(row) => row.bytes.len(),
        Write::Delete | Write::Nothing => 0,
    });
    let bytes = puts.sum::<usize>() + segments.iter().map(|(_, bytes)| bytes.len()).sum::<usize>();
    if bytes > caps.bytes {
        return Err(refused(format!("the batch has {bytes} bytes, at most {} fit; send less", caps.bytes)));
    }
    Ok(Prepared { edits, segments })
}

fn stored(scope: &Scope, edit: Edit) -> Result<(Place, Expect, Write), Error> {
    let Edit { key, expect, change } = edit;
    let place = (key.partition(scope), key.kind(), key.name());
    let write = match change {
        Change::Put(record) if record.kind() != key.kind() => {
            let (is, wanted) = (record.kind(), key.kind());
            return Err(refused(format!("a {is:?} record cannot be kept under a key of kind {wanted:?}")));
        }
        // Its version is given when it is applied.
        Change::Put(record) => {
            Write::Put(Row { version: Version(0), bytes: record.encode(), expires_at: record.expires_at() })
        }
        Change::Delete => Write::Delete,
        Change::Check => Write::Nothing,
    };
    Ok((place, expect, write))
}

/// Indexes of the items that do not hold.
fn failing<T>(items: &[T], holds: impl Fn(&T) -> bool) -> Vec<usize> {
    items.iter().enumerate().filter(|(_, item)| !holds(item)).map(|(index, _)| index).collect()
}

fn refused(why: String) -> Error {
    Error::new(Kind::Refused, ADAPTER, "commit", why)
}
