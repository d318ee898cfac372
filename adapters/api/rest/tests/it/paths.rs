//! The part "Paths", as far as HTTP takes part in it.

use serde_json::json;

use crate::support::{Server, WIKI, text};

#[tokio::test]
async fn bad_paths_are_refused_wherever_they_come() {
    let server = Server::new().await;
    for bad in [
        "",
        "/a",
        "a/",
        "a//b",
        "a%2Fb",
        "a%2fb",
        "./a",
        "a/../b",
        "%2e%2e/a",
        "a/%2E",
        "%ff",
        "a%",
        "a%zz",
        "%00",
        "a%0Ab",
        "a%5Cb",
        "a:b",
        "CON",
        "nul.txt",
        "a./b",
        "a%20",
        "%20a",
        "%E2%80%8Bx",
        "a%E2%80%AEb",
        "a/.GIT~1",
        "git~1",
    ] {
        let page = format!("{WIKI}/pages/{bad}");
        let reply = server.ask("PUT", &page).json(&json!({"content": "x"})).send().await;
        reply.problem(422, "invalid");
        assert_eq!(reply.pointers(), [""], "{bad}");
        if !bad.contains(".GIT") {
            server.get(&page).await.problem(422, "invalid");
            server.get(&format!("{WIKI}/history/{bad}")).await.problem(422, "invalid");
        }
        server.ask("DELETE", &page).header("if-match", "\"x\"").send().await.problem(422, "invalid");
    }
    let long = "x".repeat(238);
    server
        .ask("PUT", &format!("{WIKI}/pages/{long}"))
        .json(&json!({"content": "x"}))
        .send()
        .await
        .problem(422, "invalid");
    server.page(&"x".repeat(237), "fits").await;
    assert_eq!(server.get(&format!("{WIKI}/pages")).await.json()["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn dot_names_are_not_there_and_not_made() {
    let server = Server::new().await;
    for dot in [".hidden", "a/.b", ".git", ".git/config", "a/.gitignore"] {
        let page = format!("{WIKI}/pages/{dot}");
        server.get(&page).await.problem(404, "not-found");
        server.get(&format!("{WIKI}/history/{dot}")).await.problem(404, "not-found");
        server.ask("PUT", &page).json(&json!({"content": "x"})).send().await.problem(422, "invalid");
    }
}

#[tokio::test]
async fn names_of_any_script_are_canonical() {
    let server = Server::new().await;
    for (sent, path, url) in [
        ("Cafe%CC%81/Men%C3%BC", "Café/Menü", "Caf%C3%A9/Men%C3%BC"),
        ("a+b%20c", "a+b c", "a%2Bb%20c"),
        ("100%25", "100%", "100%25"),
        ("What%3F%23", "What?#", "What%3F%23"),
        ("%E6%97%A5%E6%9C%AC", "日本", "%E6%97%A5%E6%9C%AC"),
        ("X.MD", "X.MD", "X.MD"),
        ("double.md.md", "double.md", "double.md.md"),
    ] {
        let reply = server.page(sent, path).await;
        assert_eq!(reply.json()["path"], path);
        assert_eq!(reply.header("location"), format!("{WIKI}/pages/{url}"));
        let page = server.get(&format!("{WIKI}/pages/{url}")).await.is(200).json();
        assert_eq!((text(&page["path"]), text(&page["content"])), (path.into(), path.into()));
    }
}

#[tokio::test]
async fn colliding_paths_are_refused() {
    let server = Server::new().await;
    server.page("Guides/Start", "x").await;
    for other in ["guides/start", "GUIDES/Other", "Guides/START", "Guides/Start.md/x"] {
        let ask = server.ask("PUT", &format!("{WIKI}/pages/{other}")).json(&json!({"content": "x"}));
        let problem = ask.send().await.problem(409, "path-collision");
        assert!(problem["path"].is_string(), "{other}");
    }
    server.page("Guides/Start/Deeper", "a page beside a folder of its name").await;
}
