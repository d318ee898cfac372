//! The newest changes of a wiki as an Atom feed (RFC 4287).

mod xml;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderValue, StatusCode};
use jiff::Timestamp;
use portolan::core::access::Operation;
use portolan::core::wiki::path::{FilePath, PagePath, PathPrefix};
use portolan::{Commit, CommitPath, Feed, PathKindName, What};

use crate::answer::Answer;
use crate::api::Api;
use crate::conditions;
use xml::Xml;

const ATOM: &str = "application/atom+xml";

/// Paths named in an entry.
const PATHS: usize = 50;

/// Answers the newest 50 changes of a wiki as an Atom feed.
#[utoipa::path(
    get,
    path = "/v1/tenants/{tenant}/wikis/{wiki}/feed.atom",
    tag = "history",
    operation_id = "readFeed",
    params(
        ("prefix" = Option<String>, Query, description = "Only what begins so."),
        ("If-None-Match" = Option<String>, Header, description = "Entity tags that the reader has.", example = "\"8ab686eafeb1f44702738c8b0f24f2567c36da6d\""),
    ),
    responses(
        (status = 200, description = "The newest changes, newest first", body = String, content_type = "application/atom+xml", headers(("ETag" = String, description = "The head, in quotes."))),
        (status = 304, description = "The head is one that `If-None-Match` names"),
    )
)]
pub(crate) async fn get(State(api): State<Api>, request: Request) -> Answer {
    let mut asked = api.admit(request, Operation::FeedRead).await?;
    let prefix =
        asked.query()?.read(|query| Some(query.parsed("prefix", PathPrefix::parse).unwrap_or_default()))?;
    let feed = api.portolan.wiki_feed(&asked.admitted, &prefix).await?;
    let tag = feed.head.map_or_else(|| "empty".to_owned(), |head| head.to_string());
    let mut response = if conditions::is_known(&asked.parts.headers, &tag) {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        response
    } else {
        let mut response = Response::new(Body::from(atom(&feed, &asked.wiki_path(), &prefix)));
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(ATOM));
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        response
    };
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    if let Ok(tag) = HeaderValue::from_str(&format!("\"{tag}\"")) {
        headers.insert(ETAG, tag);
    }
    Ok(response)
}

/// The feed as text. Links are paths on this server; ids are tag URIs (RFC 4151), the same for as long as the wiki exists.
fn atom(feed: &Feed, base: &str, prefix: &PathPrefix) -> String {
    let Feed { wiki, head: _, commits } = feed;
    let id = format!("tag:portolan.invalid,2026:{}", wiki.id);
    let own_id =
        if prefix.as_str().is_empty() { id.clone() } else { format!("{id}:{}", percent(prefix.as_str())) };
    let own = if prefix.as_str().is_empty() {
        format!("{base}/feed.atom")
    } else {
        format!("{base}/feed.atom?prefix={}", percent(prefix.as_str()))
    };
    let updated = commits.iter().map(|commit| commit.time).max().unwrap_or(wiki.created_at);
    let mut xml = Xml::new();
    xml.open("feed", &[("xmlns", "http://www.w3.org/2005/Atom")]);
    xml.element("id", &own_id);
    xml.element("title", wiki.display_name.as_str());
    xml.element("updated", &time(updated));
    xml.element("generator", "Portolan");
    xml.empty("link", &[("rel", "self"), ("type", ATOM), ("href", &own)]);
    for commit in commits {
        entry(&mut xml, commit, &id, base);
    }
    xml.close("feed");
    xml.finish()
}

fn entry(xml: &mut Xml, commit: &Commit, id: &str, base: &str) {
    let Commit { revision, parents: _, author, message, time: at, paths } = commit;
    let title = message.lines().find(|line| !line.trim().is_empty()).unwrap_or("");
    let title = if title.is_empty() { revision.to_string() } else { title.trim().to_owned() };
    xml.open("entry", &[]);
    xml.element("id", &format!("{id}:{revision}"));
    xml.element("title", &title);
    xml.element("updated", &time(*at));
    xml.open("author", &[]);
    xml.element("name", if author.name.trim().is_empty() { "unknown" } else { &author.name });
    if let Some(email) = author.email.as_deref().filter(|email| email.contains('@')) {
        xml.element("email", email);
    }
    xml.close("author");
    let pages: Vec<String> = paths.iter().take(PATHS).filter_map(|path| link(path, base)).collect();
    let diff = format!("{base}/diff?to={revision}");
    let (first, others) = match pages.split_first() {
        Some((first, others)) => (first, others),
        None => (&diff, &[][..]),
    };
    xml.empty("link", &[("rel", "alternate"), ("href", first)]);
    for other in others {
        xml.empty("link", &[("rel", "related"), ("href", other)]);
    }
    let mut content = format!("{}\n\n", message.trim_end());
    for CommitPath { path, what, .. } in paths.iter().take(PATHS) {
        content.extend([what.as_str(), ": ", path, "\n"]);
    }
    if paths.len() > PATHS {
        content.extend(["and ", &(paths.len() - PATHS).to_string(), " more\n"]);
    }
    xml.text_element("content", &[("type", "text")], &content);
    xml.close("entry");
}

/// Where a page or file that a commit left behind is found.
fn link(path: &CommitPath, base: &str) -> Option<String> {
    let CommitPath { path, kind, what, .. } = path;
    if *what == What::Deleted {
        return None;
    }
    match kind {
        PathKindName::Page => {
            let page = PagePath::from_git(format!("{path}.md").as_bytes())?;
            Some(format!("{base}/pages/{}", page.to_url()))
        }
        PathKindName::File => {
            let file = FilePath::from_git(path.as_bytes())?;
            Some(format!("{base}/files/{}", file.to_url()))
        }
    }
}

/// A time as RFC 3339 can write it: years of four digits.
fn time(at: Timestamp) -> String {
    let first = "0001-01-01T00:00:00Z".parse().unwrap_or(Timestamp::UNIX_EPOCH);
    at.clamp(first, "9999-12-30T00:00:00Z".parse().unwrap_or(Timestamp::UNIX_EPOCH)).to_string()
}

fn percent(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}
