//! Around every request: its id, the limits, a panic's end, the problem's text, the log and the metrics.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use futures::FutureExt as _;
use http::{HeaderValue, Method, StatusCode};
use tracing::Instrument as _;

use crate::api::Api;
use crate::metrics::Route;
use crate::problem::Problem;
use crate::request_id::{self, RequestId, X_REQUEST_ID};
use crate::unread::Unread;

/// Takes a request through everything that all of them have in common.
pub(crate) async fn edge(State(api): State<Api>, mut request: Request, next: Next) -> Response {
    let start = Instant::now();
    let id = request_id::of(request.headers(), &api.options.request_ids);
    let method = request.method().clone();
    let route = Route::new(request.extensions().get::<MatchedPath>().cloned());
    let tenant = tenant(request.uri().path()).map(ToOwned::to_owned);
    let at_work = api.metrics.as_ref().map(crate::metrics::Metrics::begin);
    request.extensions_mut().insert(RequestId(Arc::clone(&id.0)));
    let span = tracing::info_span!("request", id = %id.0);
    let mut response = run(&api, route.as_str(), request, next).instrument(span).await;
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        if let Some(cause) = problem.cause() {
            tracing::error!(request_id = %id.0, status = problem.status().as_u16(), cause, "a request failed");
        }
        let headers = std::mem::take(response.headers_mut());
        response = problem.render(&id.0);
        for (name, value) in &headers {
            response.headers_mut().entry(name).or_insert_with(|| value.clone());
        }
    }
    if let Ok(value) = HeaderValue::from_str(&id.0) {
        response.headers_mut().insert(X_REQUEST_ID, value);
    }
    let time = start.elapsed();
    drop(at_work);
    log(&id.0, &method, route.as_str(), response.status(), time, tenant.as_deref());
    if let Some(metrics) = &api.metrics {
        metrics.answered(&method, route, response.status(), time);
    }
    response
}

/// One line a request. Reads that went well are most of them, and are in the audit and the metrics, too: they are told only to
/// whoever asks for `debug`.
fn log(id: &str, method: &Method, route: &str, status: StatusCode, time: Duration, tenant: Option<&str>) {
    let micros = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
    let status_code = status.as_u16();
    macro_rules! line {
        ($level:ident) => {
            tracing::$level!(request_id = %id, %method, route, status = status_code, micros, tenant, "request")
        };
    }
    let is_read = matches!(*method, Method::GET | Method::HEAD);
    if is_read && !status.is_client_error() && !status.is_server_error() { line!(debug) } else { line!(info) }
}

async fn run(api: &Api, route: &str, request: Request, next: Next) -> Response {
    let always = matches!(route, "/v1/health" | "/v1/ready" | "/metrics");
    let place = if always { None } else { Some(api.room.try_acquire()) };
    if let Some(Err(_)) = place {
        let detail = "Too many requests are at work; try again in a moment.";
        return Problem::unavailable(detail, Duration::from_secs(1)).into_response();
    }
    let transfer = route.ends_with("/imports") || route.ends_with("/export");
    let limit = if transfer { api.options.transfer_time } else { api.options.request_time };
    let work = AssertUnwindSafe(next.run(Unread::wrap(request))).catch_unwind();
    match tokio::time::timeout(limit, work).await {
        Ok(Ok(response)) => response,
        Ok(Err(panic)) => Problem::internal(format!("panic: {}", text(panic.as_ref()))).into_response(),
        Err(_) => Problem::unavailable(
            format!(
                "This took longer than {} s. A read can be repeated; a write goes on, and sending it again with the same Idempotency-Key tells how it ended.",
                limit.as_secs()
            ),
            Duration::from_secs(1),
        )
        .into_response(),
    }
}

fn text(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("of an unknown kind")
}

/// The tenant in a path, for the log: only what can be one.
fn tenant(path: &str) -> Option<&str> {
    let slug = path.strip_prefix("/v1/tenants/")?.split('/').next()?;
    let known = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    ((3..=32).contains(&slug.len()) && slug.bytes().all(known)).then_some(slug)
}
