//! What a port answers when it cannot do what was asked.

use std::borrow::Cow;
use std::time::Duration;

/// Any error, boxed: the cause behind an [`Error`].
pub type BoxError = Box<dyn std::error::Error + Send + Sync + 'static>;

/// The result of a port call.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a port call failed. Deliberately exhaustive: a new kind must break every mapping that forgets it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The service or disk behind the port cannot be used now: unreachable, full, read-only, overloaded.
    Unavailable,
    /// What is stored cannot be trusted: a checksum does not match, a record cannot be decoded.
    Corrupt,
    /// What was asked cannot be done as asked: larger than the port's limits, or malformed material.
    Refused,
    /// The call may or may not have taken effect; read before sending again.
    Ambiguous,
    /// A defect of the adapter itself.
    Internal,
}

/// Whether and when the same call may be sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// Sending it again cannot help, or could do harm.
    Never,
    /// Sending it again at once is harmless.
    Safe,
    /// Sending it again is harmless after this time.
    After(Duration),
}

/// A failed port call. What a caller may be told (`public`) and what only the log may see (`source`) are separate.
#[derive(Debug, thiserror::Error)]
#[error("{adapter}: {operation}: {public}")]
pub struct Error {
    /// What kind of failure this is.
    pub kind: Kind,
    /// Whether to try again.
    pub retry: Retry,
    /// The adapter that failed, such as `ledger/sqlite`.
    pub adapter: &'static str,
    /// The port call that failed, such as `commit`.
    pub operation: &'static str,
    /// What a caller may be told. Never a path of the server, a secret, or another tenant's data.
    pub public: Cow<'static, str>,
    /// The cause, for the log alone.
    #[source]
    pub source: Option<BoxError>,
}

impl Error {
    /// An error of `kind` in `adapter`'s `operation`, with the retry advice usual for its kind.
    pub fn new(
        kind: Kind,
        adapter: &'static str,
        operation: &'static str,
        public: impl Into<Cow<'static, str>>,
    ) -> Self {
        let retry = match kind {
            Kind::Unavailable => Retry::After(Duration::from_secs(1)),
            Kind::Corrupt | Kind::Refused | Kind::Ambiguous | Kind::Internal => Retry::Never,
        };
        Self { kind, retry, adapter, operation, public: public.into(), source: None }
    }

    /// The same error with its cause.
    #[must_use]
    pub fn because(mut self, source: impl Into<BoxError>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// The same error with other retry advice.
    #[must_use]
    pub fn retry(mut self, retry: Retry) -> Self {
        self.retry = retry;
        self
    }
}
