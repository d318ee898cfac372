//! Work on the database as a whole: checking it, and copying it.

use std::fs::File;
use std::path::Path;

use portolan_core::audit::Segment;
use portolan_core::id::{TenantId, Uuid};
use portolan_ports::ledger::{Record, RecordKind};
use portolan_ports::{Error, Kind, Result};
use rusqlite::{Connection, Row};

use crate::error::{ADAPTER, During};
use crate::{SqliteLedger, schema};

impl SqliteLedger {
    /// Checks the whole database: its structure by SQLite, and that every record and segment can be read. Answers what is
    /// damaged, a line each; nothing where it is sound. An error where it cannot be checked at all.
    ///
    /// Takes as long as reading the file does, and blocks its thread; the ledger goes on meanwhile.
    pub fn check(&self) -> Result<Vec<String>> {
        let operation = "check";
        self.readers.snapshot(operation, |connection| {
            let mut problems = structure(connection).during(operation)?;
            if problems.is_empty() {
                problems.extend(contents(connection).during(operation)?);
            }
            Ok(problems)
        })
    }

    /// Writes a copy of the ledger as of now to the file `to`, which must not exist, and syncs it. The copy is a database of its
    /// own that can be opened as a ledger.
    ///
    /// Takes as long as reading the file does, and blocks its thread; the ledger goes on meanwhile.
    pub fn backup(&self, to: &Path) -> Result<()> {
        Self::copy(&self.path, to)
    }

    /// As [`Self::backup`], of the ledger in the file `from`, which another process may have open and go on writing.
    pub fn copy(from: &Path, to: &Path) -> Result<()> {
        let operation = "backup";
        let failed = |kind, public| {
            move |cause: std::io::Error| Error::new(kind, ADAPTER, operation, public).because(cause)
        };
        // Made here first, so that no file that exists is ever written over. SQLite takes an empty one.
        File::create_new(to).map_err(failed(
            Kind::Refused,
            "the backup's file cannot be made: it exists already, or its folder does not or cannot be written",
        ))?;
        let target = to.to_str().ok_or_else(|| {
            Error::new(Kind::Refused, ADAPTER, operation, "the backup's path is not UTF-8; choose another")
        });
        let copied = target.and_then(|target| {
            let connection = schema::maintenance(from).during(operation)?;
            connection.execute("VACUUM INTO ?1", [target]).during(operation)?;
            let unsynced = failed(Kind::Unavailable, "the backup cannot be synced to its disk; make another");
            File::open(to).and_then(|file| file.sync_all()).map_err(unsynced)?;
            let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty());
            File::open(folder.unwrap_or(Path::new(".")))
                .and_then(|folder| folder.sync_all())
                .map_err(unsynced)
        });
        if copied.is_err() {
            // A part of a copy must not be taken for one. That it cannot be removed changes nothing about the error.
            drop(std::fs::remove_file(to));
        }
        copied
    }
}

fn structure(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut statement = connection.prepare("PRAGMA integrity_check")?;
    let lines: Vec<String> = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    Ok(if lines == ["ok"] { Vec::new() } else { lines })
}

fn contents(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut problems = Vec::new();
    let mut statement = connection.prepare("SELECT tenant, value, kind, name FROM records")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (number, name): (i64, String) = (row.get(2)?, row.get(3)?);
        let kind = RecordKind::ALL.iter().find(|kind| i64::from(kind.number()) == number);
        let problem = match kind {
            None => Some(format!("no record is of kind {number}")),
            Some(&kind) => {
                Record::decode(kind, value(row)?).err().map(|bad| format!("{kind:?}: {}", bad.source))
            }
        };
        if let Some(problem) = problem {
            problems.push(format!("the record {name:?} of {} cannot be read: {problem}", tenant(row)?));
        }
    }
    let mut statement = connection.prepare("SELECT tenant, value, lane, first, last FROM segments")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (lane, first, last): (String, i64, i64) = (row.get(2)?, row.get(3)?, row.get(4)?);
        let sound = serde_json::from_slice::<Segment>(value(row)?).is_ok_and(|segment| {
            segment.lane.to_string() == lane
                && i64::try_from(segment.first()) == Ok(first)
                && i64::try_from(segment.last()) == Ok(last)
        });
        if !sound {
            let tenant = tenant(row)?;
            problems.push(format!(
                "the segment {first} to {last} of the audit lane {lane} of {tenant} cannot be read"
            ));
        }
    }
    Ok(problems)
}

fn tenant(row: &Row<'_>) -> rusqlite::Result<String> {
    let bytes: Vec<u8> = row.get(0)?;
    Ok(Uuid::from_slice(&bytes)
        .map_or_else(|_| "a tenant whose id is damaged".into(), |uuid| TenantId::new(uuid).to_string()))
}

fn value<'a>(row: &'a Row<'_>) -> rusqlite::Result<&'a [u8]> {
    Ok(row.get_ref(1)?.as_blob()?)
}
