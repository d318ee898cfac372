//! Wikis.

use axum::extract::{Request, State};
use http::StatusCode;
use jiff::Timestamp;
use portolan::core::access::Operation;
use portolan::core::git::Oid;
use portolan::core::tenancy::DisplayName;
use portolan::core::wiki::{Wiki, WikiSlug};
use portolan::{NewWiki, WikiView};
use serde::Serialize;
use utoipa::ToSchema;

use crate::answer::{self, Answer, ListJson, With as _, json, no_content, ok};
use crate::api::Api;
use crate::body::text;
use crate::openapi::{bodies, types};

/// A wiki.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Wiki)]
struct WikiJson {
    #[schema(value_type = types::WikiId)]
    id: WikiSlug,
    #[schema(value_type = String)]
    display_name: DisplayName,
    #[schema(value_type = Option<types::ObjectId>)]
    head: Option<Oid>,
    #[schema(value_type = types::Time)]
    created_at: Timestamp,
}

impl From<WikiView> for WikiJson {
    fn from(view: WikiView) -> Self {
        let WikiView { wiki, head } = view;
        let Wiki { id: _, slug, display_name, created_at, deleted_at: _ } = wiki;
        Self { id: slug, display_name, head, created_at }
    }
}

/// Makes an empty wiki.
#[utoipa::path(
    post,
    path = "/v1/tenants/{tenant}/wikis",
    tag = "wikis",
    operation_id = "createWiki",
    request_body(content = bodies::CreateWiki),
    responses(
        (status = 201, description = "The wiki", body = WikiJson),
    )
)]
pub(crate) async fn create(State(api): State<Api>, request: Request) -> Answer {
    let mut asked = api.admit(request, Operation::WikiCreate).await?;
    asked.expect_json()?;
    asked.no_query()?;
    let fields = asked.object(api.options.body_bytes).await?;
    let new = fields.read(|fields| {
        let slug = fields.required("id", text(str::parse::<WikiSlug>));
        let display_name = fields.optional("display_name", text(DisplayName::parse));
        Some(NewWiki { slug: slug?, display_name })
    })?;
    let admitted = asked.admitted.clone();
    let written = api
        .write(asked.operation, |portolan| async move { portolan.create_wiki(&admitted, new).await })
        .await?;
    let location = format!("{}/wikis/{}", asked.tenant_path(), written.value.wiki.slug);
    let response = json(StatusCode::CREATED, &WikiJson::from(written.value))?;
    Ok(response.location(&location).replayed(written.replayed))
}

/// Lists wikis by id.
#[utoipa::path(
    get,
    path = "/v1/tenants/{tenant}/wikis",
    tag = "wikis",
    operation_id = "listWikis",
    responses(
        (status = 200, description = "Wikis by id", body = ListJson<WikiJson>),
    )
)]
pub(crate) async fn list(State(api): State<Api>, request: Request) -> Answer {
    let mut asked = api.admit(request, Operation::WikiList).await?;
    let paging = asked.query()?.read(|query| Some(query.paging()))?;
    answer::list(api.portolan.list_wikis(&asked.admitted, &paging).await?, WikiJson::from)
}

/// Answers a wiki.
#[utoipa::path(
    get,
    path = "/v1/tenants/{tenant}/wikis/{wiki}",
    tag = "wikis",
    operation_id = "readWiki",
    responses(
        (status = 200, description = "The wiki", body = WikiJson),
    )
)]
pub(crate) async fn get(State(api): State<Api>, request: Request) -> Answer {
    let mut asked = api.admit(request, Operation::WikiRead).await?;
    asked.no_query()?;
    ok(&WikiJson::from(api.portolan.read_wiki(&asked.admitted).await?))
}

/// Deletes a wiki, softly.
#[utoipa::path(
    delete,
    path = "/v1/tenants/{tenant}/wikis/{wiki}",
    tag = "wikis",
    operation_id = "deleteWiki",
    responses(
        (status = 204, description = "It is deleted"),
    )
)]
pub(crate) async fn delete(State(api): State<Api>, request: Request) -> Answer {
    let mut asked = api.admit(request, Operation::WikiDelete).await?;
    asked.no_query()?;
    let admitted = asked.admitted;
    let written =
        api.write(asked.operation, |portolan| async move { portolan.delete_wiki(&admitted).await }).await?;
    Ok(no_content().replayed(written.replayed))
}

/// Brings back the wiki of this name that was deleted last, within 30 days of its deletion.
#[utoipa::path(
    post,
    path = "/v1/tenants/{tenant}/wikis/{wiki}/reinstate",
    tag = "wikis",
    operation_id = "reinstateWiki",
    responses(
        (status = 200, description = "The wiki, with all it had", body = WikiJson),
    )
)]
pub(crate) async fn reinstate(State(api): State<Api>, request: Request) -> Answer {
    let mut asked = api.admit(request, Operation::WikiReinstate).await?;
    asked.expect_json()?;
    asked.no_query()?;
    asked.object_or_nothing(api.options.body_bytes).await?.read(|_| Some(()))?;
    let admitted = asked.admitted;
    let written = api
        .write(asked.operation, |portolan| async move { portolan.reinstate_wiki(&admitted).await })
        .await?;
    Ok(ok(&WikiJson::from(written.value))?.replayed(written.replayed))
}
