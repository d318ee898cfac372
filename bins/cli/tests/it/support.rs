//! Running the program, and looking at what it said.

use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// What a run said and how it ended.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    /// Standard output of a run that must have gone well.
    #[track_caller]
    pub(crate) fn ok(self) -> String {
        assert_eq!(self.code, 0, "{self:#?}");
        self.out
    }

    /// Standard error of a run that must have ended with `code`, and said nothing on standard output.
    #[track_caller]
    pub(crate) fn fails(self, code: i32) -> String {
        assert_eq!((self.code, self.out.as_str()), (code, ""), "{}", self.err);
        self.err
    }

    #[track_caller]
    pub(crate) fn json(self) -> Value {
        serde_json::from_str(&self.ok()).unwrap()
    }
}

/// Runs `portolan` with nothing of this machine's configuration.
pub(crate) fn portolan(environment: &[(&str, &str)], arguments: &[&str], input: &[u8]) -> Ran {
    let mut command = Command::new(env!("CARGO_BIN_EXE_portolan"));
    for (name, _) in portolan_compose::read_environment() {
        command.env_remove(format!("PORTOLAN_{name}"));
    }
    command.env_remove("COLUMNS").envs(environment.iter().copied()).args(arguments);
    run(&mut command, input)
}

pub(crate) fn run(command: &mut Command, input: &[u8]) -> Ran {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // A program that refuses its arguments reads nothing.
    drop(child.stdin.take().unwrap().write_all(input));
    let output = child.wait_with_output().unwrap();
    Ran {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A data folder with the tenant `acme`.
pub(crate) struct World {
    pub(crate) folder: TempDir,
    pub(crate) operator: String,
}

impl World {
    pub(crate) fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let data = folder.path().join("data");
        let operator = portolan(&[], &["init", "--quiet", "--data", data.to_str().unwrap()], b"").ok();
        let world = Self { folder, operator: operator.trim().to_owned() };
        world.run(&["tenant", "create", "acme", "--name", "Acme", "--owner-email", "ada@acme.example"]).ok();
        world
    }

    /// The same with the wiki `notes`.
    pub(crate) fn with_wiki() -> Self {
        let world = Self::new();
        world.run(&["wiki", "create", "notes"]).ok();
        world
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A path as an argument.
    pub(crate) fn at(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        self.run_with(arguments, b"")
    }

    /// Runs a command on the data folder, about `acme` and `notes` where the arguments name nothing else.
    pub(crate) fn run_with(&self, arguments: &[&str], input: &[u8]) -> Ran {
        let data = self.at("data");
        let named = [("PORTOLAN_TENANT", "acme"), ("PORTOLAN_WIKI", "notes")];
        portolan(&named, &[&["--data", &data], arguments].concat(), input)
    }

    /// Makes a folder with these files in it.
    pub(crate) fn files(&self, name: &str, files: &[(&str, &[u8])]) -> String {
        for (file, content) in files {
            let path = self.path(name).join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, content).unwrap();
        }
        self.at(name)
    }

    /// What was said, with what differs from run to run named.
    pub(crate) fn redact(&self, text: &str) -> String {
        hide_ids(&text.replace(self.folder.path().to_str().unwrap(), "FOLDER"))
    }
}

/// `text` with every git id as ID and every time as TIME.
pub(crate) fn hide_ids(text: &str) -> String {
    let mut shown = String::new();
    let mut word = String::new();
    for c in text.chars().chain(['\0']) {
        if c.is_ascii_alphanumeric() || matches!(c, '-' | ':' | '.') {
            word.push(c);
            continue;
        }
        let bare = word.trim_end_matches(['.', ':']);
        let is_id = bare.len() == 40 && bare.bytes().all(|byte| byte.is_ascii_hexdigit());
        let is_time = bare.len() >= 20 && bare.ends_with('Z') && bare.contains('T') && bare.contains(':');
        let rest = &word[bare.len()..];
        match (is_id, is_time) {
            (true, _) => shown.push_str("ID"),
            (_, true) => shown.push_str("TIME"),
            _ => shown.push_str(bare),
        }
        shown.push_str(rest);
        word.clear();
        if c != '\0' {
            shown.push(c);
        }
    }
    shown
}

/// git, with an author and nothing of this machine's configuration.
pub(crate) fn git(folder: &Path, arguments: &[impl AsRef<OsStr>]) -> String {
    let mut command = Command::new("git");
    for (name, value) in [
        ("GIT_CONFIG_GLOBAL", "/dev/null"),
        ("GIT_CONFIG_NOSYSTEM", "1"),
        ("GIT_AUTHOR_NAME", "Grace"),
        ("GIT_AUTHOR_EMAIL", "grace@acme.example"),
        ("GIT_COMMITTER_NAME", "Grace"),
        ("GIT_COMMITTER_EMAIL", "grace@acme.example"),
    ] {
        command.env(name, value);
    }
    run(command.arg("-C").arg(folder).args(arguments), b"").ok()
}
