//! The newest versions of one large object, with which the next pack can begin.

use bytes::Bytes;
use portolan_core::git::{Kind, Oid};

/// Smaller objects cost less to deflate than to keep.
const LARGE: usize = 32 << 10;
/// A longer chain is not continued: whoever reads its last version goes through all of it.
const LONGEST: usize = 24;
/// What deflates to more is not kept, bytes.
const MOST: usize = 1 << 20;
/// What is larger than this is not kept either, bytes: a tree of 100,000 pages.
const MOST_WHOLE: usize = 4 << 20;

/// The newest versions of one large object, as the last packs have them: the oldest whole, each other as a delta against
/// the one before it.
///
/// Git takes a delta only where its base is in the same pack. A tree of 10,000 pages changes with every commit, and takes
/// milliseconds to deflate; a pack that begins with the versions of earlier packs, copied, needs but a delta more.
#[derive(Debug, Default)]
pub struct Chain {
    links: Vec<Link>,
    newest: Option<Bytes>,
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

impl Chain {
    /// Bytes that it keeps.
    pub fn bytes(&self) -> usize {
        self.stored() + self.newest.as_ref().map_or(0, Bytes::len)
    }

    /// Bytes that a pack which begins with it has more.
    fn stored(&self) -> usize {
        self.links.iter().map(|link| link.stream.len()).sum()
    }

    /// Its versions, oldest first.
    pub(crate) fn links(&self) -> &[Link] {
        &self.links
    }

    /// The newest version's bytes, if that is the object `id`.
    pub(crate) fn newest(&self, id: Oid, kind: Kind) -> Option<&Bytes> {
        let last = self.links.last()?;
        self.newest.as_ref().filter(|_| (last.id, last.kind) == (id, kind))
    }

    /// Whether a pack may begin with it.
    pub(crate) fn may_grow(&self) -> bool {
        self.links.len() < LONGEST && self.stored() < MOST
    }

    /// Notes an object that was stored whole. A large tree begins a new chain; pages are deflated outside of the queue, and seldom
    /// change as often as trees do.
    pub(crate) fn stored_whole(&mut self, id: Oid, kind: Kind, data: &Bytes, stream: &Bytes) {
        if kind == Kind::Tree && (LARGE..=MOST_WHOLE).contains(&data.len()) && stream.len() < MOST {
            self.links = vec![Link { id, kind, size: data.len() as u64, stream: stream.clone() }];
            self.newest = Some(data.clone());
        }
    }

    /// Notes an object that was stored as a delta of `size` bytes against `base`.
    pub(crate) fn stored_delta(&mut self, base: Oid, link: Link, data: &Bytes) {
        if self.newest(base, link.kind).is_some() {
            self.links.push(link);
            self.newest = Some(data.clone());
        }
    }
}
