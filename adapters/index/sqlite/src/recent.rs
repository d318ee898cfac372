//! Files that were looked up lately, as they are at their wiki's head.

use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;
use portolan_core::git::Oid;
use portolan_ports::index::{Advance, FileChange, FileEntry};
use quick_cache::sync::Cache;
use quick_cache::{Equivalent, Weighter};

use crate::advance::is_long;

/// Files in memory, of all open indexes, bounded by their bytes.
#[derive(Debug)]
pub(crate) struct Recent(Cache<Name, FileEntry, ByBytes>);

/// A serial number, and a path.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Name(u64, Vec<u8>);

#[derive(Hash)]
struct NameRef<'a>(u64, &'a [u8]);

impl Equivalent<Name> for NameRef<'_> {
    fn equivalent(&self, name: &Name) -> bool {
        (self.0, self.1) == (name.0, &*name.1)
    }
}

#[derive(Debug, Clone)]
struct ByBytes;

impl Weighter<Name, FileEntry> for ByBytes {
    fn weight(&self, name: &Name, file: &FileEntry) -> u64 {
        let author = file.author.as_ref().map_or(0, |author| {
            author.name.len()
                + author.id.as_deref().map_or(0, str::len)
                + author.email.as_deref().map_or(0, str::len)
        });
        let texts =
            2 * name.1.len() + file.title.len() + file.redirect.as_deref().map_or(0, str::len) + author;
        // The entry itself, its place in the cache, and what the allocator adds to each text.
        texts as u64 + 480
    }
}

impl Recent {
    /// Room for `bytes`.
    pub(crate) fn new(bytes: u64) -> Self {
        let files = usize::try_from(bytes / 600).unwrap_or(usize::MAX).max(16);
        Self(Cache::with_weighter(files, bytes, ByBytes))
    }
}

/// The part of one open index in [`Recent`].
///
/// Whatever is in there is so at its head. A file that was read is kept only if the index is known to be at the head it was read
/// at, and an advance takes out what it changes as it moves that head: so a file read before an advance never comes in after it.
#[derive(Debug)]
pub(crate) struct Known(Mutex<At>);

#[derive(Debug)]
struct At {
    /// Tells these files from those of other openings, and from those known before a long advance.
    serial: u64,
    head: Option<Oid>,
}

static SERIAL: AtomicU64 = AtomicU64::new(0);

impl Known {
    /// Nothing.
    pub(crate) fn new() -> Self {
        Self(Mutex::new(At { serial: SERIAL.fetch_add(1, Ordering::Relaxed), head: None }))
    }

    /// The file at `path`, and the head that it is at.
    pub(crate) fn get(&self, recent: &Recent, path: &[u8]) -> Option<(Oid, FileEntry)> {
        let at = self.0.lock();
        Some((at.head?, recent.0.get(&NameRef(at.serial, path))?))
    }

    /// Keeps `file` as it was read at `head`.
    pub(crate) fn keep(&self, recent: &Recent, head: Oid, file: &FileEntry) {
        let mut at = self.0.lock();
        if *at.head.get_or_insert(head) == head {
            recent.0.insert(Name(at.serial, file.path.clone()), file.clone());
        }
    }

    /// Takes out everything, where it is not known what became of an advance.
    pub(crate) fn forget(&self) {
        *self.0.lock() = At { serial: SERIAL.fetch_add(1, Ordering::Relaxed), head: None };
    }

    /// Takes out what `advance`, which was applied, has changed. To be called before another advance is applied.
    pub(crate) fn advanced(&self, recent: &Recent, advance: &Advance) {
        let mut at = self.0.lock();
        at.head = advance.to;
        if is_long(advance) || advance.to.is_none() {
            at.serial = SERIAL.fetch_add(1, Ordering::Relaxed);
            return;
        }
        let files = advance.files.iter().map(|file| match file {
            FileChange::Put { file, .. } => &file.path,
            FileChange::Gone(path) => path,
        });
        // A commit that leaves a file as it was, and is in its history, is its last commit all the same.
        let touched = advance.commits.iter().flat_map(|commit| commit.paths.iter().map(|path| &path.path));
        for path in files.chain(touched) {
            recent.0.remove(&NameRef(at.serial, path));
        }
    }
}

#[cfg(test)]
mod tests {
    use portolan_ports::index::FileKind;

    use super::*;

    fn head(byte: u8) -> Oid {
        Oid::from_bytes([byte; 20])
    }

    fn file(path: &str) -> FileEntry {
        FileEntry {
            path: path.into(),
            kind: FileKind::Page,
            mode: 0o100_644,
            blob: head(9),
            bytes: 1,
            title: path.into(),
            redirect: None,
            last: head(1),
            time: 0,
            author: None,
        }
    }

    fn advance(to: Option<Oid>, gone: &[&str]) -> Advance {
        let files = gone.iter().map(|path| FileChange::Gone(path.as_bytes().to_vec())).collect();
        Advance { from: None, to, commits: Vec::new(), files }
    }

    #[test]
    fn what_is_known_is_so_at_the_head() {
        let (recent, known, other) = (Recent::new(1 << 20), Known::new(), Known::new());
        known.keep(&recent, head(1), &file("a"));
        known.keep(&recent, head(1), &file("b"));
        assert_eq!(known.get(&recent, b"a"), Some((head(1), file("a"))));
        assert_eq!(other.get(&recent, b"a"), None);
        known.advanced(&recent, &advance(Some(head(2)), &["a"]));
        // Somebody read this before the advance, and comes only now.
        known.keep(&recent, head(1), &file("a"));
        assert_eq!(known.get(&recent, b"a"), None);
        assert_eq!(known.get(&recent, b"b"), Some((head(2), file("b"))));
        // And this was read after an advance that is not told yet.
        known.keep(&recent, head(3), &file("c"));
        assert_eq!(known.get(&recent, b"c"), None);
    }

    #[test]
    fn a_long_advance_and_one_that_failed_leave_nothing() {
        let (recent, known) = (Recent::new(1 << 20), Known::new());
        let many: Vec<String> = (0..1000).map(|number| format!("{number}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        for leave in [
            &|known: &Known| known.forget(),
            &|known: &Known| known.advanced(&recent, &advance(Some(head(2)), &many)),
            &|known: &Known| known.advanced(&recent, &advance(None, &[])),
        ] as [&dyn Fn(&Known); 3]
        {
            known.forget();
            known.keep(&recent, head(1), &file("a"));
            assert!(known.get(&recent, b"a").is_some());
            leave(&known);
            assert_eq!(known.get(&recent, b"a"), None);
        }
    }

    #[test]
    fn it_stays_within_its_bytes() {
        let (recent, known) = (Recent::new(100_000), Known::new());
        for number in 0..10_000 {
            known.keep(&recent, head(1), &file(&format!("page {number}")));
        }
        assert!(recent.0.weight() <= 100_000 && recent.0.len() > 20, "{} files", recent.0.len());
    }
}
