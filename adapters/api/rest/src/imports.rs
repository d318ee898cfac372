//! Importing a git history.

use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use http::StatusCode;
use http_body_util::BodyExt as _;
use portolan::core::access::Operation;
use portolan::core::git::Oid;
use portolan::core::git::bundle::{BadBundle, Header, MAX_HEADER};
use portolan::core::id::ImportId;
use portolan::core::wiki::{Import, ImportState};
use portolan::{ImportSource, ImportView, Kept};
use serde::Serialize;
use tempfile::{NamedTempFile, TempPath};
use tokio::io::AsyncWriteExt as _;
use utoipa::ToSchema;

use crate::answer::{Answer, With as _, json, ok};
use crate::api::Api;
use crate::body::{is_of_type, stated_length};
use crate::openapi::types;
use crate::problem::Problem;

/// The type of a git bundle.
pub(crate) const BUNDLE: &str = "application/x-git-bundle";

/// How an import stands.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Import)]
struct ImportJson<'a> {
    #[schema(value_type = types::Id)]
    id: ImportId,
    #[schema(value_type = types::ImportState)]
    state: &'static str,
    commits: u64,
    objects: u64,
    pages: u64,
    kept: Vec<KeptJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<types::ObjectId>)]
    revision: Option<Oid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<&'a str>,
}

/// Something that is kept as it is.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Kept)]
struct KeptJson<'a> {
    path: &'a str,
    reason: &'a str,
}

impl<'a> From<&'a ImportView> for ImportJson<'a> {
    fn from(view: &'a ImportView) -> Self {
        let ImportView { import, kept } = view;
        let Import {
            id,
            wiki: _,
            slug: _,
            state,
            branch: _,
            tip: _,
            commits,
            objects,
            pages,
            others: _,
            created_at: _,
        } = import;
        let (state, revision, problem) = match state {
            ImportState::Running => ("running", None, None),
            ImportState::Done { revision } => ("done", Some(*revision), None),
            ImportState::Failed { problem } => ("failed", None, Some(problem.as_str())),
        };
        let kept = kept.iter().map(|Kept { path, reason }| KeptJson { path, reason }).collect();
        Self { id: *id, state, commits: *commits, objects: *objects, pages: *pages, kept, revision, problem }
    }
}

/// Takes a bundle in, and begins to import it. A few imports are at work at once, and more wait for their turn (`running`, with
/// nothing counted yet); whoever comes beyond that is told to come back (503 with `Retry-After`). Deleting the wiki ends it.
#[utoipa::path(
    post,
    path = "/v1/tenants/{tenant}/wikis/{wiki}/imports",
    tag = "wikis",
    operation_id = "startImport",
    params(
        ("branch" = Option<String>, Query, description = "The branch to take; where absent, the one that HEAD names."),
    ),
    request_body(content = Vec<u8>, content_type = "application/x-git-bundle"),
    responses(
        (status = 202, description = "The import has begun; `Location` tells how it goes", body = ImportJson<'static>),
    )
)]
pub(crate) async fn create(State(api): State<Api>, request: Request) -> Answer {
    let mut asked = api.admit(request, Operation::ImportStart).await?;
    if !is_of_type(&asked.parts.headers, BUNDLE) {
        return Err(Problem::unsupported(BUNDLE));
    }
    let branch = asked.query()?.read(|query| Some(query.text("branch")))?;
    let limit = api.portolan.options().import_bytes;
    if stated_length(&asked.parts.headers).is_some_and(|stated| stated > limit) {
        return Err(Problem::too_large("The bundle", limit));
    }
    let place = api.portolan.import_place(&asked.admitted)?;
    let file = receive(&api, std::mem::take(&mut asked.body), limit).await?;
    let bundle =
        file.keep().map_err(|error| Problem::internal(format!("keeping a received bundle: {error}")))?;
    let admitted = asked.admitted.clone();
    let written = api
        .write(asked.operation, |portolan| async move {
            portolan.start_import_in(place, &admitted, ImportSource { bundle, branch }).await
        })
        .await?;
    let id = written.value;
    let answer = ImportJson {
        id,
        state: "running",
        commits: 0,
        objects: 0,
        pages: 0,
        kept: Vec::new(),
        revision: None,
        problem: None,
    };
    let location = format!("{}/imports/{id}", asked.wiki_path());
    Ok(json(StatusCode::ACCEPTED, &answer)?.location(&location).replayed(written.replayed))
}

/// Tells how an import stands.
#[utoipa::path(
    get,
    path = "/v1/tenants/{tenant}/wikis/{wiki}/imports/{id}",
    tag = "wikis",
    operation_id = "readImport",
    responses(
        (status = 200, description = "How the import stands", body = ImportJson<'static>),
    )
)]
pub(crate) async fn get(State(api): State<Api>, request: Request) -> Answer {
    let mut asked = api.admit(request, Operation::ImportRead).await?;
    asked.no_query()?;
    let id: ImportId = asked.id_in_wiki("Import")?;
    let view = api.portolan.read_import(&asked.admitted, id).await?;
    ok(&ImportJson::from(&view))
}

/// Writes a bundle to a file, looking at its header as soon as that is there. The file is deleted when it is dropped.
async fn receive(api: &Api, mut body: Body, limit: u64) -> Result<TempPath, Problem> {
    let folder = api.options.temporary.clone();
    let made = tokio::task::spawn_blocking(move || NamedTempFile::with_prefix_in("import-", folder)).await;
    let (file, path) = made.map_err(|error| stored(&error))?.map_err(|error| stored(&error))?.into_parts();
    let mut file = tokio::fs::File::from_std(file);
    let mut header = Some(Vec::new());
    let mut received = 0;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Problem::malformed_at("", "the bundle ended before its end"))?;
        let Ok(data) = frame.into_data() else { continue };
        received += data.len() as u64;
        if received > limit {
            return Err(Problem::too_large("The bundle", limit));
        }
        if let Some(seen) = &mut header {
            let known = seen.len().saturating_sub(1);
            seen.extend_from_slice(&data);
            // Read as a whole when its end, an empty line, is there; its first line tells at once whether it is one at all.
            let ends = seen[known..].windows(2).any(|pair| pair == b"\n\n");
            if (known <= FIRST_LINE || ends || seen.len() >= MAX_HEADER) && is_whole(seen)? {
                header = None;
            }
        }
        file.write_all(&data).await.map_err(|error| stored(&error))?;
    }
    if header.is_some() {
        return Err(Problem::malformed_at("", BadBundle::Incomplete));
    }
    file.flush().await.map_err(|error| stored(&error))?;
    Ok(path)
}

/// Bytes within which a header shows whether it is one.
const FIRST_LINE: usize = 64;

/// Whether a header is there as a whole; refuses one that is no good.
fn is_whole(seen: &[u8]) -> Result<bool, Problem> {
    match Header::parse(seen) {
        Ok(_) => Ok(true),
        Err(BadBundle::Incomplete) if seen.len() < MAX_HEADER => Ok(false),
        Err(bad) => Err(Problem::malformed_at("", bad)),
    }
}

/// The disk does not take the bundle.
fn stored(error: &dyn std::error::Error) -> Problem {
    tracing::error!(%error, "a bundle could not be stored");
    Problem::unavailable(
        "There is no room for the bundle at the moment; try again later.",
        Duration::from_secs(30),
    )
}
