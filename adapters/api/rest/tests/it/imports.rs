//! Imports and exports.

use axum::body::Body;
use bytes::Bytes;
use portolan::Options;
use serde_json::{Value, json};

use crate::support::{Reply, Server, WIKI, each, text};

const BUNDLE: &str = "application/x-git-bundle";
const OTHER: &str = "/v1/tenants/demo/wikis/other";

async fn bundle(server: &Server) -> Bytes {
    server.page("Home", "# Home\n").await;
    server.page("Guides/Start", "start").await;
    let reply = server.get(&format!("{WIKI}/export")).await.is(200);
    assert_eq!(reply.header("content-type"), BUNDLE);
    assert_eq!(reply.header("content-disposition"), "attachment; filename=\"notes.bundle\"");
    assert_eq!(reply.header("content-length"), reply.body.len().to_string());
    server.ask("POST", "/v1/tenants/demo/wikis").json(&json!({"id": "other"})).send().await.is(201);
    reply.body
}

async fn import(server: &Server, query: &str, body: impl Into<Body>) -> Reply {
    server
        .ask("POST", &format!("{OTHER}/imports{query}"))
        .header("content-type", BUNDLE)
        .body(body)
        .send()
        .await
}

/// The import when it has ended.
async fn ended(server: &Server, location: &str) -> Value {
    for _ in 0..100_000 {
        let view = server.get(location).await.is(200).json();
        if view["state"] != "running" {
            return view;
        }
        tokio::task::yield_now().await;
    }
    panic!("the import does not end");
}

fn files(server: &Server) -> usize {
    std::fs::read_dir(server.folder.path()).unwrap().count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_history_goes_out_and_comes_in_again() {
    let server = Server::new().await;
    let bundle = bundle(&server).await;
    let head = text(&server.get(WIKI).await.json()["head"]);
    let expected = format!("# v2 git bundle\n{head} HEAD\n{head} refs/heads/main\n\nPACK");
    assert!(bundle.starts_with(expected.as_bytes()));
    let pieces: Vec<Result<Bytes, std::io::Error>> =
        bundle.chunks(7).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
    let reply = import(&server, "", Body::from_stream(futures::stream::iter(pieces))).await.is(202);
    let view = reply.json();
    assert_eq!(reply.header("location"), format!("{OTHER}/imports/{}", text(&view["id"])));
    assert_eq!((&view["state"], &view["kept"]), (&json!("running"), &json!([])));
    let done = ended(&server, reply.header("location")).await;
    assert_eq!((&done["state"], &done["revision"]), (&json!("done"), &json!(head)), "{done}");
    assert_eq!((&done["commits"], &done["pages"]), (&json!(2), &json!(2)));
    assert!(done["objects"].as_u64().unwrap() >= 6 && done.get("problem").is_none());
    let pages = server.get(&format!("{OTHER}/pages")).await.json();
    assert_eq!(each(&pages, "path"), ["Guides/Start", "Home"]);
    assert_eq!(server.get(&format!("{OTHER}/export")).await.is(200).body, bundle);
    import(&server, "", bundle).await.problem(409, "not-empty");
    server.get(&format!("{OTHER}/imports/nonsense")).await.problem(404, "not-found");
    server.get(&format!("{WIKI}/imports/{}", text(&view["id"]))).await.problem(404, "not-found");
    assert_eq!(files(&server), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_import_is_started_once() {
    let server = Server::new().await;
    let bundle = bundle(&server).await;
    let ask = || {
        let ask = server.ask("POST", &format!("{OTHER}/imports")).key("k").header("content-type", BUNDLE);
        ask.body(bundle.clone()).send()
    };
    let (first, second) = (ask().await.is(202), ask().await.is(202));
    assert_eq!(first.body, second.body);
    assert_eq!(second.header("idempotency-replayed"), "true");
    assert_eq!(first.header("location"), second.header("location"));
    assert_eq!(ended(&server, first.header("location")).await["state"], "done");
    assert_eq!(files(&server), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bad_bundles_are_refused_and_leave_nothing() {
    let server = Server::new().await;
    let bundle = bundle(&server).await;
    let commit = "1".repeat(40);
    for bad in [
        "",
        "nonsense",
        "PACK",
        "# v2 git bundle\n",
        "# v2 git bundle\n\n",
        "# v2 git bundle\nnonsense\n\nPACK",
        &format!("# v2 git bundle\n-{commit} x\n{commit} HEAD\n\nPACK"),
        &format!("# v3 git bundle\n@object-format=sha256\n{commit} HEAD\n\nPACK"),
    ] {
        import(&server, "", bad.to_owned()).await.problem(400, "malformed");
    }
    // A bad header is told at once, although more would come.
    let endless = futures::stream::once(async { Ok::<_, std::io::Error>(Bytes::from_static(b"nonsense\n")) });
    let endless = Body::from_stream(futures::StreamExt::chain(endless, futures::stream::pending()));
    import(&server, "", endless).await.problem(400, "malformed");
    let reply = import(&server, "?branch=none", bundle.clone()).await;
    reply.problem(422, "invalid");
    assert_eq!(reply.pointers(), ["?branch"]);
    for kind in ["application/json", "application/octet-stream"] {
        let ask = server.ask("POST", &format!("{OTHER}/imports")).header("content-type", kind);
        ask.body(bundle.clone()).send().await.problem(415, "unsupported-media-type");
    }
    let ask = server.ask("POST", &format!("{OTHER}/imports"));
    ask.body(bundle.clone()).send().await.problem(415, "unsupported-media-type");
    let editor = server.member("editor").await;
    let ask = server.ask("POST", &format!("{OTHER}/imports")).token(&editor).header("content-type", BUNDLE);
    ask.body(bundle.clone()).send().await.problem(403, "forbidden");
    // A truncated pack is found out while it is taken in; nothing changes.
    let reply = import(&server, "", bundle.slice(..bundle.len() - 30)).await.is(202);
    let failed = ended(&server, reply.header("location")).await;
    assert_eq!(failed["state"], "failed");
    assert!(failed["problem"].is_string() && failed.get("revision").is_none());
    assert_eq!(server.get(OTHER).await.json()["head"], Value::Null);
    let reply = import(&server, "?branch=main", bundle).await.is(202);
    assert_eq!(ended(&server, reply.header("location")).await["state"], "done");
    assert_eq!(files(&server), 0);
}

#[tokio::test]
async fn bundles_have_their_own_limit() {
    let server = Server::with(Options { import_bytes: 100, ..Options::default() }, |options| options).await;
    let bundle = bundle(&server).await;
    assert!(bundle.len() > 100);
    import(&server, "", bundle.clone()).await.problem(413, "too-large");
    let pieces: Vec<Result<Bytes, std::io::Error>> = vec![Ok(bundle)];
    import(&server, "", Body::from_stream(futures::stream::iter(pieces))).await.problem(413, "too-large");
    assert_eq!(files(&server), 0);
}

#[tokio::test]
async fn an_empty_wiki_has_nothing_to_export() {
    let server = Server::new().await;
    server.get(&format!("{WIKI}/export")).await.problem(404, "not-found");
    assert_eq!(files(&server), 0);
}

/// A bundle that goes on coming in until it is dropped.
fn endless(begin: &Bytes) -> Body {
    let begin = futures::stream::iter([Ok::<_, std::io::Error>(begin.clone())]);
    Body::from_stream(futures::StreamExt::chain(begin, futures::stream::pending()))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn few_bundles_come_in_at_once_and_who_is_sent_away_is_told_when_to_come_back() {
    let options = Options { imports: 1, imports_waiting: 1, exports: 1, ..Options::default() };
    let server = std::sync::Arc::new(Server::with(options, |options| options).await);
    let bundle = bundle(&server).await;
    let uploads: Vec<_> = (0..2)
        .map(|_| {
            let (server, body) = (std::sync::Arc::clone(&server), endless(&bundle));
            tokio::spawn(async move { import(&server, "", body).await })
        })
        .collect();
    while files(&server) < 2 {
        tokio::task::yield_now().await;
    }
    let reply = import(&server, "", bundle.clone()).await;
    reply.problem(503, "unavailable");
    assert!(reply.header("retry-after").parse::<u64>().unwrap() >= 1);
    for upload in uploads {
        upload.abort();
        assert!(upload.await.unwrap_err().is_cancelled());
    }
    assert_eq!(files(&server), 0);
    let reply = import(&server, "", bundle).await.is(202);
    assert_eq!(ended(&server, reply.header("location")).await["state"], "done");
    let told = server.get("/v1/tenants/demo/audit?operation=wiki.import").await.json();
    assert_eq!(each(&told, "outcome"), ["done"], "an import that succeeds is told once: {told:#}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_export_s_turn_is_over_when_it_was_sent_or_its_reader_is_gone() {
    let options = Options { exports: 1, ..Options::default() };
    let server = Server::with(options, |options| options).await;
    bundle(&server).await;
    let path = format!("{WIKI}/export");
    for _ in 0..3 {
        server.get(&path).await.is(200);
        let request = http::Request::get(&path).header("authorization", format!("Bearer {}", server.owner));
        let request = request.body(Body::empty()).unwrap();
        let unread = tower::ServiceExt::oneshot(server.router.clone(), request).await.unwrap();
        assert_eq!(unread.status(), 200);
        drop(unread);
    }
}
