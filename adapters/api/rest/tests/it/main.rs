//! The HTTP contract, sentence by sentence, against a router on the memory adapters.

#![expect(clippy::unwrap_used, reason = "a test ends at the first thing that is not as it must be")]

mod audit;
mod blame;
mod common;
mod concurrency;
mod conditions;
mod diff;
mod feed;
mod files;
mod history;
mod imports;
mod keys;
mod links;
mod openapi;
mod pages;
mod paths;
mod reading;
mod search;
mod support;
mod tenancy;
mod watched;
mod wikis;
mod writes;
