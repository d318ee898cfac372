//! Pages: reading, writing, deleting and listing them.

use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::support::{Server, WIKI, each, text};

/// The git blob id of a page's text.
fn blob(content: &str) -> String {
    use portolan::core::git::{Kind, Object};
    Object::new(Kind::Blob, content.as_bytes().to_vec()).id().to_string()
}

#[tokio::test]
async fn a_page_is_written_and_read() {
    let server = Server::new().await;
    let content = "---\ntitle: The start\ntags: [a, b]\n---\n# Heading\n\nÜber\n";
    let body = json!({"content": content, "message": "Begin"});
    let reply = server.ask("PUT", &format!("{WIKI}/pages/Guides/Start")).json(&body).send().await.is(201);
    assert_eq!(reply.header("location"), format!("{WIKI}/pages/Guides/Start"));
    let written = reply.json();
    assert_eq!(written["path"], "Guides/Start");
    assert_eq!(written["version"], blob(content));
    assert_eq!((&written["changed"], &written["merged"]), (&json!(true), &json!(false)));
    assert_eq!(written["revision"], written["head"]);
    assert!(text(&written["diff"]).contains("+# Heading"));
    assert_eq!(reply.header("etag"), format!("\"{}\"", blob(content)));

    let reply = server.get(&format!("{WIKI}/pages/Guides/Start")).await.is(200);
    assert_eq!(reply.header("etag"), format!("\"{}\"", blob(content)));
    assert_eq!(reply.header("vary"), "Accept");
    let page = reply.json();
    let me = server.get("/v1/whoami").await.json();
    assert_eq!(
        page,
        json!({
            "path": "Guides/Start", "title": "The start", "content": content, "version": blob(content),
            "revision": written["revision"], "updated_at": "2026-01-01T00:00:00Z",
            "author": {
                "kind": "member", "id": me["principal"]["id"], "name": me["principal"]["name"],
                "email": "owner@demo.invalid"
            },
            "frontmatter": {"title": "The start", "tags": ["a", "b"]}, "links_to": [], "linked_from": [], "head": written["head"], "bytes": content.len()
        })
    );
    for same in ["Guides/Start.md", "Guides/%53tart", "%47uides/Start"] {
        assert_eq!(server.get(&format!("{WIKI}/pages/{same}")).await.is(200).json(), page);
    }
}

#[tokio::test]
async fn markdown_is_the_exact_bytes_and_can_be_known() {
    let server = Server::new().await;
    let content = "one\r\ntwo\n\n";
    let version = text(&server.page("a", content).await.json()["version"]);
    let path = format!("{WIKI}/pages/a");
    let markdown = || server.ask("GET", &path).header("accept", "text/markdown");
    let reply = markdown().send().await.is(200);
    assert_eq!(reply.body, content);
    assert_eq!(reply.header("content-type"), "text/markdown; charset=utf-8");
    assert_eq!(reply.header("vary"), "Accept");
    assert_eq!(reply.header("etag"), format!("\"{version}\""));
    for known in
        [format!("\"{version}\""), format!("W/\"{version}\""), format!("\"x\", \"{version}\""), "*".into()]
    {
        let reply = markdown().header("if-none-match", &known).send().await.is(304);
        assert!(reply.body.is_empty());
        assert_eq!(
            (reply.header("etag"), reply.header("vary")),
            (format!("\"{version}\"").as_str(), "Accept")
        );
        server.ask("GET", &path).header("if-none-match", &known).send().await.is(200).json();
    }
    for unknown in ["\"x\"", "x", &version] {
        markdown().header("if-none-match", unknown).send().await.is(200);
    }
    for (accept, kind) in [
        ("*/*", "application/json"),
        ("text/html", "text/html; charset=utf-8"),
        ("image/png", "application/json"),
        ("text/markdown;q=0.4, application/json;q=0.5", "application/json"),
        ("text/*", "text/markdown; charset=utf-8"),
    ] {
        let reply = server.ask("GET", &path).header("accept", accept).send().await.is(200);
        assert_eq!(reply.header("content-type"), kind, "{accept}");
    }
}

#[tokio::test]
async fn old_texts_are_read_by_version_and_revision() {
    let server = Server::new().await;
    let first = server.page("a", "one").await.json();
    let other = server.page("b", "other").await.json();
    let etag = format!("\"{}\"", text(&first["version"]));
    let path = format!("{WIKI}/pages/a");
    let second =
        server.ask("PUT", &path).header("if-match", &etag).json(&json!({"content": "two"})).send().await;
    let second = second.is(200).json();
    for (revision, content) in [
        (&first["version"], "one"),
        (&first["revision"], "one"),
        (&other["revision"], "one"),
        (&second["version"], "two"),
        (&second["revision"], "two"),
    ] {
        let revision = text(revision);
        let page = server.get(&format!("{path}?revision={revision}")).await.is(200).json();
        assert_eq!(page["content"], content, "{revision}");
        let ask = server.ask("GET", &format!("{path}?revision={revision}"));
        assert_eq!(ask.header("accept", "text/markdown").send().await.is(200).body, content);
    }
    let foreign = text(&other["version"]);
    for revision in [
        foreign.as_str(),
        "x",
        "",
        &"0".repeat(40),
        "HEAD",
        "HEAD~1",
        "HEAD%5E",
        "main",
        "refs/heads/main",
        "@%7B-1%7D",
        "@",
        "--output=/tmp/x",
        "--upload-pack=touch%20/tmp/x",
        "-n1",
        "..",
        ":/one",
        "%0A",
        "$(id)",
        &text(&first["revision"])[..8],
    ] {
        for accept in ["application/json", "text/markdown", "text/html"] {
            let ask = server.ask("GET", &format!("{path}?revision={revision}")).header("accept", accept);
            ask.send().await.problem(404, "not-found");
        }
    }
    let before = text(&first["revision"]);
    server.get(&format!("{WIKI}/pages/b?revision={before}")).await.problem(404, "not-found");
}

#[tokio::test]
async fn writing_the_same_changes_nothing() {
    let server = Server::new().await;
    let first = server.page("a", "one").await.json();
    let etag = format!("\"{}\"", text(&first["version"]));
    let ask = server.ask("PUT", &format!("{WIKI}/pages/a")).header("if-match", &etag);
    let same = ask.json(&json!({"content": "one"})).send().await.is(200).json();
    assert_eq!((&same["changed"], &same["diff"]), (&json!(false), &json!("")));
    assert_eq!((&same["revision"], &same["head"]), (&first["revision"], &first["head"]));
}

#[tokio::test]
async fn a_long_difference_is_cut() {
    let server = Server::new().await;
    let lines: Vec<String> = (0..20_000).map(|line| format!("line {line}\n")).collect();
    let long = lines.concat();
    let written = server.page("a", &long).await.json();
    assert_eq!(written["diff_cut"], true);
    assert!(text(&written["diff"]).len() <= 64 * 1024);
    assert!(server.page("b", "short").await.json().get("diff_cut").is_none());
}

#[tokio::test]
async fn a_page_is_deleted_and_remembered() {
    let server = Server::new().await;
    let first = server.page("a", "one").await.json();
    let path = format!("{WIKI}/pages/a");
    let etag = format!("\"{}\"", text(&first["version"]));
    let ask = server.ask("DELETE", &format!("{path}?message=No%20longer%20true")).header("if-match", &etag);
    let gone = ask.send().await.is(200).json();
    assert_eq!(gone["revision"], gone["head"]);
    assert_eq!(gone.as_object().unwrap().len(), 2);
    let problem = server.get(&path).await.problem(404, "not-found");
    assert_eq!(problem["deleted_in"], gone["revision"]);
    let never = server.get(&format!("{WIKI}/pages/never")).await.problem(404, "not-found");
    assert!(never.get("deleted_in").is_none());
    let history = server.get(&format!("{WIKI}/history/a")).await.is(200).json();
    assert_eq!(history["items"][0]["message"], "No longer true");
    let old = server.get(&format!("{path}?revision={}", text(&first["revision"]))).await.is(200).json();
    assert_eq!(old["content"], "one");
}

#[tokio::test]
async fn messages_are_checked() {
    let server = Server::new().await;
    let version = text(&server.page("a", "one").await.json()["version"]);
    let etag = format!("\"{version}\"");
    for bad in ["Portolan-Agent: x", "x\nportolan-request : y", "a\u{7}b", "a\u{202e}b", &"x".repeat(4097)] {
        let ask =
            server.ask("PUT", &format!("{WIKI}/pages/b")).json(&json!({"content": "x", "message": bad}));
        let reply = ask.send().await;
        reply.problem(422, "invalid");
        assert_eq!(reply.pointers(), ["/message"]);
        let encoded = percent_encoding::utf8_percent_encode(bad, percent_encoding::NON_ALPHANUMERIC);
        let ask =
            server.ask("DELETE", &format!("{WIKI}/pages/a?message={encoded}")).header("if-match", &etag);
        let reply = ask.send().await;
        reply.problem(422, "invalid");
        assert_eq!(reply.pointers(), ["?message"]);
    }
    server
        .ask("PUT", &format!("{WIKI}/pages/c"))
        .json(&json!({"content": "x", "message": " \n"}))
        .send()
        .await
        .is(201);
    let commit = &server.get(&format!("{WIKI}/history/c")).await.json()["items"][0];
    assert!(!text(&commit["message"]).trim().is_empty());
}

#[tokio::test]
async fn redirect_stubs_send_readers_on() {
    let server = Server::new().await;
    server.page("New/Straße", "here").await;
    server.page("Old", "---\nredirect: New/Straße\n---\n").await;
    let path = format!("{WIKI}/pages/Old");
    for accept in ["application/json", "text/markdown"] {
        let reply = server.ask("GET", &path).header("accept", accept).send().await.is(308);
        assert_eq!(reply.header("location"), format!("{WIKI}/pages/New/Stra%C3%9Fe"));
        assert_eq!(reply.header("vary"), "Accept");
    }
    let stub = server.get(&format!("{path}?redirect=no")).await.is(200).json();
    assert_eq!(stub["redirect"], "New/Straße");
    let revision = text(&stub["revision"]);
    server.get(&format!("{path}?revision={revision}")).await.is(200);
    server.get(&format!("{path}?redirect=yes")).await.problem(400, "malformed");
    let list = server.get(&format!("{WIKI}/pages?prefix=Old")).await.json();
    assert_eq!(list["items"][0]["redirect"], "New/Straße");
    assert!(
        server.get(&format!("{WIKI}/pages?prefix=New")).await.json()["items"][0].get("redirect").is_none()
    );
    // Location never leaves the wiki, and leads somewhere.
    for (at, target) in [
        "https://example.org/",
        "HTTPS:example.org",
        "javascript:alert(1)",
        "../../other",
        "//example.org/x",
        "///example.org/x",
        "/\\\\example.org",
        "\\\\\\\\example.org",
        "/\\texample.org",
        "a/../../b",
        "x\\r\\nSet-Cookie: a=b",
        ".hidden",
        "s12",
    ]
    .iter()
    .enumerate()
    {
        server.page(&format!("s{at}"), &format!("---\nredirect: \"{target}\"\n---\n")).await;
        for accept in ["application/json", "text/markdown", "text/html"] {
            let ask = server.ask("GET", &format!("{WIKI}/pages/s{at}")).header("accept", accept);
            assert!(!ask.send().await.is(200).has("location"), "{target}");
        }
    }
    for (at, (target, location)) in [
        ("/%2Fexample.org", "%252Fexample.org"),
        ("%2F%2Fexample.org", "%252F%252Fexample.org"),
        ("@example.org", "%40example.org"),
        ("a?b#c", "a%3Fb%23c"),
        ("New/Straße.md", "New/Stra%C3%9Fe"),
    ]
    .iter()
    .enumerate()
    {
        server.page(&format!("t{at}"), &format!("---\nredirect: \"{target}\"\n---\n")).await;
        for accept in ["application/json", "text/html"] {
            let path = format!("{WIKI}/pages/t{at}?lines=1-2&view=full");
            let reply = server.ask("GET", &path).header("accept", accept).send().await.is(308);
            let expected = format!("{WIKI}/pages/{location}?lines=1-2&view=full");
            assert_eq!(reply.header("location"), expected, "{target}: the query is kept");
            assert_eq!(reply.header("vary"), "Accept");
        }
        server.get(&format!("{WIKI}/pages/t{at}?redirect=no&lines=1-2")).await.is(200);
    }
}

/// What `path` answers to a reader of JSON and of HTML.
async fn location(server: &Server, path: &str) -> Option<String> {
    let mut locations = Vec::new();
    for accept in ["application/json", "text/html", "text/markdown"] {
        let reply = server.ask("GET", &format!("{WIKI}/pages/{path}")).header("accept", accept).send().await;
        let is_stub = reply.status == 308;
        locations.push(is_stub.then(|| reply.header("location").replace(&format!("{WIKI}/pages/"), "")));
        if !is_stub {
            reply.is(200);
        }
    }
    assert!(locations.iter().all(|location| *location == locations[0]), "{locations:?}");
    locations.swap_remove(0)
}

#[tokio::test]
async fn stubs_lead_to_their_end_and_never_round() {
    let server = Server::new().await;
    for (name, target) in [
        ("a", "b"),
        ("b", "/c.md"),
        ("c", "end"),
        ("x", "y"),
        ("y", "z"),
        ("z", "x"),
        ("to-x", "x"),
        ("gone", "to-gone"),
        ("to-gone", "no"),
    ] {
        server.page(name, &format!("---\nredirect: {target}\n---\n")).await;
    }
    server.page("end", "here").await;
    for name in ["a", "b", "c"] {
        assert_eq!(location(&server, name).await.as_deref(), Some("end"), "{name}");
    }
    for name in ["x", "y", "z", "to-x", "end"] {
        assert_eq!(location(&server, name).await, None, "{name}");
    }
    // Nothing is there, and that is told there.
    assert_eq!(location(&server, "gone").await.as_deref(), Some("no"));
    // Of a chain without an end in sight nobody knows whether it leads round, as those of `r` do.
    for at in 0..50 {
        server.page(&format!("n{at}"), &format!("---\nredirect: n{}\n---\n", at + 1)).await;
        server.page(&format!("r{at}"), &format!("---\nredirect: r{}\n---\n", (at + 1) % 50)).await;
    }
    assert_eq!(location(&server, "n20").await.as_deref(), Some("n50"));
    for name in ["n0", "r0", "r30"] {
        assert_eq!(location(&server, name).await, None, "{name}");
    }
    // Renames there and back.
    let etag = server.page("P", "text").await.header("etag").to_owned();
    let base = etag.trim_matches('"');
    for (from, to) in [("P", "Q"), ("Q", "R"), ("R", "Q")] {
        server.change("POST", "renames", &json!({"from": from, "to": to, "base": base})).await.is(200);
    }
    assert_eq!(location(&server, "P").await.as_deref(), Some("Q"));
    assert_eq!(location(&server, "R").await.as_deref(), Some("Q"));
    assert_eq!(location(&server, "Q").await, None);
}

#[tokio::test]
async fn pages_are_listed_by_path() {
    let server = Server::new().await;
    let empty = server.get(&format!("{WIKI}/pages")).await.is(200).json();
    assert_eq!(empty, json!({"items": [], "next": null, "head": null}));
    for name in ["b", "a/x", "a/y", "c"] {
        server.page(name, &format!("# Title of {name}\n")).await;
        server.clock.advance(SignedDuration::from_secs(60));
    }
    let list = server.get(&format!("{WIKI}/pages")).await.is(200).json();
    assert_eq!(each(&list, "path"), ["a/x", "a/y", "b", "c"]);
    assert_eq!(list["head"], server.get(WIKI).await.json()["head"]);
    let item = &list["items"][0];
    assert_eq!((&item["title"], &item["bytes"]), (&json!("Title of a/x"), &json!(15)));
    for member in ["version", "revision", "updated_at"] {
        assert!(item[member].is_string(), "{member}");
    }
    for (query, paths) in [
        ("prefix=a/", vec!["a/x", "a/y"]),
        ("prefix=a%2Fy", vec!["a/y"]),
        ("prefix=zz", vec![]),
        ("updated_since=2026-01-01T00:02:00Z", vec!["a/y", "c"]),
        ("updated_since=2026-01-01T02:02:00%2B02:00", vec!["a/y", "c"]),
        ("updated_since=2026-01-01T02:02:00+02:00", vec!["a/y", "c"]),
        ("prefix=a&limit=1", vec!["a/x"]),
    ] {
        let list = server.get(&format!("{WIKI}/pages?{query}")).await.is(200).json();
        assert_eq!(each(&list, "path"), paths, "{query}");
    }
    for (query, pointer) in [
        ("updated_since=yesterday", "?updated_since"),
        ("updated_since=2026-01-01", "?updated_since"),
        ("prefix=%00", "?prefix"),
        ("prefix=%zz", "?prefix"),
        ("category=a&category=b", "?category"),
        ("prefix=a&prefix=b", "?prefix"),
    ] {
        let reply = server.get(&format!("{WIKI}/pages?{query}")).await;
        reply.problem(400, "malformed");
        assert_eq!(reply.pointers(), [pointer]);
    }
}

#[tokio::test]
async fn what_comes_later_is_unknown_now() {
    let server = Server::new().await;
    let base = json!({"content": "x", "base": "y"});
    let reply = server.ask("PUT", &format!("{WIKI}/pages/a")).json(&base).send().await;
    reply.problem(422, "invalid");
    assert_eq!(reply.pointers(), ["/base"]);
    assert_eq!(server.get(WIKI).await.json()["head"], Value::Null);
}
