//! Problem answers (RFC 9457), as a person reads them.

use http::StatusCode;
use serde_json::{Map, Value};

use crate::failure::{Exit, text_of};

/// A refusal.
#[derive(Debug)]
pub(crate) struct Problem {
    status: StatusCode,
    body: String,
    members: Map<String, Value>,
}

impl Problem {
    /// The problem in an answer; anything that is no JSON object counts as one without members.
    pub(crate) fn new(status: StatusCode, body: &[u8]) -> Self {
        let members = match serde_json::from_slice(body) {
            Ok(Value::Object(members)) => members,
            _ => Map::new(),
        };
        let body = if members.is_empty() {
            serde_json::json!({ "title": title_of(status), "status": status.as_u16() }).to_string()
        } else {
            String::from_utf8_lossy(body).into_owned()
        };
        Self { status, body, members }
    }

    pub(crate) fn body(&self) -> &str {
        &self.body
    }

    /// What kind of problem: the last part of `type`.
    pub(crate) fn slug(&self) -> &str {
        self.member("type").and_then(|name| name.rsplit('/').next()).unwrap_or_default()
    }

    /// A text among the members.
    pub(crate) fn member(&self, name: &str) -> Option<&str> {
        self.members.get(name)?.as_str()
    }

    pub(crate) fn exit(&self) -> Exit {
        match self.status.as_u16() {
            400 | 405 | 413 | 415 | 422 => Exit::Usage,
            401 | 403 => Exit::NotAllowed,
            404 => Exit::NotFound,
            409 | 412 | 428 => Exit::Conflict,
            429 | 502..=504 => Exit::Unavailable,
            _ => Exit::Failure,
        }
    }

    /// Title and detail, once where they say the same.
    pub(crate) fn summary(&self) -> String {
        let title = self.member("title").map_or_else(|| title_of(self.status), str::to_owned);
        match self.member("detail") {
            Some(detail) if !detail.eq_ignore_ascii_case(&title) => format!("{title}: {detail}"),
            _ => title,
        }
    }

    /// The single things that are wrong, each with where; those that the detail does not say already.
    pub(crate) fn faults(&self) -> Vec<String> {
        let errors = self.members.get("errors").and_then(Value::as_array);
        let detail = self.member("detail").unwrap_or_default();
        let is_told =
            |fault: &&Value| fault["message"].as_str().is_some_and(|message| detail.contains(message));
        let fault = |fault: &Value| match (text_of(&fault["pointer"]), text_of(&fault["message"])) {
            (pointer, message) if pointer.is_empty() => message,
            (pointer, message) => format!("{pointer}: {message}"),
        };
        errors.into_iter().flatten().filter(|fault| !is_told(fault)).map(fault).collect()
    }

    /// What to do about it, where that does not depend on the command.
    pub(crate) fn hints(&self) -> Vec<String> {
        let mut hints = Vec::new();
        match self.slug() {
            "unauthenticated" => hints.push(
                "set PORTOLAN_TOKEN to a valid token; `portolan token create` and `portolan invite redeem` give one"
                    .into(),
            ),
            "invite-invalid" => hints.push("ask whoever invited you for a new code".into()),
            "in-progress" => hints.push("wait until the import has ended, then run the command again".into()),
            _ => {}
        }
        if let Some(commit) = self.member("deleted_in") {
            hints.push(format!(
                "it was deleted in {commit}; `portolan page show PATH --revision` with an earlier revision of its history still shows it"
            ));
        }
        if self.status.is_server_error()
            && let Some(id) = self.member("instance")
        {
            hints.push(format!("the server's log names this request {id}"));
        }
        hints
    }
}

fn title_of(status: StatusCode) -> String {
    format!("the server answered {status}")
}
