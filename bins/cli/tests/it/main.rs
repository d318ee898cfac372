//! The real `portolan`, run as people and scripts run it.
#![expect(clippy::unwrap_used, reason = "a helper that cannot go on fails its test")]

mod copies;
mod docs;
mod doctor;
mod editing;
mod imports;
mod journey;
mod refusals;
mod scripted;
mod server;
mod support;
mod texts;
mod vaults;
