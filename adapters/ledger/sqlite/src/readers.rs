//! Connections for reading, and reads as of one moment.

use std::path::PathBuf;

use parking_lot::Mutex;
use portolan_ports::Error;
use rusqlite::Connection;

use crate::error::During;
use crate::schema;

/// Idle connections kept. Reads run inline, so no more are in use at once than there are threads that read.
const MOST_IDLE: usize = 32;

/// The connections for reading. The writer never waits for them, nor they for it: that is what the write-ahead log is for.
#[derive(Debug)]
pub(crate) struct Readers {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
}

impl Readers {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self { path, idle: Mutex::new(Vec::new()) }
    }

    /// Does `read` as of one moment: it sees all of every batch that was answered before, and of no batch a part.
    pub(crate) fn snapshot<T>(
        &self,
        operation: &'static str,
        read: impl FnOnce(&Connection) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.with(operation, |connection| {
            // Deferred: the moment is that of the first read.
            connection.prepare_cached("BEGIN").during(operation)?.execute([]).during(operation)?;
            let result = read(connection)?;
            connection.prepare_cached("COMMIT").during(operation)?.execute([]).during(operation)?;
            Ok(result)
        })
    }

    /// Does `read` with a connection of its own; a single statement needs no transaction to be of one moment.
    pub(crate) fn with<T>(
        &self,
        operation: &'static str,
        read: impl FnOnce(&Connection) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let idle = self.idle.lock().pop();
        let connection = match idle {
            Some(connection) => connection,
            None => schema::reader(&self.path).during(operation)?,
        };
        // On an error or a panic the connection is closed, and an open transaction with it.
        let result = read(&connection)?;
        let mut idle = self.idle.lock();
        if idle.len() < MOST_IDLE {
            idle.push(connection);
        }
        Ok(result)
    }

    /// Closes all idle connections.
    pub(crate) fn close(&self) {
        self.idle.lock().clear();
    }
}
