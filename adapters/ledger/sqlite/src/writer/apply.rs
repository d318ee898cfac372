//! Judges one batch and applies it, within its savepoint.

use portolan_core::access::Version;
use portolan_core::id::TenantId;
use portolan_ports::ledger::{Conflict, Expect};
use rusqlite::{Connection, OptionalExtension, params};

use super::Done;
use super::group::Versions;
use crate::cache::HeadUpdate;
use crate::prepare::{Action, Address, Prepared, PreparedEdit, PreparedSegment};

const VERSION: &str = "SELECT version, expires FROM records WHERE tenant = ?1 AND kind = ?2 AND name = ?3";

const PUT: &str =
    "INSERT INTO records (tenant, kind, name, version, expires, value) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
    ON CONFLICT (tenant, kind, name)
    DO UPDATE SET version = excluded.version, expires = excluded.expires, value = excluded.value";

const DELETE: &str = "DELETE FROM records WHERE tenant = ?1 AND kind = ?2 AND name = ?3";

const LAST: &str = "SELECT last FROM segments WHERE tenant = ?1 AND lane = ?2 ORDER BY first DESC LIMIT 1";

const APPEND: &str = "INSERT INTO segments (tenant, lane, first, last, value) VALUES (?1, ?2, ?3, ?4, ?5)";

const SWEEP: &str = "DELETE FROM records WHERE (tenant, kind, name) IN (
    SELECT tenant, kind, name FROM records WHERE expires < ?1 ORDER BY expires LIMIT ?2)";

/// What an applied batch changes, once it is committed.
#[derive(Debug, Default)]
pub(super) struct Applied {
    pub(super) done: Done,
    pub(super) touches_admission: bool,
    pub(super) heads: Vec<HeadUpdate>,
}

/// Applies `batch` where all it expects holds; else names what does not, and nothing is changed.
pub(super) fn apply(
    connection: &Connection,
    versions: &mut Versions,
    batch: Prepared,
) -> rusqlite::Result<Result<Applied, Conflict>> {
    let conflict = judge(connection, &batch)?;
    if !conflict.is_empty() {
        return Ok(Err(conflict));
    }
    let mut applied = Applied { touches_admission: batch.touches_admission(), ..Applied::default() };
    for edit in batch.edits {
        let version = Version(versions.next());
        change(connection, &edit, version)?;
        applied.done.versions.push(version);
        if let Some(change) = edit.head {
            let head = change.head.map(|head| (head, version));
            applied.heads.push(((edit.address.tenant, change.wiki), head));
        }
    }
    for segment in &batch.segments {
        let PreparedSegment { tenant, lane, first, last, value } = segment;
        let tenant = tenant.uuid();
        connection.prepare_cached(APPEND)?.execute(params![tenant.as_bytes(), lane, first, last, value])?;
    }
    Ok(Ok(applied))
}

/// Deletes at most `limit` records that expired before `before`.
pub(super) fn sweep(connection: &Connection, before: i64, limit: i64) -> rusqlite::Result<Applied> {
    let deleted = connection.prepare_cached(SWEEP)?.execute(params![before, limit])?;
    Ok(Applied { done: Done { deleted, ..Done::default() }, ..Applied::default() })
}

fn judge(connection: &Connection, batch: &Prepared) -> rusqlite::Result<Conflict> {
    let mut conflict = Conflict::default();
    for (index, check) in batch.checks.iter().enumerate() {
        if !holds(connection, check)? {
            conflict.checks.push(index);
        }
    }
    for (index, edit) in batch.edits.iter().enumerate() {
        let holds = match edit.expect {
            Expect::Any => true,
            Expect::Absent => live(connection, &edit.address, batch.now)?.is_none(),
            Expect::At(version) => live(connection, &edit.address, batch.now)? == Some(version),
        };
        if !holds {
            conflict.edits.push(index);
        }
    }
    for (index, segment) in batch.segments.iter().enumerate() {
        if last(connection, segment.tenant, &segment.lane)?.checked_add(1) != Some(segment.first) {
            conflict.segments.push(index);
        }
    }
    Ok(conflict)
}

fn holds(connection: &Connection, check: &[(Address, Version)]) -> rusqlite::Result<bool> {
    for (address, version) in check {
        if stored(connection, address)?.is_none_or(|(stored, _)| stored != *version) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The version of a record that has not expired.
fn live(connection: &Connection, address: &Address, now: i64) -> rusqlite::Result<Option<Version>> {
    let stored = stored(connection, address)?;
    Ok(stored.filter(|(_, expires)| expires.is_none_or(|end| now < end)).map(|(version, _)| version))
}

fn stored(connection: &Connection, address: &Address) -> rusqlite::Result<Option<(Version, Option<i64>)>> {
    let Address { tenant, kind, name } = address;
    connection
        .prepare_cached(VERSION)?
        .query_row(params![tenant.uuid().as_bytes(), kind.number(), name], |row| {
            Ok((Version(row.get::<_, i64>(0)?.cast_unsigned()), row.get(1)?))
        })
        .optional()
}

/// Number of the last event of a lane; 0 where it is empty.
fn last(connection: &Connection, tenant: TenantId, lane: &str) -> rusqlite::Result<i64> {
    let mut statement = connection.prepare_cached(LAST)?;
    let last = statement.query_row(params![tenant.uuid().as_bytes(), lane], |row| row.get(0)).optional()?;
    Ok(last.unwrap_or(0))
}

fn change(connection: &Connection, edit: &PreparedEdit, version: Version) -> rusqlite::Result<()> {
    let Address { tenant, kind, name } = &edit.address;
    let (tenant, kind) = (tenant.uuid(), kind.number());
    match &edit.action {
        Action::Put { value, expires } => {
            let version = version.0.cast_signed();
            let row = params![tenant.as_bytes(), kind, name, version, expires, value];
            connection.prepare_cached(PUT)?.execute(row)?;
        }
        Action::Delete => {
            connection.prepare_cached(DELETE)?.execute(params![tenant.as_bytes(), kind, name])?;
        }
        Action::Check => {}
    }
    Ok(())
}
