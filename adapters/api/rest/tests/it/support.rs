//! A router to ask, and a short way to ask it.

use std::sync::Arc;

use axum::body::Body;
use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt as _;
use portolan::ports::Ledger;
use portolan::{Options, Portolan};
use portolan_api_rest::{RestOptions, Router, router};
use portolan_memory::{ManualClock, MemoryIndex, MemoryLedger, MemoryObjects, SequentialIds};
use secrecy::ExposeSecret as _;
use serde_json::Value;
use tower::ServiceExt as _;

/// The base path of the demonstration's wiki.
pub(crate) const WIKI: &str = "/v1/tenants/demo/wikis/notes";

/// A server with the demonstration's tenant and wiki, on memory.
pub(crate) struct Server {
    pub(crate) router: Router,
    pub(crate) portolan: Portolan,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) owner: String,
    pub(crate) operator: String,
    pub(crate) folder: tempfile::TempDir,
}

impl Server {
    pub(crate) async fn new() -> Self {
        Self::with(Options::default(), |options| options).await
    }

    pub(crate) async fn with(options: Options, rest: impl FnOnce(RestOptions) -> RestOptions) -> Self {
        Self::on(Arc::new(MemoryLedger::new()), options, rest).await
    }

    pub(crate) async fn on(
        ledger: Arc<dyn Ledger>,
        options: Options,
        rest: impl FnOnce(RestOptions) -> RestOptions,
    ) -> Self {
        let clock = Arc::new(ManualClock::new());
        let portolan = Portolan::builder(
            ledger,
            Arc::new(MemoryObjects::new()),
            Arc::new(MemoryIndex::new()),
            clock.clone(),
            Arc::new(SequentialIds::new()),
        )
        .options(options)
        .build();
        let setup = portolan.demo().await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let options = rest(RestOptions { temporary: folder.path().into(), ..RestOptions::default() });
        Self {
            router: router(portolan.clone(), options),
            portolan,
            clock,
            owner: setup.owner_token.expose_secret().to_owned(),
            operator: setup.operator_token.expose_secret().to_owned(),
            folder,
        }
    }

    /// Asks as the demonstration's owner.
    pub(crate) fn ask(&self, method: &str, path: &str) -> Ask<'_> {
        Ask { server: self, request: Request::builder().method(method).uri(path), body: Body::empty() }
            .token(&self.owner)
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.ask("GET", path).send().await
    }

    /// Writes a page of the demonstration's wiki, which must be absent.
    pub(crate) async fn page(&self, path: &str, content: &str) -> Reply {
        let reply = self
            .ask("PUT", &format!("{WIKI}/pages/{path}"))
            .json(&serde_json::json!({ "content": content }))
            .send()
            .await;
        assert_eq!(reply.status, 201, "{path}: {:?}", reply.body);
        reply
    }

    /// A new member of the demonstration's tenant, and his token.
    pub(crate) async fn member(&self, role: &str) -> String {
        self.member_named(role, &format!("{role}@demo.invalid")).await.1
    }

    /// A new member with this address: his id and his token.
    pub(crate) async fn member_named(&self, role: &str, email: &str) -> (String, String) {
        let invite = self
            .ask("POST", "/v1/tenants/demo/invites")
            .json(&serde_json::json!({ "email": email, "role": role }))
            .send()
            .await
            .is(201);
        self.redeem(invite.json()["code"].as_str().unwrap()).await
    }

    /// A member made by an invite code: his id and his token.
    pub(crate) async fn redeem(&self, code: &str) -> (String, String) {
        let reply = self
            .ask("POST", "/v1/invites/redeem")
            .no_token()
            .json(&serde_json::json!({ "code": code, "name": "Somebody" }))
            .send()
            .await
            .is(201)
            .json();
        (text(&reply["member"]["id"]), text(&reply["token"]["secret"]))
    }

    /// A new tenant, and its owner's token.
    pub(crate) async fn tenant(&self, id: &str) -> String {
        let reply = self
            .ask("POST", "/v1/tenants")
            .token(&self.operator)
            .json(&serde_json::json!({ "id": id, "display_name": id, "owner_email": "owner@x.invalid" }))
            .send()
            .await
            .is(201)
            .json();
        self.redeem(reply["owner_invite"]["code"].as_str().unwrap()).await.1
    }
}

/// A request being made.
pub(crate) struct Ask<'a> {
    server: &'a Server,
    request: http::request::Builder,
    body: Body,
}

impl Ask<'_> {
    pub(crate) fn token(self, token: &str) -> Self {
        self.no_token().header("authorization", &format!("Bearer {token}"))
    }

    pub(crate) fn no_token(mut self) -> Self {
        self.request.headers_mut().unwrap().remove("authorization");
        self
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.request = self.request.header(name, value);
        self
    }

    pub(crate) fn key(self, key: &str) -> Self {
        self.header("idempotency-key", key)
    }

    pub(crate) fn json(self, body: &Value) -> Self {
        self.header("content-type", "application/json").body(body.to_string())
    }

    pub(crate) fn body(mut self, body: impl Into<Body>) -> Self {
        self.body = body.into();
        self
    }

    pub(crate) async fn send(self) -> Reply {
        let request = self.request.body(self.body).unwrap();
        let response = self.server.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        Reply { status: parts.status, headers: parts.headers, body }
    }
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Reply {
    /// The same, which must have this status.
    #[track_caller]
    pub(crate) fn is(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}", String::from_utf8_lossy(&self.body));
        self
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        assert_eq!(self.header("content-type"), "application/json");
        serde_json::from_slice(&self.body).unwrap()
    }

    /// The problem, which must be complete and of this kind.
    #[track_caller]
    pub(crate) fn problem(&self, status: u16, slug: &str) -> Value {
        let text = String::from_utf8_lossy(&self.body);
        assert_eq!(self.status.as_u16(), status, "{text}");
        assert_eq!(self.header("content-type"), "application/problem+json");
        let problem: Value = serde_json::from_slice(&self.body).unwrap();
        assert_eq!(problem["type"], format!("/problems/{slug}"), "{text}");
        assert_eq!(problem["status"], status);
        assert_eq!(problem["instance"], self.header("x-request-id"));
        for member in ["title", "detail"] {
            assert!(problem[member].as_str().is_some_and(|text| !text.is_empty()), "{member}: {text}");
        }
        problem
    }

    /// The pointers of a problem's errors.
    #[track_caller]
    pub(crate) fn pointers(&self) -> Vec<String> {
        let problem: Value = serde_json::from_slice(&self.body).unwrap();
        let errors = problem["errors"].as_array().unwrap_or_else(|| panic!("no errors in {problem}"));
        errors.iter().map(|error| text(&error["pointer"])).collect()
    }

    #[track_caller]
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).unwrap_or_else(|| panic!("no header {name}")).to_str().unwrap()
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.headers.contains_key(name)
    }
}

#[track_caller]
pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}

/// A member of each item of a list.
#[track_caller]
pub(crate) fn each(list: &Value, member: &str) -> Vec<String> {
    list["items"].as_array().unwrap().iter().map(|item| text(&item[member])).collect()
}
