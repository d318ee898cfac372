//! The HTTP API: turns a [`portolan::Portolan`] into an [`axum::Router`].
//!
//! Every handler goes the same way: admit ([`asked`]), then read query, headers and body, then run the use case, then
//! write its answer. Refusals and failures are [`problem`]s, which the [`edge`] around all of it writes out.

mod accept;
mod answer;
mod api;
mod asked;
mod audit;
mod blame;
mod body;
mod conditions;
mod deleted;
mod diff;
mod edge;
mod export;
mod fallback;
mod feed;
mod files;
mod imports;
mod invites;
mod links;
mod members;
mod meta;
mod metrics;
mod openapi;
mod options;
mod pages;
mod problem;
mod query;
mod request_id;
mod router;
mod search;
mod tenants;
mod tokens;
mod unread;
mod unreadable;
mod whoami;
mod wikis;
mod wire;

pub use axum::Router;
pub use meta::metrics_only;
pub use openapi::openapi;
pub use options::{RequestIds, RestOptions};
pub use problem::{ProblemKind, Slug, problems};
pub use router::router;
pub use unreadable::Unreadable;
