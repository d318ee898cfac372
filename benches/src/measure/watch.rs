//! The most memory a process has while other things are measured.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::process;

/// How often it is looked at: rarely enough to cost nothing.
const EVERY: Duration = Duration::from_millis(100);

pub(super) struct Watch {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<u64>,
}

impl Watch {
    pub(super) fn begin(pid: u32) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            let mut most = 0;
            while !stopped.load(Ordering::Relaxed) {
                // A process that has ended has no memory.
                most = most.max(process::anonymous(pid).unwrap_or(0));
                std::thread::sleep(EVERY);
            }
            most
        });
        Self { stop, thread }
    }

    /// The most, bytes.
    pub(super) fn end(self) -> u64 {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().unwrap_or(0)
    }
}
