//! The statements that read.

use portolan_core::access::Version;
use portolan_core::audit::{Lane, Segment};
use portolan_core::id::TenantId;
use portolan_ports::Error;
use portolan_ports::ledger::{Key, Record, RecordKind, Stored, Walk};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::error::{During, corrupt};

const GET: &str = "SELECT version, value FROM records WHERE tenant = ?1 AND kind = ?2 AND name = ?3";

const LIST: &str = "SELECT version, value, name FROM records
    WHERE tenant = ?1 AND kind = ?2 ORDER BY name LIMIT ?3";

const LIST_AFTER: &str = "SELECT version, value, name FROM records
    WHERE tenant = ?1 AND kind = ?2 AND name > ?4 ORDER BY name LIMIT ?3";

// A lane has no gaps, so the last segment that begins at or before an event holds it, or the lane ends before it.
const UP: &str = "SELECT value FROM segments
    WHERE tenant = ?1 AND lane = ?2 AND last >= ?3 AND first >= coalesce((
        SELECT first FROM segments WHERE tenant = ?1 AND lane = ?2 AND first <= ?3 ORDER BY first DESC LIMIT 1
    ), 0)
    ORDER BY first LIMIT ?4";

const DOWN: &str = "SELECT value FROM segments
    WHERE tenant = ?1 AND lane = ?2 AND first <= ?3 ORDER BY first DESC LIMIT ?4";

/// The record under `key` of `tenant`.
pub(crate) fn get(
    connection: &Connection,
    operation: &'static str,
    tenant: TenantId,
    key: &Key,
) -> Result<Option<Stored>, Error> {
    let mut statement = connection.prepare_cached(GET).during(operation)?;
    let row = statement
        .query_row(params![tenant.uuid().as_bytes(), key.kind().number(), key.name()], raw)
        .optional()
        .during(operation)?;
    row.map(|raw| decode(operation, key.kind(), &raw)).transpose()
}

/// At most `limit` records of `kind`, by name, after the name `after`.
pub(crate) fn list(
    connection: &Connection,
    tenant: TenantId,
    kind: RecordKind,
    after: Option<&str>,
    limit: usize,
) -> Result<Vec<(String, Stored)>, Error> {
    let operation = "list";
    let sql = if after.is_some() { LIST_AFTER } else { LIST };
    let mut statement = connection.prepare_cached(sql).during(operation)?;
    let (tenant, kind_number, limit) = (tenant.uuid(), kind.number(), rows(limit));
    let mut rows = match after {
        Some(after) => statement.query(params![tenant.as_bytes(), kind_number, limit, after]),
        None => statement.query(params![tenant.as_bytes(), kind_number, limit]),
    }
    .during(operation)?;
    let mut records = Vec::new();
    while let Some(row) = rows.next().during(operation)? {
        let name: String = row.get(2).during(operation)?;
        records.push((name, decode(operation, kind, &raw(row).during(operation)?)?));
    }
    Ok(records)
}

/// At most `limit` segments of `lane`, in the order of the walk.
pub(crate) fn segments(
    connection: &Connection,
    tenant: TenantId,
    lane: Lane,
    walk: Walk,
    limit: usize,
) -> Result<Vec<Segment>, Error> {
    let operation = "segments";
    let (sql, from) = match walk {
        Walk::Up(from) => (UP, from),
        Walk::Down(from) => (DOWN, from),
    };
    // No event has a number of more than 63 bits.
    let from = i64::try_from(from).unwrap_or(i64::MAX);
    let mut statement = connection.prepare_cached(sql).during(operation)?;
    let mut rows = statement
        .query(params![tenant.uuid().as_bytes(), lane.to_string(), from, rows(limit)])
        .during(operation)?;
    let mut segments = Vec::new();
    while let Some(row) = rows.next().during(operation)? {
        let bytes = row.get_ref(0).and_then(|value| Ok(value.as_blob()?)).during(operation)?;
        segments.push(serde_json::from_slice(bytes).map_err(|error| {
            corrupt(operation, format!("a stored segment of the audit lane {lane} cannot be read"), error)
        })?);
    }
    Ok(segments)
}

/// A number of rows, as SQLite takes it.
pub(crate) fn rows(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

fn raw(row: &Row<'_>) -> rusqlite::Result<(i64, Vec<u8>)> {
    Ok((row.get(0)?, row.get(1)?))
}

fn decode(
    operation: &'static str,
    kind: RecordKind,
    (version, value): &(i64, Vec<u8>),
) -> Result<Stored, Error> {
    let record = Record::decode(kind, value).map_err(|error| corrupt(operation, error.to_string(), error))?;
    Ok(Stored { version: Version(version.cast_unsigned()), record })
}
