//! One transaction for all batches that wait.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use portolan_ports::ledger::CommitError;
use portolan_ports::{Error, Kind};
use rusqlite::{Connection, params};

use super::apply::{self, Applied};
use super::{Done, Outcome, Work};
use crate::cache::Caches;
use crate::error::{During, Failure};

/// Versions reserved at a time, so that most commits need not write how far they are.
const RESERVE: u64 = 1 << 16;

/// The versions to give out. None is ever given twice, also not after a restart: `reserved` is stored by the transaction
/// that first uses one from there on.
#[derive(Debug)]
pub(super) struct Versions {
    next: u64,
    reserved: u64,
}

impl Versions {
    pub(super) fn next(&mut self) -> u64 {
        let version = self.next;
        self.next += 1;
        version
    }
}

/// How far a group is: what a failure leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Nothing is committed.
    Applying,
    /// It may be committed.
    Committing,
}

/// The writer's connection and what it knows.
#[derive(Debug)]
pub(super) struct Group {
    connection: Connection,
    caches: Arc<Caches>,
    versions: Versions,
}

/// What became of one piece of work, before the commit.
type Result<T> = std::result::Result<T, Failure>;

impl Group {
    pub(super) fn new(connection: Connection, caches: Arc<Caches>) -> std::result::Result<Self, Error> {
        let reserved: i64 = connection
            .query_row("SELECT reserved FROM versions WHERE id = 1", [], |row| row.get(0))
            .during("open")?;
        let reserved = reserved.cast_unsigned();
        Ok(Self { connection, caches, versions: Versions { next: reserved, reserved } })
    }

    /// Does all `works` in one transaction and answers each, after the commit.
    pub(super) fn run(&mut self, works: Vec<Work>) -> Vec<Outcome> {
        let operations: Vec<_> = works.iter().map(Work::operation).collect();
        let mut stage = Stage::Applying;
        let result = catch_unwind(AssertUnwindSafe(|| self.transact(works, &mut stage)));
        let failure = match result {
            Ok(Ok(outcomes)) => return outcomes,
            Ok(Err(failure)) => failure,
            Err(_) => {
                // The panic's own message was printed by the panic hook.
                tracing::error!(
                    ?stage,
                    "a batch made the ledger's writer panic; it goes on with the next ones"
                );
                self.caches.forget();
                match stage {
                    Stage::Applying => Failure::new(
                        Kind::Internal,
                        "the ledger failed on a batch of the same moment; nothing was changed",
                    ),
                    Stage::Committing => Failure::new(
                        Kind::Ambiguous,
                        "the ledger failed during the commit; read what is stored before sending it again",
                    ),
                }
            }
        };
        self.roll_back();
        operations.into_iter().map(|operation| Err(failure.to_error(operation).into())).collect()
    }

    fn transact(&mut self, works: Vec<Work>, stage: &mut Stage) -> Result<Vec<Outcome>> {
        self.execute("BEGIN IMMEDIATE").map_err(Failure::of)?;
        let mut effects = Applied::default();
        let mut outcomes = Vec::with_capacity(works.len());
        for work in works {
            let operation = work.operation();
            let outcome = match self.savepoint(work) {
                Ok(Ok(applied)) => Ok(effects.absorb(applied)),
                Ok(Err(conflict)) => Err(CommitError::Conflict(conflict)),
                Err(failure) if self.connection.is_autocommit() => {
                    // SQLite has rolled back the whole transaction, and with it the batches before.
                    return Err(failure);
                }
                Err(failure) => Err(failure.to_error(operation).into()),
            };
            outcomes.push(outcome);
        }
        self.reserve().map_err(Failure::of)?;
        self.commit(effects, stage)?;
        Ok(outcomes)
    }

    /// Does `work` all or not at all, without touching what came before.
    fn savepoint(
        &mut self,
        work: Work,
    ) -> Result<std::result::Result<Applied, portolan_ports::ledger::Conflict>> {
        self.execute("SAVEPOINT work").map_err(Failure::of)?;
        let result = match work {
            Work::Commit(batch) => apply::apply(&self.connection, &mut self.versions, batch),
            Work::Sweep { before, limit } => apply::sweep(&self.connection, before, limit).map(Ok),
            #[cfg(test)]
            Work::Test(act) => act(&self.connection).map(|()| Ok(Applied::default())),
        };
        if !matches!(result, Ok(Ok(_))) && !self.connection.is_autocommit() {
            self.execute("ROLLBACK TO work").map_err(Failure::of)?;
        }
        let result = result.map_err(Failure::of)?;
        self.execute("RELEASE work").map_err(Failure::of)?;
        Ok(result)
    }

    /// Stores how far versions may be given, where this group went beyond.
    fn reserve(&self) -> rusqlite::Result<()> {
        if self.versions.next > self.versions.reserved {
            let reserved = (self.versions.next + RESERVE).cast_signed();
            let mut statement =
                self.connection.prepare_cached("UPDATE versions SET reserved = ?1 WHERE id = 1")?;
            statement.execute(params![reserved])?;
        }
        Ok(())
    }

    fn commit(&mut self, effects: Applied, stage: &mut Stage) -> Result<()> {
        if effects.touches_admission {
            self.caches.unsettle();
        }
        *stage = Stage::Committing;
        let committed = self.execute("COMMIT").map_err(Failure::of_commit);
        if committed.is_ok() {
            if self.versions.next > self.versions.reserved {
                self.versions.reserved = self.versions.next + RESERVE;
            }
            self.caches.update_heads(effects.heads);
        }
        if effects.touches_admission {
            self.caches.settle();
        }
        committed
    }

    fn roll_back(&self) {
        if !self.connection.is_autocommit()
            && let Err(error) = self.execute("ROLLBACK")
        {
            // The next BEGIN will fail, and say so to its callers.
            tracing::error!(%error, "the ledger's transaction cannot be rolled back");
        }
    }

    /// Copies the log into the database, so that it begins anew.
    pub(super) fn checkpoint(&self) {
        let checkpoint =
            || self.connection.prepare_cached("PRAGMA wal_checkpoint(PASSIVE)")?.query_row([], |_| Ok(()));
        if let Err(error) = checkpoint() {
            // Nothing is lost: the log only grows until a checkpoint succeeds.
            tracing::warn!(%error, "the ledger's log cannot be copied into its database");
        }
    }

    fn execute(&self, sql: &str) -> rusqlite::Result<()> {
        self.connection.prepare_cached(sql)?.execute([]).map(drop)
    }
}

impl Work {
    fn operation(&self) -> &'static str {
        match self {
            Self::Commit(_) => "commit",
            Self::Sweep { .. } => "sweep",
            #[cfg(test)]
            Self::Test(_) => "test",
        }
    }
}

impl Applied {
    /// Takes over what another batch changes; answers what its caller is told.
    fn absorb(&mut self, other: Self) -> Done {
        self.touches_admission |= other.touches_admission;
        self.heads.extend(other.heads);
        other.done
    }
}
