//! The part "Common" of the contract.

use axum::body::Body;
use portolan::Options;
use serde_json::{Value, json};

use crate::support::{Server, WIKI, text};

#[tokio::test]
async fn without_a_valid_token_there_is_nothing_but_401() {
    let server = Server::new().await;
    for path in [
        "/v1/whoami",
        "/v1/tenants",
        "/v1/tenants/demo",
        "/v1/tenants/nobody/wikis/x/pages/y",
        "/v1/unknown",
        "/v1/tenants/X",
    ] {
        for method in ["GET", "POST", "PUT", "DELETE", "PATCH"] {
            let reply = server.ask(method, path).no_token().send().await;
            reply.problem(401, "unauthenticated");
            assert_eq!(reply.header("www-authenticate"), "Bearer", "{method} {path}");
        }
    }
    let almost = format!("{}a", &server.owner[..server.owner.len() - 1]);
    for sent in [
        "Bearer x",
        "bearer x",
        &format!("Bearer {almost}"),
        "Bearer ptl_",
        &format!("Bearer {} y", server.owner),
    ] {
        let reply = server.ask("GET", "/v1/whoami").no_token().header("authorization", sent).send().await;
        reply.problem(401, "unauthenticated");
        assert_eq!(reply.header("www-authenticate"), "Bearer error=\"invalid_token\"", "{sent}");
    }
    for sent in ["Basic abc", "Bearer", "Bearer ", ""] {
        let reply = server.ask("GET", "/v1/whoami").no_token().header("authorization", sent).send().await;
        reply.problem(401, "unauthenticated");
        assert_eq!(reply.header("www-authenticate"), "Bearer", "{sent:?}");
    }
    let twice = server.ask("GET", "/v1/whoami").header("authorization", "Bearer x").send().await;
    twice.problem(401, "unauthenticated");
    let lower = server.ask("GET", "/v1/whoami").no_token();
    lower.header("authorization", &format!("bEARER  {}", server.owner)).send().await.is(200);
}

#[tokio::test]
async fn health_and_readiness_need_no_token() {
    let server = Server::new().await;
    for path in ["/v1/health", "/v1/ready"] {
        assert_eq!(server.ask("GET", path).no_token().send().await.is(200).json()["status"], "ok");
        let reply = server.ask("POST", path).no_token().send().await;
        reply.problem(405, "method-not-allowed");
        assert_eq!(reply.header("allow"), "GET,HEAD");
    }
}

#[tokio::test]
async fn who_am_i() {
    let server = Server::new().await;
    let me = server.get("/v1/whoami").await.is(200).json();
    assert_eq!(me["principal"]["kind"], "member");
    assert!(text(&me["principal"]["id"]).starts_with("mem_"));
    assert_eq!((&me["tenant"], &me["role"]), (&json!("demo"), &json!("owner")));
    assert!(text(&me["token"]["id"]).starts_with("tok_"));
    assert!(me["scopes"].as_array().unwrap().contains(&json!("page:write")));
    let viewer = server.member("viewer").await;
    let me = server.ask("GET", "/v1/whoami").token(&viewer).send().await.json();
    assert!(!me["scopes"].as_array().unwrap().contains(&json!("page:write")));
    assert!(text(&me["token"]["expires_at"]).ends_with('Z'));
    let me = server.ask("GET", "/v1/whoami").token(&server.operator).send().await.json();
    assert_eq!((&me["principal"]["kind"], &me["tenant"]), (&json!("operator"), &json!("platform")));
}

#[tokio::test]
async fn the_order_of_checks() {
    let server = Server::new().await;
    let viewer = server.member("viewer").await;
    let ask = |method: &'static str, path: &str| server.ask(method, path).token(&viewer);
    // A foreign tenant comes before everything else that is wrong, also where no tenant can be.
    for tenant in ["platform", "nobody", "X", "%ff", "a%2fb"] {
        ask("PATCH", &format!("/v1/tenants/{tenant}?x=1")).send().await.problem(404, "not-found");
        ask("PUT", &format!("/v1/tenants/{tenant}/wikis/x/pages/a//b"))
            .send()
            .await
            .problem(404, "not-found");
        ask("GET", &format!("/v1/tenants/{tenant}/nonsense")).send().await.problem(404, "not-found");
        ask("POST", &format!("/v1/tenants/{tenant}/members")).send().await.problem(404, "not-found");
    }
    // 403 before the body's type, the query and the body.
    ask("PUT", &format!("{WIKI}/pages/a//b?x=1")).body("nonsense").send().await.problem(403, "forbidden");
    ask("POST", "/v1/tenants/demo/wikis").body("nonsense").send().await.problem(403, "forbidden");
    ask("GET", "/v1/tenants").send().await.problem(403, "forbidden");
    // Route and method.
    ask("GET", "/v1/tenants/demo/nonsense").send().await.problem(404, "not-found");
    let reply = ask("POST", "/v1/tenants/demo/members").send().await;
    reply.problem(405, "method-not-allowed");
    assert_eq!(reply.header("allow"), "GET,HEAD");
    // Type before query, query and body's form before its content, everything before what is there.
    let put = |path: &str| server.ask("PUT", &format!("{WIKI}/pages/{path}"));
    put("a//b?x=1")
        .header("content-type", "text/plain")
        .body("{")
        .send()
        .await
        .problem(415, "unsupported-media-type");
    put("a//b?x=1")
        .header("content-type", "application/json")
        .body("{}")
        .send()
        .await
        .problem(400, "malformed");
    put("a//b").header("content-type", "application/json").body("{").send().await.problem(400, "malformed");
    put("a//b").json(&json!({"content": "x"})).send().await.problem(422, "invalid");
    let other = "/v1/tenants/demo/wikis/other/pages/a";
    server.ask("PUT", other).json(&json!({"contents": "x"})).send().await.problem(422, "invalid");
    server.ask("PUT", other).json(&json!({"content": "x"})).send().await.problem(404, "not-found");
    server.ask("DELETE", &format!("{other}?x")).send().await.problem(400, "malformed");
}

#[tokio::test]
async fn unknown_members_and_parameters_are_refused_by_name() {
    let server = Server::new().await;
    let reply = server
        .ask("POST", "/v1/tenants/demo/wikis")
        .json(&json!({"id": "w", "colour": 1, "a/b~": 2}))
        .send()
        .await;
    reply.problem(422, "invalid");
    assert_eq!(reply.pointers(), ["/a~1b~0", "/colour"]);
    let reply = server.get("/v1/tenants/demo/wikis?colour=1&limit=0").await;
    reply.problem(400, "malformed");
    assert_eq!(reply.pointers(), ["?limit", "?colour"]);
    let reply = server
        .ask("POST", "/v1/tenants/demo/invites")
        .json(&json!({"email": 1, "role": "king"}))
        .send()
        .await;
    reply.problem(422, "invalid");
    assert_eq!(reply.pointers(), ["/email", "/role"]);
}

#[tokio::test]
async fn bad_bodies() {
    let server = Server::new().await;
    let deep = format!("{}1{}", "{\"content\":".repeat(10_000), "}".repeat(10_000));
    for (body, slug, status) in [
        ("", "malformed", 400),
        ("{", "malformed", 400),
        ("{\"content\":\"a\",\"content\":\"b\"}", "malformed", 400),
        ("{\"content\":\"\\ud800\"}", "malformed", 400),
        (deep.as_str(), "malformed", 400),
        ("[]", "invalid", 422),
        ("\"x\"", "invalid", 422),
        ("{}", "invalid", 422),
        ("{\"content\":null}", "invalid", 422),
        ("{\"content\":7}", "invalid", 422),
        ("{\"content\":\"a\\u0000b\"}", "invalid", 422),
    ] {
        let ask = server.ask("PUT", &format!("{WIKI}/pages/a")).header("content-type", "application/json");
        let shown: String = body.chars().take(40).collect();
        let reply = ask.body(body.to_owned()).send().await;
        assert!(reply.problem(status, slug)["errors"][0]["message"].is_string(), "{shown}");
    }
    let ask = server.ask("PUT", &format!("{WIKI}/pages/a")).header("content-type", "application/json");
    ask.body(b"{\"content\":\"\xff\"}".to_vec()).send().await.problem(400, "malformed");
    for kind in ["text/plain", "application/json; charset=latin1", "application/x-www-form-urlencoded"] {
        let ask = server.ask("PUT", &format!("{WIKI}/pages/a")).header("content-type", kind);
        ask.body("{\"content\":\"x\"}").send().await.problem(415, "unsupported-media-type");
    }
    let ask = server.ask("PUT", &format!("{WIKI}/pages/a"));
    ask.body("{\"content\":\"x\"}").send().await.problem(415, "unsupported-media-type");
    server.get(&format!("{WIKI}/pages/a")).await.problem(404, "not-found");
    let ask = server
        .ask("PUT", &format!("{WIKI}/pages/a"))
        .header("content-type", "Application/JSON; charset=UTF-8");
    ask.body("{\"content\":\"x\",\"message\":null}").send().await.is(201);
}

#[tokio::test]
async fn bodies_in_a_coding_are_not_taken() {
    let server = Server::new().await;
    let body = json!({"content": "x", "code": "x", "name": "x"});
    let pages = format!("{WIKI}/pages/a");
    let imports = format!("{WIKI}/imports");
    for (method, path) in [
        ("PUT", pages.as_str()),
        ("POST", "/v1/tenants/demo/tokens"),
        ("POST", "/v1/invites/redeem"),
        ("POST", &imports),
    ] {
        for coding in ["gzip", "identity, gzip", "br", "nonsense"] {
            let reply = server.ask(method, path).header("content-encoding", coding).json(&body).send().await;
            reply.problem(415, "unsupported-media-type");
            assert_eq!(reply.header("accept-encoding"), "identity", "{method} {path} {coding}");
        }
        let other = server.ask(method, path).header("content-type", "text/plain").body("x").send().await;
        other.problem(415, "unsupported-media-type");
        assert!(!other.has("accept-encoding"), "{method} {path}");
    }
    // Who may not, where nothing is, and what is not done this way: that comes first.
    let gzip =
        |method: &str, path: &str| server.ask(method, path).header("content-encoding", "gzip").json(&body);
    gzip("PUT", &pages).no_token().send().await.problem(401, "unauthenticated");
    gzip("POST", &pages).send().await.problem(405, "method-not-allowed");
    gzip("PUT", "/v1/tenants/acme/wikis/x/pages/a").send().await.problem(404, "not-found");
    server.get(&pages).await.problem(404, "not-found");
    let plain = server.ask("PUT", &pages).header("content-encoding", "Identity");
    plain.json(&json!({"content": "x"})).send().await.is(201);
    // Without a body there is nothing in a coding.
    server.ask("GET", &pages).header("content-encoding", "gzip").send().await.is(200);
}

#[tokio::test]
async fn bodies_are_limited_whatever_length_is_stated() {
    let server = Server::with(Options { page_bytes: 1000, ..Options::default() }, |options| options).await;
    let put = |path: &str| {
        server.ask("PUT", &format!("{WIKI}/pages/{path}")).header("content-type", "application/json")
    };
    let body = |bytes: usize| json!({"content": "x".repeat(bytes)}).to_string();
    put("a").body(body(1000)).send().await.is(201);
    put("b").body(body(1001)).send().await.problem(413, "too-large");
    put("b").body(body(200_000)).send().await.problem(413, "too-large");
    let escaped = format!("{{\"content\":\"{}\"}}", "\\u0041".repeat(1000));
    put("c").body(escaped).send().await.is(201);
    put("d").header("content-length", "99999999").body(body(10)).send().await.problem(413, "too-large");
    let pieces = (0..300).map(|_| Ok::<_, std::io::Error>("x".repeat(1000)));
    put("e").body(Body::from_stream(futures::stream::iter(pieces))).send().await.problem(413, "too-large");
    for name in ["b", "d", "e"] {
        server.get(&format!("{WIKI}/pages/{name}")).await.problem(404, "not-found");
    }
    let long = json!({"email": "a@b", "role": "x".repeat(300_000)});
    server.ask("POST", "/v1/tenants/demo/invites").json(&long).send().await.problem(413, "too-large");
}

#[tokio::test]
async fn a_body_that_breaks_off_is_malformed() {
    let server = Server::new().await;
    let pieces = [Ok("{\"content\":"), Err(std::io::Error::other("gone"))];
    let ask = server.ask("PUT", &format!("{WIKI}/pages/a")).header("content-type", "application/json");
    ask.body(Body::from_stream(futures::stream::iter(pieces))).send().await.problem(400, "malformed");
}

#[tokio::test]
async fn lists_come_in_parts() {
    let server = Server::new().await;
    for name in ["a", "b", "c", "d", "e"] {
        server.page(name, name).await;
    }
    let (mut found, mut after) = (Vec::new(), String::new());
    loop {
        let list = server.get(&format!("{WIKI}/pages?limit=2{after}")).await.is(200).json();
        found.extend(crate::support::each(&list, "path"));
        match &list["next"] {
            Value::Null => break,
            next => after = format!("&after={}", text(next)),
        }
    }
    assert_eq!(found, ["a", "b", "c", "d", "e"]);
    let list = server.get(&format!("{WIKI}/pages?limit=5")).await.is(200).json();
    assert_eq!(list["next"], Value::Null);
    let lists = [
        "/v1/tenants/demo/wikis",
        "/v1/tenants/demo/members",
        "/v1/tenants/demo/invites",
        "/v1/tenants/demo/tokens",
        "/v1/tenants/demo/audit",
        &format!("{WIKI}/pages"),
        &format!("{WIKI}/history/a"),
        &format!("{WIKI}/changes"),
        &format!("{WIKI}/orphans"),
        &format!("{WIKI}/broken-links"),
    ];
    for path in lists {
        assert!(server.get(path).await.is(200).json()["items"].is_array(), "{path}");
        server.get(&format!("{path}?limit=200")).await.is(200);
        for bad in ["0", "201", "-1", "x", "", "1.5"] {
            let reply = server.get(&format!("{path}?limit={bad}")).await;
            reply.problem(400, "malformed");
            assert_eq!(reply.pointers(), ["?limit"], "{path} {bad}");
        }
        for bad in ["", "x", "garbage", "bm90LWEtY3Vyc29y", "not-a-cursor", "%00", "MTIz"] {
            server.get(&format!("{path}?after={bad}")).await.problem(400, "bad-cursor");
        }
    }
}

#[tokio::test]
async fn head_is_answered_wherever_get_is() {
    let server = Server::new().await;
    server.page("a", "text").await;
    for path in [
        "/v1/health",
        "/v1/whoami",
        "/v1/tenants/demo",
        WIKI,
        &format!("{WIKI}/pages/a"),
        &format!("{WIKI}/pages"),
        "/problems/invalid",
    ] {
        let get = server.get(path).await.is(200);
        let head = server.ask("HEAD", path).send().await.is(200);
        assert!(head.body.is_empty());
        assert_eq!(head.header("content-length"), get.body.len().to_string(), "{path}");
        assert_eq!(head.header("content-type"), get.header("content-type"));
    }
    let head = server.ask("HEAD", &format!("{WIKI}/pages/none")).send().await.is(404);
    assert!(head.body.is_empty());
}

#[tokio::test]
async fn known_paths_name_their_methods() {
    let server = Server::new().await;
    for (path, allow) in [
        ("/v1/whoami", "GET,HEAD"),
        ("/v1/tenants", "GET,HEAD,POST"),
        ("/v1/tenants/demo", "GET,HEAD,DELETE,PATCH"),
        ("/v1/tenants/demo/suspend", "POST"),
        ("/v1/invites/redeem", "POST"),
        ("/v1/tenants/demo/members/mem_x", "PUT,DELETE"),
        (WIKI, "GET,HEAD,DELETE"),
        (&format!("{WIKI}/pages/a"), "GET,HEAD,PUT,PATCH,DELETE"),
        (&format!("{WIKI}/pages/"), "GET,HEAD,PUT,PATCH,DELETE"),
        (&format!("{WIKI}/renames"), "POST"),
        (&format!("{WIKI}/reverts"), "POST"),
        (&format!("{WIKI}/imports"), "POST"),
        (&format!("{WIKI}/export"), "GET,HEAD"),
    ] {
        let reply = server.ask("OPTIONS", path).send().await;
        reply.problem(405, "method-not-allowed");
        let sorted = |text: &str| {
            let mut words: Vec<String> = text.split(',').map(ToOwned::to_owned).collect();
            words.sort();
            words
        };
        assert_eq!(sorted(reply.header("allow")), sorted(allow), "{path}");
    }
    server.ask("GET", "/nothing/here").no_token().send().await.problem(404, "not-found");
    server.get("/v1/nothing").await.problem(404, "not-found");
    server.get(&format!("{WIKI}/")).await.problem(404, "not-found");
    server.get("/metrics").await.problem(404, "not-found");
}

#[tokio::test]
async fn every_answer_carries_the_request_s_id() {
    let server = Server::new().await;
    for good in ["a", "A-b_c.9", &"x".repeat(128)] {
        let reply = server.ask("GET", "/v1/whoami").header("x-request-id", good).send().await;
        assert_eq!(reply.header("x-request-id"), good);
    }
    for bad in ["", "a b", "a/b", &"x".repeat(129), "\"", "a,b"] {
        let reply = server.ask("GET", "/v1/nothing").header("x-request-id", bad).send().await;
        let id = reply.header("x-request-id");
        assert!(id != bad && (1..=128).contains(&id.len()), "{bad}");
        reply.problem(404, "not-found");
    }
    let first = server.get("/v1/health").await;
    let second = server.get("/v1/health").await;
    assert_ne!(first.header("x-request-id"), second.header("x-request-id"));
}

#[tokio::test]
async fn problems_have_pages() {
    let server = Server::new().await;
    for kind in portolan_api_rest::problems() {
        let reply = server.ask("GET", &format!("/problems/{}", kind.slug)).no_token().send().await.is(200);
        let text = String::from_utf8(reply.body.to_vec()).unwrap();
        assert!(text.contains(kind.about) && text.contains(kind.slug));
    }
    server.ask("GET", "/problems/none").no_token().send().await.problem(404, "not-found");
}

#[tokio::test]
async fn a_missing_platform_is_not_ready() {
    use std::sync::Arc;
    use tower::ServiceExt as _;
    let portolan = portolan::Portolan::builder(
        Arc::new(portolan_memory::MemoryLedger::new()),
        Arc::new(portolan_memory::MemoryObjects::new()),
        Arc::new(portolan_memory::MemoryIndex::new()),
        Arc::new(portolan_memory::ManualClock::new()),
        Arc::new(portolan_memory::SequentialIds::new()),
    )
    .build();
    let router = portolan_api_rest::router(portolan, portolan_api_rest::RestOptions::default());
    let ask = |path: &str| router.clone().oneshot(http::Request::get(path).body(Body::empty()).unwrap());
    assert_eq!(ask("/v1/health").await.unwrap().status(), 200);
    let reply = ask("/v1/ready").await.unwrap();
    assert_eq!(reply.status(), 503);
    assert!(reply.headers().contains_key("retry-after"));
}
