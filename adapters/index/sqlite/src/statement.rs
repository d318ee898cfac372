//! Statements, prepared once per connection.

use rusqlite::{CachedStatement, Connection};

use crate::fault::Result;

/// The statement `sql`, kept by the connection when it is done. In tests, one that would pass over a whole table or sort is refused.
pub(crate) fn prepare<'c>(connection: &'c Connection, sql: &str) -> Result<CachedStatement<'c>> {
    let statement = connection.prepare_cached(sql)?;
    #[cfg(test)]
    plan::check(connection, sql, &statement);
    Ok(statement)
}

#[cfg(test)]
mod plan {
    use std::collections::BTreeSet;

    use parking_lot::Mutex;
    use rusqlite::{Connection, Statement, StatementStatus};

    /// What was checked already.
    static SOUND: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

    /// Panics if SQLite plans to scan or to sort for `sql`, or prepares it again and again.
    pub(super) fn check(connection: &Connection, sql: &str, statement: &Statement<'_>) {
        let again = statement.get_status(StatementStatus::RePrepare);
        assert!(again <= 1, "{sql}\nwas prepared {again} times more: it depends on the values bound to it");
        if SOUND.lock().contains(sql) {
            return;
        }
        // A file that is damaged on purpose has no plan.
        let Ok(mut explain) = connection.prepare_cached(&format!("EXPLAIN QUERY PLAN {sql}")) else { return };
        let Ok(rows) = explain.query_map([], |row| row.get::<_, String>(3)) else { return };
        for step in rows.flatten() {
            let slow = step.starts_with("SCAN") || step.contains("TEMP B-TREE") || step.contains("AUTOMATIC");
            // What words are looked up in is no table.
            let slow = slow && !(step.contains("VIRTUAL TABLE INDEX") && step.contains(":M"));
            assert!(!slow || step == "SCAN CONSTANT ROW", "{sql}\nwould {step}");
        }
        SOUND.lock().insert(sql.to_owned());
    }
}
