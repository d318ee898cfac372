//! What is answered where no route is: still nothing to whoever has no token, or asks for a tenant that is not his.

use axum::extract::{Request, State};
use axum::response::Response;
use portolan::core::access::Operation;

use crate::api::Api;
use crate::problem::Problem;

/// Paths that need no token.
const OPEN: [&str; 3] = ["/v1/health", "/v1/ready", "/v1/invites/redeem"];

/// An unknown path.
pub(crate) async fn not_found(State(api): State<Api>, request: Request) -> Result<Response, Problem> {
    let detail = Problem::not_found("Such a path was");
    admitted(&api, request).await?;
    Err(detail)
}

/// A known path with another method.
pub(crate) async fn method_not_allowed(
    State(api): State<Api>,
    request: Request,
) -> Result<Response, Problem> {
    admitted(&api, request).await?;
    Err(Problem::method_not_allowed())
}

async fn admitted(api: &Api, request: Request) -> Result<(), Problem> {
    let path = request.uri().path();
    if !path.starts_with("/v1/") || OPEN.contains(&path) {
        return Ok(());
    }
    let operation = if !path.starts_with("/v1/tenants/") {
        Operation::WhoAmI
    } else if path.split('/').nth(4) == Some("wikis") {
        Operation::WikiList
    } else {
        Operation::TenantRead
    };
    api.authorize(request, operation).await.map(|_| ())
}
