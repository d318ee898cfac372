//! The ids of large indexes, in memory as long as there is room for them.

use std::fmt;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use super::HEADER;
use crate::source::{Source, bytes_at};

/// Where there was no room it is tried again each time so many ids were looked for: what took it may have been dropped, as the index of a
/// pack that was merged.
const AGAIN: u32 = 64;

/// How many bytes the ids of several indexes may have in memory together. What took some has it until its index is dropped.
#[derive(Debug)]
pub struct Room(AtomicU64);

impl Room {
    /// Room for so many bytes.
    pub const fn new(bytes: u64) -> Self {
        Self(AtomicU64::new(bytes))
    }

    fn take(&self, bytes: u64) -> bool {
        let less = |left: u64| left.checked_sub(bytes);
        self.0.fetch_update(Ordering::AcqRel, Ordering::Acquire, less).is_ok()
    }

    fn give_back(&self, bytes: u64) {
        self.0.fetch_add(bytes, Ordering::AcqRel);
    }
}

/// All ids of an index from the first search on, if there is room for them.
pub(super) struct Ids {
    room: Arc<Room>,
    searches: AtomicU32,
    table: OnceLock<Table>,
}

/// As the index has them. What it takes of the room it gives back when it is dropped.
struct Table {
    room: Arc<Room>,
    bytes: Vec<u8>,
}

impl Ids {
    pub(super) fn new(room: &Arc<Room>) -> Self {
        Self { room: Arc::clone(room), searches: AtomicU32::new(0), table: OnceLock::new() }
    }

    /// The ids of the index of `count` objects in `source`. `None` where there is no room, and where they cannot be read, of which whoever
    /// reads one of them is told.
    pub(super) fn all(&self, source: &dyn Source, count: u32) -> Option<&[[u8; 20]]> {
        if self.table.get().is_none() && self.searches.fetch_add(1, Ordering::Relaxed).is_multiple_of(AGAIN) {
            // Where two do this at once, one of them has read in vain.
            let _first = Table::read(source, count, &self.room).map(|table| self.table.set(table));
        }
        Some(self.table.get()?.bytes.as_chunks().0)
    }
}

impl Table {
    fn read(source: &dyn Source, count: u32, room: &Arc<Room>) -> Option<Self> {
        let size = u64::from(count) * 20;
        if !room.take(size) {
            return None;
        }
        let bytes = bytes_at(source, HEADER, size);
        if bytes.is_err() {
            room.give_back(size);
        }
        Some(Self { room: Arc::clone(room), bytes: bytes.ok()? })
    }
}

impl Drop for Table {
    fn drop(&mut self) {
        self.room.give_back(self.bytes.len() as u64);
    }
}

impl fmt::Debug for Ids {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = self.table.get().map(|table| table.bytes.len());
        f.debug_struct("Ids").field("room", &self.room).field("bytes", &bytes).finish_non_exhaustive()
    }
}
