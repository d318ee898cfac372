//! What the adapter promises, tried on a real disk and with the real git.

mod batches;
mod compaction;
mod damage;
mod exchange;
mod flat;
mod hostile;
mod mirror;
mod support;
