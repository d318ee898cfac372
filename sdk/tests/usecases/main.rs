//! The use cases, on the memory adapters.

mod audit;
mod bundles;
mod concurrency;
mod corpus;
mod crash;
mod derived;
mod journey;
mod order;
mod pages;
mod support;
