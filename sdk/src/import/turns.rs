//! How many imports and exports are at work at once: each reads or writes a whole history, which costs memory and disk.

use std::sync::Arc;
use std::time::Duration;

use portolan_core::access::Operation;
use portolan_ports::{Error as PortError, Kind, Retry};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::{Admitted, Error, Options, Portolan, Result};

/// How long an export waits for its turn.
const PATIENCE: Duration = Duration::from_secs(10);
/// When who was sent away should come back.
const LATER: Duration = Duration::from_secs(10);

/// The places there are.
#[derive(Debug)]
pub(super) struct Turns {
    /// For imports that are received, wait or are at work.
    places: Arc<Semaphore>,
    imports: Arc<Semaphore>,
    exports: Arc<Semaphore>,
}

/// A place for one import, from before its bundle is received until it has ended.
#[derive(Debug)]
pub struct ImportPlace {
    _place: OwnedSemaphorePermit,
}

/// One import's turn to be at work.
#[derive(Debug)]
pub(super) struct ImportTurn {
    _turn: OwnedSemaphorePermit,
}

/// One export's turn. To be kept until its file is not needed any more.
#[derive(Debug)]
pub struct ExportTurn {
    _turn: OwnedSemaphorePermit,
}

impl Turns {
    pub(super) fn new(options: &Options) -> Self {
        let places = |count: usize| Arc::new(Semaphore::new(count.clamp(1, Semaphore::MAX_PERMITS)));
        let &Options { imports, imports_waiting, exports, .. } = options;
        Self {
            places: places(imports.saturating_add(imports_waiting)),
            imports: places(imports),
            exports: places(exports),
        }
    }

    /// Waits until an import may begin its work; first come, first served.
    pub(super) async fn import(&self) -> Result<ImportTurn> {
        let turn = Arc::clone(&self.imports).acquire_owned().await;
        Ok(ImportTurn { _turn: turn.map_err(|_| closed())? })
    }

    /// Waits a little until an export may begin its work.
    pub(super) async fn export(&self) -> Result<ExportTurn> {
        let turn = tokio::time::timeout(PATIENCE, Arc::clone(&self.exports).acquire_owned()).await;
        let turn = turn.map_err(|_| busy("export", "too many exports are at work; try again later"))?;
        Ok(ExportTurn { _turn: turn.map_err(|_| closed())? })
    }
}

impl Portolan {
    /// A place for an import, for [`Self::start_import_in`]: to be taken before its bundle is received, so that no more bundles come in than
    /// the imports at work and waiting may be. Unavailable where there is none.
    pub fn import_place(&self, admitted: &Admitted) -> Result<ImportPlace> {
        admitted.must_be(Operation::ImportStart)?;
        let place = Arc::clone(&self.inner.imports.turns.places).try_acquire_owned();
        let place = place.map_err(|_| busy("import", "too many imports are waiting; try again later"))?;
        Ok(ImportPlace { _place: place })
    }
}

fn busy(operation: &'static str, why: &'static str) -> Error {
    PortError::new(Kind::Unavailable, "sdk", operation, why).retry(Retry::After(LATER)).into()
}

fn closed() -> Error {
    Error::Internal("a semaphore was closed".into())
}
