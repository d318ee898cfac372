//! Searching.

use serde_json::{Value, json};

use crate::support::{Server, WIKI, each, text};

#[tokio::test]
async fn pages_are_found_by_what_they_say() {
    let server = Server::new().await;
    let content =
        "---\ncategory: Guides\ntags: [red]\n---\n# Zürich\n\n## See\n\nAm 😀 *See* liegt Zürich.\n";
    let written = server.page("Orte/Zuerich", content).await.json();
    server.page("Andere", "Nichts davon.\n").await;
    let head = server.get(WIKI).await.json()["head"].clone();
    let found = server.get(&format!("{WIKI}/search?q=zurich%20see&limit=1")).await.is(200).json();
    let item = &found["items"][0];
    assert_eq!(found["items"].as_array().unwrap().len(), 1);
    assert_eq!((&found["next"], &found["head"], &found["indexed_revision"]), (&Value::Null, &head, &head));
    assert_eq!((&item["path"], &item["title"]), (&json!("Orte/Zuerich"), &json!("Zürich")));
    assert_eq!((&item["section"], &item["version"]), (&json!("Zürich"), &written["version"]));
    assert!(item["score"].as_f64().unwrap() > 0.0);
    let snippet: Vec<char> = text(&item["snippet"]).chars().collect();
    let marked: Vec<String> = item["matches"]
        .as_array()
        .unwrap()
        .iter()
        .map(|range| {
            let [start, end] = [0, 1].map(|at| usize::try_from(range[at].as_u64().unwrap()).unwrap());
            snippet[start..end].iter().collect()
        })
        .collect();
    assert!(marked.contains(&"Zürich".to_owned()) && marked.contains(&"See".to_owned()), "{marked:?}");
    for (query, count) in [
        ("q=zurich&mode=text", 1),
        ("q=zur*", 1),
        ("q=zur", 0),
        ("q=%22liegt+z%C3%BCrich%22", 1),
        ("q=%22z%C3%BCrich+liegt%22", 0),
        ("q=liegt%20-see", 0),
        ("q=zurich&prefix=Orte/", 1),
        ("q=zurich&prefix=X", 0),
        ("q=zurich&category=guides&tag=RED", 1),
        ("q=zurich&tag=blue", 0),
        ("q=", 0),
        ("q", 0),
        ("q=%00%22-*", 0),
    ] {
        let found = server.get(&format!("{WIKI}/search?{query}")).await.is(200).json();
        assert_eq!(found["items"].as_array().unwrap().len(), count, "{query}");
    }
    let long = "zurich+".repeat(1_500);
    server.get(&format!("{WIKI}/search?q={long}")).await.is(200);
}

#[tokio::test]
async fn what_was_found_comes_in_parts() {
    let server = Server::new().await;
    for number in 0..5 {
        server.page(&format!("p{number}"), "word").await;
    }
    let first = server.get(&format!("{WIKI}/search?q=word&limit=3")).await.is(200).json();
    let next = text(&first["next"]);
    let rest = server.get(&format!("{WIKI}/search?q=word&limit=3&after={next}")).await.is(200).json();
    let mut paths = [each(&first, "path"), each(&rest, "path")].concat();
    paths.sort();
    assert_eq!((paths.join(" "), &rest["next"]), ("p0 p1 p2 p3 p4".into(), &Value::Null));
    server.get(&format!("{WIKI}/search?q=other&after={next}")).await.problem(400, "bad-cursor");
}

#[tokio::test]
async fn what_is_wrong_with_a_search_is_named() {
    let server = Server::new().await;
    for (query, status, slug, pointer) in [
        ("", 400, "malformed", "?q"),
        ("?mode=text", 400, "malformed", "?q"),
        ("?q=a&q=b", 400, "malformed", "?q"),
        ("?q=%ff", 400, "malformed", "?q"),
        ("?q=a&mode=fuzzy", 400, "malformed", "?mode"),
        ("?q=a&mode=semantic", 422, "invalid", "?mode"),
        ("?q=a&mode=hybrid", 422, "invalid", "?mode"),
        ("?q=a&limit=0", 400, "malformed", "?limit"),
        ("?q=a&order=x", 400, "malformed", "?order"),
    ] {
        let reply = server.get(&format!("{WIKI}/search{query}")).await;
        reply.problem(status, slug);
        assert_eq!(reply.pointers(), [pointer], "{query}");
    }
    server.get("/v1/tenants/demo/wikis/none/search?q=a").await.problem(404, "not-found");
    let viewer = server.member("viewer").await;
    server.ask("GET", &format!("{WIKI}/search?q=a")).token(&viewer).send().await.is(200);
    server.ask("GET", &format!("{WIKI}/search?q=a")).no_token().send().await.problem(401, "unauthenticated");
    server.ask("POST", &format!("{WIKI}/search?q=a")).send().await.problem(405, "method-not-allowed");
}
