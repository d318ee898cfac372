//! Links, the graph, orphans, broken links, and labels.

use serde_json::{Value, json};

use crate::support::{Server, WIKI, each, text};

async fn some(server: &Server) {
    server
        .page("A", "---\ntags: [x, Guide]\ncategory: Docs\n---\n# Ay\n[[B]] and [the b](B.md)\n![p](p.png)")
        .await;
    server.page("F/B", "---\ncategory: docs\n---\n[up](../A.md)").await;
    server.page("B", "[[F/B|text]] [[none]] [[none]]").await;
    server.page("old", "---\nredirect: A\n---\n").await;
    server.page("alone", "[[alone]]").await;
}

#[tokio::test]
async fn the_links_of_a_page_have_both_ends() {
    let server = Server::new().await;
    some(&server).await;
    let links = server.get(&format!("{WIKI}/links/A")).await.is(200).json();
    let link = |path: &str, text: &str, kind: &str, line: u32, exists: bool| json!({"path": path, "text": text, "kind": kind, "line": line, "exists": exists});
    let expected = json!([
        link("B", "B", "wiki", 6, true),
        link("B", "the b", "markdown", 6, true),
        link("p.png", "p", "image", 7, false),
    ]);
    assert_eq!(links["links_to"], expected);
    assert_eq!(links["linked_from"], json!([{"path": "F/B", "text": "up", "line": 4}]));
    let head = server.get(WIKI).await.json()["head"].clone();
    assert_eq!(links["head"], head);
    assert_eq!(links.get("cut"), None);
    let of_b = server.get(&format!("{WIKI}/links/F/B.md")).await.is(200).json();
    assert_eq!(of_b["linked_from"], json!([{"path": "B", "text": "text", "line": 1}]));

    server.get(&format!("{WIKI}/links/none")).await.problem(404, "not-found");
    server.get(&format!("{WIKI}/links/")).await.problem(422, "invalid");
    server.get(&format!("{WIKI}/links/.dot")).await.problem(404, "not-found");
    let reply = server.get(&format!("{WIKI}/links/A?depth=1")).await;
    reply.problem(400, "malformed");
    assert_eq!(reply.pointers(), ["?depth"]);
}

#[tokio::test]
async fn a_deleted_page_has_no_links_and_says_where_it_went() {
    let server = Server::new().await;
    let made = server.page("A", "[[B]]").await.json();
    server.page("B", "").await;
    let etag = format!("\"{}\"", text(&made["version"]));
    let gone =
        server.ask("DELETE", &format!("{WIKI}/pages/A")).header("if-match", &etag).send().await.is(200);
    for path in ["links/A", "graph?around=A"] {
        let problem = server.get(&format!("{WIKI}/{path}")).await.problem(404, "not-found");
        assert_eq!(problem["deleted_in"], gone.json()["revision"], "{path}");
    }
    let left = server.get(&format!("{WIKI}/links/B")).await.is(200).json();
    assert_eq!((&left["links_to"], &left["linked_from"]), (&json!([]), &json!([])));
}

#[tokio::test]
async fn the_graph_is_whole_or_around_a_page() {
    let server = Server::new().await;
    some(&server).await;
    let paths = |graph: &Value| -> Vec<String> {
        graph["nodes"].as_array().unwrap().iter().map(|node| text(&node["path"])).collect()
    };
    let edges = |graph: &Value| -> Vec<(String, String)> {
        let edges = graph["edges"].as_array().unwrap().iter();
        edges.map(|edge| (text(&edge["from"]), text(&edge["to"]))).collect()
    };
    let pair = |from: &str, to: &str| (from.to_owned(), to.to_owned());
    for query in ["all", "all=true", "all="] {
        let whole = server.get(&format!("{WIKI}/graph?{query}")).await.is(200).json();
        assert_eq!(paths(&whole), ["A", "B", "F/B", "alone", "old"]);
        let expected = [pair("A", "B"), pair("B", "F/B"), pair("F/B", "A"), pair("alone", "alone")];
        assert_eq!(edges(&whole), expected);
        assert_eq!(whole["nodes"][0], json!({"path": "A", "title": "Ay"}));
        assert!(whole["head"].is_string());
    }
    let near = server.get(&format!("{WIKI}/graph?around=alone")).await.is(200).json();
    assert_eq!(paths(&near), ["alone"]);
    let near = server.get(&format!("{WIKI}/graph?around=F/B&depth=1")).await.is(200).json();
    assert_eq!(paths(&near), ["F/B", "A", "B"]);
    for (query, pointer) in [
        ("", "?around"),
        ("depth=2", "?around"),
        ("around=A&all", "?all"),
        ("all&depth=1", "?depth"),
        ("around=A&depth=0", "?depth"),
        ("around=A&depth=4", "?depth"),
        ("around=A&depth=+1", "?depth"),
        ("all=no", "?all"),
        ("around=a//b", "?around"),
        ("around=A&around=B", "?around"),
        ("around=A&x", "?x"),
    ] {
        let reply = server.get(&format!("{WIKI}/graph?{query}")).await;
        reply.problem(400, "malformed");
        assert_eq!(reply.pointers(), [pointer], "{query}");
    }
    server.get(&format!("{WIKI}/graph?around=none")).await.problem(404, "not-found");
}

#[tokio::test]
async fn orphans_and_broken_links_are_listed_in_parts() {
    let server = Server::new().await;
    some(&server).await;
    let orphans = server.get(&format!("{WIKI}/orphans")).await.is(200).json();
    assert_eq!(orphans, json!({"items": [{"path": "alone", "title": "alone"}], "next": null}));
    let broken = server.get(&format!("{WIKI}/broken-links")).await.is(200).json();
    assert_eq!(broken["items"][0], json!({"path": "A", "target": "p.png", "line": 7}));
    let mut found = Vec::new();
    let mut after = String::new();
    loop {
        let part = server.get(&format!("{WIKI}/broken-links?limit=1{after}")).await.is(200).json();
        found.extend(each(&part, "target"));
        let Value::String(next) = &part["next"] else { break };
        after = format!("&after={next}");
    }
    assert_eq!(found, ["p.png", "none", "none"]);
    // A cursor of another list.
    let cursor = after.trim_start_matches("&after=");
    server.get(&format!("{WIKI}/orphans?after={cursor}")).await.problem(400, "bad-cursor");
}

#[tokio::test]
async fn pages_are_listed_by_category_and_tag() {
    let server = Server::new().await;
    some(&server).await;
    for (query, expected) in [
        ("category=DOCS", &["A", "F/B"][..]),
        ("category=docs&prefix=F", &["F/B"]),
        ("tag=guide", &["A"]),
        ("tag=X&category=Docs", &["A"]),
        ("tag=gui", &[]),
        ("category=", &[]),
    ] {
        let list = server.get(&format!("{WIKI}/pages?{query}")).await.is(200).json();
        assert_eq!(each(&list, "path"), expected, "{query}");
    }
    let reply = server.get(&format!("{WIKI}/pages?tag=a&tag=b")).await;
    reply.problem(400, "malformed");
    assert_eq!(reply.pointers(), ["?tag"]);
}

#[tokio::test]
async fn nobody_sees_another_tenant_s_links() {
    let server = Server::new().await;
    some(&server).await;
    let stranger = server.tenant("acme").await;
    for path in ["links/A", "graph?all", "graph?around=A", "orphans", "broken-links", "pages?tag=x"] {
        let path = format!("{WIKI}/{path}");
        server.ask("GET", &path).token(&stranger).send().await.problem(404, "not-found");
        server.ask("GET", &path).token(&server.operator).send().await.problem(404, "not-found");
        server.ask("GET", &path).no_token().send().await.problem(401, "unauthenticated");
    }
    let viewer = server.member("viewer").await;
    server.ask("GET", &format!("{WIKI}/links/A")).token(&viewer).send().await.is(200);
}
