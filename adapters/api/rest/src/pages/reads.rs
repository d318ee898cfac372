//! Reading many pages at once.

use axum::extract::{Request, State};
use portolan::core::access::Operation;
use portolan::core::git::Oid;
use portolan::core::wiki::path::{PageKind, Requested};
use portolan::{Cut, Error, PageOfMany, PageReads, PagesRead};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::page_json::{PageJson, Shown, View};
use crate::answer::{Answer, ok};
use crate::api::Api;
use crate::body::{kind, text};
use crate::openapi::{bodies, types};
use crate::problem::Problem;
use crate::request_id::RequestId;

/// A page among those asked for.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReadItem)]
struct ItemJson<'a> {
    /// The path as it was asked for.
    #[schema(value_type = types::PagePath)]
    path: &'a str,
    /// The page.
    #[serde(skip_serializing_if = "Option::is_none")]
    page: Option<PageJson<'a>>,
    /// Why it cannot be read, as a problem of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<bodies::Problem>)]
    problem: Option<Value>,
    /// What the budget left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    cut: Option<CutJson>,
}

/// What is missing of a page's content.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Cut)]
struct CutJson {
    /// How many bytes.
    bytes_left: u64,
    /// The line where they begin: `lines=<next_line>-` reads on.
    next_line: usize,
}

impl From<Cut> for CutJson {
    fn from(cut: Cut) -> Self {
        let Cut { bytes_left, next_line } = cut;
        Self { bytes_left, next_line }
    }
}

/// Pages in the order asked.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PagesRead)]
struct ReadsJson<'a> {
    items: Vec<ItemJson<'a>>,
    #[schema(value_type = Option<types::ObjectId>)]
    head: Option<Oid>,
}

/// Reads up to 50 pages, all of one head, within a budget.
///
/// They come in the order asked. Redirect stubs come as they are. A page that does not fit into the budget any more is cut at
/// the end of a line, and those behind it come without content; `cut` says what is missing.
#[utoipa::path(
    post,
    path = "/v1/tenants/{tenant}/wikis/{wiki}/reads",
    tag = "pages",
    operation_id = "readPages",
    request_body(content = bodies::ReadPages),
    responses((status = 200, description = "The pages, or why they cannot be read", body = ReadsJson<'static>))
)]
pub(crate) async fn read(State(api): State<Api>, request: Request) -> Answer {
    let mut asked = api.admit(request, Operation::PageReads).await?;
    asked.expect_json()?;
    asked.no_query()?;
    let fields = asked.object(api.options.body_bytes).await?;
    let (paths, view, budget) = fields.read(|fields| {
        let paths = fields.required("paths", paths);
        let view = fields.optional("view", text(View::parse)).unwrap_or_default();
        let budget = fields.optional("budget_bytes", |value| {
            value.as_u64().ok_or_else(|| format!("must be a whole number of bytes, not {}", kind(&value)))
        });
        Some((paths?, view, budget.unwrap_or(PageReads::MOST_BYTES)))
    })?;
    let requested: Vec<Result<Requested<PageKind>, Problem>> = paths.iter().map(|path| page(path)).collect();
    // The headings of a page are not its content.
    let budget = if view == View::Outline { PageReads::MOST_BYTES } else { budget };
    let reads = PageReads { paths: requested.iter().flatten().cloned().collect(), budget };
    let PagesRead { pages, head } = api.portolan.read_pages(&asked.admitted, &reads).await?;
    let pages: Vec<Result<PageOfMany, Problem>> =
        pages.into_iter().map(|page| page.map_err(Problem::from)).collect();
    let mut texts = Vec::with_capacity(pages.len());
    for page in &pages {
        texts.push(match page {
            Ok(PageOfMany { page, whole: Some(whole), .. }) => {
                let whole = portolan::PageView { content: whole.clone(), ..page.clone() };
                let links = api.portolan.links_of(&asked.admitted, &whole).await?;
                Some((whole, links))
            }
            _ => None,
        });
    }
    let request_id = asked.parts.extensions.get::<RequestId>().map(|id| id.0.to_string()).unwrap_or_default();
    let problem = |problem: Problem| Some(problem.value(&request_id));
    let mut found = pages.iter().zip(texts);
    let mut items = Vec::with_capacity(paths.len());
    for (requested, path) in requested.iter().zip(&paths) {
        let mut item = ItemJson { path, page: None, problem: None, cut: None };
        match requested {
            Err(bad) => item.problem = problem(bad.clone()),
            Ok(_) => match found.next() {
                Some((Ok(PageOfMany { page, bytes, cut, .. }), known)) => {
                    let shown = match (&known, view) {
                        (Some((whole, _)), View::Outline) => {
                            let (outline, cut) = whole.outline();
                            Shown::Outline(outline, cut)
                        }
                        _ => Shown::Whole,
                    };
                    item.cut = cut.filter(|_| view == View::Full || known.is_none()).map(CutJson::from);
                    let whole = known.as_ref().map(|(whole, _)| whole.text().0);
                    let known = known.as_ref().zip(whole.as_deref());
                    let known = known.map(|((_, links), text)| (text, links.clone()));
                    item.page = Some(PageJson::new(page, shown, *bytes, known));
                }
                Some((Err(error), _)) => item.problem = problem(error.clone()),
                None => return Err(Problem::internal("a page that was asked for has no answer")),
            },
        }
        items.push(item);
    }
    ok(&ReadsJson { items, head })
}

/// The paths of a body.
fn paths(value: Value) -> Result<Vec<String>, String> {
    let Value::Array(values) = value else {
        return Err(format!("must be an array of paths, not {}", kind(&value)));
    };
    if values.is_empty() || values.len() > PageReads::MOST {
        return Err(format!("takes 1 to {} paths, not {}", PageReads::MOST, values.len()));
    }
    values
        .into_iter()
        .map(|value| match value {
            Value::String(path) => Ok(path),
            other => Err(format!("must hold texts, not {}", kind(&other))),
        })
        .collect()
}

/// A page that was asked for. A dot name finds nothing.
fn page(path: &str) -> Result<Requested<PageKind>, Problem> {
    Requested::parse(path)
        .map_err(|bad| if bad.is_dot_name() { Problem::not_found("Page") } else { Error::from(bad).into() })
}
