//! Files that are no pages.

use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use portolan::Options;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::support::{Ask, Server, WIKI, each, text};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n0123456789";

fn put<'a>(server: &'a Server, path: &str, content: &'static [u8]) -> Ask<'a> {
    server.ask("PUT", &format!("{WIKI}/files/{path}")).body(content)
}

#[tokio::test]
async fn a_file_goes_in_and_comes_out() {
    let server = Server::new().await;
    let reply = put(&server, "img/Gr%C3%B6%C3%9Fe%201.png?message=A%20picture", PNG)
        .header("content-type", "text/html")
        .header("if-none-match", "*")
        .send()
        .await
        .is(201);
    let made = reply.json();
    assert_eq!(
        made,
        json!({
            "path": "img/Größe 1.png", "version": made["version"], "revision": made["revision"], "changed": true,
            "bytes": PNG.len(), "content_type": "image/png", "head": made["revision"],
        })
    );
    let url = reply.header("location").to_owned();
    assert_eq!(url, format!("{WIKI}/files/img/Gr%C3%B6%C3%9Fe%201.png"));
    let tag = reply.header("etag").to_owned();
    assert_eq!(tag, format!("\"{}\"", text(&made["version"])));
    let file = server.get(&url).await.is(200);
    assert_eq!(&file.body[..], PNG);
    for (header, value) in [
        ("content-type", "image/png"),
        ("etag", &*tag),
        ("x-content-type-options", "nosniff"),
        ("content-security-policy", "default-src 'none'; sandbox"),
        ("content-disposition", "inline; filename*=UTF-8''Gr%C3%B6%C3%9Fe%201.png"),
        ("accept-ranges", "bytes"),
    ] {
        assert_eq!(file.header(header), value);
    }
    let known = server.ask("GET", &url).header("if-none-match", &tag).send().await.is(304);
    assert!(known.body.is_empty() && known.header("etag") == tag);
    server.ask("GET", &url).header("if-none-match", "\"x\"").send().await.is(200);
    let head = server.ask("HEAD", &url).send().await.is(200);
    assert!(head.body.is_empty() && head.header("content-type") == "image/png");

    // The same again changes nothing; something else does.
    let same = server.ask("PUT", &url).header("if-match", &tag).body(PNG).send().await.is(200).json();
    assert_eq!((&same["changed"], &same["revision"]), (&json!(false), &made["revision"]));
    let other = [PNG, b"more"].concat();
    let changed = server.ask("PUT", &url).header("if-match", &tag).body(other).send().await.is(200).json();
    assert_eq!((&changed["changed"], &changed["bytes"]), (&json!(true), &json!(PNG.len() + 4)));
    let before = server.get(&format!("{url}?revision={}", text(&made["revision"]))).await.is(200);
    assert_eq!(&before.body[..], PNG);
    let history = server.get(&url.replace("/files/", "/history/")).await.is(200).json();
    assert_eq!(each(&history, "kind"), ["file", "file"]);
    assert_eq!(each(&history, "change"), ["modified", "added"]);
    assert_eq!(history["items"][1]["message"], "A picture");
    let gone = server.ask("DELETE", &url).header("if-match", &format!("\"{}\"", text(&changed["version"])));
    let gone = gone.send().await.is(200).json();
    assert_eq!(gone["head"], gone["revision"]);
    let problem = server.get(&url).await.problem(404, "not-found");
    assert_eq!(problem["deleted_in"], gone["revision"]);
}

#[tokio::test]
async fn files_are_listed_by_path() {
    let server = Server::new().await;
    let empty = server.get(&format!("{WIKI}/files")).await.is(200).json();
    assert_eq!(empty, json!({"items": [], "next": null, "head": null}));
    server.page("page", "no file").await;
    for path in ["b/x.txt", "a.svg", "b/y.bin"] {
        put(&server, path, b"x").send().await.is(201);
    }
    let list = server.get(&format!("{WIKI}/files")).await.is(200).json();
    assert_eq!(each(&list, "path"), ["a.svg", "b/x.txt", "b/y.bin"]);
    assert_eq!(
        each(&list, "content_type"),
        ["image/svg+xml", "text/plain; charset=utf-8", "application/octet-stream"]
    );
    assert_eq!(list["items"][0]["bytes"], 1);
    assert_eq!(list["head"], list["items"][2]["revision"]);
    let part = server.get(&format!("{WIKI}/files?prefix=b/&limit=1")).await.is(200).json();
    assert_eq!(each(&part, "path"), ["b/x.txt"]);
    let next = format!("{WIKI}/files?prefix=b/&limit=1&after={}", text(&part["next"]));
    let rest = server.get(&next).await.is(200).json();
    assert_eq!((each(&rest, "path"), &rest["next"]), (vec!["b/y.bin".to_owned()], &Value::Null));
    let pages = server.get(&format!("{WIKI}/pages?limit=1&after={}", text(&part["next"]))).await;
    pages.problem(400, "bad-cursor");
    server.get(&format!("{WIKI}/files?limit=0")).await.problem(400, "malformed");
    server.get(&format!("{WIKI}/files?kind=x")).await.problem(400, "malformed");
}

#[tokio::test]
async fn conditions_are_those_of_pages() {
    let server = Server::new().await;
    let made = put(&server, "a.txt", b"one").send().await.is(201);
    let tag = made.header("etag").to_owned();
    let problem = put(&server, "a.txt", b"two").send().await.problem(428, "base-required");
    assert_eq!(problem["version"], made.json()["version"]);
    put(&server, "a.txt", b"two").header("if-none-match", "*").send().await.problem(412, "page-exists");
    put(&server, "a.txt", b"two").header("if-match", "\"x\"").send().await.problem(412, "stale-base");
    put(&server, "a.txt", b"two")
        .header("if-match", &format!("W/{tag}"))
        .send()
        .await
        .problem(412, "stale-base");
    put(&server, "a.txt", b"two").header("if-match", "*").send().await.problem(400, "malformed");
    put(&server, "a.txt", b"two").header("if-none-match", &tag).send().await.problem(400, "malformed");
    put(&server, "none.txt", b"x").header("if-match", &tag).send().await.problem(412, "stale-base");
    let revision = format!("\"{}\"", text(&made.json()["revision"]));
    put(&server, "a.txt", b"two").header("if-match", &revision).send().await.is(200);
    let delete = |path: &str| server.ask("DELETE", &format!("{WIKI}/files/{path}"));
    delete("a.txt").send().await.problem(428, "base-required");
    delete("a.txt").header("if-match", &tag).send().await.problem(412, "stale-base");
    delete("a.txt").header("if-none-match", "*").send().await.problem(400, "malformed");
    delete("none.txt").send().await.problem(404, "not-found");
    delete("a.txt?base=x").send().await.problem(400, "malformed");
    delete("a.txt?message=Portolan-Agent:%20x").send().await.problem(422, "invalid");
    // Keys make repeating harmless.
    let first = put(&server, "k.txt", b"x").key("one").send().await.is(201);
    let again = put(&server, "k.txt", b"x").key("one").send().await.is(201);
    assert_eq!((again.header("idempotency-replayed"), &again.body), ("true", &first.body));
    assert_eq!(again.header("etag"), first.header("etag"));
    put(&server, "k.txt", b"y").key("one").send().await.problem(422, "key-reused");
    put(&server, "l.txt", b"x").key("one").send().await.problem(422, "key-reused");
}

#[tokio::test]
async fn bodies_that_do_not_fit_are_refused() {
    let options = Options { file_bytes: 1000, ..Options::default() };
    let server = Server::with(options, |options| options).await;
    let ask = || server.ask("PUT", &format!("{WIKI}/files/a.bin"));
    let problem = ask().body(vec![0; 1001]).send().await.problem(413, "too-large");
    assert_eq!(problem["limit"], 1000);
    ask().header("content-length", "1001").body(vec![0; 1001]).send().await.problem(413, "too-large");
    ask().header("content-encoding", "gzip").body("x").send().await.problem(415, "unsupported-media-type");
    ask().body(vec![0; 1000]).send().await.is(201);
    put(&server, "a.png", b"<script>").send().await.problem(415, "unsupported-media-type");
    put(&server, "a.txt", b"\xff").send().await.problem(415, "unsupported-media-type");
    put(&server, "empty.bin", b"").send().await.is(201);
}

#[tokio::test(start_paused = true)]
async fn large_files_come_in_a_few_at_once() {
    const AT_ONCE: usize = 16;
    let server = Server::new().await;
    // Bodies that never end hold their places until their time is over.
    let slow = (0..AT_ONCE).map(|number| {
        let never = futures::stream::pending::<Result<Bytes, std::io::Error>>();
        server.ask("PUT", &format!("{WIKI}/files/{number}.bin")).body(Body::from_stream(never)).send()
    });
    let late = async {
        tokio::time::sleep(Duration::from_secs(10)).await;
        let begun = Instant::now();
        put(&server, "small.bin", b"x").header("content-length", "1").send().await.is(201);
        assert!(begun.elapsed() < Duration::from_secs(1), "a small one need not wait");
        put(&server, "unknown.bin", b"x").send().await.is(201);
        assert!(begun.elapsed() > Duration::from_secs(15), "one of unknown size waits");
    };
    let (replies, ()) = tokio::join!(futures::future::join_all(slow), late);
    for reply in replies {
        reply.problem(503, "unavailable");
    }
}

#[tokio::test]
async fn nothing_that_a_browser_runs_is_shown() {
    let server = Server::new().await;
    for (path, kind) in [
        ("x.svg", "image/svg+xml"),
        ("x.html", "text/html"),
        ("x.HTM", "text/html"),
        ("x.js", "text/javascript"),
        ("x.xml", "application/xml"),
        ("x", "application/octet-stream"),
        ("x.png.exe", "application/octet-stream"),
    ] {
        put(&server, path, b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>")
            .send()
            .await
            .is(201);
        let file = server.get(&format!("{WIKI}/files/{path}")).await.is(200);
        assert_eq!(file.header("content-type"), kind);
        assert_eq!(file.header("content-disposition"), format!("attachment; filename*=UTF-8''{path}"));
        assert_eq!(file.header("x-content-type-options"), "nosniff");
        assert_eq!(file.header("content-security-policy"), "default-src 'none'; sandbox");
    }
    // A name cannot end the header, or begin another.
    for (sent, named) in [
        ("a%22%3B%20filename=x.html", "a%22%3B%20filename%3Dx.html"),
        ("a'%27b.bin", "a%27%27b.bin"),
        ("%F0%9F%98%80%25%0.bin", ""),
        ("%F0%9F%98%80%25.bin", "%F0%9F%98%80%25.bin"),
        ("a%0D%0ASet-Cookie:x", ""),
    ] {
        let reply = put(&server, sent, b"x").send().await;
        if named.is_empty() {
            reply.problem(422, "invalid");
            continue;
        }
        let file = server.get(reply.is(201).header("location")).await.is(200);
        assert_eq!(file.header("content-disposition"), format!("attachment; filename*=UTF-8''{named}"));
    }
}

#[tokio::test]
async fn one_part_may_be_asked_for() {
    let server = Server::new().await;
    let tag = put(&server, "a.txt", b"0123456789").send().await.is(201).header("etag").to_owned();
    let ask = |range: &str| server.ask("GET", &format!("{WIKI}/files/a.txt")).header("range", range);
    for (range, part, stated) in [
        ("bytes=2-4", "234", "bytes 2-4/10"),
        ("bytes=7-", "789", "bytes 7-9/10"),
        ("bytes=-1", "9", "bytes 9-9/10"),
    ] {
        let reply = ask(range).send().await.is(206);
        assert_eq!((&reply.body[..], reply.header("content-range")), (part.as_bytes(), stated));
        assert_eq!(reply.header("etag"), tag);
        assert_eq!(reply.header("x-content-type-options"), "nosniff");
    }
    let none = ask("bytes=10-").send().await;
    none.problem(416, "range-not-satisfiable");
    assert_eq!(none.header("content-range"), "bytes */10");
    assert_eq!(&ask("bytes=0-1,3-4").send().await.is(200).body[..], b"0123456789");
    assert_eq!(&ask("bytes=0-1").header("if-range", "\"x\"").send().await.is(200).body[..], b"0123456789");
    ask("bytes=0-1").header("if-range", &tag).send().await.is(206);
    ask("bytes=0-1").header("if-none-match", &tag).send().await.is(304);
}

#[tokio::test]
async fn no_path_leads_out_of_the_wiki() {
    let server = Server::new().await;
    server.page("page", "x").await;
    for bad in [
        "",
        "/etc/passwd",
        "../secret",
        "..%2fsecret",
        "..%2Fsecret",
        "%2e%2e/secret",
        "%2e%2e%2fsecret",
        "%252e%252e/..",
        "a/../../secret",
        "a/%2e%2e/b",
        "..%5csecret",
        "..%5C..%5Csecret",
        "a%5Cb",
        "%5c%5chost%5cshare",
        "C:/secret",
        "C%3A%5Csecret",
        "%2fetc%2fpasswd",
        "a%00.png",
        "%00",
        "a//b",
        "a/",
        "a/./b",
        "%c0%ae%c0%ae/x",
        "%ff",
        "a%",
        "nul",
        "con.txt",
        "a%0ab",
        "a%E2%80%AEgnp.exe",
        "git~1/config",
        "page.md",
    ] {
        let path = format!("{WIKI}/files/{bad}");
        server.get(&path).await.problem(422, "invalid");
        put(&server, bad, b"x").send().await.problem(422, "invalid");
        let reply = server.ask("DELETE", &path).header("if-match", "\"x\"").send().await;
        reply.problem(422, "invalid");
        assert_eq!(reply.pointers(), [""], "{bad}");
    }
    for dot in [".git/config", ".hidden", "a/.env", ".gitattributes", "a/.git/hooks/x"] {
        server.get(&format!("{WIKI}/files/{dot}")).await.problem(404, "not-found");
        put(&server, dot, b"x").send().await.problem(422, "invalid");
        server
            .ask("DELETE", &format!("{WIKI}/files/{dot}"))
            .header("if-match", "\"x\"")
            .send()
            .await
            .problem(422, "invalid");
    }
    assert_eq!(server.get(&format!("{WIKI}/files")).await.json()["items"], json!([]));
}

#[tokio::test]
async fn files_and_pages_collide_as_names_do() {
    let server = Server::new().await;
    server.page("Guides/Start", "x").await;
    put(&server, "img/a.bin", b"x").send().await.is(201);
    for path in [
        "Guides",
        "guides/x.bin",
        "Guides/Start.md/x",
        "IMG/b.bin",
        "img/A.BIN",
        "img/a.bin/b",
        "Guides/Start.MD",
    ] {
        let problem = put(&server, path, b"x").send().await.problem(409, "path-collision");
        assert!(problem["path"].is_string(), "{path}");
    }
    let page = server.ask("PUT", &format!("{WIKI}/pages/img/a.bin/b")).json(&json!({"content": "x"}));
    page.send().await.problem(409, "path-collision");
    put(&server, "Guides/Start", b"a file beside the page").send().await.is(201);
    server.get(&format!("{WIKI}/files/Guides/Start.bin")).await.problem(404, "not-found");
    server.get(&format!("{WIKI}/pages/img/a.bin")).await.problem(404, "not-found");
}

#[tokio::test]
async fn files_are_for_those_who_may() {
    let server = Server::new().await;
    put(&server, "a.bin", b"x").send().await.is(201);
    let path = format!("{WIKI}/files/a.bin");
    let viewer = server.member("viewer").await;
    server.ask("GET", &path).token(&viewer).send().await.is(200);
    server.ask("PUT", &path).token(&viewer).body("x").send().await.problem(403, "forbidden");
    server.ask("DELETE", &path).token(&viewer).send().await.problem(403, "forbidden");
    let editor = server.member("editor").await;
    server.ask("PUT", &format!("{WIKI}/files/b.bin")).token(&editor).body("x").send().await.is(201);
    for method in ["GET", "PUT", "DELETE"] {
        server.ask(method, &path).no_token().send().await.problem(401, "unauthenticated");
        let stranger = server.tenant(&format!("other-{}", method.to_lowercase())).await;
        server.ask(method, &path).token(&stranger).send().await.problem(404, "not-found");
        server.ask(method, &path).token(&server.operator).send().await.problem(404, "not-found");
        let none = server.ask(method, "/v1/tenants/demo/wikis/none/files/a.bin").header("if-match", "\"x\"");
        none.send().await.problem(404, "not-found");
    }
    server.ask("POST", &path).send().await.problem(405, "method-not-allowed");
    server.ask("PATCH", &path).send().await.problem(405, "method-not-allowed");
}
