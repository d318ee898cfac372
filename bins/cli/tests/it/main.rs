//! The real `portolan`, run as people and scripts run it.

mod doctor;
mod imports;
mod journey;
mod refusals;
mod scripted;
mod server;
mod support;
mod texts;
