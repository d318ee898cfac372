//! The HTTP contract, sentence by sentence, against a router on the memory adapters.

#![expect(clippy::unwrap_used, reason = "a test ends at the first thing that is not as it must be")]

mod audit;
mod common;
mod concurrency;
mod conditions;
mod history;
mod imports;
mod keys;
mod openapi;
mod pages;
mod paths;
mod reading;
mod support;
mod tenancy;
mod watched;
mod wikis;
