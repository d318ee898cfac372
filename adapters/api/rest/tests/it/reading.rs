//! Reading pages in every form: parts, outlines, HTML, and many at once.

use serde_json::{Value, json};

use crate::support::{Reply, Server, WIKI, text};

const PAGE: &str = "---\ntags: [x]\n---\n# A\n\nintro [[Home]]\n\n## B\n\none\n\n## B\n\ntwo\n";

async fn server() -> Server {
    let server = Server::new().await;
    server.page("Guides/Start", PAGE).await;
    server
}

async fn get(server: &Server, query: &str, accept: &str) -> Reply {
    let path = format!("{WIKI}/pages/Guides/Start{query}");
    server.ask("GET", &path).header("accept", accept).send().await
}

#[tokio::test]
async fn sections_and_lines_are_the_content() {
    let server = server().await;
    let whole = get(&server, "", "*/*").await.is(200).json();
    assert_eq!(whole["content"], PAGE);
    assert_eq!((&whole["links_to"], &whole["linked_from"]), (&json!(["Home"]), &json!([])));
    for member in ["section", "lines", "outline", "outline_cut"] {
        assert!(whole.get(member).is_none(), "{member}");
    }
    for (query, content, section, lines) in [
        ("?lines=4-6", "# A\n\nintro [[Home]]\n", Value::Null, json!({"from": 4, "to": 6, "of": 14})),
        ("?lines=14-", "two\n", Value::Null, json!({"from": 14, "to": 14, "of": 14})),
        ("?lines=14-99999999999999999999", "two\n", Value::Null, json!({"from": 14, "to": 14, "of": 14})),
        (
            "?lines=99999999999999999999-99999999999999999999",
            "",
            Value::Null,
            json!({"from": 9_007_199_254_740_991_u64, "to": 14, "of": 14}),
        ),
        ("?lines=15-99&view=full", "", Value::Null, json!({"from": 15, "to": 14, "of": 14})),
        (
            "?section=A%20%3E%20B%5B1%5D",
            "## B\n\none\n\n",
            json!("A > B[1]"),
            json!({"from": 8, "to": 11, "of": 14}),
        ),
        (
            "?section=A+%3E+B%5B2%5D",
            "## B\n\ntwo\n",
            json!("A > B[2]"),
            json!({"from": 12, "to": 14, "of": 14}),
        ),
    ] {
        let reply = get(&server, query, "application/json").await.is(200);
        let page = reply.json();
        assert_eq!(page["content"], content, "{query}");
        assert_eq!(page.get("section").unwrap_or(&Value::Null), &section, "{query}");
        assert_eq!(page["lines"], lines, "{query}");
        assert_eq!(reply.header("etag"), format!("\"{}\"", text(&whole["version"])));
        // What is said of the whole page stays.
        for member in ["path", "title", "version", "revision", "bytes", "frontmatter", "links_to", "head"] {
            assert_eq!(page[member], whole[member], "{query} {member}");
        }
        let reply = get(&server, query, "text/markdown").await.is(200);
        assert_eq!(reply.body, content, "{query}");
        // A part is not what a reader has under the page's version.
        let path = format!("{WIKI}/pages/Guides/Start{query}");
        let known = format!("\"{}\"", text(&whole["version"]));
        let ask = server.ask("GET", &path).header("accept", "text/markdown").header("if-none-match", &known);
        ask.send().await.is(200);
        let revision = text(&whole["revision"]);
        let reply = get(&server, &format!("{query}&revision={revision}"), "text/markdown").await.is(200);
        assert_eq!(reply.body, content, "{query}");
    }
}

#[tokio::test]
async fn what_of_a_page_is_asked_for_must_make_sense() {
    let server = server().await;
    for (query, pointer) in [
        ("lines=", "?lines"),
        ("lines=0-1", "?lines"),
        ("lines=3-2", "?lines"),
        ("lines=5", "?lines"),
        ("lines=a-b", "?lines"),
        ("lines=-5", "?lines"),
        ("lines=1-2&lines=1-2", "?lines"),
        ("section=A&lines=1-2", "?lines"),
        ("view=all", "?view"),
        ("view=", "?view"),
        ("view=outline&section=A", "?view"),
        ("view=outline&lines=1-2", "?view"),
    ] {
        for accept in ["application/json", "text/html"] {
            let reply = get(&server, &format!("?{query}"), accept).await;
            reply.problem(400, "malformed");
            assert_eq!(reply.pointers(), [pointer], "{query}");
        }
    }
    for accept in ["application/json", "text/markdown", "text/html"] {
        let problem = get(&server, "?section=B%5B1%5D", accept).await.problem(404, "section-not-found");
        let candidates = problem["candidates"].as_array().unwrap();
        let candidate = candidates.iter().find(|one| one["text"] == "A > B[1]").unwrap();
        assert_eq!(candidate["line"], 8);
        assert!(candidate["score"].as_f64().unwrap() > 0.0);
        let problem = get(&server, "?section=A%20%3E%20B", accept).await.problem(404, "section-not-found");
        assert_eq!(problem["candidates"].as_array().unwrap().len(), 2);
        let problem = get(&server, "?section=", accept).await.problem(404, "section-not-found");
        assert_eq!(problem["candidates"], json!([]));
    }
    server.get(&format!("{WIKI}/pages/never?section=A")).await.problem(404, "not-found");
}

#[tokio::test]
async fn an_outline_takes_the_place_of_the_content() {
    let server = server().await;
    for accept in ["application/json", "text/markdown", "text/html"] {
        let page = get(&server, "?view=outline", accept).await.is(200).json();
        assert_eq!(
            page["outline"],
            json!([
                {"path": "A", "level": 1, "line": 4, "bytes": 42},
                {"path": "A > B[1]", "level": 2, "line": 8, "bytes": 11},
                {"path": "A > B[2]", "level": 2, "line": 12, "bytes": 10},
            ])
        );
        assert!(page.get("content").is_none());
        assert_eq!((&page["bytes"], &page["frontmatter"]), (&json!(PAGE.len()), &json!({"tags": ["x"]})));
    }
}

#[tokio::test]
async fn html_is_rendered_and_can_be_known() {
    let server = server().await;
    let path = format!("{WIKI}/pages/Guides/Start");
    let version = text(&server.get(&path).await.json()["version"]);
    let tag = format!("\"{version}-html\"");
    let reply = get(&server, "", "text/html").await.is(200);
    let html = String::from_utf8(reply.body.to_vec()).unwrap();
    assert_eq!(
        html,
        format!(
            "<h1 id=\"a\">A</h1>\n<p>intro <a href=\"{WIKI}/pages/Home\" class=\"broken\">Home</a></p>\n<h2 id=\"b\">B</h2>\n<p>one</p>\n<h2 id=\"b-1\">B</h2>\n<p>two</p>\n"
        )
    );
    for (name, value) in [
        ("content-type", "text/html; charset=utf-8"),
        ("etag", tag.as_str()),
        ("vary", "Accept"),
        ("x-content-type-options", "nosniff"),
    ] {
        assert_eq!(reply.header(name), value);
    }
    let policy = reply.header("content-security-policy");
    assert!(policy.starts_with("default-src 'none'; ") && !policy.contains("script"), "{policy}");
    for known in [tag.clone(), format!("W/{tag}"), format!("\"x\", {tag}"), "*".into()] {
        let ask = server.ask("GET", &path).header("accept", "text/html").header("if-none-match", &known);
        let reply = ask.send().await.is(304);
        assert!(reply.body.is_empty());
        assert_eq!((reply.header("etag"), reply.header("vary")), (tag.as_str(), "Accept"));
    }
    // The Markdown's version is not the HTML's, nor the other way round.
    for (accept, other) in [("text/html", format!("\"{version}\"")), ("text/markdown", tag.clone())] {
        let ask = server.ask("GET", &path).header("accept", accept).header("if-none-match", &other);
        ask.send().await.is(200);
    }
    for query in ["?lines=10-10", "?section=A+%3E+B%5B1%5D"] {
        let path = format!("{path}{query}");
        let ask = server.ask("GET", &path).header("accept", "text/html").header("if-none-match", &tag);
        let reply = ask.send().await.is(200);
        assert!(String::from_utf8_lossy(&reply.body).contains("<p>one</p>"), "{query}");
        assert!(!String::from_utf8_lossy(&reply.body).contains("two"), "{query}");
    }
    let lines = get(&server, "?lines=99-", "text/html").await.is(200);
    assert!(lines.body.is_empty());
    let old = get(&server, &format!("?revision={version}"), "text/html").await.is(200);
    assert_eq!((old.body.as_ref(), old.header("etag")), (html.as_bytes(), tag.as_str()));
    // The link is whole as soon as there is the page.
    server.page("Home", "x").await;
    let reply = get(&server, "", "text/html").await.is(200);
    assert!(!String::from_utf8_lossy(&reply.body).contains("broken"));
    // A change may be made on what was read as HTML.
    let ask = server.ask("PUT", &path).header("if-match", &tag).json(&json!({"content": "# New"}));
    ask.send().await.is(200);
    let reply = get(&server, "", "text/html").await.is(200);
    assert_eq!(reply.body, "<h1 id=\"new\">New</h1>\n");
    let head = server.ask("HEAD", &path).header("accept", "text/html").send().await.is(200);
    assert!(head.body.is_empty() && head.header("etag").ends_with("-html\""));
    server
        .ask("GET", &format!("{WIKI}/pages/never"))
        .header("accept", "text/html")
        .send()
        .await
        .problem(404, "not-found");
}

#[tokio::test]
async fn nothing_in_a_page_runs() {
    let server = Server::new().await;
    for (at, content) in [
        "<script>alert(1)</script>",
        "<svg onload=alert(1)>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "[x](data:text/html,<script>alert(1)</script>)",
        "<a href=\"java&Tab;script:alert(1)\">x</a>",
        "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">",
        "```\"><script>alert(1)</script>\nx\n```",
        "[[\"><img src=x onerror=alert(1)>]]",
    ]
    .iter()
    .enumerate()
    {
        server.page(&format!("p{at}"), content).await;
        let path = format!("{WIKI}/pages/p{at}");
        let reply = server.ask("GET", &path).header("accept", "text/html").send().await.is(200);
        let html = String::from_utf8(reply.body.to_vec()).unwrap();
        for bad in ["<script", "<svg", "<math", "<style", "javascript:", "data:", " onerror=\"", " onload"] {
            assert!(!html.contains(bad), "{content}: {html}");
        }
    }
}

#[tokio::test]
async fn many_pages_are_read_at_once() {
    let server = server().await;
    server.page("Home", "one\ntwo\nthree").await;
    server.page("stub", "---\nredirect: Home\n---\n").await;
    let reads =
        async |body: Value| server.ask("POST", &format!("{WIKI}/reads")).json(&body).key("k").send().await;
    let reply =
        reads(json!({"paths": ["Home", "never", "stub", "Guides/Start.md", "a//b", ".dot"]})).await.is(200);
    assert!(!reply.has("idempotency-replayed"));
    let read = reply.json();
    let items = read["items"].as_array().unwrap();
    let paths: Vec<&str> = items.iter().map(|item| item["path"].as_str().unwrap()).collect();
    assert_eq!(paths, ["Home", "never", "stub", "Guides/Start.md", "a//b", ".dot"], "as they were asked for");
    assert_eq!(items[0]["page"], server.get(&format!("{WIKI}/pages/Home")).await.json());
    assert_eq!(items[3]["page"], server.get(&format!("{WIKI}/pages/Guides/Start")).await.json());
    assert_eq!(items[2]["page"]["redirect"], "Home");
    assert_eq!(read["head"], server.get(WIKI).await.json()["head"]);
    for (at, status, slug) in [(1, 404, "not-found"), (4, 422, "invalid"), (5, 404, "not-found")] {
        let problem = &items[at]["problem"];
        assert_eq!(
            (&problem["type"], &problem["status"]),
            (&json!(format!("/problems/{slug}")), &json!(status))
        );
        assert_eq!(problem["instance"], reply.header("x-request-id"));
        assert!(items[at].get("page").is_none());
    }
    assert!(items.iter().all(|item| item.get("cut").is_none()));

    // The same key again is another read.
    let read = reads(json!({"paths": ["Home", "Guides/Start"], "budget_bytes": 9})).await.is(200).json();
    let items = read["items"].as_array().unwrap();
    assert_eq!(items[0]["page"]["content"], "one\ntwo\n");
    assert_eq!(items[0]["cut"], json!({"bytes_left": 5, "next_line": 3}));
    assert_eq!(items[1]["cut"], json!({"bytes_left": PAGE.len(), "next_line": 1}));
    assert!(items[1]["page"].get("content").is_none());
    assert_eq!(items[1]["page"]["bytes"], PAGE.len());
    // What fits exactly leaves nothing for the next.
    let read = reads(json!({"paths": ["Home", "Guides/Start"], "budget_bytes": 13})).await.is(200).json();
    let items = read["items"].as_array().unwrap();
    assert_eq!((&items[0]["page"]["content"], items[0].get("cut")), (&json!("one\ntwo\nthree"), None));
    assert!(items[1]["page"].get("content").is_none() && items[1]["cut"]["next_line"] == 1);
    let read = reads(json!({"paths": ["Home"], "budget_bytes": 0})).await.is(200).json();
    assert!(read["items"][0]["page"].get("content").is_none());
    let rest = server.get(&format!("{WIKI}/pages/Home?lines=3-")).await.json();
    assert_eq!(rest["content"], "three");

    let read =
        reads(json!({"paths": ["Guides/Start"], "view": "outline", "budget_bytes": 1})).await.is(200).json();
    let page = &read["items"][0]["page"];
    assert_eq!(page["outline"].as_array().unwrap().len(), 3);
    assert!(page.get("content").is_none() && read["items"][0].get("cut").is_none());

    for (body, pointer) in [
        (json!({}), "/paths"),
        (json!({"paths": []}), "/paths"),
        (json!({"paths": "Home"}), "/paths"),
        (json!({"paths": [1]}), "/paths"),
        (json!({"paths": vec!["a"; 51]}), "/paths"),
        (json!({"paths": ["a"], "view": "x"}), "/view"),
        (json!({"paths": ["a"], "budget_bytes": -1}), "/budget_bytes"),
        (json!({"paths": ["a"], "budget_bytes": "1"}), "/budget_bytes"),
        (json!({"paths": ["a"], "other": 1}), "/other"),
    ] {
        let reply = reads(body).await;
        reply.problem(422, "invalid");
        assert_eq!(reply.pointers(), [pointer]);
    }
    let paths = json!({"paths": vec!["Home"; 50]});
    assert_eq!(reads(paths).await.is(200).json()["items"].as_array().unwrap().len(), 50);
}

#[tokio::test]
async fn reading_many_is_a_read() {
    let server = server().await;
    let viewer = server.member("viewer").await;
    let ask = |path: &str| server.ask("POST", path).token(&viewer).json(&json!({"paths": ["Guides/Start"]}));
    ask(&format!("{WIKI}/reads")).send().await.is(200);
    // A key that is none does not matter, as none is needed.
    ask(&format!("{WIKI}/reads")).key("").send().await.is(200);
    ask(&format!("{WIKI}/reads?x=1")).send().await.problem(400, "malformed");
    ask("/v1/tenants/demo/wikis/other/reads").send().await.problem(404, "not-found");
    ask("/v1/tenants/acme/wikis/notes/reads").send().await.problem(404, "not-found");
    ask(&format!("{WIKI}/reads")).token(&server.operator).send().await.problem(404, "not-found");
    let reply = server.ask("POST", &format!("{WIKI}/reads")).body("{}").send().await;
    reply.problem(415, "unsupported-media-type");
    server.get(&format!("{WIKI}/reads")).await.problem(405, "method-not-allowed");
    server.ask("POST", &format!("{WIKI}/reads")).no_token().send().await.problem(401, "unauthenticated");
    server.portolan.flush_reads().await.unwrap();
    let audit = server.get("/v1/tenants/demo/audit?operation=page.reads").await.is(200).json();
    assert!(
        audit["items"].as_array().unwrap().iter().any(|event| event["target"] == "notes/Guides/Start"),
        "{audit}"
    );
}
