//! The use cases, on the memory adapters; what must survive a crash on the embedded ones too.
#![expect(clippy::unwrap_used, reason = "a helper that cannot go on fails its test")]

mod audit;
mod blame;
mod bundles;
mod concurrency;
mod corpus;
mod crash;
mod derived;
mod diff;
mod editing;
mod files;
mod journey;
mod links;
mod model;
mod order;
mod pages;
mod reading;
mod renames;
mod reverts;
mod search;
mod search_corpus;
mod spellings;
mod support;
