//! What was measured on.

use std::path::Path;

use serde::Serialize;

use crate::git::{git, run};
use crate::nginx;

/// The machine and the programs beside the server.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Machine {
    pub(crate) processor: String,
    pub(crate) cores: usize,
    pub(crate) memory: String,
    pub(crate) kernel: String,
    pub(crate) disk: String,
    pub(crate) git: String,
    pub(crate) nginx: String,
}

impl Machine {
    /// This machine, with the file system that holds `folder`.
    pub(crate) fn this(folder: &Path) -> Self {
        let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
        let line = |path: &str, name: &str| {
            let text = read(path);
            let found = text.lines().find(|line| line.starts_with(name));
            found
                .and_then(|line| line.split_once(':'))
                .map_or_else(|| "unknown".into(), |(_, value)| value.trim().to_owned())
        };
        Self {
            processor: line("/proc/cpuinfo", "model name"),
            cores: std::thread::available_parallelism().map_or(0, usize::from),
            memory: line("/proc/meminfo", "MemTotal"),
            kernel: read("/proc/sys/kernel/osrelease").trim().to_owned(),
            disk: file_system(folder, &read("/proc/mounts")),
            git: run(git(folder).arg("--version")).unwrap_or_else(|error| error.to_string()),
            nginx: nginx::version().unwrap_or_else(|| "not installed".into()),
        }
    }

    /// Whether syncing means nothing here.
    pub(crate) fn in_memory(&self) -> bool {
        matches!(self.disk.as_str(), "tmpfs" | "ramfs" | "overlay on tmpfs")
    }

    pub(crate) fn text(&self) -> String {
        let Self { processor, cores, memory, kernel, disk, git, nginx } = self;
        format!(
            "- processor: {processor}, {cores} cores; memory: {memory}\n- Linux {kernel}; file system: {disk}\n- {git}; {nginx}\n"
        )
    }
}

/// Type of the file system that holds `folder`: that of the longest mount point above it.
fn file_system(folder: &Path, mounts: &str) -> String {
    let folder = folder.canonicalize().unwrap_or_else(|_| folder.into());
    let mounts = mounts.lines().filter_map(|line| {
        let mut fields = line.split(' ').skip(1);
        Some((fields.next()?, fields.next()?))
    });
    let above = mounts.filter(|(point, _)| folder.starts_with(point));
    above.max_by_key(|(point, _)| point.len()).map_or_else(|| "unknown".into(), |(_, kind)| kind.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_mount_point_counts() {
        let mounts = "/dev/a / ext4 rw 0 0\nnone /proc proc rw 0 0\nnone /proc/sys tmpfs rw 0 0\n";
        assert_eq!(file_system(Path::new("/proc/self"), mounts), "proc");
        assert_eq!(file_system(Path::new("/"), mounts), "ext4");
        assert!(Machine::this(Path::new("/")).text().contains("git version"));
    }
}
