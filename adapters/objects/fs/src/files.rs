//! A bounded number of open files: a thousand packs must not use up the process's descriptors.

use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::RwLock;
use portolan_objects_pack::Source;

/// The files open now.
#[derive(Debug)]
pub(crate) struct Files {
    most: usize,
    open: RwLock<HashMap<u64, (AtomicU64, Arc<File>)>>,
    clock: AtomicU64,
}

impl Files {
    pub(crate) fn new(most: usize) -> Self {
        Self { most: most.max(1), open: RwLock::default(), clock: AtomicU64::new(0) }
    }
}

/// A file that is opened when it is read, and again when it was closed meanwhile.
#[derive(Debug)]
pub(crate) struct LazyFile {
    key: u64,
    path: PathBuf,
    size: u64,
    files: Arc<Files>,
}

impl LazyFile {
    /// The file at `path`, which must be there.
    pub(crate) fn open(path: PathBuf, files: &Arc<Files>) -> io::Result<Self> {
        let size = std::fs::metadata(&path)?.len();
        let key = files.clock.fetch_add(1, Ordering::Relaxed);
        Ok(Self { key, path, size, files: Arc::clone(files) })
    }

    fn file(&self) -> io::Result<Arc<File>> {
        let now = self.files.clock.fetch_add(1, Ordering::Relaxed);
        if let Some((used, file)) = self.files.open.read().get(&self.key) {
            used.store(now, Ordering::Relaxed);
            return Ok(Arc::clone(file));
        }
        let file = Arc::new(File::open(&self.path)?);
        let mut open = self.files.open.write();
        if open.len() >= self.files.most
            && let Some(oldest) =
                open.iter().min_by_key(|(_, (used, _))| used.load(Ordering::Relaxed)).map(|(key, _)| *key)
        {
            open.remove(&oldest);
        }
        open.insert(self.key, (AtomicU64::new(now), Arc::clone(&file)));
        Ok(file)
    }
}

impl Source for LazyFile {
    fn size(&self) -> u64 {
        self.size
    }

    fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        std::os::unix::fs::FileExt::read_exact_at(&*self.file()?, buffer, offset)
    }
}

impl Drop for LazyFile {
    fn drop(&mut self) {
        self.files.open.write().remove(&self.key);
    }
}
