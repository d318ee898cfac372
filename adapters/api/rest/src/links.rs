//! What pages link to, and what links to them.

use axum::extract::{Request, State};
use portolan::core::access::Operation;
use portolan::core::git::Oid;
use portolan::core::wiki::path::Requested;
use portolan::ports::index::{BrokenLink, Graph, LinkFrom, LinkTo, PageName};
use portolan::{GraphPart, GraphView, LinksView};
use serde::Serialize;
use utoipa::ToSchema;

use crate::answer::{Answer, ListJson, list, ok};
use crate::api::Api;
use crate::openapi::types;
use crate::problem::Problem;

/// The most links between two pages of a graph.
const DEEPEST: u8 = 3;

/// A link on a page.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LinkTo)]
struct ToJson<'a> {
    /// The path that it names, of a page without `.md`; of a broken link the one that would be looked for first.
    path: &'a str,
    /// The text shown.
    text: &'a str,
    #[schema(value_type = types::LinkKind)]
    kind: &'static str,
    /// The line it begins on, from 1, front matter counted.
    line: u32,
    /// Whether there is such a page or file.
    exists: bool,
}

impl<'a> From<&'a LinkTo> for ToJson<'a> {
    fn from(link: &'a LinkTo) -> Self {
        let LinkTo { path, exists, kind, text, line } = link;
        Self { path, text, kind: kind.as_str(), line: *line, exists: exists.is_some() }
    }
}

/// A link to a page or file.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LinkFrom)]
struct FromJson<'a> {
    /// The page that it stands on.
    path: &'a str,
    /// The text shown.
    text: &'a str,
    /// The line it begins on, from 1, front matter counted.
    line: u32,
}

impl<'a> From<&'a LinkFrom> for FromJson<'a> {
    fn from(link: &'a LinkFrom) -> Self {
        let LinkFrom { path, text, line } = link;
        Self { path, text, line: *line }
    }
}

/// The links on and to a page or file.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Links)]
struct LinksJson<'a> {
    /// Those on it, in order: the first 10,000.
    links_to: Vec<ToJson<'a>>,
    /// Those to it, by page: of the first 1,000 pages, and 10,000 links.
    linked_from: Vec<FromJson<'a>>,
    /// There, and true, where more links lead to it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(value_type = Option<bool>)]
    cut: bool,
    #[schema(value_type = Option<types::ObjectId>)]
    head: Option<Oid>,
}

/// The links on and to a page, or to another file.
#[utoipa::path(
    get,
    path = "/v1/tenants/{tenant}/wikis/{wiki}/links/{path}",
    tag = "links",
    operation_id = "readLinks",
    responses(
        (status = 200, description = "The links, and the head they were found at", body = LinksJson<'static>),
    )
)]
pub(crate) async fn links(State(api): State<Api>, request: Request) -> Answer {
    let mut asked = api.admit(request, Operation::LinksRead).await?;
    asked.no_query()?;
    let path = asked.page_to_read()?;
    let LinksView { to, from, more, head } = api.portolan.page_links(&asked.admitted, &path).await?;
    ok(&LinksJson {
        links_to: to.iter().map(ToJson::from).collect(),
        linked_from: from.iter().map(FromJson::from).collect(),
        cut: more,
        head,
    })
}

/// A page by its name.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PageName)]
struct NameJson {
    #[schema(value_type = types::PagePath)]
    path: String,
    title: String,
}

impl From<PageName> for NameJson {
    fn from(page: PageName) -> Self {
        let PageName { path, title } = page;
        Self { path, title }
    }
}

/// One or more links from one page to another.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = GraphEdge)]
struct EdgeJson {
    #[schema(value_type = types::PagePath)]
    from: String,
    #[schema(value_type = types::PagePath)]
    to: String,
}

/// Pages, and the links between them.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Graph)]
struct GraphJson {
    /// The pages: at most 20,000, around a page 1,000.
    nodes: Vec<NameJson>,
    /// From which of them to which, each once: at most 100,000, around a page 20,000.
    edges: Vec<EdgeJson>,
    /// There, and true, where pages or links were left out.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(value_type = Option<bool>)]
    cut: bool,
    #[schema(value_type = Option<types::ObjectId>)]
    head: Option<Oid>,
}

/// Pages and the links between them: around one, or all.
#[utoipa::path(
    get,
    path = "/v1/tenants/{tenant}/wikis/{wiki}/graph",
    tag = "links",
    operation_id = "readGraph",
    params(
        ("around" = Option<types::PagePath>, Query, description = "The page to begin at. Either this or `all`."),
        ("depth" = Option<u8>, Query, minimum = 1, maximum = 3, description = "Over how many links from there, in either direction; 1 where nothing is said."),
        ("all" = Option<bool>, Query, description = "All pages; `true` or nothing."),
    ),
    responses(
        (status = 200, description = "The graph, and the head it was found at", body = GraphJson),
    )
)]
pub(crate) async fn graph(State(api): State<Api>, request: Request) -> Answer {
    let mut asked = api.admit(request, Operation::GraphRead).await?;
    let (around, depth, all) = asked.query()?.read(|query| {
        let around = query.parsed("around", Requested::parse);
        let depth = query.parsed("depth", |text| match text.parse() {
            Ok(depth @ 1..=DEEPEST) if text.len() == 1 => Ok(depth),
            _ => Err("a depth is 1, 2 or 3"),
        });
        let all = query.parsed("all", |text| match text {
            "" | "true" => Ok(()),
            _ => Err("`all` is `true`, or has no value"),
        });
        Some((around, depth, all))
    })?;
    let part = match (around, depth, all) {
        (Some(page), depth, None) => GraphPart::Around { page, depth: depth.unwrap_or(1) },
        (None, None, Some(())) => GraphPart::Whole,
        (None, Some(_), Some(())) => {
            return Err(Problem::malformed_at("?depth", "a depth is for `around`; leave it or `all` out"));
        }
        (Some(_), _, Some(())) => {
            return Err(Problem::malformed_at("?all", "there is `around` too; send one of the two"));
        }
        (None, _, None) => {
            return Err(Problem::malformed_at("?around", "say around which page, or send `all`"));
        }
    };
    let GraphView { graph: Graph { nodes, edges, cut }, head } =
        api.portolan.graph(&asked.admitted, &part).await?;
    ok(&GraphJson {
        nodes: nodes.into_iter().map(NameJson::from).collect(),
        edges: edges.into_iter().map(|(from, to)| EdgeJson { from, to }).collect(),
        cut,
        head,
    })
}

/// Pages that no other page links to, by path. A part of the list can be empty and have a next one.
#[utoipa::path(
    get,
    path = "/v1/tenants/{tenant}/wikis/{wiki}/orphans",
    tag = "links",
    operation_id = "listOrphans",
    responses(
        (status = 200, description = "Pages that no other page links to; redirect stubs are none", body = ListJson<NameJson>),
    )
)]
pub(crate) async fn orphans(State(api): State<Api>, request: Request) -> Answer {
    let mut asked = api.admit(request, Operation::OrphanList).await?;
    let paging = asked.query()?.read(|query| Some(query.paging()))?;
    list(api.portolan.orphans(&asked.admitted, &paging).await?, NameJson::from)
}

/// A link that leads nowhere.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BrokenLink)]
struct BrokenJson {
    /// The page that it stands on.
    #[schema(value_type = types::PagePath)]
    path: String,
    /// The path that it names.
    target: String,
    /// The line it begins on, from 1, front matter counted.
    line: u32,
}

impl From<BrokenLink> for BrokenJson {
    fn from(link: BrokenLink) -> Self {
        let BrokenLink { place, target, line } = link;
        Self { path: place.page, target, line }
    }
}

/// Links that lead nowhere, by page. A part of the list can be empty and have a next one.
#[utoipa::path(
    get,
    path = "/v1/tenants/{tenant}/wikis/{wiki}/broken-links",
    tag = "links",
    operation_id = "listBrokenLinks",
    responses(
        (status = 200, description = "Links that lead nowhere, by page, then in order", body = ListJson<BrokenJson>),
    )
)]
pub(crate) async fn broken(State(api): State<Api>, request: Request) -> Answer {
    let mut asked = api.admit(request, Operation::BrokenLinkList).await?;
    let paging = asked.query()?.read(|query| Some(query.paging()))?;
    list(api.portolan.broken_links(&asked.admitted, &paging).await?, BrokenJson::from)
}
