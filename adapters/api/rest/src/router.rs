//! All routes.

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::get;
use portolan::Portolan;

use crate::api::Api;
use crate::edge::edge;
use crate::{RestOptions, fallback, meta, pages, wikis};

/// The HTTP API of `portolan`.
pub fn router(portolan: Portolan, options: RestOptions) -> Router {
    const WIKIS: &str = "/v1/tenants/{tenant}/wikis";
    const WIKI: &str = "/v1/tenants/{tenant}/wikis/{wiki}";
    let api = Api::new(portolan, options);
    let page = || get(pages::get::get).put(pages::put::put).delete(pages::delete::delete);
    Router::new()
        .route("/v1/health", get(meta::health))
        .route("/v1/ready", get(meta::ready))
        .route("/problems/{slug}", get(meta::problem))
        .route("/metrics", get(meta::metrics))
        .route(WIKIS, get(wikis::list).post(wikis::create))
        .route(WIKI, get(wikis::get).delete(wikis::delete))
        .route(&format!("{WIKI}/pages"), get(pages::list::list))
        .route(&format!("{WIKI}/pages/"), page())
        .route(&format!("{WIKI}/pages/{{*path}}"), page())
        .route(&format!("{WIKI}/history/"), get(pages::history::history))
        .route(&format!("{WIKI}/history/{{*path}}"), get(pages::history::history))
        .route(&format!("{WIKI}/changes"), get(pages::history::changes))
        .fallback(fallback::not_found)
        .method_not_allowed_fallback(fallback::method_not_allowed)
        .layer(from_fn_with_state(api.clone(), edge))
        .with_state(api)
}
