//! The real server, as a program: how it starts, ends and survives.

#![expect(clippy::unwrap_used, reason = "the helpers of a test fail as its cases do")]

mod kill;
mod start;
mod support;
