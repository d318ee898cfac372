//! A bounded cache of the objects that deltas were resolved against.

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use parking_lot::Mutex;
use portolan_core::git::Object;

/// A pack, as numbered in this process, and a position in it.
pub(crate) type Place = (u64, u32);

/// Keeps the objects used last, up to a number of bytes.
pub struct BaseCache {
    most: usize,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    bytes: usize,
    clock: u64,
    objects: HashMap<Place, (u64, Object)>,
    ages: BTreeMap<u64, Place>,
    /// The memory of large objects that had to go.
    spare: Vec<Vec<u8>>,
}

/// The memory of objects of this many bytes and more is used again: to get as much from the system for each of a thousand versions
/// of a large tree takes longer than to make it.
const LARGE: usize = 64 << 10;
/// Most blocks kept for that.
const SPARE: usize = 2;

impl BaseCache {
    /// A cache of at most `bytes`.
    pub fn new(bytes: usize) -> Self {
        Self { most: bytes, state: Mutex::default() }
    }

    pub(crate) fn get(&self, place: Place) -> Option<Object> {
        let state = &mut *self.state.lock();
        let (age, object) = state.objects.get_mut(&place)?;
        state.clock += 1;
        state.ages.remove(age);
        state.ages.insert(state.clock, place);
        *age = state.clock;
        Some(object.clone())
    }

    pub(crate) fn put(&self, place: Place, object: Object) {
        let weight = weight(&object);
        // One object may not sweep out everything else.
        if weight > self.most / 2 {
            return;
        }
        let state = &mut *self.state.lock();
        state.clock += 1;
        if let Some((age, old)) = state.objects.insert(place, (state.clock, object)) {
            state.ages.remove(&age);
            state.bytes -= self::weight(&old);
        }
        state.ages.insert(state.clock, place);
        state.bytes += weight;
        while state.bytes > self.most {
            let Some((_, oldest)) = state.ages.pop_first() else { break };
            if let Some((_, old)) = state.objects.remove(&oldest) {
                state.bytes -= self::weight(&old);
                state.spare(old);
            }
        }
    }

    /// Memory for an object of about `size` bytes: that of one that had to go, or none.
    pub(crate) fn room(&self, size: usize) -> Vec<u8> {
        if size < LARGE {
            return Vec::new();
        }
        // A much larger one would stay as large as it is, and nobody would count that.
        let spare = self.state.lock().spare.pop();
        spare.filter(|room| room.capacity() <= 2 * size).unwrap_or_default()
    }
}

impl State {
    /// Keeps the memory of `object`, unless somebody still reads it.
    fn spare(&mut self, object: Object) {
        if object.data.len() >= LARGE
            && self.spare.len() < SPARE
            && let Ok(mut data) = object.data.try_into_mut()
        {
            data.clear();
            self.spare.push(data.into());
        }
    }
}

/// What an object costs, with its place in the maps.
fn weight(object: &Object) -> usize {
    object.data.len() + 160
}

impl fmt::Debug for BaseCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state.lock();
        write!(f, "BaseCache({} objects, {} of {} bytes)", state.objects.len(), state.bytes, self.most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use portolan_core::git::Kind;

    #[test]
    fn it_keeps_what_was_used_last_and_stays_within_its_bytes() {
        let cache = BaseCache::new(3 * 1160);
        let object = |byte: u8| Object::new(Kind::Blob, vec![byte; 1000]);
        for number in 0..3_u8 {
            cache.put((1, number.into()), object(number));
        }
        assert_eq!(cache.get((1, 0)), Some(object(0)));
        cache.put((1, 3), object(3));
        assert_eq!(cache.get((1, 1)), None);
        for number in [0, 2, 3_u8] {
            assert_eq!(cache.get((1, number.into())), Some(object(number)));
        }
        cache.put((1, 3), object(9));
        assert_eq!(cache.get((1, 3)), Some(object(9)));
        cache.put((2, 0), Object::new(Kind::Blob, vec![0; 3000]));
        assert_eq!(cache.get((2, 0)), None);
        assert!(cache.state.lock().bytes <= 3 * 1160);
    }

    #[test]
    fn the_memory_of_what_had_to_go_is_used_again_unless_it_is_in_use() {
        let cache = BaseCache::new(5 * LARGE);
        let object = |byte: u8| Object::new(Kind::Tree, vec![byte; LARGE]);
        let held = object(0);
        cache.put((1, 0), held.clone());
        for number in 1..9_u8 {
            cache.put((1, number.into()), object(number));
        }
        assert_eq!(cache.room(LARGE - 1).capacity(), 0, "small objects are not worth it");
        for _ in 0..SPARE {
            let room = cache.room(LARGE);
            assert!(room.is_empty() && room.capacity() >= LARGE, "{}", room.capacity());
        }
        assert_eq!(cache.room(LARGE).capacity(), 0, "no more than a few are kept");
        let huge = BaseCache::new(9 * LARGE);
        for number in 0..4_u8 {
            huge.put((1, number.into()), Object::new(Kind::Tree, vec![number; 4 * LARGE]));
        }
        assert_eq!(huge.room(LARGE).capacity(), 0, "one of four times the size is none for it");
        assert!(huge.room(3 * LARGE).capacity() >= 3 * LARGE);
        assert_eq!(held, object(0));
        assert_eq!(cache.get((1, 8)), Some(object(8)));
    }
}
