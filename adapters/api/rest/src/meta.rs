//! About the server itself: whether it lives, whether it can work, what its problems mean, and its metrics.

use std::time::Duration;

use axum::body::Body;
use axum::extract::{MatchedPath, Path, Request, State};
use axum::response::Response;
use axum::routing::get;
use axum::{Extension, Router};
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, Uri};
use serde_json::json;
use tower::ServiceExt as _;

use crate::answer::{Answer, ok};
use crate::api::Api;
use crate::problem::{Problem, problems};
use crate::query::Query;

/// Says that the process lives.
#[utoipa::path(
    get,
    path = "/v1/health",
    tag = "server",
    operation_id = "health",
    responses(
        (status = 200, description = "The process lives", body = Object),
    )
)]
pub(crate) async fn health(uri: Uri) -> Answer {
    Query::none(uri.query())?;
    ok(&json!({ "status": "ok" }))
}

/// Says whether requests can be served: the ledger answers.
#[utoipa::path(
    get,
    path = "/v1/ready",
    tag = "server",
    operation_id = "ready",
    responses(
        (status = 200, description = "Requests can be served", body = Object),
    )
)]
pub(crate) async fn ready(State(api): State<Api>, uri: Uri) -> Answer {
    Query::none(uri.query())?;
    if api.portolan.is_initialised().await? {
        ok(&json!({ "status": "ok" }))
    } else {
        let detail = "Nobody can sign in yet: the platform has to be made first.";
        Err(Problem::unavailable(detail, Duration::from_secs(5)))
    }
}

/// What a kind of problem means, for people.
#[utoipa::path(
    get,
    path = "/problems/{slug}",
    tag = "server",
    operation_id = "readProblem",
    responses(
        (status = 200, description = "What the kind of problem means", body = String, content_type = "text/plain"),
    )
)]
pub(crate) async fn problem(Path(slug): Path<String>, uri: Uri) -> Answer {
    Query::none(uri.query())?;
    let kind = problems()
        .iter()
        .find(|kind| kind.slug == slug)
        .ok_or_else(|| Problem::not_found("Kind of problem"))?;
    let text = format!("{} {}: {}\n\n{}\n", kind.status, kind.slug, kind.title, kind.about);
    let mut response = plain(text);
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=86400"));
    Ok(response)
}

/// Marks a request that came through [`metrics_only`].
#[derive(Debug, Clone, Copy)]
struct Scrape;

/// The metrics, for whoever comes by the way meant for that.
pub(crate) async fn metrics(State(api): State<Api>, request: Request) -> Answer {
    match &api.metrics {
        Some(metrics) if request.extensions().get::<Scrape>().is_some() => {
            let mut response = plain(metrics.text()?);
            let kind = HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");
            response.headers_mut().insert(CONTENT_TYPE, kind);
            Ok(response)
        }
        _ => Err(Problem::not_found("Such a path was")),
    }
}

/// A router with nothing but the metrics of `router`, at `/metrics`: to be served where only those who scrape them come.
/// `router` itself does not show them to anybody.
pub fn metrics_only(router: Router) -> Router {
    let scrape = |Extension(router): Extension<Router>, mut request: Request| async move {
        // What matched here is not part of the route there.
        request.extensions_mut().remove::<MatchedPath>();
        request.extensions_mut().insert(Scrape);
        router.oneshot(request).await
    };
    Router::new().route("/metrics", get(scrape)).layer(Extension(router))
}

fn plain(text: String) -> Response {
    let mut response = Response::new(Body::from(text));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response
}
