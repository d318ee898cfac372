//! The history of a page, and the changes of a whole wiki.

use axum::extract::{Request, State};
use jiff::Timestamp;
use portolan::core::access::Operation;
use portolan::core::git::Oid;
use portolan::core::wiki::path::PathPrefix;
use portolan::{ChangesFilter, Commit, CommitPath, Listed};
use serde::Serialize;

use crate::answer::{Answer, ListJson, ok};
use crate::api::Api;
use crate::wire::AuthorJson;

/// What a commit did to one path.
#[derive(Debug, Serialize)]
struct PathJson<'a> {
    path: &'a str,
    change: &'static str,
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<Oid>,
}

impl<'a> From<&'a CommitPath> for PathJson<'a> {
    fn from(changed: &'a CommitPath) -> Self {
        let CommitPath { path, kind, what, version } = changed;
        Self { path, change: what.as_str(), kind: kind.as_str(), version: *version }
    }
}

/// A commit.
#[derive(Debug, Serialize)]
struct CommitJson<'a> {
    revision: Oid,
    parents: &'a [Oid],
    author: AuthorJson<'a>,
    message: &'a str,
    time: Timestamp,
}

impl<'a> From<&'a Commit> for CommitJson<'a> {
    fn from(commit: &'a Commit) -> Self {
        let Commit { revision, parents, author, message, time, paths: _ } = commit;
        Self { revision: *revision, parents, author: author.into(), message, time: *time }
    }
}

/// A commit in the history of one path.
#[derive(Debug, Serialize)]
struct HistoryJson<'a> {
    #[serde(flatten)]
    commit: CommitJson<'a>,
    #[serde(flatten)]
    path: Option<PathJson<'a>>,
}

/// A commit among a wiki's changes.
#[derive(Debug, Serialize)]
struct ChangeJson<'a> {
    #[serde(flatten)]
    commit: CommitJson<'a>,
    paths: Vec<PathJson<'a>>,
}

/// The commits that changed a page, newest first.
pub(crate) async fn history(State(api): State<Api>, request: Request) -> Answer {
    let mut asked = api.admit(request, Operation::HistoryRead).await?;
    let paging = asked.query()?.read(|query| Some(query.paging()))?;
    let path = asked.page_to_read()?;
    let Listed { items, next } = api.portolan.page_history(&asked.admitted, &path, &paging).await?;
    let items = items
        .iter()
        .map(|commit| HistoryJson { commit: commit.into(), path: commit.paths.first().map(PathJson::from) })
        .collect();
    ok(&ListJson { items, next })
}

/// The commits of a wiki, newest first.
pub(crate) async fn changes(State(api): State<Api>, request: Request) -> Answer {
    let mut asked = api.admit(request, Operation::ChangesRead).await?;
    let (filter, paging) = asked.query()?.read(|query| {
        let paging = query.paging();
        let since = query.time("since");
        let author = query.text("author");
        let prefix = query.parsed("prefix", PathPrefix::parse).unwrap_or_default();
        Some((ChangesFilter { since, author, prefix }, paging))
    })?;
    let Listed { items, next } = api.portolan.wiki_changes(&asked.admitted, &filter, &paging).await?;
    let items = items
        .iter()
        .map(|commit| ChangeJson { commit: commit.into(), paths: commit.paths.iter().map(PathJson::from).collect() })
        .collect();
    ok(&ListJson { items, next })
}
