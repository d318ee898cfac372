//! The one mapping from what use cases answer to what HTTP says. It has no catch-all, so a new error does not compile
//! until it has a place here.

use std::error::Error as _;
use std::fmt::Write as _;
use std::time::Duration;

use http::StatusCode;
use portolan::ports::{Error as PortError, Kind, Retry};
use portolan::{Current, Error, Fault, PageConflict};
use serde_json::{Value, json};

use super::{Problem, Slug, conflicts};
use crate::wire::AuthorJson;

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let detail = sentence(&error.to_string());
        match error {
            Error::Unauthenticated => Self::unauthenticated(true),
            Error::NotFound { what: _, deleted_in } => {
                let problem = Self::new(Slug::NotFound, detail);
                match deleted_in {
                    Some(commit) => problem.member("deleted_in", commit.to_string()),
                    None => problem,
                }
            }
            Error::SectionNotFound { path: _, candidates } => {
                let candidates: Vec<Value> = candidates
                    .into_iter()
                    .map(|one| json!({ "line": one.line, "text": one.text, "score": one.score }))
                    .collect();
                Self::new(Slug::SectionNotFound, detail).member("candidates", candidates)
            }
            Error::Forbidden(_) => Self::new(Slug::Forbidden, detail),
            Error::TenantSuspended => Self::new(Slug::TenantSuspended, detail),
            Error::Invalid(faults) => Self::invalid(&faults),
            Error::Malformed(_) => Self::new(Slug::Malformed, detail),
            Error::BadCursor => Self::new(Slug::BadCursor, detail)
                .faults(&[Fault::new("?after", "this list has not given out such a cursor")]),
            Error::KeyReused => Self::new(Slug::KeyReused, detail),
            Error::InviteInvalid => Self::new(Slug::InviteInvalid, detail),
            Error::SlugTaken(_) => Self::new(Slug::SlugTaken, detail),
            Error::MemberExists => Self::new(Slug::MemberExists, detail),
            Error::LastOwner => Self::new(Slug::LastOwner, detail),
            Error::NotEmpty => Self::new(Slug::NotEmpty, detail),
            Error::InProgress => Self::new(Slug::InProgress, detail),
            Error::PageExists(now) => current(Self::new(Slug::PageExists, detail), *now),
            Error::StaleBase(now) => current(Self::new(Slug::StaleBase, detail), *now),
            Error::BaseRequired(now) => current(Self::new(Slug::BaseRequired, detail), *now),
            Error::PageTaken(now) => {
                current(Self::new(Slug::PageExists, detail), *now).with_status(StatusCode::CONFLICT)
            }
            Error::PageConflict(conflict) => {
                let PageConflict { base, theirs, yours, hunks } = *conflict;
                Self::new(Slug::PageConflict, detail)
                    .member("base", conflicts::side(&base))
                    .member("theirs", conflicts::side(&theirs))
                    .member("yours", conflicts::side(&yours))
                    .member("hunks", conflicts::hunks(&hunks))
            }
            Error::RevertConflict(all) => {
                Self::new(Slug::RevertConflict, detail).member("conflicts", conflicts::by_path(&all))
            }
            Error::EditNotApplied(failures) => {
                Self::new(Slug::EditNotApplied, detail).member("edits", conflicts::edits(&failures))
            }
            Error::PathCollision { with, why: _ } => {
                Self::new(Slug::PathCollision, detail).member("path", with)
            }
            Error::WrongType { .. } => Self::new(Slug::UnsupportedMediaType, detail),
            Error::TooLarge { what, limit } => Self::too_large(&sentence_start(what), limit),
            Error::Unavailable(_) => Self::unavailable(detail, Duration::from_secs(1)),
            Error::Port(error) => port(&error),
            Error::Internal(why) => Self::internal(why),
        }
    }
}

fn port(error: &PortError) -> Problem {
    let after = match error.retry {
        Retry::After(time) => time,
        Retry::Never | Retry::Safe => Duration::from_secs(1),
    };
    let mut problem = match error.kind {
        Kind::Unavailable => Problem::unavailable(sentence(&error.public), after),
        Kind::Ambiguous => Problem::unavailable(
            "It is not known whether this was done. Send it again with the same Idempotency-Key to learn that; it is done once.",
            after,
        ),
        Kind::Refused => Problem::invalid(&[Fault::new("", &error.public)]),
        Kind::Corrupt | Kind::Internal => Problem::internal(String::new()),
    };
    problem.0.cause = Some(chain(error));
    problem
}

/// An error with all that is behind it, for the log.
fn chain(error: &PortError) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(error) = next {
        write!(text, ": {error}").expect("writing to a string does not fail");
        next = error.source();
    }
    text
}

/// How the page is now, for somebody whose condition does not hold.
fn current(problem: Problem, now: Current) -> Problem {
    let Current { version, revision, author } = now;
    let text = |id: Option<portolan::core::git::Oid>| id.map_or(Value::Null, |id| id.to_string().into());
    let author = author.map_or(Value::Null, |author| {
        serde_json::to_value(AuthorJson::from(&author)).expect("an author is text")
    });
    problem.member("version", text(version)).member("revision", text(revision)).member("author", author)
}

fn sentence_start(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn sentence(text: &str) -> String {
    let mut text = sentence_start(text);
    if !text.ends_with(['.', '!', '?']) {
        text.push('.');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_of_ports_tell_what_a_caller_may_know() {
        let fail = |kind| {
            let error = PortError::new(kind, "ledger/x", "commit", "no room").because("secret path");
            let problem = Problem::from(Error::Port(error.retry(Retry::After(Duration::from_millis(2500)))));
            assert!(problem.cause().is_some_and(|cause| cause.contains("secret path")));
            problem.render("id")
        };
        for (kind, status, after) in [
            (Kind::Unavailable, 503, Some("3")),
            (Kind::Ambiguous, 503, Some("3")),
            (Kind::Refused, 422, None),
            (Kind::Corrupt, 500, None),
            (Kind::Internal, 500, None),
        ] {
            let response = fail(kind);
            assert_eq!(response.status(), status, "{kind:?}");
            let retry = response.headers().get("retry-after").map(|value| value.to_str().unwrap());
            assert_eq!(retry, after, "{kind:?}");
        }
        let shown = format!("{:?}", fail(Kind::Corrupt));
        assert!(!shown.contains("secret") && !shown.contains("no room"));
    }
}
