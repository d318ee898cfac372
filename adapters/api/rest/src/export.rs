//! Exporting a wiki with its whole history.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use bytes::{Bytes, BytesMut};
use futures::stream::{self, Stream, StreamExt as _};
use http::HeaderValue;
use http::header::{CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE};
use portolan::core::access::Operation;
use portolan::{ExportTurn, Exported};
use tempfile::TempDir;
use tokio::fs::File;
use tokio::io::AsyncReadExt as _;

use crate::answer::Answer;
use crate::api::Api;
use crate::imports::BUNDLE;
use crate::problem::Problem;

/// Answers a bundle that `git clone` takes. A few are made and sent at once; whoever comes beyond that waits a little, and
/// then is told to come back (503 with `Retry-After`).
#[utoipa::path(
    get,
    path = "/v1/tenants/{tenant}/wikis/{wiki}/export",
    tag = "wikis",
    operation_id = "exportWiki",
    responses(
        (status = 200, description = "A git bundle of the whole history", body = Vec<u8>, content_type = "application/x-git-bundle"),
    )
)]
pub(crate) async fn get(State(api): State<Api>, request: Request) -> Answer {
    let mut asked = api.admit(request, Operation::WikiExport).await?;
    asked.no_query()?;
    let name = format!("attachment; filename=\"{}.bundle\"", asked.wiki_name());
    let at = api.options.temporary.clone();
    let folder = tokio::task::spawn_blocking(move || TempDir::with_prefix_in("export-", at)).await;
    let folder = folder.map_err(|error| unreadable(&error))?.map_err(|error| unreadable(&error))?;
    let exported = api.portolan.export_wiki(&asked.admitted, folder.path().join("pack")).await?;
    let Exported { header, pack, pack_bytes, head: _, turn } = exported;
    let file = File::open(pack).await.map_err(|error| unreadable(&error))?;
    let length = header.len() as u64 + pack_bytes;
    let first = stream::once(async { Ok(Bytes::from(header)) });
    let mut response = Response::new(Body::from_stream(first.chain(pieces(file, (folder, turn)))));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(BUNDLE));
    headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
    if let Ok(name) = HeaderValue::from_str(&name) {
        headers.insert(CONTENT_DISPOSITION, name);
    }
    Ok(response)
}

/// Bytes read at once.
const PIECE: usize = 64 << 10;

/// The file, piece by piece; its folder is deleted, and its turn over, when the last was sent, or nobody wants them any more.
fn pieces(file: File, kept: (TempDir, ExportTurn)) -> impl Stream<Item = std::io::Result<Bytes>> {
    stream::unfold(Some((file, kept)), |open| async move {
        let (mut file, kept) = open?;
        let mut piece = BytesMut::with_capacity(PIECE);
        match file.read_buf(&mut piece).await {
            Ok(0) => None,
            Ok(_) => Some((Ok(piece.freeze()), Some((file, kept)))),
            Err(error) => Some((Err(error), None)),
        }
    })
}

fn unreadable(error: &dyn std::error::Error) -> Problem {
    Problem::internal(format!("the file of an export: {error}"))
}
