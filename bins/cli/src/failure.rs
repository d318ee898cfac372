//! Why a command did not do what was asked: its text, what to do about it, and the exit code.

use std::fmt::{self, Display};
use std::io;
use std::process::ExitCode;

use serde_json::{Value, json};

use crate::problem::Problem;
use crate::text::clean;

/// What the exit code says. Scripts rely on the numbers; `portolan --help` lists them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Whoever read our output has seen enough.
    Done = 0,
    /// None of the others.
    Failure = 1,
    /// What was given breaks a rule.
    Usage = 2,
    /// It is not there, or may not be seen.
    NotFound = 3,
    /// It is not as the command supposes: changed meanwhile, taken, not empty.
    Conflict = 4,
    /// The token is missing or bad, or does not allow it.
    NotAllowed = 5,
    /// Out of reach or out of service for now; the same command may work later.
    Unavailable = 6,
}

/// What `--help` says about exit codes.
pub(crate) const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  failed, for a reason that is none of the others
  2  what was given breaks a rule (400, 413, 415, 422)
  3  not found, or not visible to you (404)
  4  conflict: it changed meanwhile, is taken, or is not empty (409, 412, 428)
  5  not allowed: the token is missing, bad or too weak (401, 403)
  6  out of reach or out of service; try again later (429, 503)";

/// A failed command.
#[derive(Debug)]
pub(crate) struct Failure {
    exit: Exit,
    text: String,
    problem: Option<Box<Problem>>,
    /// The first ones are the problem's.
    hints: Vec<String>,
}

impl Failure {
    pub(crate) fn new(exit: Exit, text: impl Display) -> Self {
        Self { exit, text: text.to_string(), problem: None, hints: Vec::new() }
    }

    /// What was given breaks a rule.
    pub(crate) fn usage(text: impl Display) -> Self {
        Self::new(Exit::Usage, text)
    }

    /// A failure that fits no other code.
    pub(crate) fn other(text: impl Display) -> Self {
        Self::new(Exit::Failure, text)
    }

    /// What the server answered instead of what was asked for.
    pub(crate) fn of(problem: Problem) -> Self {
        let mut failure = Self::new(problem.exit(), problem.summary());
        failure.hints.extend(problem.hints());
        failure.problem = Some(Box::new(problem));
        failure
    }

    /// The same with something to do about it.
    pub(crate) fn hint(mut self, hint: impl Display) -> Self {
        self.hints.push(hint.to_string());
        self
    }

    /// The answer's kind, where a server refused: the last part of its `type`.
    pub(crate) fn slug(&self) -> Option<&str> {
        self.problem.as_deref().map(Problem::slug)
    }

    /// A member of the server's refusal.
    pub(crate) fn member(&self, name: &str) -> Option<&str> {
        self.problem.as_deref().and_then(|problem| problem.member(name))
    }

    pub(crate) const fn exit(&self) -> Exit {
        self.exit
    }

    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(self.exit as u8)
    }

    /// The failure as JSON: the server's own words where it refused, and what the command has to add to them.
    pub(crate) fn json(&self) -> String {
        match &self.problem {
            Some(problem) => {
                let added = &self.hints[problem.hints().len()..];
                match serde_json::from_str(problem.body()) {
                    Ok(Value::Object(mut body)) if !added.is_empty() => {
                        body.insert("hints".into(), added.into());
                        Value::Object(body).to_string()
                    }
                    _ => problem.body().to_owned(),
                }
            }
            None => json!({ "title": self.text, "hints": self.hints }).to_string(),
        }
    }
}

impl Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error: {}", clean(&self.text))?;
        for fault in self.problem.iter().flat_map(|problem| problem.faults()) {
            write!(f, "\n  {}", clean(&fault))?;
        }
        for hint in &self.hints {
            write!(f, "\nhint: {}", clean(hint))?;
        }
        Ok(())
    }
}

/// A failed read or write of the command's own output and temporary files.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::new(Exit::Done, "the output's reader has gone"),
            _ => Self::other(error),
        }
    }
}

impl From<portolan_compose::FolderError> for Failure {
    fn from(error: portolan_compose::FolderError) -> Self {
        use portolan_compose::FolderError;
        let exit = match &error {
            FolderError::Io { .. } => Exit::Failure,
            FolderError::InUse(_) => Exit::Unavailable,
            FolderError::Missing(_) => Exit::NotFound,
        };
        Self::new(exit, error)
    }
}

/// A member of a JSON object as text: a string as it is.
pub(crate) fn text_of(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
