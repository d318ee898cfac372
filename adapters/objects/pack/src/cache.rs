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
}

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
            }
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
}
