//! A clock that stands still until it is moved.

use jiff::{SignedDuration, Timestamp};
use parking_lot::Mutex;
use portolan_ports::Clock;

/// A clock that shows what it was set to.
#[derive(Debug)]
pub struct ManualClock {
    now: Mutex<Timestamp>,
}

impl ManualClock {
    /// Seconds since 1970 at which a new clock stands: 2026-01-01T00:00:00Z.
    pub const START: i64 = 1_767_225_600;

    /// A clock that stands at [`ManualClock::START`].
    pub fn new() -> Self {
        Self::at(Timestamp::constant(Self::START, 0))
    }

    /// A clock that stands at `now`.
    pub const fn at(now: Timestamp) -> Self {
        Self { now: Mutex::new(now) }
    }

    /// Sets it to `now`, which may be earlier than before.
    pub fn set(&self, now: Timestamp) {
        *self.now.lock() = now;
    }

    /// Moves it on by `by`, or back where that is negative, and answers the new time. At the ends of time it stops.
    pub fn advance(&self, by: SignedDuration) -> Timestamp {
        let mut now = self.now.lock();
        let end = if by.is_negative() { Timestamp::MIN } else { Timestamp::MAX };
        *now = now.checked_add(by).unwrap_or(end);
        *now
    }
}

impl Default for ManualClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        *self.now.lock()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_stands_still_until_it_is_moved() {
        let clock = ManualClock::new();
        assert_eq!(clock.now().to_string(), "2026-01-01T00:00:00Z");
        assert_eq!(clock.advance(SignedDuration::from_secs(90)), clock.now());
        assert_eq!(clock.now().to_string(), "2026-01-01T00:01:30Z");
        clock.set(Timestamp::UNIX_EPOCH);
        assert_eq!(clock.now(), Timestamp::UNIX_EPOCH);
        assert_eq!(clock.advance(SignedDuration::MAX), Timestamp::MAX);
        assert_eq!(clock.advance(SignedDuration::MIN), Timestamp::MIN);
    }
}
