//! Structured logs, on standard error.

use std::io::IsTerminal;
use std::str::FromStr;

use tracing_subscriber::EnvFilter;

/// The form of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
    /// Text on a terminal, else JSON.
    Auto,
}

impl FromStr for LogFormat {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            "auto" => Ok(Self::Auto),
            _ => Err("text, json or auto".into()),
        }
    }
}

pub(crate) fn check_filter(text: &str) -> Result<String, String> {
    match EnvFilter::try_new(text) {
        Ok(_) => Ok(text.into()),
        Err(_) => Err("a filter such as info or warn,portolan=debug".into()),
    }
}

/// Starts the log. To be called once; a second call has no effect.
pub fn init_logs(filter: &str, format: LogFormat) {
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        // Else a line that cannot be written, on a full disk say, is reported on the same stream by a macro that panics.
        .log_internal_errors(false);
    let json = match format {
        LogFormat::Text => false,
        LogFormat::Json => true,
        LogFormat::Auto => !std::io::stderr().is_terminal(),
    };
    // An embedder's or a test's log that is there already stays.
    let _ = if json { builder.json().flatten_event(true).try_init() } else { builder.try_init() };
}
