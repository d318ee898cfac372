//! `portolan-server`: Portolan as a standalone server on embedded storage.

mod greeting;
mod metrics;
mod serve;
mod start;
mod wire;

use std::process::ExitCode;
use std::time::Duration;

use portolan_compose::{Layers, command_line, init_logs, read_environment};

fn main() -> ExitCode {
    let line = command_line().get_matches();
    let settings = match Layers::collect(&line, &read_environment()).resolve() {
        Ok(settings) => settings,
        Err(faults) => {
            greeting::tell("portolan-server cannot start; its configuration has these faults:");
            for fault in faults {
                greeting::tell(&format!("  {fault}"));
            }
            return ExitCode::from(2);
        }
    };
    init_logs(&settings.log, settings.log_format);
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            greeting::tell(&format!("portolan-server cannot start its threads: {error}"));
            return ExitCode::FAILURE;
        }
    };
    let ended = runtime.block_on(start::run(&settings));
    // What is at work on threads of its own, an import say, is cut off: it leaves nothing half done.
    runtime.shutdown_timeout(Duration::from_secs(2));
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            greeting::tell(&format!("portolan-server: {error}"));
            ExitCode::FAILURE
        }
    }
}
