//! The members of problems that tell where texts contradict each other, or where edits do not fit.

use portolan::core::text::merge::{Conflict, Part};
use portolan::core::wiki::edit::{Candidate, Failure, NotApplied};
use portolan::{Current, PathConflict, Side};
use serde_json::{Value, json};

use crate::wire::AuthorJson;

/// One side of a conflict, with what is known of it.
pub(super) fn side(side: &Side) -> Value {
    let Current { version, revision, author } = side;
    let mut members = serde_json::Map::new();
    if let Some(version) = version {
        members.insert("version".into(), version.to_string().into());
    }
    if let Some(revision) = revision {
        members.insert("revision".into(), revision.to_string().into());
    }
    if let Some(author) = author {
        let author = serde_json::to_value(AuthorJson::from(author)).expect("an author is text");
        members.insert("author".into(), author);
    }
    members.into()
}

/// The places where texts contradict each other.
pub(super) fn hunks(hunks: &[Conflict]) -> Value {
    let part = |Part { start, text }: &Part| json!({ "start": start, "text": String::from_utf8_lossy(text) });
    let hunk = |Conflict { base, theirs, yours }: &Conflict| json!({ "base": part(base), "theirs": part(theirs), "yours": part(yours) });
    hunks.iter().map(hunk).collect()
}

/// The files in which commits cannot be undone.
pub(super) fn by_path(conflicts: &[PathConflict]) -> Value {
    let one =
        |PathConflict { path, hunks: places }: &PathConflict| json!({ "path": path, "hunks": hunks(places) });
    conflicts.iter().map(one).collect()
}

/// The edits that do not fit.
pub(super) fn edits(NotApplied { failures }: &NotApplied) -> Value {
    let candidate =
        |Candidate { line, text, score }: &Candidate| json!({ "line": line, "text": text, "score": score });
    let one = |Failure { index, reason, matches, candidates }: &Failure| {
        let candidates: Vec<Value> = candidates.iter().map(candidate).collect();
        json!({ "index": index, "reason": reason.as_str(), "matches": matches, "candidates": candidates })
    };
    failures.iter().map(one).collect()
}
