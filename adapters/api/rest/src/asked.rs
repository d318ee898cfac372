//! Admission: what every handler begins with. Whoever may not do a thing learns nothing else about his request.

use std::borrow::Cow;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::Request;
use http::header::AUTHORIZATION;
use http::request::Parts;
use http::{HeaderMap, HeaderName, Method};
use percent_encoding::percent_decode_str;
use portolan::core::access::{Access, Operation};
use portolan::core::idempotency::Key;
use portolan::core::token::BearerToken;
use portolan::core::wiki::path::{BadPath, FileKind, PageKind, Requested};
use portolan::{Admitted, Call, Error, Place};

use crate::api::Api;
use crate::body::expect_plain;
use crate::problem::Problem;
use crate::query::Query;
use crate::request_id::RequestId;

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// Where in a path the wiki, or the id of something else in the tenant, stands: `/v1/tenants/{3}/wikis/{5}`.
const WITHIN: usize = 5;
/// Where what is asked of a wiki stands: `/v1/tenants/{3}/wikis/{5}/pages/{7}`.
const OF_WIKI: usize = 7;

/// A request that was admitted.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) admitted: Admitted,
    pub(crate) parts: Parts,
    pub(crate) body: Body,
    pub(crate) operation: Operation,
    /// What is wrong with the idempotency key, to be told after what comes before it.
    key: Option<Problem>,
}

impl Api {
    /// Admits `request` to `operation`, in the tenant and wiki its path names; then refuses a body in any coding.
    pub(crate) async fn admit(&self, request: Request, operation: Operation) -> Result<Asked, Problem> {
        let asked = self.authorize(request, operation).await?;
        expect_plain(&asked.parts.headers, &asked.body)?;
        Ok(asked)
    }

    /// As [`Self::admit`], whatever the body is.
    pub(crate) async fn authorize(&self, request: Request, operation: Operation) -> Result<Asked, Problem> {
        let (parts, body) = request.into_parts();
        let bearer = Arc::new(bearer(&parts.headers)?);
        let (call, key) = call(&parts)?;
        let admitted = match place(parts.uri.path()) {
            Some(place) => self.portolan.admit(bearer, operation, place, call).await?,
            None => {
                // No tenant can have this name. That is told to whoever has a valid token, whatever else he may do.
                match self.portolan.admit(bearer, Operation::WhoAmI, Place::default(), call).await {
                    Ok(_) | Err(Error::TenantSuspended | Error::Forbidden(_)) => {
                        return Err(Problem::not_found("Tenant"));
                    }
                    Err(error) => return Err(error.into()),
                }
            }
        };
        // What changes nothing needs no key, also where it has a body.
        let key = key.filter(|_| operation.rule().access == Access::Write);
        Ok(Asked { admitted, parts, body, operation, key })
    }
}

impl Asked {
    /// Segment `index` of the raw path.
    fn segment(&self, index: usize) -> &str {
        self.parts.uri.path().split('/').nth(index).unwrap_or("")
    }

    /// The raw path from segment `index` on.
    fn rest(&self, index: usize) -> &str {
        self.parts.uri.path().splitn(index + 1, '/').nth(index).unwrap_or("")
    }

    /// The query, after what is wrong with the headers that every request may have.
    pub(crate) fn query(&mut self) -> Result<Query, Problem> {
        match self.key.take() {
            Some(bad) => Err(bad),
            None => Query::parse(self.parts.uri.query()),
        }
    }

    /// Refuses any query parameter.
    pub(crate) fn no_query(&mut self) -> Result<(), Problem> {
        self.query()?.read(|_| Some(()))
    }

    /// The id of something in the tenant. A text that is no id names nothing.
    pub(crate) fn id<T: std::str::FromStr>(&self, what: &str) -> Result<T, Problem> {
        decoded(self.segment(WITHIN)).parse().map_err(|_| Problem::not_found(what))
    }

    /// The id of something in the wiki.
    pub(crate) fn id_in_wiki<T: std::str::FromStr>(&self, what: &str) -> Result<T, Problem> {
        decoded(self.segment(OF_WIKI)).parse().map_err(|_| Problem::not_found(what))
    }

    /// The page to be read. A dot name finds nothing; any other bad path is refused.
    pub(crate) fn page_to_read(&self) -> Result<Requested<PageKind>, Problem> {
        Requested::from_url(self.rest(OF_WIKI)).map_err(|bad: BadPath| {
            if bad.is_dot_name() { Problem::not_found("Page") } else { Error::from(bad).into() }
        })
    }

    /// The page to be written.
    pub(crate) fn page_to_write(&self) -> Result<Requested<PageKind>, Problem> {
        Ok(Requested::from_url(self.rest(OF_WIKI)).map_err(Error::from)?)
    }

    /// The file to be read. A dot name finds nothing; any other bad path is refused.
    pub(crate) fn file_to_read(&self) -> Result<Requested<FileKind>, Problem> {
        Requested::from_url(self.rest(OF_WIKI)).map_err(|bad: BadPath| {
            if bad.is_dot_name() { Problem::not_found("File") } else { Error::from(bad).into() }
        })
    }

    /// The file to be written.
    pub(crate) fn file_to_write(&self) -> Result<Requested<FileKind>, Problem> {
        Ok(Requested::from_url(self.rest(OF_WIKI)).map_err(Error::from)?)
    }

    /// The path of the tenant as it was asked for.
    pub(crate) fn tenant_path(&self) -> String {
        format!("/v1/tenants/{}", self.admitted.tenant().slug)
    }

    /// The path of the wiki as it was asked for.
    pub(crate) fn wiki_path(&self) -> String {
        format!("{}/wikis/{}", self.tenant_path(), self.wiki_name())
    }

    /// The wiki's name as it was asked for.
    pub(crate) fn wiki_name(&self) -> Cow<'_, str> {
        decoded(self.segment(WITHIN))
    }
}

/// The call that a request makes, and what is wrong with its key. Requests that change nothing have no key.
pub(crate) fn call(parts: &Parts) -> Result<(Call, Option<Problem>), Problem> {
    let id =
        parts.extensions.get::<RequestId>().ok_or_else(|| Problem::internal("a request without an id"))?;
    let call = Call::new(Arc::clone(&id.0));
    if matches!(parts.method, Method::GET | Method::HEAD) {
        return Ok((call, None));
    }
    let mut keys = parts.headers.get_all(IDEMPOTENCY_KEY).iter();
    let bad = |why: &str| {
        let problem = Problem::malformed_at(
            "",
            format!("{why}; leave the header Idempotency-Key out, or send one such key"),
        );
        Some(problem)
    };
    Ok(match (keys.next(), keys.next()) {
        (None, _) => (call, None),
        (Some(key), None) => match Key::parse(key.as_bytes()) {
            Ok(key) => (call.with_key(key), None),
            Err(why) => (call, bad(&why.to_string())),
        },
        (Some(_), Some(_)) => (call, bad("there is more than one Idempotency-Key")),
    })
}

/// The token that a request shows (RFC 6750 §2.1).
fn bearer(headers: &HeaderMap) -> Result<BearerToken, Problem> {
    let mut sent = headers.get_all(AUTHORIZATION).iter();
    let (Some(value), None) = (sent.next(), sent.next()) else {
        return Err(Problem::unauthenticated(headers.contains_key(AUTHORIZATION)));
    };
    let token = value.to_str().ok().and_then(|text| {
        let (scheme, token) = text.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
    });
    match token {
        None | Some("") => Err(Problem::unauthenticated(value.as_bytes().get(..7).is_some_and(|scheme| {
            scheme.eq_ignore_ascii_case(b"bearer ") && value.as_bytes()[7..].iter().any(|byte| *byte != b' ')
        }))),
        Some(token) => BearerToken::parse(token).map_err(|_| Problem::unauthenticated(true)),
    }
}

/// Where a path leads; none where it names a tenant that cannot be. A wiki that cannot be is simply not found.
fn place(path: &str) -> Option<Place> {
    let mut segments = path.split('/').skip(2);
    if segments.next() != Some("tenants") {
        return Some(Place::default());
    }
    let Some(tenant) = segments.next() else { return Some(Place::default()) };
    let tenant = Some(decoded(tenant).parse().ok()?);
    let wiki = match (segments.next(), segments.next()) {
        (Some("wikis"), Some(wiki)) => decoded(wiki).parse().ok(),
        _ => None,
    };
    Some(Place { tenant, wiki })
}

/// A segment decoded; bytes that are no UTF-8 become something that names nothing.
fn decoded(segment: &str) -> Cow<'_, str> {
    if segment.contains('%') {
        percent_decode_str(segment).decode_utf8_lossy()
    } else {
        Cow::Borrowed(segment)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_names_its_place() {
        let place = |path| {
            place(path).map(|Place { tenant, wiki }| {
                (tenant.map(|tenant| tenant.to_string()), wiki.map(|wiki| wiki.to_string()))
            })
        };
        let text = |text: &str| Some(text.to_owned());
        for (path, expected) in [
            ("/v1/whoami", Some((None, None))),
            ("/v1/tenants", Some((None, None))),
            ("/v1/tenants/demo", Some((text("demo"), None))),
            ("/v1/tenants/%64emo/wikis/notes/pages/a", Some((text("demo"), text("notes")))),
            ("/v1/tenants/demo/members/notes", Some((text("demo"), None))),
            ("/v1/tenants/demo/wikis/NOTES", Some((text("demo"), None))),
            ("/v1/tenants/Demo", None),
            ("/v1/tenants/%ff%ff%ff", None),
            ("/v1/tenants/", None),
        ] {
            assert_eq!(place(path), expected, "{path}");
        }
    }
}
