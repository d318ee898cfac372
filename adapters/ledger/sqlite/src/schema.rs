//! Opens connections, and brings the database to the schema of this version.

use std::path::Path;

use portolan_ports::{Error, Kind};
use refinery::{Migration, Runner, Target};
use rusqlite::{Connection, OpenFlags, OptionalExtension};

use crate::error::{ADAPTER, During, Failure};

/// All migrations, oldest first. A published one never changes.
const MIGRATIONS: &[(&str, &str)] = &[("V1__records", include_str!("../migrations/V1__records.sql"))];

const OPERATION: &str = "open";

/// The writer's connection, with the database migrated.
pub(crate) fn writer(path: &Path) -> Result<Connection, Error> {
    let mut connection = connect(path, OpenFlags::SQLITE_OPEN_CREATE).during(OPERATION)?;
    refuse_newer(&connection)?;
    // Before anything is written: the log is synced at each commit, so what was answered survives a power cut.
    connection.pragma_update(None, "journal_mode", "wal").during(OPERATION)?;
    connection.pragma_update(None, "synchronous", "full").during(OPERATION)?;
    // A burst must not leave a large log behind.
    connection.pragma_update(None, "journal_size_limit", 64 << 20).during(OPERATION)?;
    migrate(&mut connection)?;
    Ok(connection)
}

/// A reader's connection to a database that [`writer`] has migrated.
pub(crate) fn reader(path: &Path) -> rusqlite::Result<Connection> {
    let connection = connect(path, OpenFlags::empty())?;
    connection.pragma_update(None, "query_only", true)?;
    // The kernel caches the file for all readers; each needs little of its own. Negative: KiB.
    connection.pragma_update(None, "cache_size", -512)?;
    Ok(connection)
}

/// A connection for work on the database as a whole.
pub(crate) fn maintenance(path: &Path) -> rusqlite::Result<Connection> {
    let connection = connect(path, OpenFlags::empty())?;
    connection.pragma_update(None, "synchronous", "full")?;
    Ok(connection)
}

fn connect(path: &Path, more: OpenFlags) -> rusqlite::Result<Connection> {
    // Each connection is used by one thread at a time, and a path is never a URI.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | more;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(std::time::Duration::from_secs(5))?;
    connection.pragma_update(None, "temp_store", "memory")?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

/// The newest schema this version knows.
fn known() -> i64 {
    i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX)
}

/// Refuses a database of a newer version before anything in it is changed.
fn refuse_newer(connection: &Connection) -> Result<(), Error> {
    let migrated: Option<i64> = connection
        .query_row("SELECT 1 FROM sqlite_schema WHERE name = 'refinery_schema_history'", [], |row| row.get(0))
        .optional()
        .during(OPERATION)?;
    if migrated.is_none() {
        return Ok(());
    }
    let schema: Option<i64> = connection
        .query_row("SELECT max(version) FROM refinery_schema_history", [], |row| row.get(0))
        .during(OPERATION)?;
    let (schema, known) = (schema.unwrap_or(0), known());
    if schema <= known {
        return Ok(());
    }
    let public = format!(
        "the ledger was written by a newer version of Portolan (schema {schema}, this version knows {known}); \
         start that version, or restore a backup made by this one"
    );
    Err(Error::new(Kind::Refused, ADAPTER, OPERATION, public))
}

fn migrate(connection: &mut Connection) -> Result<(), Error> {
    let failed = |error: refinery::Error| match error.kind() {
        refinery::error::Kind::DivergentVersion(..) | refinery::error::Kind::MissingVersion(..) => {
            let public = "the ledger's schema is not one that a release of Portolan made; restore a backup";
            Error::new(Kind::Refused, ADAPTER, OPERATION, public).because(error)
        }
        refinery::error::Kind::Connection(_, cause) => {
            // The text of SQLite's result is in the cause; its code decides the kind.
            let code = cause.downcast_ref::<rusqlite::Error>().and_then(rusqlite::Error::sqlite_error);
            match code {
                Some(code) => Failure::of(rusqlite::Error::SqliteFailure(*code, Some(cause.to_string())))
                    .to_error(OPERATION),
                None => Failure::new(Kind::Internal, "the ledger's schema cannot be brought up to date")
                    .to_error(OPERATION)
                    .because(error),
            }
        }
        _ => Failure::new(Kind::Internal, "the ledger's migrations are malformed")
            .to_error(OPERATION)
            .because(error),
    };
    let migrations: Vec<Migration> = MIGRATIONS
        .iter()
        .map(|(name, sql)| Migration::unapplied(name, sql))
        .collect::<Result<_, _>>()
        .map_err(failed)?;
    // Grouped: a migration and the row that says it was done are one transaction, so a crash leaves neither or both.
    let runner = Runner::new(&migrations).set_grouped(true).set_target(Target::Latest);
    runner.run(connection).map_err(failed)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_writer_syncs_every_commit_of_its_log() {
        let folder = tempfile::tempdir().unwrap();
        let connection = writer(&folder.path().join("ledger.db")).unwrap();
        let text =
            |pragma| connection.pragma_query_value(None, pragma, |row| row.get::<_, String>(0)).unwrap();
        let number =
            |pragma| connection.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0)).unwrap();
        assert_eq!(text("journal_mode"), "wal");
        assert_eq!(number("synchronous"), 2);
        // A second start finds nothing to do.
        writer(&folder.path().join("ledger.db")).unwrap();
    }

    #[test]
    fn a_newer_schema_is_refused_by_name_and_untouched() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.db");
        let connection = writer(&path).unwrap();
        connection
            .execute_batch(
                "INSERT INTO refinery_schema_history (version, name, applied_on, checksum)
                 VALUES (99, 'later', '2030-01-01T00:00:00Z', '1')",
            )
            .unwrap();
        drop(connection);
        let before = std::fs::read(&path).unwrap();
        let error = writer(&path).unwrap_err();
        assert_eq!(error.kind, Kind::Refused);
        assert!(error.public.contains("schema 99, this version knows 1"), "{error}");
        assert_eq!(std::fs::read(&path).unwrap(), before);
    }

    #[test]
    fn what_is_no_database_or_not_there_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.db");
        std::fs::write(&path, "this is a text, and long enough to be read as a header; ".repeat(100))
            .unwrap();
        assert_eq!(writer(&path).unwrap_err().kind, Kind::Corrupt);
        let error = writer(&folder.path().join("missing/ledger.db")).unwrap_err();
        assert_eq!(error.kind, Kind::Unavailable);
        assert!(error.public.contains("cannot be opened"), "{error}");
    }
}
