//! What Portolan decides, as pure functions and plain types: no I/O, no async, no clock, no randomness.
//!
//! Time and random bytes come in as arguments, so every decision can be repeated. Types that are kept in a ledger
//! derive serde: that is their *stored* form; what programs see over HTTP lives in the API adapters.

pub mod access;
pub mod audit;
pub mod git;
pub mod id;
pub mod idempotency;
pub mod markdown;
pub mod search;
mod slug;
pub mod tenancy;
pub mod text;
pub mod token;
pub mod wiki;
