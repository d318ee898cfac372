//! Taking a git history over, and giving one out.

mod export;
mod kept;
mod start;
mod work;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;
use portolan_core::id::ImportId;
use portolan_core::wiki::Import;
use portolan_ports::objects::Progress;

pub use export::Exported;
pub use kept::Kept;

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

/// The imports that this process is doing.
#[derive(Debug, Default)]
pub(crate) struct Running(Mutex<HashMap<ImportId, Arc<Counts>>>);

/// How far an import is.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    commits: AtomicU64,
    objects: AtomicU64,
    pages: AtomicU64,
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
}

impl Running {
    fn begin(&self, id: ImportId) -> Arc<Counts> {
        Arc::clone(self.0.lock().entry(id).or_default())
    }

    fn end(&self, id: ImportId) {
        self.0.lock().remove(&id);
    }

    /// The import with what was counted until now.
    fn count(&self, import: &mut Import) {
        if let Some(counts) = self.0.lock().get(&import.id) {
            import.commits = counts.commits.load(Ordering::Relaxed);
            import.objects = counts.objects.load(Ordering::Relaxed);
            import.pages = counts.pages.load(Ordering::Relaxed);
        }
    }
}
