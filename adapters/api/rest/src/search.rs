//! Searching a wiki.

use axum::extract::{Request, State};
use portolan::core::access::Operation;
use portolan::core::git::Oid;
use portolan::core::search::Snippet;
use portolan::core::wiki::path::PathPrefix;
use portolan::{Error, Listed, Search, SearchItem, SearchList};
use serde::Serialize;
use utoipa::ToSchema;

use crate::answer::{Answer, ok};
use crate::api::Api;
use crate::openapi::types;

/// A page that was found.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SearchItem)]
struct ItemJson<'a> {
    #[schema(value_type = types::PagePath)]
    path: &'a str,
    title: &'a str,
    /// The path of the section that the snippet is from; absent where it is from none.
    #[serde(skip_serializing_if = "Option::is_none")]
    section: Option<&'a str>,
    /// The piece of the page where the most of the query stands, as plain text; `…` where it is cut.
    snippet: &'a str,
    /// What was found in the snippet: first and one after the last, counted in characters (Unicode scalar values).
    #[schema(value_type = Vec<Vec<usize>>)]
    matches: &'a [[usize; 2]],
    /// How well it fits: more is better; comparable within one search.
    score: f64,
    #[schema(value_type = types::ObjectId)]
    version: Oid,
}

impl<'a> From<&'a SearchItem> for ItemJson<'a> {
    fn from(item: &'a SearchItem) -> Self {
        let SearchItem { path, title, version, snippet, score } = item;
        let Snippet { text, matches, section } = snippet;
        Self {
            path: path.as_str(),
            title,
            section: section.as_deref(),
            snippet: text,
            matches,
            score: *score,
            version: *version,
        }
    }
}

/// Part of what was found.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SearchList)]
struct FoundJson<'a> {
    items: Vec<ItemJson<'a>>,
    next: Option<&'a str>,
    /// The newest revision whose pages are all found by the text they have there. While it is not `head`, pages changed
    /// since are found by what they said before.
    #[schema(value_type = Option<types::ObjectId>)]
    indexed_revision: Option<Oid>,
    #[schema(value_type = Option<types::ObjectId>)]
    head: Option<Oid>,
}

/// How to search.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Mode {
    /// By words.
    #[default]
    Text,
    /// By meaning, or by both.
    Meaning,
}

fn mode(text: &str) -> Result<Mode, &'static str> {
    match text {
        "text" => Ok(Mode::Text),
        "semantic" | "hybrid" => Ok(Mode::Meaning),
        _ => Err("a mode is text, semantic or hybrid"),
    }
}

/// Searches the pages of a wiki: the best first, one item a page.
///
/// Any text is a query. Each of its words must be found; `"…"` is a phrase, a `*` behind a word takes in all words that
/// begin so, a `-` before one excludes pages that have it. Case and accents make no difference. At most 1,000 characters
/// and 16 words or phrases of a query are looked at. Pages that redirect are not found.
#[utoipa::path(
    get,
    path = "/v1/tenants/{tenant}/wikis/{wiki}/search",
    tag = "search",
    operation_id = "searchPages",
    params(
        ("q" = String, Query, description = "What to look for. Where there is no word in it, nothing is found."),
        ("mode" = Option<types::SearchMode>, Query, description = "How: by words where nothing is said. The others need an embedder, and are refused without one."),
        ("prefix" = Option<String>, Query, description = "Only paths that begin so."),
        ("category" = Option<String>, Query, description = "Only pages with this `category` in their front matter, whatever its case."),
        ("tag" = Option<String>, Query, description = "Only pages with this among the `tags` in their front matter, whatever its case."),
    ),
    responses(
        (status = 200, description = "The pages found, and the revisions they were found at", body = FoundJson<'static>),
    )
)]
pub(crate) async fn search(State(api): State<Api>, request: Request) -> Answer {
    let mut asked = api.admit(request, Operation::SearchText).await?;
    let (search, mode, paging) = asked.query()?.read(|query| {
        let paging = query.paging();
        let q = query.required("q", "say what to look for");
        let mode = query.parsed("mode", mode).unwrap_or_default();
        let prefix = query.parsed("prefix", PathPrefix::parse).unwrap_or_default();
        let (category, tag) = (query.text("category"), query.text("tag"));
        Some((Search { query: q?, prefix, category, tag }, mode, paging))
    })?;
    if mode == Mode::Meaning {
        let why = "this server has no embedder, so that it searches by words alone; leave mode out";
        return Err(Error::invalid("?mode", why).into());
    }
    let SearchList { pages: Listed { items, next }, indexed, head } =
        api.portolan.search_text(&asked.admitted, &search, &paging).await?;
    ok(&FoundJson {
        items: items.iter().map(ItemJson::from).collect(),
        next: next.as_deref(),
        indexed_revision: indexed,
        head,
    })
}
