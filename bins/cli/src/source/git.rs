//! The git program.

use std::ffi::OsStr;
use std::io::ErrorKind;
use std::path::Path;
use std::process::{Command, Output};

use crate::failure::Failure;

/// Variables with which git is told to work elsewhere or otherwise (`git rev-parse --local-env-vars`, and more): a hook
/// or another tool that runs us must not redirect what the user named.
const REDIRECTING: [&str; 21] = [
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_ATTR_SOURCE",
    "GIT_CEILING_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_CONFIG",
    "GIT_CONFIG_COUNT",
    "GIT_CONFIG_PARAMETERS",
    "GIT_DEFAULT_HASH",
    "GIT_DIR",
    "GIT_GRAFT_FILE",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_INTERNAL_SUPER_PREFIX",
    "GIT_NAMESPACE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_PREFIX",
    "GIT_REPLACE_REF_BASE",
    "GIT_SHALLOW_FILE",
    "GIT_TEMPLATE_DIR",
    "GIT_TRACE",
    "GIT_WORK_TREE",
];

/// git on the repository at `folder`.
pub(super) fn git(folder: &Path) -> Command {
    let mut command = Command::new("git");
    for name in REDIRECTING {
        command.env_remove(name);
    }
    // Replaced objects would be sent under the ids of others; messages are read by us; nobody is there to type a password.
    command.env("GIT_NO_REPLACE_OBJECTS", "1").env("LC_ALL", "C").env("GIT_TERMINAL_PROMPT", "0");
    command.arg("-C").arg(folder);
    command
}

/// Whether the folder is a repository of its own, bare or not; one that only lies within a repository is not.
pub(super) fn is_repository(folder: &Path) -> bool {
    let is_git_dir = |path: &Path| path.join("HEAD").exists() && path.join("objects").is_dir();
    let inner = folder.join(".git");
    // A worktree or a submodule has a file there, which names the folder.
    inner.is_file() || is_git_dir(&inner) || is_git_dir(folder)
}

/// Writes the whole history of the repository into the new file `target`.
pub(super) fn bundle(repository: &Path, target: &Path) -> Result<(), Failure> {
    let shown = repository.display();
    let shallow = output(git(repository).args(["rev-parse", "--is-shallow-repository"]))?;
    if !shallow.status.success() {
        return Err(refused(&shallow, &format!("git cannot read the repository {shown}")));
    }
    if shallow.stdout.starts_with(b"true") {
        return Err(Failure::usage(format_args!(
            "the repository {shown} is shallow: the beginning of its history is not there"
        ))
        .hint("fetch the whole of it first: git fetch --unshallow"));
    }
    let mut references: Vec<&OsStr> = vec!["--branches".as_ref(), "--tags".as_ref()];
    // A HEAD that names a branch without commits cannot be bundled.
    if output(git(repository).args(["rev-parse", "--verify", "--quiet", "HEAD^{commit}"]))?.status.success() {
        references.insert(0, "HEAD".as_ref());
    }
    let bundled = output(
        git(repository).args(["bundle", "create", "--quiet"]).arg(absolute(target)?).args(references),
    )?;
    if bundled.status.success() {
        return Ok(());
    }
    if String::from_utf8_lossy(&bundled.stderr).contains("empty bundle") {
        return Err(Failure::usage(format_args!("the repository {shown} has no commit to import")));
    }
    Err(refused(&bundled, &format!("git cannot bundle the repository {shown}")))
}

/// `-C` changes what a relative path means.
fn absolute(path: &Path) -> Result<std::path::PathBuf, Failure> {
    Ok(std::path::absolute(path)?)
}

/// Runs git to its end.
pub(super) fn output(command: &mut Command) -> Result<Output, Failure> {
    command.output().map_err(|error| not_started(&error))
}

/// Why git could not be started.
pub(super) fn not_started(error: &std::io::Error) -> Failure {
    if error.kind() == ErrorKind::NotFound {
        Failure::other("git is not installed, or not on the PATH; importing a repository or a folder needs it")
            .hint("install git, or make a bundle where there is one (git bundle create all.bundle HEAD --branches --tags) and import that")
    } else {
        Failure::other(format_args!("git cannot be started: {error}"))
    }
}

/// git's own words.
pub(super) fn refused(output: &Output, what: &str) -> Failure {
    let words = String::from_utf8_lossy(&output.stderr);
    Failure::other(format_args!("{what}: {}", words.trim()))
}
