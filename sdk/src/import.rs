//! Taking a git history over, and giving one out.

mod export;
mod fail;
mod kept;
mod recover;
mod start;
mod turns;
mod work;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use parking_lot::Mutex;
use portolan_core::id::ImportId;
use portolan_core::wiki::Import;
use portolan_ports::objects::Progress;

use crate::Options;
use fail::Failure;
use turns::Turns;

pub use export::Exported;
pub use kept::Kept;
pub use turns::{ExportTurn, ImportPlace};

/// What the audit calls that an import was begun. Its end, when the wiki has the history, is `wiki.import`.
pub(crate) const STARTED: &str = "import.start";
/// What the audit calls that an import ended without effect.
const FAILED: &str = "import.fail";

/// A bundle to import.
#[derive(Debug)]
pub struct ImportSource {
    /// A local file that holds the bundle; it is deleted when the import has ended.
    pub bundle: PathBuf,
    /// The branch to take; none: the one HEAD names.
    pub branch: Option<String>,
}

/// How an import stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportView {
    /// The import; while it runs, with what was counted until now.
    pub import: Import,
    /// What of the source is no page and is kept as it is, and which references were not taken.
    pub kept: Vec<Kept>,
}

/// The imports that this process is doing, and how many it does at once.
#[derive(Debug)]
pub(crate) struct Running {
    counts: Mutex<HashMap<ImportId, Arc<Counts>>>,
    /// Imports that failed when the ledger could not be written.
    unrecorded: Mutex<Vec<Failure>>,
    turns: Turns,
}

/// How far an import is.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    commits: AtomicU64,
    objects: AtomicU64,
    pages: AtomicU64,
    stopped: AtomicBool,
}

impl Counts {
    /// Tells the threads that work for it to end.
    fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
    }
}

impl Progress for Counts {
    fn step(&self, stage: &'static str, done: u64, _total: u64) {
        let count = match stage {
            "history" => &self.commits,
            "files" => &self.pages,
            _ => &self.objects,
        };
        count.store(done, Ordering::Relaxed);
    }

    fn stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }
}

impl Running {
    pub(crate) fn new(options: &Options) -> Self {
        Self { counts: Mutex::default(), unrecorded: Mutex::default(), turns: Turns::new(options) }
    }

    fn begin(&self, id: ImportId) -> Arc<Counts> {
        Arc::clone(self.counts.lock().entry(id).or_default())
    }

    fn end(&self, id: ImportId) {
        self.counts.lock().remove(&id);
    }

    /// The import with what was counted until now.
    fn count(&self, import: &mut Import) {
        if let Some(counts) = self.counts.lock().get(&import.id) {
            import.commits = counts.commits.load(Ordering::Relaxed);
            import.objects = counts.objects.load(Ordering::Relaxed);
            import.pages = counts.pages.load(Ordering::Relaxed);
        }
    }
}
