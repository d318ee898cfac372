//! All routes.

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::get;
use portolan::Portolan;
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter};
use utoipa_axum::routes;

use crate::api::Api;
use crate::edge::edge;
use crate::openapi::description;
use crate::{
    RestOptions, audit, blame, diff, export, fallback, feed, files, imports, invites, links, members, meta,
    pages, search, tenants, tokens, whoami, wikis,
};

/// The HTTP API of `portolan`.
pub fn router(portolan: Portolan, options: RestOptions) -> Router {
    let api = Api::new(portolan, options);
    Router::from(routes())
        .route("/metrics", get(meta::metrics))
        .fallback(fallback::not_found)
        .method_not_allowed_fallback(fallback::method_not_allowed)
        .layer(from_fn_with_state(api.clone(), edge))
        .with_state(api)
}

/// All routes that are described.
pub(crate) fn routes() -> OpenApiRouter<Api> {
    let router = OpenApiRouter::with_openapi(description())
        .routes(routes!(meta::health))
        .routes(routes!(meta::ready))
        .routes(routes!(meta::problem))
        .routes(routes!(whoami::get))
        .routes(routes!(invites::redeem))
        .routes(routes!(tenants::list, tenants::create))
        .routes(routes!(tenants::get, tenants::update, tenants::delete))
        .routes(routes!(tenants::suspend))
        .routes(routes!(tenants::reinstate))
        .routes(routes!(invites::list, invites::create))
        .routes(routes!(invites::delete))
        .routes(routes!(members::list))
        .routes(routes!(members::update, members::delete))
        .routes(routes!(tokens::list, tokens::create))
        .routes(routes!(tokens::delete))
        .routes(routes!(audit::list))
        .routes(routes!(audit::verify))
        .routes(routes!(audit::export))
        .routes(routes!(wikis::list, wikis::create))
        .routes(routes!(wikis::get, wikis::delete))
        .routes(routes!(wikis::reinstate))
        .routes(routes!(pages::list::list))
        .routes(routes!(pages::rename::create))
        .routes(routes!(pages::revert::create))
        .routes(routes!(pages::reads::read))
        .routes(routes!(pages::history::changes))
        .routes(routes!(diff::get))
        .routes(routes!(feed::get))
        .routes(routes!(files::list::list))
        .routes(routes!(links::graph))
        .routes(routes!(links::orphans))
        .routes(routes!(links::broken))
        .routes(routes!(search::search))
        .routes(routes!(imports::create))
        .routes(routes!(imports::get))
        .routes(routes!(export::get));
    let page = routes!(pages::get::get, pages::put::put, pages::patch::patch, pages::delete::delete);
    let router = to_the_end(router, page);
    let file = routes!(files::get::get, files::write::put, files::write::delete);
    let router = to_the_end(router, file);
    let router = to_the_end(router, routes!(blame::get));
    let router = to_the_end(router, routes!(links::links));
    to_the_end(router, routes!(pages::history::history))
}

/// Adds routes whose last parameter takes in all that follows, also nothing: which of it is a path, the handler decides.
fn to_the_end(mut router: OpenApiRouter<Api>, methods: UtoipaMethodRouter<Api>) -> OpenApiRouter<Api> {
    let handlers = methods.2.clone();
    let described = OpenApiRouter::new().routes(methods).into_openapi();
    let starts: Vec<String> =
        described.paths.paths.keys().map(|path| path.trim_end_matches("{path}").to_owned()).collect();
    router.get_openapi_mut().merge(described);
    for start in starts {
        router = router.route(&format!("{start}{{*path}}"), handlers.clone()).route(&start, handlers.clone());
    }
    router
}
