//! What the environment says beside Portolan's own settings.

use std::path::PathBuf;

/// All variables of the environment that begin with `PORTOLAN_`, without that beginning.
pub fn read_environment() -> Vec<(String, String)> {
    std::env::vars_os()
        .filter_map(|(name, value)| {
            let name = name.into_string().ok()?.strip_prefix("PORTOLAN_")?.to_owned();
            Some((name, value.to_string_lossy().into_owned()))
        })
        .collect()
}

/// The variable `name` of the environment, where it is set and not empty.
#[expect(clippy::disallowed_methods, reason = "this crate is the one that reads the environment")]
pub fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.trim().is_empty())
}

/// Where this machine's user keeps what can be made again.
pub fn cache_folder() -> Option<PathBuf> {
    let home = || variable("HOME").map(|home| PathBuf::from(home).join(".cache"));
    variable("XDG_CACHE_HOME").map(PathBuf::from).or_else(home)
}

/// Whether `PORTOLAN_REQUIRE`, a list with commas, names what a test needs: then the test fails without it, and is not skipped.
pub fn is_required(what: &str) -> bool {
    let required = read_environment().into_iter().find(|(name, _)| name == "REQUIRE");
    required.is_some_and(|(_, names)| names.split(',').any(|name| name.trim() == what))
}

/// Where cargo builds, seen from the workspace's root.
pub fn target_folder() -> PathBuf {
    variable("CARGO_TARGET_DIR").map_or_else(|| PathBuf::from("target"), PathBuf::from)
}
