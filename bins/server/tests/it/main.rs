//! The real server, as a program: how it starts, ends and survives.

#![expect(clippy::unwrap_used, reason = "the helpers of a test fail as its cases do")]

mod disk;
mod kill;
mod modes;
mod start;
mod support;
mod syncs;
mod wire;
