//! Real git, in a folder of its own and without the machine's settings.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// A repository in a temporary folder.
#[derive(Debug)]
pub(crate) struct Git {
    folder: TempDir,
    time: std::cell::Cell<i64>,
}

impl Git {
    pub(crate) fn new() -> Self {
        let git = Self { folder: tempfile::tempdir().unwrap(), time: 1_600_000_000.into() };
        git.run(&["init", "--quiet", "--initial-branch=main"]);
        git
    }

    /// A clone of `source`.
    pub(crate) fn clone(source: &Path) -> Self {
        let git = Self { folder: tempfile::tempdir().unwrap(), time: 1_700_000_000.into() };
        git.run(&["clone", "--quiet", source.to_str().unwrap(), "."]);
        git
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The output of a command that must succeed.
    pub(crate) fn run(&self, arguments: &[&str]) -> String {
        let output = self.command(arguments).stdin(Stdio::null()).output().unwrap();
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "git {arguments:?}: {error}");
        String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
    }

    /// Whether a command succeeds, with all it says.
    pub(crate) fn try_run(&self, arguments: &[&str]) -> (bool, String) {
        let output = self.command(arguments).stdin(Stdio::null()).output().unwrap();
        let said = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8_lossy(&said).into_owned())
    }

    /// The output of a command that reads `input`.
    pub(crate) fn feed(&self, arguments: &[&str], input: &[u8]) -> String {
        use std::io::Write;
        let mut child = self.command(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "git {arguments:?}");
        String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        self.time.set(self.time.get() + 60);
        let time = format!("{} +0200", self.time.get());
        let mut command = Command::new("git");
        command.current_dir(self.path()).args(arguments).env_clear();
        command.env("PATH", "/usr/local/bin:/usr/bin:/bin").env("HOME", self.path());
        command.env("GIT_CONFIG_NOSYSTEM", "1").env("LC_ALL", "C.UTF-8");
        for who in ["AUTHOR", "COMMITTER"] {
            command
                .env(format!("GIT_{who}_NAME"), "Git User")
                .env(format!("GIT_{who}_EMAIL"), "git@example.org");
            command.env(format!("GIT_{who}_DATE"), &time);
        }
        command
    }

    /// Writes a file.
    pub(crate) fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        let path = self.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Commits everything in the folder.
    pub(crate) fn commit(&self, message: &str) -> String {
        self.run(&["add", "--all"]);
        self.run(&["commit", "--quiet", "--allow-empty", "--message", message]);
        self.run(&["rev-parse", "HEAD"])
    }

    /// A bundle of `what`, in a file of its own that may be consumed.
    pub(crate) fn bundle(&self, what: &[&str]) -> PathBuf {
        let file = self.path().join(format!(".git/out-{}.bundle", self.time.get()));
        let mut arguments = vec!["bundle", "create", "--quiet", file.to_str().unwrap()];
        arguments.extend(what);
        self.run(&arguments);
        file
    }
}

/// Lets git itself look for faults in the repository at `path`; objects that nothing reaches are none.
pub(crate) fn fsck(path: &Path) {
    let output = Command::new("git")
        .args(["-c", "safe.directory=*", "fsck", "--strict", "--no-dangling", "--no-progress"])
        .current_dir(path)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && output.stdout.is_empty(), "git fsck in {}: {said}", path.display());
}
