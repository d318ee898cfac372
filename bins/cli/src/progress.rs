//! Progress of long work, on standard error.

use std::io::IsTerminal;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::output::Output;

/// A bar over `total` bytes, or a count of bytes where the total is not known. Hidden where nobody looks.
pub(crate) fn transfer(output: Output, what: &'static str, total: Option<u64>) -> ProgressBar {
    match total {
        Some(total) => {
            let bar = new(output, ProgressBar::new(total));
            styled(bar, "{prefix} {bar:30} {bytes} of {total_bytes}, {bytes_per_sec}, {eta} left")
                .with_prefix(what)
        }
        None => styled(spinner(output), "{spinner} {prefix} {bytes}, {bytes_per_sec}").with_prefix(what),
    }
}

/// A line that changes.
pub(crate) fn status(output: Output) -> ProgressBar {
    styled(spinner(output), "{spinner} {msg}")
}

fn spinner(output: Output) -> ProgressBar {
    let bar = new(output, ProgressBar::new_spinner());
    bar.enable_steady_tick(Duration::from_millis(120));
    bar
}

fn styled(bar: ProgressBar, template: &str) -> ProgressBar {
    // The templates are constants; a mistake in one only costs the style.
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

fn new(output: Output, bar: ProgressBar) -> ProgressBar {
    if output.quiet || output.json || !std::io::stderr().is_terminal() { ProgressBar::hidden() } else { bar }
}
