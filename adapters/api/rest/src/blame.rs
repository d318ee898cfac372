//! Who wrote which line.

use axum::extract::{Request, State};
use jiff::Timestamp;
use portolan::core::access::Operation;
use portolan::core::git::Oid;
use portolan::{BlameView, BlamedLines, PageRead};
use serde::Serialize;
use utoipa::ToSchema;

use crate::answer::{Answer, ok};
use crate::api::Api;
use crate::openapi::types;
use crate::wire::AuthorJson;

/// A page, and who wrote its lines.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Blame)]
struct BlameJson<'a> {
    path: &'a str,
    #[schema(value_type = types::PathKind)]
    kind: &'static str,
    #[schema(value_type = types::ObjectId)]
    version: Oid,
    lines: Vec<PartJson<'a>>,
    /// `true` where lines at the end are left out, because there are too many parts.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    cut: bool,
}

/// Lines that came with one commit.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BlamedLines)]
struct PartJson<'a> {
    /// The first, counted from 1.
    start: usize,
    /// How many.
    count: usize,
    #[schema(value_type = types::ObjectId)]
    revision: Oid,
    author: AuthorJson<'a>,
    #[schema(value_type = types::Time)]
    time: Timestamp,
}

impl<'a> From<&'a BlamedLines> for PartJson<'a> {
    fn from(part: &'a BlamedLines) -> Self {
        let BlamedLines { start, count, revision, author, time } = part;
        Self { start: *start, count: *count, revision: *revision, author: author.into(), time: *time }
    }
}

/// Tells who wrote each line of a page, as `git blame` does.
#[utoipa::path(
    get,
    path = "/v1/tenants/{tenant}/wikis/{wiki}/blame/{path}",
    tag = "history",
    operation_id = "blamePage",
    params(
        ("revision" = Option<types::ObjectId>, Query, description = "A version of this page, or any commit of the main line."),
    ),
    responses(
        (status = 200, description = "The page's lines by the commits they came with", body = BlameJson<'static>),
    )
)]
pub(crate) async fn get(State(api): State<Api>, request: Request) -> Answer {
    let mut asked = api.admit(request, Operation::BlameRead).await?;
    let revision = asked.query()?.read(|query| Some(query.text("revision")))?;
    let path = asked.page_to_read()?;
    let blame = api.portolan.blame(&asked.admitted, &PageRead { path, revision }).await?;
    let BlameView { path, kind, version, lines, cut } = &blame;
    let lines = lines.iter().map(PartJson::from).collect();
    ok(&BlameJson { path, kind: kind.as_str(), version: *version, lines, cut: *cut })
}
