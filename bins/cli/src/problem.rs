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
        let detail = self.member("detail").unwrap_or_default();
        if detail.is_empty() || self.is_list() {
            title
        } else if detail.to_lowercase().starts_with(&title.to_lowercase()) {
            detail.to_owned()
        } else {
            format!("{title}: {detail}")
        }
    }

    /// The single things that are wrong, each with where; a lone one only if the detail does not say it already.
    pub(crate) fn faults(&self) -> Vec<String> {
        let detail = self.member("detail").unwrap_or_default();
        let is_shown = |fault: &&Value| self.is_list() || !detail.contains(message(fault));
        let shown = self.errors().iter().filter(is_shown);
        let line = |fault: &Value| match text_of(&fault["pointer"]) {
            pointer if pointer.is_empty() => message(fault).to_owned(),
            pointer => format!("{pointer}: {}", message(fault)),
        };
        shown.map(line).collect()
    }

    fn errors(&self) -> &[Value] {
        self.members.get("errors").and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    /// Whether several things are wrong, and the detail only says them in a row.
    fn is_list(&self) -> bool {
        let detail = self.member("detail").unwrap_or_default();
        self.errors().len() > 1 && self.errors().iter().all(|fault| detail.contains(message(fault)))
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

fn message(fault: &Value) -> &str {
    fault["message"].as_str().unwrap_or_default()
}

fn title_of(status: StatusCode) -> String {
    format!("the server answered {status}")
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use serde_json::json;

    use super::*;
    use crate::failure::Failure;

    fn check(status: u16, body: &[u8], exit: Exit, expected: &Expect) {
        let failure = Failure::of(Problem::new(StatusCode::from_u16(status).unwrap(), body));
        assert_eq!(failure.exit(), exit);
        expected.assert_eq(&failure.to_string());
    }

    #[test]
    fn problems_are_told_once() {
        let body = json!({ "type": "/problems/not-found", "title": "Not found", "detail": "Page not found.", "deleted_in": "abc" });
        check(
            404,
            body.to_string().as_bytes(),
            Exit::NotFound,
            &expect![[r"
            error: Not found: Page not found.
            hint: it was deleted in abc; `portolan page show PATH --revision` with an earlier revision of its history still shows it"]],
        );
        let body = json!({ "title": "Bad", "detail": "/a: no; /b: not that", "errors": [
            { "pointer": "/a", "message": "no" }, { "pointer": "", "message": "not that" } ] });
        check(
            422,
            body.to_string().as_bytes(),
            Exit::Usage,
            &expect![[r"
            error: Bad
              /a: no
              not that"]],
        );
        let body = json!({ "title": "Bad", "detail": "Something.", "errors": [{ "pointer": "?x", "message": "no\u{1b}" }] });
        check(
            400,
            body.to_string().as_bytes(),
            Exit::Usage,
            &expect![[r"
            error: Bad: Something.
              ?x: no\u{1b}"]],
        );
        let body = json!({ "title": "Broken", "instance": "req_1" });
        check(
            500,
            body.to_string().as_bytes(),
            Exit::Failure,
            &expect![[r"
            error: Broken
            hint: the server's log names this request req_1"]],
        );
        check(
            502,
            b"<html>bad gateway</html>",
            Exit::Unavailable,
            &expect!["error: the server answered 502 Bad Gateway"],
        );
    }
}
