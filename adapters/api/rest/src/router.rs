//! All routes.

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post, put};
use portolan::Portolan;

use crate::api::Api;
use crate::edge::edge;
use crate::{
    RestOptions, audit, export, fallback, imports, invites, members, meta, pages, tenants, tokens, whoami, wikis,
};

/// The HTTP API of `portolan`.
pub fn router(portolan: Portolan, options: RestOptions) -> Router {
    const TENANT: &str = "/v1/tenants/{tenant}";
    const WIKIS: &str = "/v1/tenants/{tenant}/wikis";
    const WIKI: &str = "/v1/tenants/{tenant}/wikis/{wiki}";
    let api = Api::new(portolan, options);
    let page = || get(pages::get::get).put(pages::put::put).delete(pages::delete::delete);
    Router::new()
        .route("/v1/health", get(meta::health))
        .route("/v1/ready", get(meta::ready))
        .route("/problems/{slug}", get(meta::problem))
        .route("/metrics", get(meta::metrics))
        .route("/v1/whoami", get(whoami::get))
        .route("/v1/invites/redeem", post(invites::redeem))
        .route("/v1/tenants", get(tenants::list).post(tenants::create))
        .route(TENANT, get(tenants::get).patch(tenants::update).delete(tenants::delete))
        .route(&format!("{TENANT}/suspend"), post(tenants::suspend))
        .route(&format!("{TENANT}/reinstate"), post(tenants::reinstate))
        .route(&format!("{TENANT}/invites"), get(invites::list).post(invites::create))
        .route(&format!("{TENANT}/invites/{{id}}"), axum::routing::delete(invites::delete))
        .route(&format!("{TENANT}/members"), get(members::list))
        .route(&format!("{TENANT}/members/{{id}}"), put(members::update).delete(members::delete))
        .route(&format!("{TENANT}/tokens"), get(tokens::list).post(tokens::create))
        .route(&format!("{TENANT}/tokens/{{id}}"), axum::routing::delete(tokens::delete))
        .route(&format!("{TENANT}/audit"), get(audit::list))
        .route(&format!("{TENANT}/audit/verify"), get(audit::verify))
        .route(&format!("{TENANT}/audit/export"), get(audit::export))
        .route(WIKIS, get(wikis::list).post(wikis::create))
        .route(WIKI, get(wikis::get).delete(wikis::delete))
        .route(&format!("{WIKI}/pages"), get(pages::list::list))
        .route(&format!("{WIKI}/pages/"), page())
        .route(&format!("{WIKI}/pages/{{*path}}"), page())
        .route(&format!("{WIKI}/history/"), get(pages::history::history))
        .route(&format!("{WIKI}/history/{{*path}}"), get(pages::history::history))
        .route(&format!("{WIKI}/changes"), get(pages::history::changes))
        .route(&format!("{WIKI}/imports"), post(imports::create))
        .route(&format!("{WIKI}/imports/{{id}}"), get(imports::get))
        .route(&format!("{WIKI}/export"), get(export::get))
        .fallback(fallback::not_found)
        .method_not_allowed_fallback(fallback::method_not_allowed)
        .layer(from_fn_with_state(api.clone(), edge))
        .with_state(api)
}
