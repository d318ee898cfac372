//! The newest versions of one large object, with which the next pack can begin.

use bytes::Bytes;
use portolan_core::git::edit::LARGE;
use portolan_core::git::{Kind, Oid};

/// A longer chain is not continued: whoever reads its last version goes through all of it.
const LONGEST: usize = 24;
/// What deflates to more is not kept, bytes.
const MOST: usize = 1 << 20;
/// What is larger than this is not kept either, bytes: a tree of 100,000 pages.
const MOST_WHOLE: u64 = 4 << 20;

/// The newest versions of one large object, as the last packs have them: the oldest whole, each other as a delta against
/// the one before it.
///
/// Git takes a delta only where its base is in the same pack. A tree of 10,000 pages changes with every commit, and takes
/// milliseconds to deflate; a pack that begins with the versions of earlier packs, copied, needs but a delta more.
#[derive(Debug, Default)]
pub struct Chain {
    links: Vec<Link>,
}

/// A version as it stands in a pack.
#[derive(Debug, Clone)]
pub(crate) struct Link {
    pub(crate) id: Oid,
    pub(crate) kind: Kind,
    /// Bytes of the inflated stream: those of the object, or of the delta.
    pub(crate) size: u64,
    pub(crate) stream: Bytes,
}

impl Link {
    pub(crate) const fn new(id: Oid, kind: Kind, size: usize, stream: Bytes) -> Self {
        Self { id, kind, size: size as u64, stream }
    }
}

impl Chain {
    /// Bytes that it keeps, and that a pack which begins with it has more.
    pub fn bytes(&self) -> usize {
        self.links.iter().map(|link| link.stream.len()).sum()
    }

    /// Its versions, oldest first.
    pub(crate) fn links(&self) -> &[Link] {
        &self.links
    }

    /// Whether the object `id` is its newest version.
    pub(crate) fn ends_with(&self, id: Oid, kind: Kind) -> bool {
        self.links.last().is_some_and(|last| (last.id, last.kind) == (id, kind))
    }

    /// Whether a pack may begin with it.
    pub(crate) fn may_grow(&self) -> bool {
        self.links.len() < LONGEST && self.bytes() < MOST
    }

    /// Notes an object that was stored whole. A large tree begins a new chain; pages are deflated outside of the queue, and seldom
    /// change as often as trees do.
    pub(crate) fn stored_whole(&mut self, link: Link) {
        let large = (LARGE as u64..=MOST_WHOLE).contains(&link.size);
        if link.kind == Kind::Tree && large && link.stream.len() < MOST {
            self.links = vec![link];
        }
    }

    /// Notes an object that was stored as a delta against `base`.
    pub(crate) fn stored_delta(&mut self, base: Oid, link: Link) {
        if self.ends_with(base, link.kind) {
            self.links.push(link);
        }
    }
}
