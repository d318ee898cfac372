//! Undoing commits.

use axum::extract::{Request, State};
use portolan::core::access::Operation;
use portolan::core::git::Oid;
use portolan::core::wiki::path::{PageKind, Requested};
use portolan::{Fault, Revert, RevertCommits, Reverted};
use serde::Serialize;
use utoipa::ToSchema;

use crate::answer::{Answer, With as _, ok};
use crate::api::Api;
use crate::body::{any_text, text};
use crate::conditions;
use crate::openapi::{bodies, types};
use crate::problem::Problem;
use crate::query::time;

/// What undoing did.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Reverted)]
struct RevertedJson<'a> {
    /// The commit; the head where there was nothing left to undo.
    #[schema(value_type = types::ObjectId)]
    revision: Oid,
    /// The paths that it changed, of pages without `.md`.
    paths: Vec<&'a str>,
    #[schema(value_type = types::ObjectId)]
    head: Oid,
}

/// Most bytes of a body.
const BODY: usize = 64 << 10;

/// Undoes a commit, or all that an agent did since a time, in one new commit.
///
/// Where files were changed since in the same places, it is refused with `revert-conflict`, and nothing was changed. Undoing a
/// deletion brings a page back.
#[utoipa::path(
    post,
    path = "/v1/tenants/{tenant}/wikis/{wiki}/reverts",
    tag = "history",
    operation_id = "revertCommits",
    request_body(content = bodies::RevertCommits),
    responses(
        (status = 200, description = "The commits were undone, or were so already", body = RevertedJson<'static>),
    )
)]
pub(crate) async fn create(State(api): State<Api>, request: Request) -> Answer {
    let mut asked = api.admit(request, Operation::PageRevert).await?;
    asked.expect_json()?;
    asked.no_query()?;
    let (revision, path, agent, since, message) = asked.object(BODY).await?.read(|fields| {
        let revision = fields.optional("revision", text(conditions::base));
        let path = fields.optional("path", text(Requested::<PageKind>::parse));
        let agent = fields.optional("agent", any_text);
        let since = fields.optional("since", text(time));
        let message = fields.optional("message", any_text);
        Some((revision, path, agent, since, message))
    })?;
    let what = match (revision, path, agent, since) {
        (Some(revision), path, None, None) => Revert::Commit { revision: revision.to_string(), path },
        (None, None, Some(agent), Some(since)) => Revert::Agent { agent, since },
        _ => {
            let why = "name either `revision`, with or without `path`, or `agent` and `since`";
            return Err(Problem::invalid(&[Fault::new("", why)]));
        }
    };
    let revert = RevertCommits { what, message };
    let admitted = asked.admitted;
    let written = api
        .write(asked.operation, |portolan| async move { portolan.revert(&admitted, revert).await })
        .await?;
    let Reverted { revision, paths, head } = &written.value;
    let paths = paths.iter().map(|(path, _)| path.as_str()).collect();
    Ok(ok(&RevertedJson { revision: *revision, paths, head: *head })?.replayed(written.replayed))
}
