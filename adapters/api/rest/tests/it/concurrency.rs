//! Limits on what is at work, panics, metrics, and writers side by side.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::body::Body;
use portolan::Options;
use portolan_api_rest::metrics_only;
use serde_json::json;
use tower::ServiceExt as _;

use crate::support::{Server, WIKI, text};

/// A clock that breaks when it is told to.
#[derive(Debug, Default)]
struct BrokenClock(AtomicBool);

impl portolan::ports::Clock for BrokenClock {
    fn now(&self) -> jiff::Timestamp {
        assert!(!self.0.load(Ordering::Relaxed), "the spring is broken");
        jiff::Timestamp::UNIX_EPOCH
    }
}

#[tokio::test]
async fn a_panic_is_a_problem_of_one_request() {
    let clock = Arc::new(BrokenClock::default());
    let portolan = portolan::Portolan::builder(
        Arc::new(portolan_memory::MemoryLedger::new()),
        Arc::new(portolan_memory::MemoryObjects::new()),
        Arc::new(portolan_memory::MemoryIndex::new()),
        clock.clone(),
        Arc::new(portolan_memory::SequentialIds::new()),
    )
    .build();
    let token = secrecy::ExposeSecret::expose_secret(&portolan.demo().await.unwrap().owner_token).to_owned();
    let router = portolan_api_rest::router(portolan, portolan_api_rest::RestOptions::default());
    let ask = || {
        let request = http::Request::get("/v1/whoami").header("authorization", format!("Bearer {token}"));
        router.clone().oneshot(request.body(Body::empty()).unwrap())
    };
    clock.0.store(true, Ordering::Relaxed);
    let reply = ask().await.unwrap();
    assert_eq!(
        (reply.status().as_u16(), &reply.headers()["content-type"]),
        (500, &"application/problem+json".parse().unwrap())
    );
    assert!(reply.headers().contains_key("x-request-id"));
    let body = http_body_util::BodyExt::collect(reply.into_body()).await.unwrap().to_bytes();
    assert!(!String::from_utf8_lossy(&body).contains("spring"));
    clock.0.store(false, Ordering::Relaxed);
    assert_eq!(ask().await.unwrap().status(), 200);
}

/// A body of which nothing more comes.
fn stuck() -> Body {
    Body::from_stream(futures::stream::pending::<Result<bytes::Bytes, std::io::Error>>())
}

#[tokio::test]
async fn more_requests_than_allowed_are_refused_at_once() {
    let server = Server::with(Options::default(), |mut options| {
        options.requests = 1;
        options
    })
    .await;
    let waiting = server
        .ask("PUT", &format!("{WIKI}/pages/a"))
        .header("content-type", "application/json")
        .body(stuck());
    let mut waiting = Box::pin(waiting.send());
    assert!(futures::poll!(&mut waiting).is_pending());
    let reply = server.get("/v1/whoami").await;
    reply.problem(503, "unavailable");
    assert_eq!(reply.header("retry-after"), "1");
    server.get("/v1/health").await.is(200);
    drop(waiting);
    server.get("/v1/whoami").await.is(200);
}

#[tokio::test(start_paused = true)]
async fn a_request_has_only_so_much_time() {
    let server = Server::with(Options::default(), |mut options| {
        options.request_time = Duration::from_secs(5);
        options
    })
    .await;
    let ask = server
        .ask("PUT", &format!("{WIKI}/pages/a"))
        .header("content-type", "application/json")
        .body(stuck());
    let reply = ask.send().await;
    reply.problem(503, "unavailable");
    assert!(reply.has("retry-after"));
}

#[tokio::test]
async fn metrics_are_for_those_who_scrape_them() {
    let server = Server::with(Options::default(), |mut options| {
        options.metrics = true;
        options
    })
    .await;
    server.page("a", "x").await;
    server.get("/v1/tenants/demo/wikis/secret-name/pages/other-name").await.is(404);
    server.get("/metrics").await.problem(404, "not-found");
    let scraped = metrics_only(server.router.clone());
    let ask = |path: &str| scraped.clone().oneshot(http::Request::get(path).body(Body::empty()).unwrap());
    assert_eq!(ask("/v1/health").await.unwrap().status(), 404);
    let reply = ask("/metrics").await.unwrap();
    assert_eq!(reply.status(), 200);
    let body = http_body_util::BodyExt::collect(reply.into_body()).await.unwrap().to_bytes();
    let body = String::from_utf8(body.to_vec()).unwrap();
    for line in [
        "portolan_http_requests_total{method=\"PUT\",route=\"/v1/tenants/{tenant}/wikis/{wiki}/pages/{*path}\",status=\"201\"} 1",
        "portolan_http_requests_total{method=\"GET\",route=\"/v1/tenants/{tenant}/wikis/{wiki}/pages/{*path}\",status=\"404\"} 1",
        "portolan_http_request_duration_seconds_count{method=\"PUT\"",
        "portolan_http_requests_at_work 1",
        "portolan_http_requests_total{method=\"GET\",route=\"/metrics\",status=\"404\"} 1",
        "portolan_writes_total{operation=\"page.write\",replayed=\"false\"} 1",
    ] {
        assert!(body.contains(line), "{line} is not in\n{body}");
    }
    assert!(!body.contains("secret-name"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_writers_lose_nothing() {
    let server = Arc::new(Server::new().await);
    let writers: Vec<_> = (0..16)
        .map(|writer| {
            let server = Arc::clone(&server);
            tokio::spawn(async move {
                let mut base: Option<String> = None;
                for round in 0..8 {
                    let path = format!("{WIKI}/pages/writer-{writer}");
                    let ask = server.ask("PUT", &path).key(&format!("{writer} {round}"));
                    let ask = match &base {
                        Some(base) => ask.header("if-match", base),
                        None => ask.header("if-none-match", "*"),
                    };
                    let reply = ask.json(&json!({"content": format!("{writer} {round}")})).send().await;
                    assert!(reply.status.is_success(), "{reply:?}");
                    base = Some(reply.header("etag").to_owned());
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    let changes = server.get(&format!("{WIKI}/changes?limit=200")).await.json();
    assert_eq!(changes["items"].as_array().unwrap().len(), 128);
    for writer in 0..16 {
        let page = server.get(&format!("{WIKI}/pages/writer-{writer}")).await.json();
        assert_eq!(text(&page["content"]), format!("{writer} 7"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_goes_away_cancels_no_write() {
    let server = Server::new().await;
    for attempt in 0..50 {
        let ask = server.ask("PUT", &format!("{WIKI}/pages/p{attempt}")).key(&format!("{attempt}"));
        let mut sending = Box::pin(ask.json(&json!({"content": "x"})).send());
        for _ in 0..=attempt % 5 {
            if futures::poll!(&mut sending).is_ready() {
                break;
            }
        }
        drop(sending);
        // Sent again, it is there once, whether the first try did it or not.
        let ask = server.ask("PUT", &format!("{WIKI}/pages/p{attempt}")).key(&format!("{attempt}"));
        ask.json(&json!({"content": "x"})).send().await.is(201);
    }
    let changes = server.get(&format!("{WIKI}/changes?limit=200")).await.json();
    assert_eq!(changes["items"].as_array().unwrap().len(), 50);
}
