//! Pages as HTML: what they look like, that they do no harm, and that they cost what their length says.

#![expect(clippy::unwrap_used, reason = "a test ends at the first thing that is not as it must be")]

mod bounds;
mod grammar;
mod hostile;
mod links;
mod parts;
mod support;
