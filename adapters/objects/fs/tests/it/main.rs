//! What the adapter promises, tried on a real disk and with the real git.

// Marked as tests, which they are, so that helpers may unwrap as tests do.
#[cfg(test)]
mod batches;
#[cfg(test)]
mod compaction;
#[cfg(test)]
mod damage;
#[cfg(test)]
mod exchange;
#[cfg(test)]
mod flat;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod large;
#[cfg(test)]
mod merged;
#[cfg(test)]
mod mirror;
#[cfg(test)]
mod support;
