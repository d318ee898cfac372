//! The history of a page, and the changes of a whole wiki.

use axum::extract::{Request, State};
use jiff::Timestamp;
use portolan::core::access::Operation;
use portolan::core::git::Oid;
use portolan::core::wiki::path::PathPrefix;
use portolan::{ChangesFilter, Commit, CommitPath, Listed};
use serde::Serialize;
use utoipa::ToSchema;

use crate::answer::{Answer, ListJson, ok};
use crate::api::Api;
use crate::openapi::types;
use crate::problem::Problem;
use crate::wire::AuthorJson;

/// What a commit did to one path.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ChangedPath)]
struct PathJson<'a> {
    path: &'a str,
    #[schema(value_type = types::Change)]
    change: &'static str,
    #[schema(value_type = types::PathKind)]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<types::ObjectId>)]
    version: Option<Oid>,
    /// The path before it, where it was renamed.
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<&'a str>,
}

impl<'a> From<&'a CommitPath> for PathJson<'a> {
    fn from(changed: &'a CommitPath) -> Self {
        let CommitPath { path, kind, what, version, from } = changed;
        Self { path, change: what.as_str(), kind: kind.as_str(), version: *version, from: from.as_deref() }
    }
}

/// A commit.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Commit)]
struct CommitJson<'a> {
    #[schema(value_type = types::ObjectId)]
    revision: Oid,
    #[schema(value_type = Vec<types::ObjectId>)]
    parents: &'a [Oid],
    author: AuthorJson<'a>,
    message: &'a str,
    #[schema(value_type = types::Time)]
    time: Timestamp,
}

impl<'a> From<&'a Commit> for CommitJson<'a> {
    fn from(commit: &'a Commit) -> Self {
        let Commit { revision, parents, author, message, time, paths: _ } = commit;
        Self { revision: *revision, parents, author: author.into(), message, time: *time }
    }
}

/// A commit in the history of one path.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = HistoryItem)]
struct HistoryJson<'a> {
    #[serde(flatten)]
    commit: CommitJson<'a>,
    #[serde(flatten)]
    path: PathJson<'a>,
}

impl<'a> HistoryJson<'a> {
    fn of(commit: &'a Commit) -> Result<Self, Problem> {
        let path = commit.paths.first();
        let path = path
            .ok_or_else(|| Problem::internal(format!("{} in a history without a path", commit.revision)))?;
        Ok(Self { commit: commit.into(), path: path.into() })
    }
}

/// A commit among a wiki's changes.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ChangeItem)]
struct ChangeJson<'a> {
    #[serde(flatten)]
    commit: CommitJson<'a>,
    paths: Vec<PathJson<'a>>,
}

/// The commits that changed a page, newest first, also under the names it had before it was renamed.
#[utoipa::path(
    get,
    path = "/v1/tenants/{tenant}/wikis/{wiki}/history/{path}",
    tag = "history",
    operation_id = "listPageHistory",
    responses(
        (status = 200, description = "The commits that changed the page, newest first", body = ListJson<HistoryJson<'static>>),
    )
)]
pub(crate) async fn history(State(api): State<Api>, request: Request) -> Answer {
    let mut asked = api.admit(request, Operation::HistoryRead).await?;
    let paging = asked.query()?.read(|query| Some(query.paging()))?;
    let path = asked.page_to_read()?;
    let Listed { items, next } = api.portolan.page_history(&asked.admitted, &path, &paging).await?;
    let items = items.iter().map(HistoryJson::of).collect::<Result<_, Problem>>()?;
    ok(&ListJson { items, next })
}

/// The commits of a wiki, newest first.
#[utoipa::path(
    get,
    path = "/v1/tenants/{tenant}/wikis/{wiki}/changes",
    tag = "history",
    operation_id = "listChanges",
    params(
        ("since" = Option<types::Time>, Query, description = "Only commits of this time or later."),
        ("author" = Option<String>, Query, description = "Only of the author with this id, address or name."),
        ("prefix" = Option<String>, Query, description = "Only what begins so."),
    ),
    responses(
        (status = 200, description = "The commits of the wiki, newest first", body = ListJson<ChangeJson<'static>>),
    )
)]
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
        .map(|commit| ChangeJson {
            commit: commit.into(),
            paths: commit.paths.iter().map(PathJson::from).collect(),
        })
        .collect();
    ok(&ListJson { items, next })
}
