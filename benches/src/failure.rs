//! Why a measurement could not be made.

use std::fmt::Display;

/// What went wrong, for whoever runs the harness.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Failure(String);

pub(crate) type Result<T> = std::result::Result<T, Failure>;

impl Failure {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

/// Says what was being done when something failed.
pub(crate) trait Context<T> {
    fn when(self, what: impl Display) -> Result<T>;
}

impl<T, E: Display> Context<T> for std::result::Result<T, E> {
    fn when(self, what: impl Display) -> Result<T> {
        self.map_err(|error| Failure(format!("{what}: {error}")))
    }
}

impl<T> Context<T> for Option<T> {
    fn when(self, what: impl Display) -> Result<T> {
        self.ok_or_else(|| Failure(what.to_string()))
    }
}
